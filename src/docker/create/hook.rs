//! The body that creates the container of a hook which runs before the first start of its service.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::docker::error::Error;
use crate::docker::hooks::variables;
use crate::docker::spec::{ContainerSpec, image_name};
use crate::model::labels;
use crate::model::parts::Hook;

use super::body::{Body, environment};
use super::members::{Members, text_map};
use super::networks::{Attachment, attachment};

/// The create request of a hook's container: the service's networks and variables, the mounts of `mounts_of`. Without a
/// config hash nobody takes it for a container of the service.
pub(in crate::docker) fn hook_body(
    spec: &ContainerSpec<'_>,
    hook: &Hook,
    mounts_of: &str,
    api: (u32, u32),
) -> Result<Body, Error> {
    let service = spec.model()?;
    let Attachment { mode, endpoints, connects, .. } = attachment(spec, service, api)?;
    let image = match hook.image.as_str() {
        "" => image_name(spec.desired, spec.service, service),
        image => image.to_owned(),
    };
    let labels = BTreeMap::from([
        (labels::PROJECT.to_owned(), spec.desired.project.name.to_string()),
        (labels::SERVICE.to_owned(), spec.service.to_string()),
        (labels::VERSION.to_owned(), labels::COMPOSE_VERSION.to_owned()),
        (labels::INSTANCE.to_owned(), spec.desired.origin.instance.to_string()),
    ]);
    let mut host = Members::default();
    host.flag("Privileged", hook.privileged)
        .put("VolumesFrom", vec![mounts_of])
        .put("NetworkMode", mode);
    let mut variables = variables(hook);
    variables.splice(0..0, environment(service));
    let mut body = Members::default();
    body.put("Image", image)
        .some("Cmd", hook.command.clone())
        .text("User", &hook.user)
        .text("WorkingDir", &hook.working_dir)
        .list("Env", variables)
        .put("Labels", text_map(&labels))
        .object("HostConfig", host);
    if !endpoints.is_empty() {
        let mut networking = Members::default();
        networking.put("EndpointsConfig", Value::Object(endpoints.into_iter().collect()));
        body.object("NetworkingConfig", networking);
    }
    Ok(Body { json: body.into(), platform: String::new(), connects })
}
