//! Where in a Compose file stands what a later stage found wrong.

use crate::compose::{Location, Places};
use crate::model::desired::InputKind;
use crate::model::outcome::Trouble;
use crate::model::project::Project;
use crate::plan;

use super::error::Error;

/// What could not be laid out, with its place.
pub(super) fn of_layout(error: &Error, places: &Places) -> Trouble {
    let trouble = Trouble::of(error);
    match error {
        Error::Input { service, kind, name, .. }
        | Error::Decrypt { service, kind, name, .. }
        | Error::Unset { service, kind, name, .. } => match kind {
            InputKind::File => told(trouble, places, &["services", service.as_str()]),
            InputKind::Config => told(trouble, places, &["configs", name]),
            InputKind::Secret => told(trouble, places, &["secrets", name]),
        },
        Error::Owner { service, kind: InputKind::Secret, .. } => {
            told(trouble, places, &["services", service.as_str(), "secrets"])
        }
        Error::Owner { service, .. } => {
            told(trouble, places, &["services", service.as_str(), "configs"])
        }
        Error::Ciphertext { service, .. } | Error::NotAFile { service, .. } => {
            told(trouble, places, &["services", service.as_str(), "volumes"])
        }
        Error::Profile { service, .. } => {
            told(trouble, places, &["services", service.as_str(), "security_opt"])
        }
        Error::SameProject { .. }
        | Error::NoSuchStack { .. }
        | Error::WhichStack { .. }
        | Error::Ring { .. }
        | Error::NoSuchDependency { .. }
        | Error::NotReady { .. }
        | Error::SecondConductor { .. }
        | Error::Renamed { .. }
        | Error::NotThen { .. }
        | Error::ImageLost { .. }
        | Error::NothingEarlier { .. }
        | Error::NoHistory { .. }
        | Error::Suspended { .. }
        | Error::Stopped
        | Error::BeyondDirectory { .. }
        | Error::Hidden { .. }
        | Error::Unseen { .. }
        | Error::Worker { .. } => trouble,
    }
}

/// Why there is no plan, with its place.
pub(super) fn of_plan(error: &plan::Error, project: &Project, places: &Places) -> Trouble {
    use plan::Error as Plan;
    let network = |name: &str| {
        let mut networks = project.networks.iter();
        networks.find(|(_, network)| network.name == name).map(|(key, _)| key.clone())
    };
    let volume = |name: &str| {
        let mut volumes = project.volumes.iter();
        volumes.find(|(_, volume)| volume.name == name).map(|(key, _)| key.clone())
    };
    let trouble = Trouble::of(error);
    let (service, key) = match error {
        Plan::NoNetwork { name } | Plan::NetworkInUse { name, .. } => {
            let key = network(name).unwrap_or_default();
            return told(trouble, places, &["networks", &key]);
        }
        Plan::NoVolume { name } => {
            let key = volume(name).unwrap_or_default();
            return told(trouble, places, &["volumes", &key]);
        }
        Plan::Circle { services } => (services.first(), "depends_on"),
        Plan::NameTaken { service, .. } | Plan::NameStays { service, .. } => {
            (Some(service), "container_name")
        }
        Plan::TooMany { service, .. } => (Some(service), "scale"),
        Plan::PerReplica { service } => (Some(service), "pre_start"),
        Plan::NotBuilt { service, .. } | Plan::ImageDamaged { service, .. } => {
            (Some(service), "image")
        }
        Plan::NeverPulled { service, .. } | Plan::PullPolicy { service, .. } => {
            (Some(service), "pull_policy")
        }
        Plan::StartFirst { service, .. } => (Some(service), "x-conductor"),
    };
    match service {
        Some(service) => told(trouble, places, &["services", service.as_str(), key]),
        None => trouble,
    }
}

/// The trouble at the place of an element, or of the nearest one around it that stands in a file.
fn told(trouble: Trouble, places: &Places, path: &[&str]) -> Trouble {
    let at = places.of(path);
    if at == Location::default() { trouble } else { trouble.at(&at.to_string(), &at.excerpt) }
}
