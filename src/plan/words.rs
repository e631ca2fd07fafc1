//! Plans in words, for people.

use std::fmt;

use super::operation::{Action, Operation, Phase, Place, Plan, Until};

impl Action {
    /// What is done, in one word.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::PullImage { .. } => "pull",
            Self::TagImage { .. } => "tag",
            Self::WriteFile { .. } => "write",
            Self::RemoveFile { .. }
            | Self::RemoveNetwork { .. }
            | Self::RemoveContainer { .. }
            | Self::RemoveImage { .. } => "remove",
            Self::CreateNetwork { .. }
            | Self::CreateVolume { .. }
            | Self::CreateContainer { .. } => "create",
            Self::StopContainer { .. } => "stop",
            Self::RenameContainer { .. } => "rename",
            Self::CopyFiles { .. } => "copy",
            Self::StartContainer { .. } => "start",
            Self::SignalContainer { .. } => "signal",
            Self::ConnectContainer { .. } => "connect",
            Self::DisconnectContainer { .. } => "disconnect",
            Self::DrainContainer { .. } => "drain",
            Self::UnpauseContainer { .. } => "unpause",
            Self::Wait { .. } => "wait",
            Self::RunHook { .. } => "run",
        }
    }

    /// What it is done to.
    pub fn subject(&self) -> String {
        match self {
            Self::PullImage { reference: image, .. }
            | Self::TagImage { reference: image, .. }
            | Self::RemoveImage { shown: image, .. } => format!("image {image}"),
            Self::WriteFile { shown, .. } => format!("file {shown}"),
            Self::RemoveFile { path } => format!("file {}", path.display()),
            Self::CreateNetwork { name, .. } | Self::RemoveNetwork { name, .. } => {
                format!("network {name}")
            }
            Self::CreateVolume { name, .. } => format!("volume {name}"),
            Self::CreateContainer { name, .. }
            | Self::StopContainer { name, .. }
            | Self::RemoveContainer { name, .. }
            | Self::StartContainer { name }
            | Self::UnpauseContainer { name } => name.clone(),
            Self::SignalContainer { name, signal } => format!("{name} with {signal}"),
            Self::ConnectContainer { name, network, place: Place::Found, .. } => {
                format!("{name} to {network}")
            }
            Self::ConnectContainer { name, network, place: Place::Hidden { .. }, .. } => {
                format!("{name} to {network} without names")
            }
            Self::DisconnectContainer { name, network } => format!("{name} from {network}"),
            Self::DrainContainer { name, time } => format!("{name} for {time:?}"),
            Self::RenameContainer { from, to } => format!("{from} to {to}"),
            Self::CopyFiles { name } => format!("configs into {name}"),
            Self::Wait { service, until, .. } => format!("{service} {until}"),
            Self::RunHook { name, phase, index, .. } => {
                let word = if *phase == Phase::PreStart { "for" } else { "in" };
                format!("{phase}[{index}] {word} {name}")
            }
        }
    }

    /// Whether it changes anything at the engine or on the disk.
    pub fn changes(&self) -> bool {
        !matches!(self, Self::Wait { .. } | Self::DrainContainer { .. })
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Completed => "completed",
            Self::Up { .. } => "up",
        })
    }
}

/// The key of a service below which such hooks stand.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PreStart => "pre_start",
            Self::PostStart => "post_start",
            Self::PreStop => "pre_stop",
        })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action.verb(), self.action.subject())
    }
}

/// One line per operation: verb, subject, cause; then one per note.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subjects: Vec<String> =
            self.operations.iter().map(|operation| operation.action.subject()).collect();
        let width = subjects.iter().map(|subject| subject.chars().count()).max().unwrap_or(0);
        let verbs = self.operations.iter().map(|operation| operation.action.verb().len());
        let verbs = verbs.max().unwrap_or(0).max(7);
        for (operation, subject) in self.operations.iter().zip(subjects) {
            let verb = operation.action.verb();
            writeln!(f, "{verb:<verbs$}  {subject:<width$}  {}", operation.cause)?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}
