//! The body of `POST /containers/create`.

use serde_json::Value;

use crate::model::parts::Healthcheck;
use crate::model::service::Service;

use crate::docker::error::Error;
use crate::docker::spec::{ContainerSpec, ImageName, image_name};

use super::host_config::host_config;
use super::labels::container_labels;
use super::members::{Members, text_map, text_set};
use super::networks::{Attachment, attachment};
use super::ports::{bindings, exposed};
use super::unsupported::refuse;

/// A create request, and what has to follow it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::docker) struct Body {
    /// The body itself.
    pub(in crate::docker) json: Value,
    /// The platform; empty leaves it to the engine.
    pub(in crate::docker) platform: String,
    /// Networks to be joined by calls of their own, because the engine takes only one at creation: name and endpoint.
    pub(in crate::docker) connects: Vec<(String, Value)>,
}

/// The create request for a container.
pub(in crate::docker) fn body(spec: &ContainerSpec<'_>, api: (u32, u32)) -> Result<Body, Error> {
    let service = spec.model()?;
    refuse(spec, service)?;
    let attachment = attachment(spec, service, api)?;
    let mut body = Members::default();
    process(&mut body, service);
    let image = match spec.image {
        ImageName::Reference => image_name(spec.desired, spec.service, service),
        ImageName::Id => spec.image_id.to_owned(),
    };
    body.put("Image", image);
    if let Some(check) = &service.healthcheck {
        body.object("Healthcheck", healthcheck(spec, check, api)?);
    }
    body.text("MacAddress", &attachment.mac_address);
    let exposed = exposed(spec, service)?;
    if !exposed.is_empty() {
        body.put("ExposedPorts", text_set(exposed));
    }
    body.put("Labels", text_map(&container_labels(spec, service)));
    body.object("HostConfig", host_config(spec, service, &attachment, api)?);
    let Attachment { endpoints, connects, .. } = attachment;
    if !endpoints.is_empty() {
        let mut networking = Members::default();
        networking.put("EndpointsConfig", Value::Object(endpoints.into_iter().collect()));
        body.object("NetworkingConfig", networking);
    }
    Ok(Body { json: body.into(), platform: service.platform.clone(), connects })
}

/// What runs, as whom, and how it ends.
fn process(body: &mut Members, service: &Service) {
    body.text("Hostname", &service.hostname)
        .text("Domainname", &service.domainname)
        .text("User", &service.user)
        .put("AttachStdout", true)
        .put("AttachStderr", true)
        .flag("Tty", service.tty)
        .flag("OpenStdin", service.stdin_open)
        .list("Env", environment(service))
        .some("Cmd", service.command.clone())
        .some("Entrypoint", service.entrypoint.clone())
        .text("WorkingDir", &service.working_dir)
        .text("StopSignal", &service.stop_signal)
        .some("StopTimeout", service.stop_grace_period.map(|grace| grace.0 / 1_000_000_000));
}

/// `KEY=VALUE`, and the bare key where the image's variable is to be removed.
pub(super) fn environment(service: &Service) -> Vec<String> {
    let line = |(key, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{key}={value}"),
        None => key.clone(),
    };
    service.environment.iter().map(line).collect()
}

fn healthcheck(
    spec: &ContainerSpec<'_>,
    check: &Healthcheck,
    api: (u32, u32),
) -> Result<Members, Error> {
    let mut members = Members::default();
    if check.disable {
        members.put("Test", vec!["NONE"]);
        return Ok(members);
    }
    if check.start_interval.is_some() {
        spec.needs("healthcheck.start_interval", api, (1, 44))?;
    }
    members
        .some("Test", check.test.clone())
        .number("Interval", check.interval.unwrap_or_default().0)
        .number("Timeout", check.timeout.unwrap_or_default().0)
        .number("StartPeriod", check.start_period.unwrap_or_default().0)
        .number("StartInterval", check.start_interval.unwrap_or_default().0)
        .number("Retries", check.retries.and_then(|retries| retries.try_into().ok()).unwrap_or(0));
    Ok(members)
}

/// The ports of the host that the container gets.
pub(super) fn port_bindings(spec: &ContainerSpec<'_>, service: &Service) -> Result<Members, Error> {
    let mut members = Members::default();
    for (port, hosts) in bindings(spec, service)? {
        members.put(&port, hosts);
    }
    Ok(members)
}
