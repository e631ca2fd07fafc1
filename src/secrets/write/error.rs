//! Why an encrypted file cannot be shown, changed or made. Errors name files and paths inside them, never a value.

use std::path::PathBuf;

use crate::model::failure::{Disposition, Failure};
use crate::secrets::error::Error as ReadError;
use crate::secrets::formats::Format;
use crate::secrets::path::{PathError, ValuePath};

/// Why an encrypted file cannot be shown, changed or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be decrypted.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file is not encrypted.
    #[error("`{}` is not encrypted", file.display())]
    NotEncrypted {
        /// The file.
        file: PathBuf,
    },
    /// A path inside a file cannot be read.
    #[error("cannot find a value")]
    Path(#[source] PathError),
    /// There is nothing at a path.
    #[error("`{}` holds nothing at `{path}`", file.display())]
    Nothing {
        /// The file.
        file: PathBuf,
        /// The path inside it.
        path: ValuePath,
    },
    /// A format has no words for what a file holds.
    #[error("`{}` cannot be written as {format}: {reason}", file.display())]
    Shape {
        /// The file.
        file: PathBuf,
        /// The format.
        format: Format,
        /// What does not fit.
        reason: String,
    },
}

impl From<PathError> for Error {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::Read(error) => error.disposition(),
            Self::NotEncrypted { .. }
            | Self::Path(_)
            | Self::Nothing { .. }
            | Self::Shape { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read(error) => return error.hint(),
            Self::NotEncrypted { file } => {
                format!("encrypt it: `conductor secrets encrypt --in-place {}`", file.display())
            }
            Self::Path(_) => {
                "write keys and positions in brackets, `[\"db\"][\"password\"][0]`, or a single key as it is".to_owned()
            }
            Self::Nothing { file, .. } => {
                format!("see what there is: `conductor secrets decrypt {}`", file.display())
            }
            Self::Shape { .. } => "choose another `--output-type`".to_owned(),
        })
    }
}
