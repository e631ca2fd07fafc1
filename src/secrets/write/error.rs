//! Why an encrypted file cannot be shown, changed or made. Errors name files and paths inside them, never a value.

use std::path::{Path, PathBuf};

use crate::model::failure::{Disposition, Failure};
use crate::secrets::error::{Cause, Error as ReadError};
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
    /// A file that age encrypted as a whole has no values to change.
    #[error("`{}` was encrypted as a whole, by age", file.display())]
    Whole {
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
    /// Plaintext cannot be read in its format.
    #[error("cannot read the plaintext of `{}`", file.display())]
    Plain {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Box<Cause>,
    },
    /// A file has nothing to encrypt.
    #[error("`{}` is empty", file.display())]
    Empty {
        /// The file.
        file: PathBuf,
    },
    /// A file is encrypted already.
    #[error("`{}` is encrypted already", file.display())]
    Encrypted {
        /// The file.
        file: PathBuf,
    },
    /// A key has the name of SOPS's own notes.
    #[error("`{}` has the key `{key}`, which is kept for the notes of SOPS", file.display())]
    Reserved {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
    /// The data key cannot be encrypted for somebody.
    #[error("cannot write `{}`: {reason}", file.display())]
    Recipient {
        /// The file.
        file: PathBuf,
        /// For whom not, and why.
        reason: String,
    },
    /// `.sops.yaml` is not YAML.
    #[error("`{}` is not valid YAML", file.display())]
    PolicyYaml {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: crate::yaml::Error,
    },
    /// A rule of `.sops.yaml` cannot be used.
    #[error("line {line} of `{}`: {reason}", file.display())]
    Policy {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u32,
        /// What is wrong.
        reason: String,
    },
    /// Nobody says for whom a file is to be encrypted.
    #[error("{}", no_rule(policy.as_deref(), file))]
    NoRule {
        /// The file.
        file: PathBuf,
        /// The `.sops.yaml` whose rules do not fit.
        policy: Option<PathBuf>,
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

fn no_rule(policy: Option<&Path>, file: &Path) -> String {
    match policy {
        Some(policy) => format!("no rule of `{}` fits `{}`", policy.display(), file.display()),
        None => format!("nobody says for whom to encrypt `{}`", file.display()),
    }
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
            | Self::Whole { .. }
            | Self::Path(_)
            | Self::Nothing { .. }
            | Self::Plain { .. }
            | Self::Empty { .. }
            | Self::Encrypted { .. }
            | Self::Reserved { .. }
            | Self::Recipient { .. }
            | Self::PolicyYaml { .. }
            | Self::Policy { .. }
            | Self::NoRule { .. }
            | Self::Shape { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read(error) => return error.hint(),
            Self::NotEncrypted { file } => {
                format!("encrypt it: `conductor secrets encrypt --in-place {}`", file.display())
            }
            Self::Whole { .. } => {
                "decrypt it, change it, and encrypt it again with `--whole`".to_owned()
            }
            Self::Path(_) => {
                "write keys and positions in brackets, `[\"db\"][\"password\"][0]`, or a single key as it is".to_owned()
            }
            Self::Nothing { file, .. } => {
                format!("see what there is: `conductor secrets decrypt {}`", file.display())
            }
            Self::Plain { .. } => {
                "correct it, or say what it is with `--input-type`".to_owned()
            }
            Self::Empty { .. } => "give it at least one value".to_owned(),
            Self::Encrypted { file } => {
                format!("change it with `conductor secrets edit {}`", file.display())
            }
            Self::Reserved { .. } => "give the key another name".to_owned(),
            Self::Recipient { .. } => {
                "name public keys that begin with `age1` or `ssh-` with `--age`, or in `.sops.yaml` (then `conductor secrets updatekeys` the files that there are)"
                    .to_owned()
            }
            Self::PolicyYaml { .. } | Self::Policy { .. } => "correct the file".to_owned(),
            Self::NoRule { .. } => {
                "add a rule with `age:` to `creation_rules` of `.sops.yaml`, or name recipients with `--age`".to_owned()
            }
            Self::Shape { .. } => "choose another `--output-type`".to_owned(),
        })
    }
}
