//! Why an operation is done, in people's words.

use std::fmt;

use crate::model::name::ServiceName;

use super::change::{self, Change};

/// Why an operation is done. Holds names, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The image is not here.
    ImageMissing,
    /// The image is here, and has lost its name.
    NameLost,
    /// The registry has another image under this name.
    ImageOutdated,
    /// The file is not there.
    FileMissing,
    /// The file's contents differ: in how many lines, where that is known.
    ContentsChanged(Option<usize>),
    /// The file's permissions or owner differ.
    PermissionsChanged,
    /// Nothing desires it any more.
    Undeclared,
    /// A run brought it, no container uses it, and no revision that one may go back to runs with it.
    Unused,
    /// The network or volume is not there.
    NotThere,
    /// The options of this network differ; the key of the model.
    NetworkChanged(String),
    /// The container hangs on another network than this one; the key of the model.
    NetworkMissed(String),
    /// The container is no longer on this network, which it needs only join again; the key of the model.
    NetworkLeft(String),
    /// The container is not found by the names of its service on this network; the key of the model.
    NotFound(String),
    /// The container is up, and takes the place of this one.
    TakesOver(String),
    /// The stack is no longer in its source.
    StackGone,
    /// A volume is not mounted; the key of the model.
    VolumeMissed(String),
    /// The service has too few containers.
    NoContainer,
    /// The service has too many containers.
    ScaledDown,
    /// The spec or inputs differ: what exactly, as far as it can be told.
    Changed(Vec<Change>),
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
            Self::NameLost => f.write_str("its name was lost"),
            Self::ImageOutdated => f.write_str("the registry has another one"),
            Self::FileMissing | Self::NotThere => f.write_str("not there"),
            Self::ContentsChanged(None) => f.write_str("content changed"),
            Self::ContentsChanged(Some(lines)) => {
                write!(f, "content changed ({})", change::count(*lines))
            }
            Self::PermissionsChanged => f.write_str("permissions changed"),
            Self::Undeclared => f.write_str("no longer declared"),
            Self::Unused => f.write_str("brought by an earlier run, and no longer used"),
            Self::NetworkChanged(key) => write!(f, "options of network {key} changed"),
            Self::NetworkMissed(key) => write!(f, "not on network {key}"),
            Self::NetworkLeft(key) => write!(f, "no longer on network {key}"),
            Self::NotFound(key) => write!(f, "not found by its names on network {key}"),
            Self::TakesOver(name) => write!(f, "takes over from {name}"),
            Self::StackGone => f.write_str("the stack is no longer in its source"),
            Self::VolumeMissed(key) => write!(f, "volume {key} is not mounted"),
            Self::NoContainer => f.write_str("no container"),
            Self::ScaledDown => f.write_str("scaled down"),
            Self::Changed(changes) => f.write_str(&change::words(changes)),
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
