//! Images named by their digests, which the engine asks the registries for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::checks::ConfigDigests;
use super::failure::{Complaint, Error};
use super::session::{Session, wait_for};
use crate::docker::Reference;
use crate::model::observed::RegistryAnswer;
use crate::reconcile::Context;

/// Pins the images of a printed model, where that is asked for.
pub(super) fn pin(
    session: &Session,
    context: &Context,
    arguments: &ConfigDigests,
    model: &mut Value,
) -> Result<(), Complaint> {
    if !arguments.resolve_image_digests && !arguments.lock_image_digests {
        return Ok(());
    }
    if arguments.lock_image_digests {
        lock(session, model);
    }
    let own: Vec<String> = services(model).map(|(name, _)| name.clone()).collect();
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    each_image(model, &mut |image| {
        if !own.contains(image) && needs_digest(image) {
            wanted.insert(image.clone(), String::new());
        }
    });
    wait_for(async {
        let engine = session.engine().await?;
        for (image, pinned) in &mut wanted {
            match engine.registry_digest(image, &context.keyring).await {
                RegistryAnswer::Digest(digest) => *pinned = name_with(image, &digest),
                RegistryAnswer::Unreachable(reason) => {
                    return Err(Error::Digest { image: image.clone(), reason }.into());
                }
            }
        }
        Ok(())
    })?;
    each_image(model, &mut |image| {
        if let Some(pinned) = wanted.get(image) {
            image.clone_from(pinned);
        }
    });
    Ok(())
}

fn services(model: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    let services = model.get_mut("services").and_then(Value::as_object_mut);
    services.into_iter().flatten()
}

/// Whether the image has no digest yet, and a name that a registry can know.
fn needs_digest(image: &str) -> bool {
    Reference::parse(image).is_ok_and(|reference| reference.digest.is_none())
}

/// The image's full name, its tag, and the digest.
fn name_with(image: &str, digest: &str) -> String {
    match Reference::parse(image) {
        Ok(reference) => {
            let tag = reference.tag.as_deref().unwrap_or("latest");
            format!("{}:{tag}@{digest}", reference.full_name())
        }
        Err(_) => format!("{image}@{digest}"),
    }
}

/// Goes over the images of services, of what runs before them and of image volumes.
fn each_image(model: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    for (_, service) in services(model) {
        if let Some(Value::String(image)) = service.get_mut("image") {
            visit(image);
        }
        let hooks = service.get_mut("pre_start").and_then(Value::as_array_mut);
        for hook in hooks.into_iter().flatten() {
            if let Some(Value::String(image)) = hook.get_mut("image") {
                visit(image);
            }
        }
        let volumes = service.get_mut("volumes").and_then(Value::as_array_mut);
        for volume in volumes.into_iter().flatten().filter(|volume| is_image(volume)) {
            if let Some(Value::String(source)) = volume.get_mut("source") {
                visit(source);
            }
        }
    }
}

fn is_image(volume: &Value) -> bool {
    volume.get("type").and_then(Value::as_str) == Some("image")
}

/// Leaves nothing but the images.
fn lock(session: &Session, model: &mut Value) {
    let mut all = Map::new();
    for (name, service) in services(model) {
        let hooks = service.get("pre_start").and_then(Value::as_array);
        if hooks.into_iter().flatten().any(|hook| hook.get("image").is_some()) {
            let text = format!("service `{name}`: the images of `pre_start` are not pinned");
            session.screen.warn(&[text]);
        }
        let mut kept = Map::new();
        if let Some(image) = service.get("image") {
            kept.insert("image".to_owned(), image.clone());
        }
        let volumes = service.get("volumes").and_then(Value::as_array).into_iter().flatten();
        let volumes: Vec<Value> = volumes.filter(|volume| is_image(volume)).cloned().collect();
        if !volumes.is_empty() {
            kept.insert("volumes".to_owned(), Value::Array(volumes));
        }
        all.insert(name.clone(), Value::Object(kept));
    }
    *model = Value::Object(Map::from_iter([("services".to_owned(), Value::Object(all))]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_name_is_full() {
        assert_eq!(name_with("nginx", "sha256:1"), "docker.io/library/nginx:latest@sha256:1");
        assert_eq!(name_with("grafana/loki:3", "sha256:1"), "docker.io/grafana/loki:3@sha256:1");
        assert_eq!(name_with("r.lan:5000/a/b:c", "sha256:1"), "r.lan:5000/a/b:c@sha256:1");
    }
}
