//! A proxy in front of an engine that notes every request and changes none, but may keep one from coming to its end.

use std::io::{self, BufRead, BufReader, Read, Write, copy};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::spawn;
use std::time::Duration;

use tempfile::TempDir;

/// Records the requests to an engine: method and path, without the API version.
#[derive(Debug)]
pub(crate) struct Proxy {
    directory: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    trap: Arc<Mutex<Option<Trap>>>,
}

/// When a changing call is kept from coming to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The engine does not hear of it.
    Before,
    /// The engine has carried it out, and the client does not hear of that.
    After,
}

#[derive(Debug, Clone, Copy)]
struct Trap {
    /// Changing calls that still pass, the last one being the one.
    left: usize,
    moment: Moment,
    is_sprung: bool,
}

impl Proxy {
    /// A socket of its own in front of the engine's.
    pub(crate) fn before(engine: &Path) -> Self {
        let directory =
            tempfile::Builder::new().prefix("conductor-proxy-").tempdir_in("/tmp").unwrap();
        let proxy = Self { directory, requests: Arc::default(), trap: Arc::default() };
        let listener = UnixListener::bind(proxy.socket()).unwrap();
        let notes = Notes { requests: proxy.requests.clone(), trap: proxy.trap.clone() };
        let engine = engine.to_path_buf();
        spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (notes, engine) = (notes.clone(), engine.clone());
                spawn(move || serve(&client, &engine, &notes));
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

impl Proxy {
    /// Lets as many changing calls pass but for the last one, and none behind it, until `disarm`.
    pub(crate) fn trap(&self, number: usize, moment: Moment) {
        *self.trap.lock().unwrap() = Some(Trap { left: number, moment, is_sprung: false });
    }

    /// Whether that call has come.
    pub(crate) fn is_sprung(&self) -> bool {
        self.trap.lock().unwrap().is_some_and(|trap| trap.is_sprung)
    }

    /// Lets every call pass again. Those that were held are lost.
    pub(crate) fn disarm(&self) {
        *self.trap.lock().unwrap() = None;
    }
}

/// What all connections share.
#[derive(Clone)]
struct Notes {
    requests: Arc<Mutex<Vec<String>>>,
    trap: Arc<Mutex<Option<Trap>>>,
}

/// What becomes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Passes,
    /// Its answer is kept.
    Unanswered,
    /// The engine does not get it.
    Lost,
}

impl Notes {
    fn fate(&self, request: &str) -> Fate {
        self.requests.lock().unwrap().push(request.to_owned());
        let is_look = request.starts_with("GET ") || request.starts_with("HEAD ");
        let mut trap = self.trap.lock().unwrap();
        let Some(trap) = trap.as_mut().filter(|_| !is_look) else { return Fate::Passes };
        trap.left = trap.left.saturating_sub(1);
        match (trap.left, trap.is_sprung, trap.moment) {
            (0, false, Moment::Before) => {
                trap.is_sprung = true;
                Fate::Lost
            }
            (0, false, Moment::After) => Fate::Unanswered,
            (_, true, _) => Fate::Lost,
            (_, false, _) => Fate::Passes,
        }
    }

    /// Keeps a request or an answer until the trap is gone.
    fn hold(&self) {
        while self.trap.lock().unwrap().is_some() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The answer to the call of the trap has begun.
    fn spring(&self) {
        if let Some(trap) = self.trap.lock().unwrap().as_mut() {
            trap.is_sprung = true;
        }
    }
}

/// One connection: requests are read one by one, answers flow back as they are.
fn serve(client: &UnixStream, engine: &Path, notes: &Notes) -> io::Result<()> {
    let engine = UnixStream::connect(engine)?;
    let (mut answers, mut back) = (engine.try_clone()?, client.try_clone()?);
    let is_kept = Arc::new(AtomicBool::new(false));
    let (kept, held) = (Arc::clone(&is_kept), notes.clone());
    spawn(move || {
        let mut buffer = [0; 16 * 1024];
        let copied = loop {
            match answers.read(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(_) if kept.load(Ordering::SeqCst) => {
                    held.spring();
                    held.hold();
                    break Ok(());
                }
                Ok(read) => match back.write_all(&buffer[..read]) {
                    Ok(()) => (),
                    Err(error) => break Err(error),
                },
                Err(error) => break Err(error),
            }
        };
        let _closed = back.shutdown(Shutdown::Both);
        copied
    });
    let (mut input, mut output) = (BufReader::new(client), &engine);
    while forward(&mut input, &mut output, (notes, &is_kept))? {}
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
    (notes, is_kept): (&Notes, &AtomicBool),
) -> io::Result<bool> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if input.read_line(&mut head)? == 0 {
            return Ok(false);
        }
    }
    match notes.fate(&request_line(&head)) {
        Fate::Passes => (),
        Fate::Unanswered => is_kept.store(true, Ordering::SeqCst),
        Fate::Lost => {
            notes.hold();
            return Ok(false);
        }
    }
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
