//! Why a secret cannot be read. Errors name files, keys' owners and paths inside a file, never a value.

use std::path::PathBuf;

use crate::model::failure::{Disposition, Failure};
use crate::yaml;

/// What stands in the place of a path for comments.
pub(super) const COMMENT: &str = "a comment";

/// Why identities cannot be loaded or a file cannot be decrypted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An identity file is not there or may not be read.
    #[error("cannot read `{}`, which `{setting}` names", path.display())]
    KeyFile {
        /// The setting that names it.
        setting: String,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A line of a key source is no identity.
    #[error("line {line} of `{origin}` is not an age identity")]
    NotAnIdentity {
        /// The file, or the variable.
        origin: String,
        /// The line, from 1.
        line: usize,
    },
    /// A key source has no identity at all.
    #[error("`{origin}` holds no identity")]
    NoIdentity {
        /// The file, or the variable.
        origin: String,
    },
    /// An identity can be used only with a passphrase.
    #[error("the identity in `{origin}` is protected by a passphrase, and there is nobody to ask")]
    Passphrase {
        /// The file, or the variable.
        origin: String,
    },
    /// A file is no PGP secret key that can be used.
    #[error("`{origin}` is not a PGP secret key that can be used")]
    PgpKey {
        /// The file.
        origin: String,
    },
    /// The command that prints identities failed.
    #[error("the command in `{origin}` gave no identity: {reason}")]
    Command {
        /// The variable.
        origin: String,
        /// What went wrong.
        reason: String,
    },
    /// A file is encrypted and cannot be decrypted.
    #[error("cannot decrypt `{}`", file.display())]
    Decrypt {
        /// The encrypted file.
        file: PathBuf,
        /// What is wrong with it or with our keys.
        #[source]
        cause: Box<Cause>,
    },
}

/// What is wrong with an encrypted file, or with our keys.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// No identity is configured, or none that can be used.
    #[error("no identity is configured{}", but(unusable))]
    NoKeys {
        /// What was given, but cannot be used, and why.
        unusable: Vec<String>,
    },
    /// An identity that may fit cannot be used.
    #[error("the identity in `{origin}` {reason}")]
    Identity {
        /// The file, or the variable.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// None of our identities is a recipient.
    #[error("no identity of this host matches its {} ({})", count(recipients.len()), list(recipients))]
    NoMatch {
        /// Who can read the file.
        recipients: Vec<String>,
        /// Our own public keys, as far as they are known.
        own: Vec<String>,
    },
    /// None of our identities is a recipient of a file that age encrypted; it does not say who is.
    #[error("no age identity matches it")]
    NotForUs {
        /// Our own public keys, as far as they are known.
        own: Vec<String>,
    },
    /// The file is for keys that Conductor cannot use.
    #[error("it needs a key that is not supported: {}", keys.join(", "))]
    Unsupported {
        /// The keys, each with its kind.
        keys: Vec<String>,
    },
    /// The file needs keys of several groups (Shamir's secret sharing).
    #[error(
        "it needs keys of {threshold} of its {groups} key groups, and the identities of this host open {open} (shut: {})",
        list(shut)
    )]
    KeyGroups {
        /// How many groups there are.
        groups: usize,
        /// How many of them are needed.
        threshold: usize,
        /// How many of them open.
        open: usize,
        /// Who could open the others.
        shut: Vec<String>,
        /// Our own public keys, as far as they are known.
        own: Vec<String>,
    },
    /// The data key for one recipient is damaged.
    #[error("its data key for `{recipient}` is damaged")]
    DataKey {
        /// Whose copy it is.
        recipient: String,
    },
    /// A value was changed, moved or renamed after encryption.
    #[error("{} was changed, moved or renamed after it was encrypted", at(path))]
    Tampered {
        /// The path inside the file.
        path: String,
    },
    /// The file as a whole was changed after encryption.
    #[error("it was changed after it was encrypted: its MAC does not match")]
    Mac,
    /// The file has no MAC.
    #[error("it has no MAC, so that nobody can say whether it was changed")]
    NoMac,
    /// Everything that is not encrypted could be changed unnoticed, and the settings refuse that.
    #[error("its MAC covers encrypted values only, which the settings refuse")]
    MacOnlyEncrypted,
    /// The file is too large to be one that a person encrypted.
    #[error("it is larger than {} MiB", bytes >> 20)]
    TooLarge {
        /// How large it may be.
        bytes: usize,
    },
    /// A value should be encrypted, but is not.
    #[error("the value at `{path}` should be encrypted, but is not")]
    NotEncrypted {
        /// The path inside the file.
        path: String,
    },
    /// A value is not what SOPS writes.
    #[error("{} is not what SOPS writes: {reason}", at(path))]
    Value {
        /// The path inside the file.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Values are encrypted, but the metadata are gone.
    #[error("its values are encrypted, but its `sops` metadata are missing")]
    NoMetadata,
    /// The metadata cannot be used.
    #[error("its `sops` metadata are not usable: {reason}")]
    Metadata {
        /// What is wrong with them.
        reason: String,
    },
    /// The file is not the YAML that it should be.
    #[error("it is not valid YAML")]
    Yaml(#[source] yaml::Error),
    /// The file is not the JSON, dotenv or INI text that it should be.
    #[error("line {line} is not valid {format}")]
    Syntax {
        /// The format.
        format: &'static str,
        /// The line, from 1.
        line: usize,
    },
    /// A file encrypted by age itself is damaged.
    #[error("it is damaged, or was made by a newer age")]
    AgeFile,
}

/// The value, or the comment, that stands there.
fn at(path: &str) -> String {
    if path.starts_with(COMMENT) { path.to_owned() } else { format!("the value at `{path}`") }
}

/// `, but …`
fn but(unusable: &[String]) -> String {
    if unusable.is_empty() { String::new() } else { format!("; {}", unusable.join(", ")) }
}

fn count(recipients: usize) -> String {
    if recipients == 1 { "1 recipient".to_owned() } else { format!("{recipients} recipients") }
}

fn list(recipients: &[String]) -> String {
    if recipients.is_empty() {
        return "not named".to_owned();
    }
    recipients.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        match self {
            Self::KeyFile { .. }
            | Self::NotAnIdentity { .. }
            | Self::NoIdentity { .. }
            | Self::PgpKey { .. }
            | Self::Command { .. }
            | Self::Passphrase { .. } => Disposition::Fatal,
            Self::Decrypt { .. } => Disposition::WaitForChange,
        }
    }

    fn hint(&self) -> Option<String> {
        let text = match self {
            Self::KeyFile { .. } => "check that the file exists and that this user may read it",
            Self::NotAnIdentity { .. } | Self::NoIdentity { .. } => {
                "make an identity with `conductor secrets keygen`: a line that begins with `AGE-SECRET-KEY-1`"
            }
            Self::Passphrase { .. } => {
                "name a file with the passphrase in `secrets.age_passphrase_file` (`secrets.pgp_passphrase_file` for PGP), or use an identity without one"
            }
            Self::PgpKey { .. } => {
                "export it with `gpg --export-secret-keys FINGERPRINT`; a smart card's key cannot be exported"
            }
            Self::Command { .. } => "run it by hand: it must print identities and end with 0",
            Self::Decrypt { cause, file } => return Some(cause.hint(&file.display().to_string())),
        };
        Some(text.to_owned())
    }
}

impl Cause {
    fn hint(&self, file: &str) -> String {
        match self {
            Self::NoKeys { .. } => "name a file with this host's age identity in `secrets.age_key_files` of the settings or in \
                             `SOPS_AGE_KEY_FILE`, or give the identity itself in `SOPS_AGE_KEY`"
                .to_owned(),
            Self::NoMatch { own, .. } | Self::KeyGroups { own, .. } => {
                let own = if own.is_empty() { String::new() } else { format!(" ({})", list(own)) };
                format!("add this host's public key{own} to `.sops.yaml`, then run `conductor secrets updatekeys {file}`")
            }
            Self::NotForUs { own } => {
                format!("encrypt it with `age` for this host's public key ({}) as well", list(own))
            }
            Self::Identity { .. } => {
                "give its passphrase (`secrets.age_passphrase_file`, `secrets.pgp_passphrase_file`): it may be the one that fits"
                    .to_owned()
            }
            Self::MacOnlyEncrypted => {
                "with `secrets.mac_only_encrypted: allow`, decrypt it, look whether its clear values are right, and encrypt it again \
                 without `mac_only_encrypted` in `.sops.yaml`"
                    .to_owned()
            }
            Self::TooLarge { .. } => {
                "encrypt a file of this size with `age` as a whole".to_owned()
            }
            Self::Unsupported { .. } => format!(
                "add an age recipient for this host to `.sops.yaml`, then run `conductor secrets updatekeys {file}`"
            ),
            Self::NotEncrypted { .. } => format!(
                "restore the file from a revision that worked, and put the value in with `conductor secrets set` or `edit {file}`"
            ),
            Self::Tampered { .. }
            | Self::Mac
            | Self::DataKey { .. }
            | Self::AgeFile
            | Self::NoMac
            | Self::Value { .. }
            | Self::NoMetadata
            | Self::Metadata { .. }
            | Self::Yaml(_)
            | Self::Syntax { .. } => format!(
                "restore the file from a revision that worked; change it with `conductor secrets edit {file}` or `sops`"
            ),
        }
    }
}
