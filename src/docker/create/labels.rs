//! The labels of what is created.

use crate::docker::spec::ContainerSpec;
use crate::model::desired::Desired;
use crate::model::hash::{Dialect, network_hash, network_hash_compose2, service_hash, volume_hash};
use crate::model::labels;
use crate::model::parts::StringMap;
use crate::model::project::{Network, Volume};
use crate::model::service::Service;

/// The labels of a container: the user's, Compose's, and our own, of which the later ones count more.
pub(super) fn container_labels(spec: &ContainerSpec<'_>, service: &Service) -> StringMap {
    let desired = spec.desired;
    let hash = |dialect| service_hash(service, dialect, &spec.container_of);
    let mut all = service.labels.clone();
    let mut set = |key: &str, value: &str| {
        all.insert(key.to_owned(), value.to_owned());
    };
    set(labels::PROJECT, desired.project.name.as_str());
    set(labels::SERVICE, spec.service.as_str());
    set(labels::VERSION, labels::COMPOSE_VERSION);
    set(labels::ONEOFF, "False");
    set(labels::CONFIG_HASH, &hash(desired.config_hash));
    set(labels::CONTAINER_NUMBER, &spec.number.to_string());
    set(labels::IMAGE, spec.image_id);
    set(labels::DEPENDS_ON, &depends_on(service));
    set(labels::WORKING_DIR, &desired.project.working_dir.to_string_lossy());
    set(labels::CONFIG_FILES, &joined(&desired.project.config_files));
    if !desired.project.environment_files.is_empty() {
        set(labels::ENVIRONMENT_FILE, &joined(&desired.project.environment_files));
    }
    let mounted = mounted_images(spec, service);
    if !mounted.is_empty() {
        set(labels::IMAGE_VOLUMES, &mounted);
    }
    if let Some(replaced) = spec.replaces {
        set(labels::REPLACE, replaced);
    }
    // Whatever is written above, so that another setting recreates nothing.
    set(labels::SPEC, &desired.spec(spec.service, &hash(Dialect::Compose5)));
    set(labels::REVISION, &desired.origin.revision.to_string());
    set(labels::STACK, &desired.origin.stack.to_string_lossy());
    own(&mut all, desired);
    all
}

/// `target=id` of each image that is mounted, sorted, joined by commas.
fn mounted_images(spec: &ContainerSpec<'_>, service: &Service) -> String {
    let images = service.volumes.iter().filter(|mount| mount.r#type == "image");
    let known = images.filter_map(|mount| {
        let id = (spec.image_of)(&spec.image_reference(&mount.source))?;
        Some(format!("{}={id}", mount.target))
    });
    let mut known: Vec<String> = known.collect();
    known.sort();
    known.join(",")
}

/// The labels of a network.
pub(super) fn network_labels(desired: &Desired, key: &str, network: &Network) -> StringMap {
    let mut all = network.labels.clone();
    all.insert(labels::NETWORK.to_owned(), key.to_owned());
    let hash = match desired.config_hash {
        Dialect::Compose5 | Dialect::Compose50 => network_hash(network),
        Dialect::Compose2 => network_hash_compose2(network),
    };
    all.insert(labels::CONFIG_HASH.to_owned(), hash);
    of_project(&mut all, desired);
    all
}

/// The labels of a volume.
pub(super) fn volume_labels(desired: &Desired, key: &str, volume: &Volume) -> StringMap {
    let mut all = volume.labels.clone();
    all.insert(labels::VOLUME.to_owned(), key.to_owned());
    all.insert(labels::CONFIG_HASH.to_owned(), volume_hash(volume));
    of_project(&mut all, desired);
    all
}

fn of_project(all: &mut StringMap, desired: &Desired) {
    all.insert(labels::PROJECT.to_owned(), desired.project.name.to_string());
    all.insert(labels::VERSION.to_owned(), labels::COMPOSE_VERSION.to_owned());
    own(all, desired);
}

/// Whose it is.
fn own(all: &mut StringMap, desired: &Desired) {
    all.insert(labels::INSTANCE.to_owned(), desired.origin.instance.to_string());
    if let Some(source) = &desired.origin.source {
        all.insert(labels::SOURCE.to_owned(), source.to_string());
    }
}

/// `dependency:condition:restart`, joined by commas.
fn depends_on(service: &Service) -> String {
    let one = |(name, dependency): (
        &crate::model::name::ServiceName,
        &crate::model::parts::Dependency,
    )| { format!("{name}:{}:{}", dependency.condition.as_str(), dependency.restart) };
    service.depends_on.iter().map(one).collect::<Vec<_>>().join(",")
}

fn joined(paths: &[std::path::PathBuf]) -> String {
    paths.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(",")
}
