//! What can be wrong with a project, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::failure::{Disposition, Failure};
use crate::model::tree::TreeError;
use crate::yaml::{self, Position};

use super::hints;
use super::problem::Problem;
use super::value::{Item, Place, Source};

/// A project that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read `{}`{}", path.display(), wanted_by(wanted.as_deref()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Where it is named, if a file names it.
        wanted: Option<Box<Location>>,
        /// Why.
        source: TreeError,
    },
    /// An encrypted file cannot be decrypted.
    #[error("cannot decrypt `{}`", path.display())]
    Decrypt {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Undecryptable,
    },
    /// A file is not YAML.
    #[error("`{at}` is not valid YAML")]
    Yaml {
        /// Where.
        at: Box<Location>,
        /// Why.
        source: yaml::Error,
    },
    /// A Compose file says what Compose does not understand.
    #[error("{0}")]
    Invalid(Box<Invalid>),
    /// The project has no usable name, or no file.
    #[error("cannot load the project: {0}")]
    Project(Problem),
}

/// Why a file cannot be decrypted.
#[derive(Debug)]
pub struct Undecryptable(pub(super) Box<dyn Failure + Send + Sync>);

impl fmt::Display for Undecryptable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Undecryptable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// An element of a Compose file that Compose does not understand.
#[derive(Debug)]
pub struct Invalid {
    /// Where it stands.
    pub at: Location,
    /// Its path in the model, such as `services.web.ports[0]`; empty for the file itself.
    pub element: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// Absolute path of the file; empty when the element stands in none.
    pub file: PathBuf,
    /// Line from 1; 0 when it is not known.
    pub line: u32,
    /// Column from 1; 0 when it is not known.
    pub column: u32,
    /// The line with a caret below the column; empty where it may not be shown.
    pub excerpt: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 { write!(f, ":{}:{}", self.line, self.column) } else { Ok(()) }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at != Location::default() {
            write!(f, "`{}`: ", self.at)?;
        }
        if !self.element.is_empty() {
            write!(f, "`{}`: ", self.element)?;
        }
        self.problem.fmt(f)
    }
}

fn wanted_by(location: Option<&Location>) -> String {
    location.map_or_else(String::new, |at| format!(", which `{at}` names"))
}

impl Location {
    /// The place of a file's own text.
    pub(super) fn of(source: &Source, at: Position) -> Self {
        let excerpt =
            source.text.as_deref().map_or_else(String::new, |text| yaml::excerpt(text, at));
        Self { file: source.path.clone(), line: at.line, column: at.column, excerpt }
    }

    /// A file as a whole.
    pub(super) fn file(path: &Path) -> Self {
        Self { file: path.to_owned(), ..Self::default() }
    }

    /// Where a value stands.
    pub(super) fn value(place: &Place) -> Self {
        place.source.as_ref().map_or_else(Self::default, |source| Self::of(source, place.at))
    }

    /// Where the key of a value stands.
    pub(super) fn key(place: &Place) -> Self {
        place.source.as_ref().map_or_else(Self::default, |source| Self::of(source, place.key))
    }
}

impl Error {
    /// A value that is wrong.
    pub(super) fn value(
        item: &Item,
        element: impl Into<String>,
        problem: impl Into<Problem>,
    ) -> Self {
        Self::invalid(Location::value(&item.place), element, problem)
    }

    /// A key that is wrong, or a mapping that lacks one.
    pub(super) fn key(
        item: &Item,
        element: impl Into<String>,
        problem: impl Into<Problem>,
    ) -> Self {
        Self::invalid(Location::key(&item.place), element, problem)
    }

    /// Something wrong in a file as a whole.
    pub(super) fn in_file(path: &Path, problem: Problem) -> Self {
        Self::invalid(Location::file(path), String::new(), problem)
    }

    /// Something wrong somewhere.
    pub(super) fn invalid(
        at: Location,
        element: impl Into<String>,
        problem: impl Into<Problem>,
    ) -> Self {
        Self::Invalid(Box::new(Invalid { at, element: element.into(), problem: problem.into() }))
    }

    /// Where it went wrong, if a file is to blame.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Invalid(invalid) => Some(&invalid.at),
            Self::Yaml { at, .. } => Some(at),
            Self::Read { wanted, .. } => wanted.as_deref(),
            Self::Decrypt { .. } | Self::Project(_) => None,
        }
    }
}

fn yaml_hint(kind: &yaml::Kind) -> String {
    let text = match kind {
        yaml::Kind::Syntax(said) if said.contains("tabs") => "indent with spaces",
        yaml::Kind::Syntax(_) => {
            "check the indentation, colons and quotes there and on the lines above"
        }
        yaml::Kind::DuplicateKey { .. } => "remove one of the two, or rename it",
        yaml::Kind::NotUtf8
        | yaml::Kind::AliasCycle
        | yaml::Kind::TooLarge
        | yaml::Kind::TooMany
        | yaml::Kind::TooDeep
        | yaml::Kind::Tag { .. }
        | yaml::Kind::Merge { .. } => {
            "correct the file at that place; until then, what runs stays as it is"
        }
    };
    text.to_owned()
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Decrypt { source, .. } => source.0.disposition(),
            Self::Read { .. } | Self::Yaml { .. } | Self::Invalid(_) | Self::Project(_) => {
                Disposition::WaitForChange
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(invalid) => hints::hint(&invalid.problem),
            Self::Project(problem) => hints::hint(problem),
            Self::Decrypt { source, .. } => source.0.hint(),
            Self::Read { source: TreeError::Missing { .. }, wanted: None, .. } => {
                Some("check the path: a relative one is taken from the current directory, in `conductor.yaml` from the root of the repository".to_owned())
            }
            Self::Read { source: TreeError::Missing { .. }, .. } => {
                Some("relative paths are taken from the project directory; a file that git ignores is not in the repository".to_owned())
            }
            Self::Read { .. } => None,
            Self::Yaml { source, .. } => Some(yaml_hint(&source.kind)),
        }
    }

    fn excerpt(&self) -> Option<String> {
        self.location().map(|at| at.excerpt.clone()).filter(|excerpt| !excerpt.is_empty())
    }
}
