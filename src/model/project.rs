//! The typed Compose model of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::name::{ProjectName, ServiceName};
use super::parts::{StringMap, is_default};
use super::provided::ProvidedValue;
use super::service::Service;

/// One Compose project, loaded: the services of the active profiles and what they refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Its name.
    pub name: ProjectName,
    /// Absolute directory against which relative paths were resolved.
    pub working_dir: PathBuf,
    /// Absolute paths of the Compose files, in the order in which they were merged.
    pub config_files: Vec<PathBuf>,
    /// Absolute paths of explicitly named environment files.
    pub environment_files: Vec<PathBuf>,
    /// Active services.
    pub services: BTreeMap<ServiceName, Service>,
    /// Services whose profiles are off: neither created nor removed.
    pub disabled: BTreeSet<ServiceName>,
    /// Networks that active services use, by key.
    pub networks: BTreeMap<String, Network>,
    /// Volumes that active services use, by key.
    pub volumes: BTreeMap<String, Volume>,
    /// Configs that active services use, by key.
    pub configs: BTreeMap<String, FileObject>,
    /// Secrets that active services use, by key.
    pub secrets: BTreeMap<String, FileObject>,
    /// AI models that the file declares, by key; nobody runs them.
    pub models: BTreeMap<String, serde_json::Value>,
}

impl Project {
    /// The reference of a service's image: as written, or the name that Compose gives to what it builds itself.
    pub fn image_of(&self, service: &ServiceName) -> String {
        match self.services.get(service) {
            Some(known) if !known.image.is_empty() => known.image.clone(),
            Some(_) | None => format!("{}-{service}", self.name),
        }
    }

    /// The references of all images that a service needs: its own, those that it mounts, which may be named by a
    /// service, and those of its `pre_start`.
    pub fn images_of(&self, service: &ServiceName) -> BTreeSet<String> {
        let known = self.services.get(service);
        let mounts = known.into_iter().flat_map(|known| &known.volumes);
        let mounted = mounts.filter(|mount| mount.r#type == "image");
        let mounted = mounted.map(|mount| self.image_named(&mount.source));
        let hooks = known.into_iter().flat_map(|known| &known.pre_start);
        let hooks = hooks.map(|hook| hook.image.clone()).filter(|image| !image.is_empty());
        mounted.chain(hooks).chain([self.image_of(service)]).collect()
    }

    /// The reference of an image that is mounted: the name of a service stands for the service's image.
    pub fn image_named(&self, source: &str) -> String {
        match self.services.get_key_value(source) {
            Some((service, _)) => self.image_of(service),
            None => source.to_owned(),
        }
    }

    /// The name of a service's container: `container_name`, or `PROJECT-SERVICE-NUMBER`.
    pub fn container_name(&self, service: &ServiceName, number: u32) -> String {
        match self.services.get(service) {
            Some(known) if !known.container_name.is_empty() => known.container_name.clone(),
            Some(_) | None => format!("{}-{service}-{number}", self.name),
        }
    }
}

/// A network of the model; members in the order in which Compose writes them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Name at the engine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// Driver; empty is the engine's default.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver_opts: StringMap,
    /// Address management.
    #[serde(default)]
    pub ipam: Ipam,
    /// Whether it exists already and is not ours.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external: bool,
    /// Whether it has no way out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub internal: bool,
    /// Whether single containers may join a swarm's network.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attachable: bool,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Whether it has IPv4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_ipv4: Option<bool>,
    /// Whether it has IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_ipv6: Option<bool>,
}

/// Address management of a network.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ipam {
    /// Driver.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Address pools.
    #[serde(default, skip_serializing_if = "is_default")]
    pub config: Vec<IpamPool>,
    /// Driver options; hashed, not sent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: StringMap,
}

/// One address pool.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpamPool {
    /// Subnet in CIDR form.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subnet: String,
    /// Gateway.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gateway: String,
    /// Range from which containers get addresses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ip_range: String,
    /// Addresses that the driver uses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aux_addresses: StringMap,
}

/// A volume of the model; members in the order in which Compose writes them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Name at the engine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// Driver; empty is `local`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver_opts: StringMap,
    /// Whether it exists already and is not ours.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
}

/// A config or secret of the model.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileObject {
    /// Name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// Absolute path of the file that holds it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub file: String,
    /// Variable that holds it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub environment: String,
    /// The text itself (configs only).
    #[serde(default, skip_serializing_if = "is_default")]
    pub content: String,
    /// Whether it lies outside the model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external: bool,
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Driver; only swarm has them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver_opts: StringMap,
    /// Template driver; only swarm has them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub template_driver: String,
    /// The value of a manager of secrets that it holds, whatever else is written; `x-conductor`, unknown to Compose.
    #[serde(skip)]
    pub provided: Option<ProvidedValue>,
}

/// Where it comes from, and never its text, which may have come out of an encrypted file.
impl fmt::Debug for FileObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileObject")
            .field("name", &self.name)
            .field("file", &self.file)
            .field("environment", &self.environment)
            .field("external", &self.external)
            .finish_non_exhaustive()
    }
}
