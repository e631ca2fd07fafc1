//! Bitbucket Server and Data Center. Their pushes tell no paths.

use serde_json::Value;

use super::body::{is_nothing, json, list, text};
use super::delivery::Delivery;
use super::verdict::{Message, Move, Push, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match delivery.text("x-event-key") {
        None => Err(Refusal::malformed("no `x-event-key`: this is not Bitbucket's form")),
        Some("diagnostics:ping") => Ok(Message::Ping),
        Some("repo:refs_changed") => push(&json(delivery)?),
        Some(other) => Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
}

fn push(body: &Value) -> Result<Message, Refusal> {
    let (project, slug) = (text(body, "/repository/project/key"), text(body, "/repository/slug"));
    let Some((project, slug)) = project.zip(slug) else {
        return Err(Refusal::malformed("the body is no push: it has no `repository`"));
    };
    let moves: Vec<Move> = list(body, "/changes")
        .iter()
        .filter_map(|change| {
            let commit = text(change, "/toHash").filter(|id| !is_nothing(id))?;
            let reference = text(change, "/ref/id").or_else(|| text(change, "/refId"))?;
            Some(Move { reference: reference.to_owned(), commit: Some(commit.to_owned()) })
        })
        .collect();
    if moves.is_empty() {
        return Ok(Message::Ignored("branches or tags were deleted".to_owned()));
    }
    let clones = list(body, "/repository/links/clone");
    Ok(Message::Push(Push {
        names: vec![format!("{project}/{slug}")],
        urls: clones.iter().filter_map(|link| text(link, "/href")).map(str::to_owned).collect(),
        default_branch: None,
        moves,
        paths: None,
    }))
}
