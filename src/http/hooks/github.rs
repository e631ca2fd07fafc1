//! GitHub: <https://docs.github.com/webhooks/webhook-events-and-payloads>.

use super::body::{json, list};
use super::delivery::Delivery;
use super::ghcr;
use super::push::{self, Told};
use super::verdict::{Message, Refusal};

/// Commits that one push tells at most.
const MAX_COMMITS: usize = 2048;

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match delivery.text("x-github-event") {
        None => Err(Refusal::malformed("no `x-github-event`: this is not GitHub's form")),
        Some("ping") => Ok(Message::Ping),
        Some("push") => {
            let body = json(delivery)?;
            let partly = body["forced"] == true
                || body["created"] == true
                || list(&body, "/commits").len() >= MAX_COMMITS;
            push::read(&body, &if partly { Told::Part } else { Told::All })
        }
        Some("package" | "registry_package") => ghcr::read(delivery),
        Some(other) => Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
}
