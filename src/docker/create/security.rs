//! Capabilities and security options.

use std::path::Path;

use serde_json::Value;

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::desired::Contents;
use crate::model::service::Service;
use crate::model::settings::capabilities;
use crate::model::tree::join_clean;

use super::members::Members;

/// Capabilities and security options.
pub(super) fn security(
    host: &mut Members,
    spec: &ContainerSpec<'_>,
    service: &Service,
) -> Result<(), Error> {
    let mut options = Vec::new();
    for option in &service.security_opt {
        if option == "systempaths=unconfined" || option == "systempaths:unconfined" {
            let none: Vec<String> = Vec::new();
            host.put("MaskedPaths", none.clone()).put("ReadonlyPaths", none);
            continue;
        }
        options.push(match profile(option) {
            Some(path) => format!("seccomp={}", seccomp(spec, path)?),
            None => option.clone(),
        });
    }
    host.list("SecurityOpt", options)
        .list("CapAdd", capabilities(&service.cap_add))
        .list("CapDrop", capabilities(&service.cap_drop))
        .flag("Privileged", service.privileged);
    Ok(())
}

/// The file of a seccomp profile, unless it is one of the engine's words.
fn profile(option: &str) -> Option<&str> {
    let value = option.strip_prefix("seccomp=").or_else(|| option.strip_prefix("seccomp:"))?;
    (!matches!(value, "unconfined" | "builtin")).then_some(value)
}

/// A seccomp profile as the engine wants it: its text, in one line.
fn seccomp(spec: &ContainerSpec<'_>, file: &str) -> Result<String, Error> {
    let path = join_clean(&spec.desired.project.working_dir, Path::new(file));
    let Some(found) = spec.desired.files.get(&path) else {
        return Err(spec.unsupported(
            format!("security_opt: seccomp={file}"),
            "a profile can be used when the engine knows it (`builtin`, `unconfined`)",
        ));
    };
    let text = match &found.contents {
        Contents::Plain(bytes) => bytes.as_slice(),
        Contents::Secret(secret) => secret.expose(),
        Contents::Link(_) => &[],
    };
    let profile: Value = serde_json::from_slice(text)
        .map_err(|_| spec.invalid("security_opt", format!("`{file}` is not JSON")))?;
    Ok(profile.to_string())
}
