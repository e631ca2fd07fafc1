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
        (service.use_api_socket, "use_api_socket", "mount the engine's socket in `volumes`"),
        (service.credential_spec.is_some(), "credential_spec", "it is for Windows; remove it"),
        (!service.pre_start.is_empty(), "pre_start", "use a one-shot service and `depends_on`"),
        (!service.post_start.is_empty(), "post_start", "use a one-shot service and `depends_on`"),
        (!service.pre_stop.is_empty(), "pre_stop", "let the container handle its stop signal"),
    ];
    match keys.into_iter().find(|(present, ..)| *present) {
        Some((_, key, hint)) => Err(spec.unsupported(key, hint)),
        None => Ok(()),
    }
}
