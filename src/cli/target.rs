//! What a command is about: one project in place, or stacks of sources.

use std::path::PathBuf;

use super::arguments::{ProjectArguments, SourceArguments};
use super::failure::{Complaint, Error};
use super::session::Session;
use crate::config::Source;

/// What a command is about.
#[derive(Debug)]
pub(super) enum Target {
    /// One project, where it lies.
    Project,
    /// Stacks of sources.
    Sources(Vec<Source>),
}

/// Variables by which Compose is told where a project is.
const FILE_VARIABLE: &str = "COMPOSE_FILE";

impl Target {
    /// What the arguments name, else all sources of the settings, else the project that `COMPOSE_FILE` names.
    pub(super) fn of(
        session: &Session,
        verb: &'static str,
        source: &SourceArguments,
        project: &ProjectArguments,
    ) -> Result<Self, Complaint> {
        if project.any() {
            check(&project.files)?;
            return Ok(Self::Project);
        }
        if source.source.is_some() || !session.settings.sources.is_empty() {
            return Self::sources_of(session, verb, source).map(Self::Sources);
        }
        if session.environment.get(FILE_VARIABLE).is_some() {
            return Ok(Self::Project);
        }
        Err(nothing(session, verb))
    }

    /// The sources that the arguments name, else all of the settings.
    pub(super) fn sources_of(
        session: &Session,
        verb: &'static str,
        arguments: &SourceArguments,
    ) -> Result<Vec<Source>, Complaint> {
        let settings = &session.settings;
        let reference = arguments.r#ref.as_deref();
        Ok(match (&arguments.source, &settings.sources[..]) {
            (Some(text), _) => vec![settings.source_of_argument(text, reference)?],
            (None, []) => return Err(nothing(session, verb)),
            (None, [only]) => vec![settings.source_of_argument(only.name.as_str(), reference)?],
            (None, _) if reference.is_some() => return Err(Error::RefOfWhich.into()),
            (None, all) => all.to_vec(),
        })
    }
}

/// Refuses what cannot be read as a file.
pub(super) fn check(files: &[PathBuf]) -> Result<(), Error> {
    if files.iter().any(|file| file.as_os_str() == "-") {
        Err(Error::StandardInput)
    } else {
        Ok(())
    }
}

fn nothing(session: &Session, verb: &'static str) -> Complaint {
    Error::NothingConfigured { verb, file: session.file.clone() }.into()
}
