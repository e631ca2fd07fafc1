//! `conductor events`: what the daemon does, as it does it; and `conductor health`.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Method;
use serde_json::Value;
use tokio::time::error::Elapsed;

use super::failure::{Complaint, Error, Exit};
use super::interrupt;
use super::remote::Remote;
use super::session::{Session, wait_for};
use crate::report::{Line, Style, moment};

/// Bytes of one event at most.
const MAX_EVENT: usize = 1 << 20;

/// Follows what happens until Ctrl-C, or until the daemon ends.
pub(super) fn run(session: &Session) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let remote = Remote::of(session);
    wait_for(async {
        let cancel = interrupt::watch_for(session.screen.clone(), "following ends");
        tokio::select! {
            ended = follow(session, &remote) => ended,
            () = cancel.cancelled() => Ok(Exit::Done),
        }
    })
}

async fn follow(session: &Session, remote: &Remote) -> Result<Exit, Complaint> {
    let response = remote.send(Method::GET, "/api/v1/events", None).await?;
    let unreadable = || Complaint::from(Error::DaemonAnswer { socket: remote.socket().to_owned() });
    if !response.status().is_success() {
        return Err(unreadable());
    }
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(Ok(data)) = frame.map(hyper::body::Frame::into_data) else { break };
        text.extend_from_slice(&data);
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            tell(session, &String::from_utf8_lossy(&event));
        }
        if text.len() > MAX_EVENT {
            return Err(unreadable());
        }
    }
    session.screen.warn(&["the daemon ended, or broke off".to_owned()]);
    Ok(Exit::Failed)
}

/// One event: for programs a line of JSON, for people a line of words.
fn tell(session: &Session, event: &str) {
    let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else { return };
    if session.screen.is_json() {
        session.screen.raw(&format!("{data}\n"));
        return;
    }
    let Ok(value) = serde_json::from_str::<Value>(data) else { return };
    if let Some(missed) = value.get("missed") {
        session.screen.warn(&[format!("{missed} events were missed")]);
        return;
    }
    session.screen.data(&[line(&value)]);
}

/// The time, the word for what happened, and what is known about it.
fn line(value: &Value) -> Line {
    let at = value["at"].as_i64().unwrap_or_default() / 1000;
    let word = value["event"].as_str().unwrap_or("?").replace('_', " ");
    let style = match word.as_str() {
        "source failed" | "engine lost" | "stopping" => Style::Bad,
        "drift" | "health" | "suspended" | "docker" | "incident" => Style::Odd,
        _ => Style::Strong,
    };
    let mut line = Line::of(Style::Faint, moment(at)).with(style, format!("  {word}"));
    for (key, member) in value.as_object().into_iter().flatten() {
        if matches!(key.as_str(), "number" | "at" | "event") || member.is_null() {
            continue;
        }
        let text = member.as_str().map_or_else(|| member.to_string(), str::to_owned);
        line = line.with(Style::Faint, format!("  {key} ")).with(Style::Plain, text);
    }
    line
}

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says whether the daemon goes on: for the health check of its container.
pub(super) fn health(session: &Session) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    let remote = Remote::of(session);
    let status = wait_for(async {
        let asked = async {
            remote.ask(Method::GET, "/healthz", None).await?;
            remote.ask(Method::GET, "/api/v1/status", None).await
        };
        let silent = |elapsed: Elapsed| {
            let (socket, source) = (remote.socket().to_owned(), elapsed.into());
            Error::NoDaemon { socket, source }
        };
        tokio::time::timeout(PATIENCE, asked).await.map_err(silent)?
    })?;
    if session.screen.is_json() {
        session.screen.raw(&format!("{status:#}\n"));
    } else {
        let phase = status["phase"].as_str().unwrap_or("unknown").to_owned();
        session
            .screen
            .data(&[Line::of(Style::Good, "the daemon answers")
                .with(Style::Plain, format!(": {phase}"))]);
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line() {
        let value = serde_json::json!({
            "number": 7, "at": 1_700_000_000_000_i64, "event": "source_failed", "source": "home",
            "problem": { "error": "away" }, "revision": null,
        });
        let text = line(&value).text();
        assert!(
            text.ends_with("  source failed  source home  problem {\"error\":\"away\"}"),
            "{text}"
        );
    }
}
