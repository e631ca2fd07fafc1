//! Bitbucket Cloud. Its pushes tell no paths.

use super::body::{json, list, text, texts};
use super::delivery::Delivery;
use super::verdict::{Message, Move, Push, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match delivery.text("x-event-key") {
        None => Err(Refusal::malformed("no `x-event-key`: this is not Bitbucket's form")),
        Some("diagnostics:ping") => Ok(Message::Ping),
        Some("repo:push") => push(delivery),
        Some(other) => Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
}

fn push(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    let body = json(delivery)?;
    let Some(name) = text(&body, "/repository/full_name") else {
        return Err(Refusal::malformed("the body is no push: it has no `repository`"));
    };
    let moves: Vec<Move> = list(&body, "/push/changes")
        .iter()
        .filter_map(|change| {
            let kind = if text(change, "/new/type") == Some("tag") { "tags" } else { "heads" };
            Some(Move {
                reference: format!("refs/{kind}/{}", text(change, "/new/name")?),
                commit: text(change, "/new/target/hash").map(str::to_owned),
            })
        })
        .collect();
    if moves.is_empty() {
        return Ok(Message::Ignored("branches or tags were deleted".to_owned()));
    }
    let mut urls = texts(&body, &["/repository/links/html/href"]);
    urls.push(format!("https://bitbucket.org/{name}"));
    let default_branch = text(&body, "/repository/mainbranch/name").map(str::to_owned);
    Ok(Message::Push(Push {
        names: vec![name.to_owned()],
        urls,
        default_branch,
        moves,
        paths: None,
    }))
}
