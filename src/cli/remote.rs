//! A command that the daemon carries out, because it holds the state: asked over its socket, told as if it were done here.

use std::path::PathBuf;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;

use super::failure::{Complaint, Error, Exit};
use super::interrupt;
use super::pass;
use super::session::{Session, wait_for};
use crate::files::Lock;
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;
use crate::report::{Line, Style, said_of};

/// The socket's name in the runtime directory.
const SOCKET: &str = "conductor.sock";
/// Bytes of an answer that are read at most.
const MAX_ANSWER: usize = 64 << 20;

/// The daemon of this machine.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    socket: PathBuf,
    caller: String,
    /// Whether answers are for programs.
    json: bool,
}

impl Remote {
    /// The daemon at the socket, whether it is there or not.
    pub(super) fn of(session: &Session) -> Self {
        Self {
            socket: session.settings.places.runtime.join(SOCKET),
            caller: session.environment.caller(),
            json: session.screen.is_json(),
        }
    }

    /// Where it listens.
    pub(super) fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    /// The daemon that holds the state; `None` where none does. Another command may hold it: that one is waited for.
    pub(super) fn in_charge(session: &Session) -> Option<Self> {
        let remote = Self::of(session);
        let held = Lock::is_held(&session.settings.places.state);
        (held && std::os::unix::net::UnixStream::connect(&remote.socket).is_ok()).then_some(remote)
    }

    /// Refuses what the daemon does not do for others.
    pub(super) fn refuse(what: &[(bool, &'static str)]) -> Result<(), Error> {
        match what.iter().find(|(asked, _)| *asked) {
            Some((_, what)) => Err(Error::DaemonCannot { what }),
            None => Ok(()),
        }
    }

    /// Asks, waits for the outcome, and tells it. Ctrl-C ends the waiting, not what is waited for.
    pub(super) fn tell(
        &self,
        session: &Session,
        (method, path): (Method, &str),
        body: Option<Value>,
    ) -> Result<Exit, Complaint> {
        let form = if self.json { "json" } else { "human" };
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{mark}wait=true&said={form}");
        let answer = wait_for(async {
            let cancel = interrupt::watch_for(session.screen.clone(), "the daemon goes on with it");
            tokio::select! {
                answer = self.ask(method, &path, body) => answer.map(Some),
                () = cancel.cancelled() => Ok(None),
            }
        })?;
        let Some(answer) = answer else { return Ok(Exit::Interrupted) };
        let unreadable = || Complaint::from(Error::DaemonAnswer { socket: self.socket.clone() });
        let (said, ended) = said_of(&answer).ok_or_else(unreadable)?;
        Ok(pass::say(session, (said, ended)))
    }

    /// Asks, and reads the answer. A refusal is a complaint in the daemon's words.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Complaint> {
        let response = self.send(method, path, body).await?;
        let status = response.status();
        let unreadable = || Error::DaemonAnswer { socket: self.socket.clone() };
        let limited = http_body_util::Limited::new(response.into_body(), MAX_ANSWER);
        let bytes = limited.collect().await.map_err(|_cut| unreadable())?.to_bytes();
        let answer: Value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        if status.is_success() {
            return Ok(answer);
        }
        let trouble = trouble_of(&answer, || format!("the daemon answers {status}"));
        let wrong = matches!(status.as_u16(), 400 | 404);
        Err(Complaint { trouble, exit: if wrong { Exit::Usage } else { Exit::Failed } })
    }

    /// Sends one request.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response<Incoming>, Complaint> {
        let unreached = |source| Error::NoDaemon { socket: self.socket.clone(), source };
        let broken = |error| unreached(std::io::Error::other(error));
        let stream = UnixStream::connect(&self.socket).await.map_err(unreached)?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(broken)?;
        tokio::spawn(async move { connection.await.ok() });
        let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "conductor")
            .header("content-type", "application/json")
            .header("conductor-caller", visible(&self.caller))
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| unreached(std::io::Error::other(error)))?;
        Ok(sender.send_request(request).await.map_err(broken)?)
    }
}

/// What went wrong, as the daemon tells it.
fn trouble_of(value: &Value, otherwise: impl FnOnce() -> String) -> Trouble {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let causes = value.get("causes").and_then(Value::as_array).into_iter().flatten();
    Trouble {
        error: text("error").unwrap_or_else(otherwise),
        causes: causes.filter_map(Value::as_str).map(str::to_owned).collect(),
        excerpt: None,
        hint: text("hint"),
        disposition: Disposition::Fatal,
    }
}

/// Passes on what a person should know of an outcome; one that is not well is a complaint.
pub(super) fn judge(session: &Session, answer: &Value) -> Result<(), Complaint> {
    warn(session, answer);
    let first = answer.get("troubles").and_then(|troubles| troubles.get(0));
    match first {
        None => Ok(()),
        Some(first) => {
            let trouble = trouble_of(first, || "the daemon could not do it".to_owned());
            Err(Complaint { trouble, exit: Exit::Failed })
        }
    }
}

/// A name as a header may hold it.
fn visible(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect()
}

/// A part of a path, escaped.
pub(super) fn escaped(part: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    part.bytes()
        .map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Passes on what a person should know.
fn warn(session: &Session, answer: &Value) {
    let words = answer.get("warnings").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<String> = words.filter_map(Value::as_str).map(str::to_owned).collect();
    session.screen.warn(&words);
}

/// What became of a suspension, in the words of the command.
pub(super) fn told(session: &Session, project: &str, (what, why): (&str, Option<&str>)) -> Exit {
    if session.screen.is_json() {
        session.screen.raw(&crate::report::suspension_json(project, why));
    } else {
        session.screen.tell(&[Line::of(Style::Good, format!("{project} {what}"))]);
    }
    Exit::Done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_may_be_named_by_its_path() {
        assert_eq!(escaped("apps/my blog"), "apps%2Fmy%20blog");
        assert_eq!(visible("zoë through sudo"), "zo? through sudo");
    }
}
