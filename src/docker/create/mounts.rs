//! Binds, volumes, tmpfs, images, configs and secrets.

use serde_json::Value;

use crate::docker::error::Error;
use crate::docker::spec::ContainerSpec;
use crate::model::desired::{InputKind, ObjectRef};
use crate::model::observed::InheritedVolume;
use crate::model::parts::{BindOptions, CreateHostPath, FileReference, Mount};
use crate::model::service::Service;

use super::members::{Members, text_map};

/// What is mounted, in the engine's two languages.
#[derive(Debug, Default)]
pub(super) struct Mounts {
    /// `source:target:options`: the engine creates a missing source.
    pub(super) binds: Vec<String>,
    /// Objects: a missing source is an error.
    pub(super) mounts: Vec<Value>,
}

/// What is mounted into a container.
pub(super) fn mounts(
    spec: &ContainerSpec<'_>,
    service: &Service,
    api: (u32, u32),
) -> Result<Mounts, Error> {
    let mut all = Mounts::default();
    for mount in &service.volumes {
        match mount.r#type.as_str() {
            "bind" => bind(&mut all, spec, mount, api)?,
            "volume" => volume(&mut all, spec, mount, api)?,
            "tmpfs" => all.mounts.push(tmpfs(mount)),
            "image" => all.mounts.push(image(spec, mount, api)?),
            "npipe" => all.mounts.push(plain("npipe", mount).into()),
            other => {
                return Err(spec.unsupported(
                    format!("volumes: type `{other}`"),
                    "use a mount of type bind, volume, tmpfs or image",
                ));
            }
        }
    }
    inherited(&mut all, spec, service);
    for (kind, references) in
        [(InputKind::Config, &service.configs), (InputKind::Secret, &service.secrets)]
    {
        for reference in references {
            all.mounts.extend(object(spec, kind, reference)?);
        }
    }
    Ok(all)
}

/// Type, source, target and `read_only`.
fn plain(kind: &str, mount: &Mount) -> Members {
    let mut members = Members::default();
    members
        .put("Type", kind)
        .text("Source", &mount.source)
        .put("Target", mount.target.as_str())
        .flag("ReadOnly", mount.read_only)
        .text("Consistency", &mount.consistency);
    members
}

/// `rw` or `ro`, and what follows.
fn options(mount: &Mount, more: &[&str]) -> String {
    let mut options = vec![if mount.read_only { "ro" } else { "rw" }];
    options.extend(more.iter().filter(|option| !option.is_empty()));
    options.join(",")
}

fn bind(
    all: &mut Mounts,
    spec: &ContainerSpec<'_>,
    mount: &Mount,
    api: (u32, u32),
) -> Result<(), Error> {
    let given = mount.bind.clone().unwrap_or_default();
    let needs_object = !given.propagation.is_empty()
        || !given.recursive.is_empty()
        || given.create_host_path == CreateHostPath::No;
    if !needs_object {
        let options = options(mount, &[&given.selinux]);
        all.binds.push(format!("{}:{}:{options}", mount.source, mount.target));
        return Ok(());
    }
    let mut members = plain("bind", mount);
    members.object("BindOptions", bind_options(spec, &given, mount.read_only, api)?);
    all.mounts.push(members.into());
    Ok(())
}

fn bind_options(
    spec: &ContainerSpec<'_>,
    given: &BindOptions,
    read_only: bool,
    api: (u32, u32),
) -> Result<Members, Error> {
    let mut options = Members::default();
    options
        .text("Propagation", &given.propagation)
        .flag("CreateMountpoint", given.create_host_path != CreateHostPath::No);
    match given.recursive.as_str() {
        "" | "enabled" => (),
        "disabled" => {
            options.put("NonRecursive", true);
        }
        "writable" | "readonly" if !read_only => (),
        "writable" => {
            spec.needs("volumes: bind.recursive", api, (1, 44))?;
            options.put("ReadOnlyNonRecursive", true);
        }
        "readonly" => {
            spec.needs("volumes: bind.recursive", api, (1, 44))?;
            options.put("ReadOnlyForceRecursive", true);
        }
        other => {
            let reason = format!("`{other}` is none of disabled, enabled, writable, readonly");
            return Err(spec.invalid("volumes: bind.recursive", reason));
        }
    }
    Ok(options)
}

fn volume(
    all: &mut Mounts,
    spec: &ContainerSpec<'_>,
    mount: &Mount,
    api: (u32, u32),
) -> Result<(), Error> {
    let given = mount.volume.clone().unwrap_or_default();
    let mut name = String::new();
    if !mount.source.is_empty() {
        let declared = spec.desired.project.volumes.get(&mount.source).ok_or_else(|| {
            spec.invalid("volumes", format!("there is no volume `{}`", mount.source))
        })?;
        name.clone_from(&declared.name);
        if !given.nocopy && given.subpath.is_empty() && given.labels.is_empty() {
            let selinux = mount.bind.as_ref().map_or("", |bind| bind.selinux.as_str());
            all.binds.push(format!("{name}:{}:{}", mount.target, options(mount, &[selinux])));
            return Ok(());
        }
    } else if let Some(kept) =
        spec.inherits.iter().find(|kept| same_path(&kept.target, &mount.target))
    {
        name.clone_from(&kept.volume);
    }
    let mut options = Members::default();
    options.flag("NoCopy", given.nocopy).text("Subpath", &given.subpath);
    if !given.subpath.is_empty() {
        spec.needs("volumes: volume.subpath", api, (1, 45))?;
    }
    if !given.labels.is_empty() {
        options.put("Labels", text_map(&given.labels));
    }
    let mut members = plain("volume", &Mount { source: name, ..mount.clone() });
    members.object("VolumeOptions", options);
    all.mounts.push(members.into());
    Ok(())
}

fn tmpfs(mount: &Mount) -> Value {
    let mut options = Members::default();
    if let Some(given) = &mount.tmpfs {
        options.number("SizeBytes", given.size.0).number("Mode", i64::from(given.mode));
    }
    let mut members = plain("tmpfs", mount);
    members.object("TmpfsOptions", options);
    members.into()
}

fn image(spec: &ContainerSpec<'_>, mount: &Mount, api: (u32, u32)) -> Result<Value, Error> {
    spec.needs("volumes: type `image`", api, (1, 48))?;
    let mut options = Members::default();
    if let Some(given) = &mount.image {
        options.text("Subpath", &given.subpath);
    }
    let source = spec.image_reference(&mount.source);
    let mut members = plain("image", &Mount { source, ..mount.clone() });
    members.object("ImageOptions", options);
    Ok(members.into())
}

/// Whether two paths are the same; the engine drops the slash at the end.
fn same_path(left: &str, right: &str) -> bool {
    left.trim_end_matches('/') == right.trim_end_matches('/')
}

/// Volumes taken over from the container's predecessor, where the service itself mounts nothing.
fn inherited(all: &mut Mounts, spec: &ContainerSpec<'_>, service: &Service) {
    let is_free = |kept: &&InheritedVolume| {
        let tmpfs = service.tmpfs.iter().filter_map(|line| line.split(':').next());
        let mut taken = service.volumes.iter().map(|mount| mount.target.as_str()).chain(tmpfs);
        !taken.any(|target| same_path(target, &kept.target))
    };
    for kept in spec.inherits.iter().filter(is_free) {
        let mut members = Members::default();
        members.put("Type", "volume").put("Source", kept.volume.as_str());
        all.mounts.push({
            members.put("Target", kept.target.as_str());
            members.into()
        });
    }
}

/// A config or secret that stands on the host. One that does not is copied in before each start.
fn object(
    spec: &ContainerSpec<'_>,
    kind: InputKind,
    reference: &FileReference,
) -> Result<Option<Value>, Error> {
    let project = &spec.desired.project;
    let (key, declared, below) = match kind {
        InputKind::Secret => ("secrets", &project.secrets, "/run/secrets/"),
        InputKind::Config | InputKind::File => ("configs", &project.configs, "/"),
    };
    let path = format!("{key}.{}", reference.source);
    let Some(declared) = declared.get(&reference.source) else {
        return Err(spec.invalid(path, "nothing of this name is declared".to_owned()));
    };
    if declared.external {
        return Err(
            spec.unsupported(path, "only Swarm has external configs and secrets; name a `file`")
        );
    }
    if !declared.driver.is_empty() || !declared.template_driver.is_empty() {
        return Err(spec.unsupported(path, "only Swarm has drivers for configs and secrets"));
    }
    let at = ObjectRef {
        service: spec.service.clone(),
        kind,
        key: reference.source.clone(),
        target: reference.target.clone(),
    };
    let Some(source) = spec.desired.objects.get(&at) else { return Ok(None) };
    let target = match reference.target.as_str() {
        "" => format!("{below}{}", reference.source),
        target if target.starts_with('/') => target.to_owned(),
        target => format!("{below}{target}"),
    };
    let mut members = Members::default();
    members
        .put("Type", "bind")
        .put("Source", source.to_string_lossy())
        .put("Target", target)
        .put("ReadOnly", true);
    Ok(Some(members.into()))
}
