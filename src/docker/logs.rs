//! Reading what containers wrote. A line in memory is bounded, whatever a container does; bollard's own reader would collect
//! what a terminal shows up to the next end of a line.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use hyper::body::Bytes;

use super::access::{changed, segment};
use super::engine::Engine;
use super::error::Error;
use super::refusal::meaning;
use super::task::Task;
use crate::model::logs::{LogLine, LogStream, LogsAsked, Reach};

/// Bytes of a line that are kept together, its time among them; Docker itself cuts at so many.
const LINE: usize = (16 << 10) + 64;
/// Bytes before each piece that Docker sends: which stream, and how long the piece is.
const HEADER: usize = 8;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, bollard::errors::Error>> + Send>>;

/// A container's log that is read. Reads no faster than it is asked for lines.
pub struct Logs {
    chunks: Chunks,
    cutter: Cutter,
    ready: VecDeque<LogLine>,
    container: String,
    /// How long the engine may take for the next piece, where it has it already.
    limit: Option<Duration>,
}

impl Engine {
    /// Opens the log of a container; the first answer says whether that could be done.
    pub fn logs(&self, container: &str, asked: LogsAsked) -> Logs {
        let LogsAsked { tail, since, reach } = asked;
        let mut query = format!("stdout=1&stderr=1&timestamps=1&tail={tail}");
        if let Some(since) = since {
            query.push_str(&format!("&since={since}"));
        }
        if reach == Reach::Follow {
            query.push_str("&follow=1");
        }
        // An export is the one call whose answer bollard hands out as it comes.
        let docker = changed(self.docker(), self.api(), move |mut request| {
            let uri = request.uri().to_string();
            let uri = uri.strip_suffix("/export").map(|uri| format!("{uri}/logs?{query}").parse());
            if let Some(Ok(uri)) = uri {
                *request.uri_mut() = uri;
            }
            request
        });
        let name = segment(container);
        Logs {
            chunks: Box::pin(docker.export_container(&name)),
            cutter: Cutter::default(),
            ready: VecDeque::new(),
            container: container.to_owned(),
            limit: (reach == Reach::Past).then_some(self.limits().call.limit),
        }
    }
}

impl Logs {
    /// The next line; none at the end.
    pub async fn next(&mut self) -> Option<Result<LogLine, Error>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(Ok(line));
            }
            let chunk = match self.limit {
                None => self.chunks.next().await,
                Some(limit) => match tokio::time::timeout(limit, self.chunks.next()).await {
                    Ok(chunk) => chunk,
                    Err(_elapsed) => {
                        return Some(Err(Error::TimedOut { task: self.task(), limit }));
                    }
                },
            };
            match chunk {
                Some(Ok(bytes)) => self.cutter.cut(&bytes, &mut self.ready),
                Some(Err(error)) => return Some(Err(meaning(self.task(), error))),
                None => {
                    self.cutter.flush(&mut self.ready);
                    return self.ready.pop_front().map(Ok);
                }
            }
        }
    }

    fn task(&self) -> Task {
        Task::new("read", "the log of container", self.container.clone())
    }
}

/// Cuts what the engine sends into lines.
#[derive(Debug, Default)]
struct Cutter {
    framing: Framing,
    line: Vec<u8>,
    stream: Option<LogStream>,
}

/// How the engine sends it.
#[derive(Debug, Default)]
enum Framing {
    /// Not known before its first byte: a stream's number, or the first digit of a time.
    #[default]
    Unknown,
    /// In pieces; this much of the next one's header is there.
    Header(Vec<u8>),
    /// In pieces; so many bytes of this one are left.
    Piece(usize),
    /// As the terminal shows it.
    Terminal,
}

impl Cutter {
    fn cut(&mut self, mut bytes: &[u8], lines: &mut VecDeque<LogLine>) {
        while let Some(first) = bytes.first() {
            match &mut self.framing {
                Framing::Unknown if *first > 2 => self.framing = Framing::Terminal,
                Framing::Unknown => self.framing = Framing::Header(Vec::new()),
                Framing::Terminal => {
                    self.stream = Some(LogStream::Terminal);
                    bytes = self.take(bytes, lines);
                }
                Framing::Header(header) => {
                    let count = bytes.len().min(HEADER.saturating_sub(header.len()));
                    let (head, rest) = bytes.split_at(count);
                    header.extend_from_slice(head);
                    bytes = rest;
                    if let [kind, _, _, _, a, b, c, d] = header[..] {
                        self.stream =
                            Some(if kind == 2 { LogStream::Stderr } else { LogStream::Stdout });
                        let length = u32::from_be_bytes([a, b, c, d]);
                        self.framing = Framing::Piece(usize::try_from(length).unwrap_or(0));
                        self.end_piece(lines);
                    }
                }
                Framing::Piece(left) => {
                    let (piece, rest) = bytes.split_at(bytes.len().min(*left));
                    let kept = self.take(piece, lines).len();
                    let taken = piece.len() - kept;
                    bytes = bytes.get(taken..).unwrap_or(rest);
                    if let Framing::Piece(left) = &mut self.framing {
                        *left -= taken;
                    }
                    self.end_piece(lines);
                }
            }
        }
    }

    /// A piece is a line, or a part of one.
    fn end_piece(&mut self, lines: &mut VecDeque<LogLine>) {
        if matches!(self.framing, Framing::Piece(0)) {
            self.flush(lines);
            self.framing = Framing::Header(Vec::new());
        }
    }

    /// Takes bytes up to the end of a line, or as many as a line may have; gives back the rest.
    fn take<'a>(&mut self, bytes: &'a [u8], lines: &mut VecDeque<LogLine>) -> &'a [u8] {
        let room = LINE.saturating_sub(self.line.len());
        let end = bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let count = end.unwrap_or(bytes.len()).min(room);
        let (taken, rest) = bytes.split_at(count);
        self.line.extend_from_slice(taken);
        if self.line.ends_with(b"\n") || self.line.len() >= LINE {
            self.flush(lines);
        }
        rest
    }

    fn flush(&mut self, lines: &mut VecDeque<LogLine>) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let stream = self.stream.unwrap_or(LogStream::Stdout);
        let time = text.split_once(' ').filter(|(time, _)| time.parse::<jiff::Timestamp>().is_ok());
        lines.push_back(match time {
            Some((at, text)) => LogLine { stream, at: Some(at.to_owned()), text: text.to_owned() },
            None => LogLine { stream, at: None, text: text.into_owned() },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(kind: u8, text: &str) -> Vec<u8> {
        let mut bytes = vec![kind, 0, 0, 0];
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    /// Whatever pieces the bytes come in, the lines are the same.
    fn check(bytes: &[u8]) -> String {
        let cut = |size: usize| {
            let (mut cutter, mut lines) = (Cutter::default(), VecDeque::new());
            for chunk in bytes.chunks(size) {
                cutter.cut(chunk, &mut lines);
                assert!(cutter.line.len() <= LINE);
            }
            cutter.flush(&mut lines);
            lines
        };
        let lines = cut(bytes.len());
        for size in [1, 3, 7, 4096] {
            assert_eq!(cut(size), lines, "in pieces of {size}");
        }
        let told = |line: &LogLine| {
            let at = line.at.as_deref().unwrap_or("-");
            format!("{} {at} {}\n", line.stream.word(), line.text)
        };
        lines.iter().map(told).collect()
    }

    #[test]
    fn pieces_are_lines_of_their_streams() {
        let mut bytes = piece(1, "2026-11-21T10:00:00.5Z GET / 200\n");
        bytes.extend(piece(2, "2026-11-21T10:00:01Z warning: no disk\n"));
        bytes.extend(piece(1, "2026-11-21T10:00:02Z \n"));
        bytes.extend(piece(1, "2026-11-21T10:00:03Z a part"));
        insta::assert_snapshot!(check(&bytes), @r"
        stdout 2026-11-21T10:00:00.5Z GET / 200
        stderr 2026-11-21T10:00:01Z warning: no disk
        stdout 2026-11-21T10:00:02Z 
        stdout 2026-11-21T10:00:03Z a part
        ");
    }

    #[test]
    fn a_terminal_is_told_apart_by_its_first_byte() {
        insta::assert_snapshot!(check(b"2026-11-21T10:00:00Z $ ls\r\n2026-11-21T10:00:01Z no end"), @r"
        terminal 2026-11-21T10:00:00Z $ ls
        terminal 2026-11-21T10:00:01Z no end
        ");
    }

    #[test]
    fn a_line_without_an_end_comes_in_parts() {
        let mut bytes = b"2026-11-21T10:00:00Z ".to_vec();
        bytes.extend(vec![b'#'; 3 * LINE]);
        let told = check(&bytes);
        assert_eq!((told.lines().count(), told.matches('#').count()), (4, 3 * LINE));
        assert_eq!(told.matches("terminal - ").count(), 3, "the first has the time");
        let mut bytes = piece(1, &"x".repeat(2 * LINE));
        bytes.extend(piece(1, "2026-11-21T10:00:00Z next\n"));
        assert_eq!(check(&bytes).lines().count(), 3);
    }
}
