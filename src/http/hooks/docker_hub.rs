//! Docker Hub, which signs nothing.

use super::body::{json, text};
use super::delivery::Delivery;
use super::verdict::{Image, Message, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    let body = json(delivery)?;
    let image = text(&body, "/repository/repo_name").zip(text(&body, "/push_data/tag"));
    let Some((repository, tag)) = image else {
        return Err(Refusal::malformed(
            "the body has no `repository` with `repo_name` or no `push_data` with `tag`: this is not Docker Hub's form",
        ));
    };
    Ok(Message::Images(vec![Image { repository: repository.to_owned(), tag: tag.to_owned() }]))
}
