//! Reading what containers wrote.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{House, OPERATOR, READER, house};
use crate::daemon::Logs;
use crate::model::logs::{LogLine, LogStream, LogsAsked, Reach};
use crate::model::outcome::Trouble;

/// Longer than any of this takes, on any machine.
const LONG: Duration = Duration::from_mins(1);
const LOGS: &str = "/api/v1/stacks/blog/services/web/logs";

/// Containers that wrote `tail` lines, and write for ever where they are followed.
#[derive(Default)]
pub(super) struct Written {
    taken: AtomicUsize,
    open: AtomicUsize,
    /// Bytes that are added to each line.
    width: AtomicUsize,
}

struct Open(Arc<Written>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Logs for Written {
    fn logs(
        self: Arc<Self>,
        container: String,
        asked: LogsAsked,
    ) -> BoxStream<'static, Result<LogLine, Trouble>> {
        self.open.fetch_add(1, Ordering::SeqCst);
        let open = Open(self);
        let lines = stream::iter(0_u64..).map(move |number| {
            open.0.taken.fetch_add(1, Ordering::SeqCst);
            let at = Some("2026-11-21T10:00:00Z".to_owned());
            let width = 200 + open.0.width.load(Ordering::SeqCst);
            let text = format!("{container} says {number} {}", "x".repeat(width));
            Ok(LogLine { stream: LogStream::Stdout, at, text })
        });
        match asked.reach {
            Reach::Past => lines.take(usize::try_from(asked.tail).unwrap()).boxed(),
            Reach::Follow => lines.boxed(),
        }
    }
}

fn lines(body: &str) -> Vec<Value> {
    // The pieces of a body that has no length of its own stand between their sizes.
    let lines = body.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn who_may_operate_reads_what_the_containers_of_a_service_wrote() {
    let house = house("").await;
    let answer = house.unix(&format!("GET {LOGS}?tail=2"), b"").await;
    assert!(answer.head.contains("application/x-ndjson"), "{answer:?}");
    let read = lines(&answer.body);
    let told = |line: &Value| format!("{} {}", line["container"], line["stream"]);
    assert_eq!(
        read.iter().map(told).collect::<Vec<_>>(),
        [
            r#""blog-web-1" "stdout""#,
            r#""blog-web-1" "stdout""#,
            r#""blog-web-2" "stdout""#,
            r#""blog-web-2" "stdout""#
        ]
    );
    let description = house.unix("GET /api/v1/openapi.json", b"").await.json();
    let path = "/api/v1/stacks/{stack}/services/{service}/logs";
    super::described::line(&description, path, &read[0]);
    for (token, status) in [(READER, 403), (OPERATOR, 200), ("guess", 401)] {
        let head = format!("GET {LOGS}?tail=1\nauthorization: Bearer {token}");
        assert_eq!(house.tcp("the API", &head, b"").await.status, status, "{token}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let house = house("").await;
    for (request, status, words) in [
        ("/api/v1/stacks/blog/services/none/logs", 404, "it runs web"),
        ("/api/v1/stacks/none/logs", 404, "no stack is called"),
        ("/api/v1/stacks/blog/logs?tail=some", 400, "cannot be read"),
        ("/api/v1/stacks/blog/logs?tail=0", 200, ""),
    ] {
        let answer = house.unix(&format!("GET {request}"), b"").await;
        assert_eq!((answer.status, answer.body.contains(words)), (status, true), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_ends_is_not_larger_than_it_may_be() {
    let house = house("").await;
    let answer = house.unix("GET /api/v1/stacks/blog/logs?tail=1000000", b"").await;
    let read = lines(&answer.body);
    assert_eq!(read.len(), 20_000, "the longest tail of two containers");
    house.written.width.store(4_000, Ordering::SeqCst);
    let answer = house.unix("GET /api/v1/stacks/blog/logs?tail=1000000", b"").await;
    let read = lines(&answer.body);
    assert!((3_500..4_500).contains(&read.len()), "16 MiB of lines of 4 KiB: {}", read.len());
    let last = read.last().unwrap();
    assert_eq!(last["stream"], "conductor", "the cut is told: {last}");
}

async fn follow(house: &House) -> UnixStream {
    let mut stream = UnixStream::connect(house.doors.socket()).await.unwrap();
    let request = format!("GET {LOGS}?follow=true HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn status(stream: &mut UnixStream) -> String {
    let mut first = [0; 12];
    timeout(LONG, stream.read_exact(&mut first)).await.unwrap().unwrap();
    String::from_utf8_lossy(&first).into_owned()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, wait).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn who_never_reads_a_log_lets_it_stand_and_who_goes_away_ends_it() {
    let house = house("").await;
    let mut lazy = follow(&house).await;
    assert_eq!(status(&mut lazy).await, "HTTP/1.1 200");
    // More than the socket and the answer hold is never taken.
    let (mut before, mut quiet) = (usize::MAX, 0);
    until("it never stands still", || {
        let now = house.written.taken.load(Ordering::SeqCst);
        quiet = if std::mem::replace(&mut before, now) == now { quiet + 1 } else { 0 };
        quiet == 40
    })
    .await;
    assert!(house.written.taken.load(Ordering::SeqCst) < 20_000);
    assert_eq!(house.unix("GET /api/v1/status", b"").await.status, 200);

    let mut others = Vec::new();
    for _ in 1..16 {
        let mut other = follow(&house).await;
        assert_eq!(status(&mut other).await, "HTTP/1.1 200");
        others.push(other);
    }
    assert_eq!(status(&mut follow(&house).await).await, "HTTP/1.1 503");
    drop((lazy, others));
    until("they go on", || house.written.open.load(Ordering::SeqCst) == 0).await;
    assert_eq!(status(&mut follow(&house).await).await, "HTTP/1.1 200");
}

#[tokio::test]
async fn a_log_ends_with_the_daemon() {
    let house = house("").await;
    let mut stream = follow(&house).await;
    assert_eq!(status(&mut stream).await, "HTTP/1.1 200");
    house.end.cancel();
    let mut rest = Vec::new();
    timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap().ok();
    until("it goes on", || house.written.open.load(Ordering::SeqCst) == 0).await;
}
