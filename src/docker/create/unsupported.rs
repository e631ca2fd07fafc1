//! Keys that nobody carries out yet: refused with a word, never ignored.

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::service::Service;

/// Refuses what cannot be carried out.
pub(super) fn refuse(spec: &ContainerSpec<'_>, service: &Service) -> Result<(), Error> {
    let keys = [
        (
            service.provider.is_some(),
            "provider",
            "run the provider yourself, and remove the service",
        ),
        (service.models.is_some(), "models", "name the model's address in `environment`"),
    ];
    match keys.into_iter().find(|(present, ..)| *present) {
        Some((_, key, hint)) => Err(spec.unsupported(key, hint)),
        None => Ok(()),
    }
}
