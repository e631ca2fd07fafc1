//! A push as GitHub says it, and those who took over its form.

use serde_json::Value;

use super::body::{is_nothing, list, paths, text, texts};
use super::verdict::{Message, Move, Push, Refusal};

/// Whether the commits that are told are all that were pushed.
pub(super) enum Told {
    All,
    Part,
}

/// Reads `ref`, `after`, `commits` and `repository`.
pub(super) fn read(body: &Value, told: &Told) -> Result<Message, Refusal> {
    let Some(reference) = text(body, "/ref") else {
        return Err(Refusal::malformed("the body is no push: it has no `ref`"));
    };
    let push = Push {
        names: texts(body, &["/repository/full_name"]),
        urls: texts(
            body,
            &[
                "/repository/clone_url",
                "/repository/ssh_url",
                "/repository/html_url",
                "/repository/git_url",
                "/repository/url",
            ],
        ),
        default_branch: text(body, "/repository/default_branch").map(str::to_owned),
        moves: Vec::new(),
        paths: match told {
            Told::All => paths(list(body, "/commits")),
            Told::Part => None,
        },
    };
    if push.names.is_empty() && push.urls.is_empty() {
        return Err(Refusal::malformed("the body is no push: it has no `repository`"));
    }
    let commit = text(body, "/after");
    if body["deleted"] == true || commit.is_some_and(is_nothing) {
        return Ok(Message::Ignored(format!("`{reference}` was deleted")));
    }
    let moved = Move { reference: full(reference), commit: commit.map(str::to_owned) };
    Ok(Message::Push(Push { moves: vec![moved], ..push }))
}

/// The full name of a reference; a bare name is a branch.
pub(super) fn full(reference: &str) -> String {
    if reference.starts_with("refs/") {
        reference.to_owned()
    } else {
        format!("refs/heads/{reference}")
    }
}
