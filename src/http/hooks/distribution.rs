//! The notifications of a `distribution` registry.

use super::body::{json, list, text};
use super::delivery::Delivery;
use super::verdict::{Image, Message, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    let body = json(delivery)?;
    if !body.get("events").is_some_and(serde_json::Value::is_array) {
        return Err(Refusal::malformed("the body has no `events`: this is not a registry's form"));
    }
    let images: Vec<Image> = list(&body, "/events")
        .iter()
        .filter(|event| text(event, "/action") == Some("push"))
        .filter_map(|event| {
            let (name, tag) = (text(event, "/target/repository")?, text(event, "/target/tag")?);
            let repository = match text(event, "/request/host") {
                Some(host) => format!("{host}/{name}"),
                None => name.to_owned(),
            };
            Some(Image { repository, tag: tag.to_owned() })
        })
        .collect();
    if images.is_empty() {
        return Ok(Message::Ignored("no tag was pushed".to_owned()));
    }
    Ok(Message::Images(images))
}
