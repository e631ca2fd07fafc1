//! Open doors around a daemon whose workers fail at everything: what comes in and goes out is real.

mod api;
mod described;
mod follow;
mod hooks;
mod logs;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;

use super::{Doors, Rules, Surroundings};
use crate::config::{self, Environment, Flags, Settings};
use crate::daemon::{
    Daemon, Effect, Event, Handle, Pulse, Report, Running, Start, Tell, Terms, Workers, run,
};
use crate::journal::Journal;
use crate::model::failure::Disposition;
use crate::model::name::{ProjectName, ServiceName};
use crate::model::outcome::Trouble;
use crate::model::snapshot::{HealthNow, ServiceNow};
use crate::report::Counted;

/// The secret that signs, and stands in no answer.
const SECRET: &str = "hunter2-hunter2";
const READER: &str = "reader-token-1";
const OPERATOR: &str = "operator-token-1";

/// Fails at everything, at once.
struct Nobody;

fn away() -> Trouble {
    Trouble {
        error: "nobody is there".to_owned(),
        causes: Vec::new(),
        excerpt: None,
        hint: None,
        disposition: Disposition::WaitForChange,
    }
}

/// A stack whose containers are there.
fn blog() -> Running {
    let web = ServiceNow {
        name: ServiceName::parse("web").unwrap(),
        state: "running (2)".to_owned(),
        health: HealthNow::Healthy,
        containers: vec!["blog-web-1".to_owned(), "blog-web-2".to_owned()],
    };
    let project = ProjectName::parse("blog").unwrap();
    Running { project, applied: None, services: vec![web] }
}

impl Workers for Nobody {
    fn carry_out(
        self: Arc<Self>,
        effect: Effect,
        _tell: Tell,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Event> {
        Box::pin(async move {
            match effect {
                Effect::Fetch { source, .. } => Event::Fetched(source, Err(away())),
                Effect::Reconcile(order) => Event::Passed(order.pass, Err(away())),
                Effect::RollBack(order) => Event::Passed(order.pass, Err(away())),
                Effect::ReconcileAll(order) => Event::Passed(order.pass, Err(away())),
                Effect::Plan(id, ..) => Event::Planned(id, Ok(Report::default())),
                Effect::Note(note) => Event::Noted(note, Err(away())),
                Effect::Observe(look) => Event::Observed(look, Ok(vec![blog()])),
                Effect::Reload(id) => Event::Reloaded(id, Err(away())),
                Effect::Watch
                | Effect::Reply(..)
                | Effect::Answer(..)
                | Effect::Cancel
                | Effect::Cut(..)
                | Effect::Tell(_)
                | Effect::Notice(_)
                | Effect::End(_) => {
                    cancel.cancelled().await;
                    Event::WatchEnded(away())
                }
            }
        })
    }
}

/// Open doors, until it is dropped.
struct House {
    doors: Doors,
    handle: Handle,
    end: CancellationToken,
    written: Arc<logs::Written>,
    _directory: tempfile::TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// Settings of a file's text, with files for its secrets in `directory`.
fn settings(directory: &std::path::Path, more: &str) -> Settings {
    for (name, text) in [("secret", SECRET), ("reader", READER), ("operator", OPERATOR)] {
        std::fs::write(directory.join(name), text).unwrap();
    }
    let text = format!(
        "
state_dir: state
runtime_dir: run
sources: [{{name: home, url: 'https://git.example.com/home/stacks.git', ref: main}}]
listen: {{webhooks: '127.0.0.1:0', api: '127.0.0.1:0', metrics: '127.0.0.1:0'}}
webhooks: [{{provider: github, secret_files: [secret]}}, {{provider: azure, path_secret_files: [secret]}}]
api:
  tokens: [{{name: look, file: reader}}, {{name: work, file: operator, role: operate}}]
{more}"
    );
    std::fs::create_dir_all(directory.join("state")).unwrap();
    let file = directory.join("config.yaml");
    std::fs::write(&file, text).unwrap();
    let environment = Environment::of(&[("HOME", "/nonexistent")]);
    let flags = Flags { config: Some(file), ..Flags::default() };
    config::load(&environment, &flags).unwrap().settings
}

/// A daemon without workers that has not begun.
fn daemon(settings: &Settings) -> Daemon {
    Daemon::new(Start {
        terms: Terms::of(settings),
        workers: Arc::new(Nobody),
        seed: 1,
        wall: || 1_700_000_000_000,
        pulse: Pulse { every: None, beat: Box::new(|_| ()) },
        people: Box::new(|_| ()),
    })
}

async fn house(more: &str) -> House {
    let directory = tempfile::tempdir().unwrap();
    let settings = settings(directory.path(), more);
    let daemon = daemon(&settings);
    let handle = daemon.handle();
    tokio::spawn(run(daemon));
    let (mut warnings, end) = (Vec::new(), CancellationToken::new());
    let rules = Rules::of(&settings, &mut warnings).unwrap();
    let journal = Journal::open(&settings.places.journal(), 0).unwrap().journal;
    let written = Arc::new(logs::Written::default());
    let around = Surroundings {
        handle: handle.clone(),
        journal,
        logs: written.clone(),
        clock: || 1_700_000_000,
        channels: Box::new(Vec::new),
        counted: Box::new(Counted::default),
        end: end.clone(),
    };
    let doors = Doors::open(&settings, rules, around, &mut warnings).await.unwrap();
    let mut seen = handle.snapshots();
    seen.wait_for(|seen| !seen.stacks.is_empty()).await.unwrap();
    House { doors, handle, end, written, _directory: directory }
}

impl House {
    fn address(&self, what: &str) -> std::net::SocketAddr {
        self.doors.addresses().iter().find(|(of, _)| *of == what).unwrap().1
    }

    /// One request to webhooks, the API or the metrics over TCP.
    async fn tcp(&self, what: &str, head: &str, body: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.address(what)).await.unwrap();
        exchange(stream, head, body).await
    }

    /// One request at the socket.
    async fn unix(&self, head: &str, body: &[u8]) -> Answer {
        let stream = UnixStream::connect(self.doors.socket()).await.unwrap();
        exchange(stream, head, body).await
    }
}

/// One answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

/// Sends `head` (the request line, then headers) and the body; reads to the end.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    head: &str,
    body: &[u8],
) -> Answer {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers = headers.lines().fold(String::new(), |all, header| all + header + "\r\n");
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    // The server may refuse a large body before all of it is there.
    stream.write_all(body).await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
