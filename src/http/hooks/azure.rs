//! Azure DevOps, which signs nothing and tells no paths.

use super::body::{is_nothing, json, list, text, texts};
use super::delivery::Delivery;
use super::verdict::{Message, Move, Push, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    let body = json(delivery)?;
    match text(&body, "/eventType") {
        None => {
            return Err(Refusal::malformed(
                "the body has no `eventType`: this is not the form of Azure DevOps",
            ));
        }
        Some("git.push") => (),
        Some(other) => return Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
    let names = match (
        text(&body, "/resource/repository/project/name"),
        text(&body, "/resource/repository/name"),
    ) {
        (Some(project), Some(name)) => vec![format!("{project}/{name}")],
        (None, Some(name)) => vec![name.to_owned()],
        (_, None) => return Err(Refusal::malformed("the body is no push: it has no `repository`")),
    };
    let moves: Vec<Move> = list(&body, "/resource/refUpdates")
        .iter()
        .filter_map(|update| {
            let commit = text(update, "/newObjectId").filter(|id| !is_nothing(id))?;
            let reference = text(update, "/name")?.to_owned();
            Some(Move { reference, commit: Some(commit.to_owned()) })
        })
        .collect();
    if moves.is_empty() {
        return Ok(Message::Ignored("branches or tags were deleted".to_owned()));
    }
    let default = text(&body, "/resource/repository/defaultBranch");
    Ok(Message::Push(Push {
        names,
        urls: texts(&body, &["/resource/repository/remoteUrl", "/resource/repository/sshUrl"]),
        default_branch: default
            .map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()),
        moves,
        paths: None,
    }))
}
