//! A proxy in front of an engine that notes every request and changes none.

use std::io::{self, BufRead, BufReader, Read, Write, copy};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::spawn;

use tempfile::TempDir;

/// Records the requests to an engine: method and path, without the API version.
#[derive(Debug)]
pub(crate) struct Proxy {
    directory: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A socket of its own in front of the engine's.
    pub(crate) fn before(engine: &Path) -> Self {
        let directory =
            tempfile::Builder::new().prefix("conductor-proxy-").tempdir_in("/tmp").unwrap();
        let proxy = Self { directory, requests: Arc::default() };
        let listener = UnixListener::bind(proxy.socket()).unwrap();
        let (requests, engine) = (Arc::clone(&proxy.requests), engine.to_path_buf());
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (requests, engine) = (Arc::clone(&requests), engine.clone());
                spawn(move || serve(&client, &engine, &requests));
            }
        });
        proxy
    }

    /// The proxy's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// The socket, as `DOCKER_HOST` has it.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// All requests since they were last taken, in the order of their arrival.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// All requests since the last call, in the order of their arrival.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// The changing calls since the last call: every request except GET and HEAD.
    pub(crate) fn take_changes(&self) -> Vec<String> {
        let mut requests = self.take();
        requests.retain(|request| !request.starts_with("GET ") && !request.starts_with("HEAD "));
        requests
    }
}

/// One connection: requests are read one by one, answers flow back as they are.
fn serve(client: &UnixStream, engine: &Path, requests: &Mutex<Vec<String>>) -> io::Result<()> {
    let engine = UnixStream::connect(engine)?;
    let (mut answers, mut back) = (engine.try_clone()?, client.try_clone()?);
    spawn(move || {
        let copied = copy(&mut answers, &mut back);
        let _closed = back.shutdown(Shutdown::Both);
        copied
    });
    let (mut input, mut output) = (BufReader::new(client), &engine);
    while forward(&mut input, &mut output, requests)? {}
    engine.shutdown(Shutdown::Write)
}

/// How the body of a request ends.
enum Body {
    Length(u64),
    Chunked,
    /// The connection is no longer HTTP: attach, exec, session.
    Raw,
}

/// Forwards one request; false at the end of the connection.
fn forward(
    input: &mut impl BufRead,
    output: &mut impl Write,
    requests: &Mutex<Vec<String>>,
) -> io::Result<bool> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if input.read_line(&mut head)? == 0 {
            return Ok(false);
        }
    }
    requests.lock().unwrap().push(request_line(&head));
    output.write_all(head.as_bytes())?;
    match body(&head) {
        Body::Length(length) => copy(&mut input.take(length), output).map(|_| true),
        Body::Chunked => chunks(input, output).map(|()| true),
        Body::Raw => copy(input, output).map(|_| false),
    }
}

fn body(head: &str) -> Body {
    let mut body = Body::Length(0);
    for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "upgrade" => return Body::Raw,
            "transfer-encoding" => body = Body::Chunked,
            "content-length" => body = Body::Length(value.trim().parse().unwrap()),
            _ => (),
        }
    }
    body
}

/// Forwards chunks up to the empty one and what trails it.
fn chunks(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    loop {
        let mut line = String::new();
        input.read_line(&mut line)?;
        output.write_all(line.as_bytes())?;
        let size =
            line.trim().split(';').next().and_then(|size| u64::from_str_radix(size, 16).ok());
        match size {
            Some(0) => break,
            Some(size) => copy(&mut input.take(size + 2), output)?,
            None => return Err(io::Error::other("not a chunk")),
        };
    }
    let mut trailer = String::new();
    while trailer != "\r\n" {
        trailer.clear();
        if input.read_line(&mut trailer)? == 0 {
            break;
        }
        output.write_all(trailer.as_bytes())?;
    }
    Ok(())
}

/// `GET /containers/json?all=1` of a request's head, without `/v1.41` and `HTTP/1.1`.
fn request_line(head: &str) -> String {
    let line = head.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let rest = target.strip_prefix("/v").and_then(|rest| rest.split_once('/'));
    match rest {
        Some((version, rest)) if version.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            format!("{method} /{rest}")
        }
        _ => format!("{method} {target}"),
    }
}
