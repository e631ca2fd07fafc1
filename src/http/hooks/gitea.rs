//! Gitea, Forgejo and Gogs, which speak one language and sign under their own names.

use serde_json::Value;

use super::body::{json, list};
use super::delivery::Delivery;
use super::push::{self, Told};
use super::verdict::{Message, Refusal};

/// The headers that may name the event.
const EVENTS: [&str; 4] = ["x-forgejo-event", "x-gitea-event", "x-gogs-event", "x-github-event"];

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match EVENTS.iter().find_map(|header| delivery.text(header)) {
        None => Err(Refusal::malformed(
            "no `x-gitea-event`: this is not the form of Gitea, Forgejo or Gogs",
        )),
        Some("ping") => Ok(Message::Ping),
        Some("push") => {
            let body = json(delivery)?;
            let told = list(&body, "/commits").len();
            let all = body.get("total_commits").and_then(Value::as_u64);
            let partly = all.is_some_and(|all| all != told as u64);
            push::read(&body, &if partly { Told::Part } else { Told::All })
        }
        Some(other) => Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
}
