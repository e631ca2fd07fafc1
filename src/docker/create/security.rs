//! Capabilities and security options.

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::service::{Service, seccomp_file};
use crate::model::settings::capabilities;

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
        options.push(match seccomp_file(option) {
            Some(file) => format!("seccomp={}", seccomp(spec, file)?),
            None => option.clone(),
        });
    }
    host.list("SecurityOpt", options)
        .list("CapAdd", capabilities(&service.cap_add))
        .list("CapDrop", capabilities(&service.cap_drop))
        .flag("Privileged", service.privileged);
    Ok(())
}

/// A seccomp profile as the engine wants it: its text, in one line.
fn seccomp<'a>(spec: &ContainerSpec<'a>, file: &str) -> Result<&'a str, Error> {
    let found = spec.desired.profiles.get(file).map(String::as_str);
    found.ok_or_else(|| {
        spec.invalid("security_opt", format!("the seccomp profile `{file}` was not read"))
    })
}
