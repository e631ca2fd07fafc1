//! Why an operation is done, in people's words.

use std::fmt;

use crate::model::name::ServiceName;

/// Why an operation is done. Holds names, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The image is not here.
    ImageMissing,
    /// The registry has another image under this name.
    ImageOutdated,
    /// The file is not there.
    FileMissing,
    /// The file's contents differ.
    ContentsChanged,
    /// The file's permissions or owner differ.
    PermissionsChanged,
    /// Nothing desires it any more.
    Undeclared,
    /// The network or volume is not there.
    NotThere,
    /// The options of this network differ; the key of the model.
    NetworkChanged(String),
    /// The container hangs on another network than this one; the key of the model.
    NetworkMissed(String),
    /// A volume is not mounted; the key of the model.
    VolumeMissed(String),
    /// The service has too few containers.
    NoContainer,
    /// The service has too many containers.
    ScaledDown,
    /// The spec or inputs differ: what exactly, as far as it can be told.
    Changed(Vec<String>),
    /// The image is another one now.
    ImageChanged,
    /// A service is recreated whose namespaces or volumes are shared.
    ParentRecreated(ServiceName),
    /// A dependency is recreated, and declared with `restart: true`.
    DependencyRecreated(ServiceName),
    /// The container is broken, or half removed.
    Broken,
    /// A run was cut off in the middle of a recreate.
    Interrupted,
    /// The container was made, and never started.
    NeverStarted,
    /// The container has ended; its exit code.
    Exited(i64),
    /// The container is frozen.
    Paused,
    /// The container has just been made.
    Created,
    /// It is needed for services that depend on this one.
    NeededBy(Vec<ServiceName>),
    /// Whatever was started must be up at the end.
    MustBeUp,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ImageMissing => f.write_str("not here"),
            Self::ImageOutdated => f.write_str("the registry has another one"),
            Self::FileMissing | Self::NotThere => f.write_str("not there"),
            Self::ContentsChanged => f.write_str("content changed"),
            Self::PermissionsChanged => f.write_str("permissions changed"),
            Self::Undeclared => f.write_str("no longer declared"),
            Self::NetworkChanged(key) => write!(f, "options of network {key} changed"),
            Self::NetworkMissed(key) => write!(f, "not on network {key}"),
            Self::VolumeMissed(key) => write!(f, "volume {key} is not mounted"),
            Self::NoContainer => f.write_str("no container"),
            Self::ScaledDown => f.write_str("scaled down"),
            Self::Changed(what) if what.is_empty() => f.write_str("configuration changed"),
            Self::Changed(what) => write!(f, "{} changed", what.join(", ")),
            Self::ImageChanged => f.write_str("image digest changed"),
            Self::ParentRecreated(service) => {
                write!(f, "{service}, which it shares with, is recreated")
            }
            Self::DependencyRecreated(service) => write!(f, "dependency {service} is recreated"),
            Self::Broken => f.write_str("broken"),
            Self::Interrupted => f.write_str("left over from an interrupted recreate"),
            Self::NeverStarted => f.write_str("never started"),
            Self::Exited(code) => write!(f, "not running (exit code {code})"),
            Self::Paused => f.write_str("paused"),
            Self::Created => f.write_str("just created"),
            Self::NeededBy(services) => {
                let names: Vec<&str> = services.iter().map(ServiceName::as_str).collect();
                write!(f, "needed by {}", names.join(", "))
            }
            Self::MustBeUp => f.write_str("must be up"),
        }
    }
}
