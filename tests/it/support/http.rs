//! The smallest HTTP client that an engine answers: one request, one connection, to a Unix socket.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Asserts success; gives the body as JSON (`null` where there is none).
    pub(crate) fn json(&self) -> serde_json::Value {
        assert!((200..300).contains(&self.status), "status {}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Sends a request; the body, if any, is of the given content type.
pub(crate) fn send(
    socket: &Path,
    request: &str,
    body: Option<(&str, &[u8])>,
) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    // HTTP/1.0: the answer ends with the connection, and is never in chunks.
    write!(stream, "{request} HTTP/1.0\r\n")?;
    if let Some((kind, bytes)) = body {
        write!(stream, "Content-Type: {kind}\r\nContent-Length: {}\r\n", bytes.len())?;
    }
    stream.write_all(b"\r\n")?;
    // An engine may answer and close before it has read a body to its end (a tar's padding); what counts is the answer.
    let sent = body.map_or(Ok(()), |(_, bytes)| stream.write_all(bytes));
    let mut answer = Vec::new();
    let received = stream.read_to_end(&mut answer);
    match parse(&answer) {
        Some(answer) => Ok(answer),
        None => sent.and(received).and(Err(io::Error::other("no HTTP answer"))),
    }
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: answer[end + 4..].to_vec() })
}

/// A text as part of a query.
pub(crate) fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
