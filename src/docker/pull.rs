//! Pulls, with progress.

use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptions;
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::access::with_header;
use super::credentials::Keyring;
use super::engine::Engine;
use super::error::{Error, Refusal};
use super::reference::Reference;
use super::refusal::meaning;
use super::task::Task;

/// What is pulled.
#[derive(Debug, Clone, Copy)]
pub struct Pull<'a> {
    /// The image.
    pub reference: &'a str,
    /// The platform; empty leaves it to the engine.
    pub platform: &'a str,
    /// Logins.
    pub keyring: &'a Keyring,
}

/// One step of a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullProgress {
    /// Short ID of the layer; empty when the step is about the whole image.
    pub layer: String,
    /// What the engine does, in its words: `Downloading`, `Pull complete`.
    pub status: String,
    /// Bytes done.
    pub current: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

impl Engine {
    /// Pulls an image. Ends early when `cancel` says so.
    pub async fn pull(
        &self,
        pull: &Pull<'_>,
        progress: &(dyn Fn(PullProgress) + Send + Sync),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let Pull { reference, platform, keyring } = *pull;
        let image = Reference::parse(reference)?;
        let login = keyring.login(&image)?;
        let docker = match login {
            Some(login) => {
                with_header(self.docker(), self.api(), "x-registry-auth", login.header())
            }
            None => self.docker().clone(),
        };
        let options = CreateImageOptions {
            from_image: Some(image.name.clone()),
            tag: Some(image.version().to_owned()),
            platform: platform.to_owned(),
            ..CreateImageOptions::default()
        };
        let mut steps = std::pin::pin!(docker.create_image(Some(options), None, None));
        loop {
            let step = tokio::select! {
                step = tokio::time::timeout(self.limits().pull_stall, steps.next()) => step,
                () = cancel.cancelled() => {
                    return Err(Error::Cancelled { task: Task::new("pull", "image", reference) });
                }
            };
            match step {
                Ok(Some(Ok(step))) => progress(told(step)),
                Ok(Some(Err(error))) => return Err(failed(pull, &image, error)),
                Ok(None) => return Ok(()),
                Err(_elapsed) => {
                    let image = reference.to_owned();
                    return Err(Error::PullStalled { image, limit: self.limits().pull_stall });
                }
            }
        }
    }
}

fn told(step: CreateImageInfo) -> PullProgress {
    let detail = step.progress_detail.unwrap_or_default();
    let bytes = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    PullProgress {
        layer: step.id.unwrap_or_default(),
        status: step.status.unwrap_or_default(),
        current: bytes(detail.current),
        total: bytes(detail.total),
    }
}

fn failed(pull: &Pull<'_>, image: &Reference, error: bollard::errors::Error) -> Error {
    let meant = meaning(Task::new("pull", "image", pull.reference), error);
    if let Error::Refused { source, .. }
    | Error::NotFound { source, .. }
    | Error::ImageNotFound { source, .. } = meant
    {
        return refused(pull, image, source);
    }
    meant
}

/// What the engine says when a registry fails it, in one of the many ways.
fn refused(pull: &Pull<'_>, at: &Reference, source: Refusal) -> Error {
    let words = source.message.to_lowercase();
    let said = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let (image, registry) = (pull.reference.to_owned(), at.registry.clone());
    if said(&["toomanyrequests", "too many requests", "rate limit"]) {
        Error::RegistryLimited { image, registry, source }
    } else if said(&["unauthorized", "denied", "authentication required", "no basic auth"]) {
        match pull.keyring.helper() {
            Some(helper) if said(&["unauthorized", "authentication", "no basic auth"]) => {
                Error::CredentialHelper { registry, helper: helper.to_owned() }
            }
            Some(_) | None => Error::ImageDenied { image, registry, source },
        }
    } else if said(&["not found", "manifest unknown", "no matching manifest", "does not exist"]) {
        Error::ImageNotFound { image, source }
    } else if said(&["dial tcp", "timeout", "no such host", "connection re", "tls", "eof", "x509"])
    {
        Error::RegistryUnreachable { image, registry, source }
    } else {
        Error::Refused { task: Task::new("pull", "image", pull.reference), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str) -> String {
        let at = Reference::parse("ghcr.io/x/y:1").unwrap();
        let source = Refusal { status: 500, message: message.to_owned() };
        let keyring = Keyring::default();
        let pull = Pull { reference: "ghcr.io/x/y:1", platform: "", keyring: &keyring };
        refused(&pull, &at, source).to_string()
    }

    #[test]
    fn a_failed_pull_says_whose_fault_it_was() {
        insta::assert_snapshot!(check("manifest for ghcr.io/x/y:1 not found: manifest unknown"), @"cannot find image `ghcr.io/x/y:1`");
        insta::assert_snapshot!(check("pull access denied for x, repository does not exist or may require 'docker login'"), @"cannot pull image `ghcr.io/x/y:1`: `ghcr.io` refused access");
        insta::assert_snapshot!(check("Get \"https://ghcr.io/v2/\": dial tcp: lookup ghcr.io: no such host"), @"cannot pull image `ghcr.io/x/y:1`: the engine cannot reach `ghcr.io`");
        insta::assert_snapshot!(check("toomanyrequests: You have reached your pull rate limit"), @"cannot pull image `ghcr.io/x/y:1`: `ghcr.io` has had too many requests");
        insta::assert_snapshot!(check("what is this"), @"cannot pull image `ghcr.io/x/y:1`");
    }
}
