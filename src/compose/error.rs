//! What can be wrong with a project, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::failure::{Disposition, Failure};
use crate::model::tree::TreeError;
use crate::yaml::{self, Position};

use super::hints;
use super::problem::Problem;
use super::session::Warning;
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
    /// A stage found several faults; they stand in the order of the files.
    #[error("{}", several(_0))]
    Several(Vec<Self>),
    /// There are warnings, and they are errors.
    #[error("{}", several(_0))]
    Strict(Vec<Warning>),
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

/// Faults that one error tells at most.
const MAX_TOLD: usize = 20;

/// The first of them; the others stand below its excerpt.
fn several(faults: &[impl fmt::Display]) -> String {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    let first = first.split("\nhint: ").next().unwrap_or_default();
    match faults.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first} (and {} more)", many - 1),
    }
}

/// The lines of all of them: below the first each begins with what is wrong, and ends with its hint.
fn excerpts(errors: &[Error]) -> String {
    let mut text = errors.first().and_then(Failure::excerpt).unwrap_or_default();
    for error in errors.iter().skip(1).take(MAX_TOLD - 1) {
        text.push_str(&format!("\n{error}"));
        for part in [error.excerpt(), error.hint().map(|hint| format!("hint: {hint}"))] {
            text.extend(part.map(|part| format!("\n{part}")));
        }
    }
    if errors.len() > MAX_TOLD {
        text.push_str(&format!("\n… and {} more", errors.len() - MAX_TOLD));
    }
    text
}

/// The same of warnings.
fn warned(warnings: &[Warning]) -> String {
    let mut text = warnings.first().map(|warning| warning.at.excerpt.clone()).unwrap_or_default();
    for warning in warnings.iter().skip(1) {
        text.push_str(&format!("\n{warning}"));
    }
    text
}

fn wanted_by(location: Option<&Location>) -> String {
    location.map_or_else(String::new, |at| format!(", which `{at}` names"))
}

impl Location {
    /// The place of a file's own text.
    pub(super) fn of(source: &Source, at: Position) -> Self {
        let line = source.line(at.line);
        let excerpt = line.map_or_else(String::new, |line| yaml::excerpt_of(line, at));
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

    /// One error of all that a stage found; none at all is no error.
    pub(super) fn of_all(mut errors: Vec<Self>) -> Result<(), Self> {
        let place = |error: &Self| {
            let at = error.location()?;
            Some((at.file.clone(), at.line, at.column))
        };
        errors.sort_by_key(place);
        match errors.len() {
            0 => Ok(()),
            1 => errors.pop().map_or(Ok(()), Err),
            _ => Err(Self::Several(errors)),
        }
    }

    /// The single faults that it stands for.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Several(errors) => errors,
            Self::Read { .. }
            | Self::Decrypt { .. }
            | Self::Yaml { .. }
            | Self::Invalid(_)
            | Self::Strict(_)
            | Self::Project(_) => std::slice::from_ref(self),
        }
    }

    /// Where it went wrong, if a file is to blame; of several faults, where the first is.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::Several(errors) => errors.first().and_then(Self::location),
            Self::Strict(warnings) => warnings.first().map(|warning| &warning.at),
            Self::Invalid(invalid) => Some(&invalid.at),
            Self::Yaml { at, .. } => Some(at),
            Self::Read { wanted, .. } => wanted.as_deref(),
            Self::Decrypt { .. } | Self::Project(_) => None,
        }
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Decrypt { source, .. } => source.0.disposition(),
            Self::Read { .. }
            | Self::Yaml { .. }
            | Self::Invalid(_)
            | Self::Several(_)
            | Self::Strict(_)
            | Self::Project(_) => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Invalid(invalid) => hints::hint(&invalid.problem),
            Self::Several(errors) => errors.first().and_then(Failure::hint),
            Self::Strict(warnings) => warnings.first().and_then(|warning| warning.hint.clone()),
            Self::Project(problem) => hints::hint(problem),
            Self::Decrypt { source, .. } => source.0.hint(),
            Self::Read { source: TreeError::Missing { .. }, wanted: None, .. } => {
                Some("check the path: a relative one is taken from the current directory, in `conductor.yaml` from the root of the repository".to_owned())
            }
            Self::Read { source: TreeError::Missing { .. }, .. } => {
                Some("relative paths are taken from the project directory; a file that git ignores is not in the repository".to_owned())
            }
            Self::Read { source: TreeError::NotAFile { .. }, .. } => {
                Some("name a regular file: directories, pipes and devices are not read".to_owned())
            }
            Self::Read { source: TreeError::Escapes { .. }, .. } => {
                Some("put the file itself into the repository".to_owned())
            }
            Self::Read { .. } => None,
            Self::Yaml { source, .. } => Some(source.kind.hint().to_owned()),
        }
    }

    fn excerpt(&self) -> Option<String> {
        if let Self::Several(errors) = self {
            return Some(excerpts(errors));
        }
        if let Self::Strict(warnings) = self {
            return Some(warned(warnings));
        }
        self.location().map(|at| at.excerpt.clone()).filter(|excerpt| !excerpt.is_empty())
    }
}
