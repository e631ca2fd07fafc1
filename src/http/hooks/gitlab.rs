//! GitLab: hooks of projects and groups, and system hooks; with a token, or signed.

use serde_json::Value;

use super::body::{is_nothing, json, list, paths, text, texts};
use super::check::{self, Hook};
use super::delivery::Delivery;
use super::push::full;
use super::standard;
use super::verdict::{Message, Move, Once, Push, Refusal};
use crate::model::secret::Secret;

/// The signature where there is one, else the token. A secret that can sign is never taken as a token.
pub(super) fn proof(hook: &Hook, delivery: &Delivery<'_>) -> Result<Option<Once>, Refusal> {
    let (signing, tokens): (Vec<Secret>, Vec<Secret>) =
        hook.secrets.iter().cloned().partition(standard::is_signing);
    if tokens.is_empty() || (standard::is_signed(delivery) && !signing.is_empty()) {
        return standard::proof(&signing, delivery);
    }
    match delivery.bytes("x-gitlab-token") {
        None => Err(Refusal::unproven("no `x-gitlab-token`: set the secret token at the hook")),
        Some(token) if check::is_one_of(&tokens, token) => Ok(None),
        Some(_) => Err(Refusal::unproven("the token does not match")),
    }
}

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    if delivery.text("x-gitlab-event").is_none() {
        return Err(Refusal::malformed("no `x-gitlab-event`: this is not GitLab's form"));
    }
    let body = json(delivery)?;
    let event = text(&body, "/object_kind").or_else(|| text(&body, "/event_name"));
    match event {
        None => Err(Refusal::malformed("the body has neither `object_kind` nor `event_name`")),
        Some("push" | "tag_push") => push(&body),
        Some(other) => Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
}

fn push(body: &Value) -> Result<Message, Refusal> {
    let Some(reference) = text(body, "/ref") else {
        return Err(Refusal::malformed("the body is no push: it has no `ref`"));
    };
    let commit = text(body, "/after");
    if commit.is_some_and(is_nothing) {
        return Ok(Message::Ignored(format!("`{reference}` was deleted")));
    }
    let commits = list(body, "/commits");
    let all = body.get("total_commits_count").and_then(Value::as_u64);
    let push = Push {
        names: texts(body, &["/project/path_with_namespace"]),
        urls: texts(
            body,
            &[
                "/project/git_http_url",
                "/project/git_ssh_url",
                "/project/http_url",
                "/project/ssh_url",
                "/project/url",
                "/project/web_url",
                "/project/homepage",
                "/repository/url",
            ],
        ),
        default_branch: text(body, "/project/default_branch").map(str::to_owned),
        // An annotated tag's `after` is the tag; what it points to is `checkout_sha`.
        moves: vec![Move {
            reference: full(reference),
            commit: text(body, "/checkout_sha").or(commit).map(str::to_owned),
        }],
        paths: if all == Some(commits.len() as u64) { paths(commits) } else { None },
    };
    if push.names.is_empty() && push.urls.is_empty() {
        return Err(Refusal::malformed("the body is no push: it has no `project`"));
    }
    Ok(Message::Push(push))
}
