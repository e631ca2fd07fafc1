//! Local images, and what registries hold.

use std::collections::BTreeSet;

use bollard::models::{ImageInspect, ImageManifestSummary, ImageManifestSummaryKindEnum};
use bollard::query_parameters::{ListImagesOptions, RemoveImageOptions, TagImageOptions};

use crate::model::observed::{Image, RegistryAnswer};

use super::access::{segment, with_header, with_query, within};
use super::credentials::Keyring;
use super::engine::Engine;
use super::error::Error;
use super::objects::gone;
use super::reference::Reference;
use super::settings::image_settings;
use super::task::Task;

impl Engine {
    /// The local image of a reference, if there is one.
    pub async fn image(&self, reference: &str) -> Result<Option<Image>, Error> {
        let malformed = Reference::parse(reference).err();
        let docker = if self.api() >= (1, 48) {
            with_query(self.docker(), self.api(), "manifests=1")
        } else {
            self.docker().clone()
        };
        let task = Task::new("inspect", "image", reference);
        match within(task, self.limits().call, docker.inspect_image(reference)).await {
            Ok(found) => Ok(Some(image(found))),
            Err(error) => match (malformed, error) {
                (Some(malformed), _) => Err(malformed),
                (None, Error::ImageNotFound { .. } | Error::NotFound { .. }) => Ok(None),
                (None, error) => Err(error),
            },
        }
    }

    /// The IDs of all images that are here.
    pub async fn image_ids(&self) -> Result<BTreeSet<String>, Error> {
        let task = Task::new("list", "images", "");
        let listed =
            within(task, self.limits().call, self.docker().list_images(None::<ListImagesOptions>))
                .await?;
        Ok(listed.into_iter().map(|image| image.id).collect())
    }

    /// Removes an image by its ID, where nothing uses it: neither a container nor a tag beside its own.
    pub async fn remove_image(&self, id: &str) -> Result<(), Error> {
        let task = Task::new("remove", "image", id);
        let path = segment(id);
        gone(
            within(
                task,
                self.limits().call,
                self.docker().remove_image(&path, None::<RemoveImageOptions>, None),
            )
            .await
            .map(drop),
        )
    }

    /// Gives an image that is here this name.
    pub async fn tag_image(&self, id: &str, reference: &str) -> Result<(), Error> {
        let name = Reference::parse(reference)?;
        let options =
            TagImageOptions { repo: Some(name.full_name()), tag: Some(name.version().to_owned()) };
        let task = Task::new("name", "image", reference);
        let path = segment(id);
        within(task, self.limits().call, self.docker().tag_image(&path, Some(options))).await
    }

    /// The digest that the registry holds. That it cannot be asked is an answer, too.
    pub async fn registry_digest(&self, reference: &str, keyring: &Keyring) -> RegistryAnswer {
        match self.digest(reference, keyring).await {
            Ok(digest) => RegistryAnswer::Digest(digest),
            Err(error) => {
                let cause = std::error::Error::source(&error);
                let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                RegistryAnswer::Unreachable(format!("{error}{cause}"))
            }
        }
    }

    async fn digest(&self, reference: &str, keyring: &Keyring) -> Result<String, Error> {
        let login = keyring.login(&Reference::parse(reference)?)?;
        let docker = match login {
            Some(login) => {
                with_header(self.docker(), self.api(), "x-registry-auth", login.header())
            }
            None => self.docker().clone(),
        };
        let task = Task::new("ask the registry for", "image", reference);
        let asked = docker.inspect_registry_image(reference, None);
        Ok(within(task, self.limits().call, asked).await?.descriptor.digest.unwrap_or_default())
    }
}

fn image(found: ImageInspect) -> Image {
    let own =
        platform_text(found.os.as_deref(), found.architecture.as_deref(), found.variant.as_deref());
    let manifest = found.manifests.as_deref().and_then(|all| manifest_for(all, &own));
    let mut other_ids: BTreeSet<String> = found.id.iter().cloned().collect();
    let id = manifest.or(found.id).unwrap_or_default();
    other_ids.remove(&id);
    let config = found.config.unwrap_or_default();
    let settings = image_settings(&config);
    let check = config.healthcheck.and_then(|check| check.test).unwrap_or_default();
    let tagged = found.metadata.and_then(|metadata| metadata.last_tag_time);
    Image {
        id,
        other_ids,
        repo_digests: found.repo_digests.unwrap_or_default(),
        tags: found.repo_tags.unwrap_or_default(),
        volumes: config.volumes.unwrap_or_default().into_iter().collect::<BTreeSet<_>>(),
        env: config.env.unwrap_or_default(),
        has_healthcheck: check.first().is_some_and(|kind| kind != "NONE"),
        tagged_at: tagged.as_deref().and_then(seconds),
        platform: own,
        settings,
    }
}

/// An image store that keeps several platforms under one name tells containers apart by the manifest.
fn manifest_for(all: &[ImageManifestSummary], own: &str) -> Option<String> {
    let images: Vec<_> = all
        .iter()
        .filter(|manifest| manifest.kind == Some(ImageManifestSummaryKindEnum::IMAGE))
        .filter(|manifest| manifest.available)
        .collect();
    let own_one = images.iter().find(|manifest| {
        manifest.image_data.as_ref().is_some_and(|data| {
            let platform = &data.platform;
            let text = platform_text(
                platform.os.as_deref(),
                platform.architecture.as_deref(),
                platform.variant.as_deref(),
            );
            text == own
        })
    });
    own_one.or(images.first()).map(|manifest| manifest.id.clone())
}

fn platform_text(os: Option<&str>, architecture: Option<&str>, variant: Option<&str>) -> String {
    let parts = [os, architecture, variant].into_iter().flatten();
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

/// RFC 3339 to seconds since 1970; the year 1 means never.
fn seconds(text: &str) -> Option<i64> {
    let at = text.parse::<jiff::Timestamp>().ok()?.as_second();
    (at > 0).then_some(at)
}
