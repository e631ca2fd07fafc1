//! Stacks that are left alone, and at whose word.

use std::fmt;
use std::path::PathBuf;

use crate::journal::Suspension;
use crate::model::name::{ProjectName, SourceName};

use super::context::Context;
use super::found::Found;

/// Why a stack is left alone on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftAlone {
    /// `conductor.yaml` names other hosts.
    OtherHosts,
    /// `conductor.yaml` says that it is suspended.
    ByRepository,
    /// A person suspended it.
    ByPerson(Suspension),
}

impl LeftAlone {
    /// What a person said.
    pub fn suspension(&self) -> Option<&Suspension> {
        match self {
            Self::ByPerson(suspension) => Some(suspension),
            Self::OtherHosts | Self::ByRepository => None,
        }
    }
}

/// A stack that is suspended, and so no part of a pass.
#[derive(Debug, Clone)]
pub struct Suspended {
    /// Its project.
    pub project: ProjectName,
    /// Its source; `None` for a project named by its files.
    pub source: Option<SourceName>,
    /// Its path in the source.
    pub path: PathBuf,
    /// At whose word.
    pub why: LeftAlone,
}

impl fmt::Display for LeftAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHosts => f.write_str("for other hosts"),
            Self::ByRepository => f.write_str("suspended by `conductor.yaml`"),
            Self::ByPerson(Suspension { who, reason: Some(reason), .. }) => {
                write!(f, "suspended by {who}: {reason}")
            }
            Self::ByPerson(Suspension { who, reason: None, .. }) => {
                write!(f, "suspended by {who}")
            }
        }
    }
}

/// Marks the stacks that a person suspended.
pub(super) fn mark(context: &Context, stacks: &mut [Found]) {
    // A forgiving journal knows of none where it cannot be read.
    let known = context.journal.suspensions(&context.settings.engine.name).unwrap_or_default();
    for found in stacks.iter_mut().filter(|found| found.left_alone.is_none()) {
        found.left_alone = known.get(&found.project).cloned().map(LeftAlone::ByPerson);
    }
}

/// A suspended stack, as it is told; those for other hosts are not.
pub(super) fn suspended(found: &Found) -> Option<Suspended> {
    let why = match &found.left_alone {
        Some(why @ (LeftAlone::ByRepository | LeftAlone::ByPerson(_))) => why.clone(),
        Some(LeftAlone::OtherHosts) | None => return None,
    };
    let (project, source, path) = (found.project.clone(), found.source.clone(), found.path.clone());
    Some(Suspended { project, source, path, why })
}
