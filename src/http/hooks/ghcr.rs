//! Container packages of GitHub, which come as events of their repository or organisation.

use super::body::{json, text};
use super::delivery::Delivery;
use super::verdict::{Image, Message, Refusal};

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match delivery.text("x-github-event") {
        Some("ping") => return Ok(Message::Ping),
        Some("package" | "registry_package") => (),
        None => return Err(Refusal::malformed("no `x-github-event`: this is not GitHub's form")),
        Some(other) => return Ok(Message::Ignored(format!("the event `{other}` starts nothing"))),
    }
    let body = json(delivery)?;
    let Some(package) = body.get("package").or_else(|| body.get("registry_package")) else {
        return Err(Refusal::malformed("the body has no `package`"));
    };
    let kind = text(package, "/package_type").or_else(|| text(package, "/ecosystem"));
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("container")) {
        return Ok(Message::Ignored("a package that is no container starts nothing".to_owned()));
    }
    let owner = text(package, "/namespace").or_else(|| text(package, "/owner/login"));
    let Some((owner, name)) = owner.zip(text(package, "/name")) else {
        return Err(Refusal::malformed("the `package` has no `name` or no owner"));
    };
    let Some(tag) = text(package, "/package_version/container_metadata/tag/name") else {
        return Ok(Message::Ignored("an image without a tag starts nothing".to_owned()));
    };
    let repository = format!("ghcr.io/{}/{}", owner.to_lowercase(), name.to_lowercase());
    Ok(Message::Images(vec![Image { repository, tag: tag.to_owned() }]))
}
