//! Anything that can send a request. The body may be empty, or say in JSON what happened: `repository`, `ref`, `commit`,
//! `paths`; or `image`.

use serde_json::Value;

use super::body::{json, list, text};
use super::check::{self, Hook};
use super::delivery::Delivery;
use super::push::full;
use super::standard;
use super::verdict::{Image, Message, Move, Once, Push, Refusal};
use crate::model::secret::Secret;

/// The signature where there is one, else the secret as a bearer token. A secret that begins with `whsec_` only signs.
pub(super) fn proof(hook: &Hook, delivery: &Delivery<'_>) -> Result<Option<Once>, Refusal> {
    let tokens: Vec<Secret> =
        hook.secrets.iter().filter(|secret| !standard::is_signing(secret)).cloned().collect();
    if standard::is_signed(delivery) || tokens.is_empty() {
        return standard::proof(&hook.secrets, delivery);
    }
    check::bearer(&tokens, delivery).map(|()| None)
}

pub(super) fn read(delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    if delivery.body.trim_ascii().is_empty() {
        return Ok(Message::Push(Push::default()));
    }
    let body = json(delivery)?;
    if !body.is_object() {
        return Err(Refusal::malformed("the body is no JSON object"));
    }
    if let Some(image) = text(&body, "/image").or_else(|| text(&body, "/artifact")) {
        return Ok(Message::Images(vec![image_of(image)]));
    }
    let repository = text(&body, "/repository").map(str::to_owned);
    let is_url = |name: &String| name.contains(':');
    let commit = text(&body, "/commit").map(str::to_owned);
    let paths = list(&body, "/paths").iter().filter_map(Value::as_str).map(str::to_owned);
    Ok(Message::Push(Push {
        names: repository.clone().filter(|name| !is_url(name)).into_iter().collect(),
        urls: repository.filter(is_url).into_iter().collect(),
        default_branch: None,
        moves: text(&body, "/ref")
            .map(|reference| Move { reference: full(reference), commit })
            .into_iter()
            .collect(),
        paths: Some(paths.collect())
            .filter(|paths: &std::collections::BTreeSet<_>| !paths.is_empty()),
    }))
}

/// A reference in its two parts; a missing tag is `latest`.
fn image_of(reference: &str) -> Image {
    let name = reference.split('@').next().unwrap_or(reference);
    match name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((repository, tag)) => Image { repository: repository.to_owned(), tag: tag.to_owned() },
        None => Image { repository: name.to_owned(), tag: "latest".to_owned() },
    }
}
