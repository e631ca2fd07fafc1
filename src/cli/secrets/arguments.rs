//! What can be typed behind `conductor secrets`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::secrets;

/// What `secrets` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct SecretsArguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do with secrets.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an age identity, for a host or a person
    Keygen(KeygenArguments),
    /// Show this host's public keys, or who can decrypt files
    Recipients(RecipientsArguments),
    /// Encrypt a file, by the rules of `.sops.yaml` or for `--age`
    Encrypt(EncryptArguments),
    /// Show what an encrypted file says
    Decrypt(DecryptArguments),
    /// Open an encrypted file, or a new one, in `$EDITOR`; the plaintext is in memory only
    Edit(EditArguments),
    /// Change or add one value of an encrypted file; the value comes from standard input
    Set(SetArguments),
    /// Take one value out of an encrypted file
    Unset(UnsetArguments),
    /// Encrypt files with a new data key, for the same keys
    Rotate(FilesArguments),
    /// Bring those who can decrypt files in step with `.sops.yaml`
    Updatekeys(UpdatekeysArguments),
    /// Look for what is wrong with the secrets of a repository; exits with 1 when it finds anything
    Check(CheckArguments),
}

/// What `secrets check` takes.
#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Directory or file to look into; what git ignores is left out
    #[arg(value_name = "PATH", default_value = ".")]
    pub(super) path: PathBuf,
    /// Kind of finding to leave out; repeat for several
    #[arg(long, value_enum, value_name = "KIND")]
    pub(super) allow: Vec<Kind>,
}

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A value that looks like a secret is not encrypted.
    Plaintext,
    /// A rule of `.sops.yaml` is for the file, but it is not encrypted.
    NotEncrypted,
    /// This host cannot decrypt the file.
    Undecryptable,
    /// The file's keys are not those of `.sops.yaml`.
    OutOfStep,
    /// A key that the file has is not in `.sops.yaml` any more.
    LeavingKey,
    /// The MAC covers encrypted values only.
    MacOnlyEncrypted,
    /// An encrypted file has clear values that look like secrets, or nothing encrypted.
    ClearValue,
    /// Encrypted values are too short to be masked in error messages.
    ShortValue,
    /// `.sops.yaml` cannot be used.
    Policy,
}

impl From<Kind> for secrets::FindingKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Plaintext => Self::Plaintext,
            Kind::NotEncrypted => Self::NotEncrypted,
            Kind::Undecryptable => Self::Undecryptable,
            Kind::OutOfStep => Self::OutOfStep,
            Kind::LeavingKey => Self::LeavingKey,
            Kind::MacOnlyEncrypted => Self::MacOnlyEncrypted,
            Kind::ClearValue => Self::ClearValue,
            Kind::ShortValue => Self::ShortValue,
            Kind::Policy => Self::Policy,
        }
    }
}

/// What `secrets keygen` takes.
#[derive(Debug, Args)]
pub(super) struct KeygenArguments {
    /// Write the identity to a file that only this user can read, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// What `secrets recipients` takes.
#[derive(Debug, Args)]
pub(super) struct RecipientsArguments {
    /// Encrypted files [default: the public keys of this host]
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
}

/// What `secrets encrypt` takes.
#[derive(Debug, Args)]
pub(super) struct EncryptArguments {
    /// Plaintext file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Public key to encrypt for, of age or SSH, in place of those of `.sops.yaml`; repeat for several
    #[arg(long, value_name = "RECIPIENT")]
    pub(super) age: Vec<String>,
    /// Path by which rule and format are chosen, where the plaintext comes from elsewhere
    #[arg(long, value_name = "FILE")]
    pub(super) filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) types: TypeArguments,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    pub(super) output: Option<PathBuf>,
    /// Replace the plaintext file
    #[arg(short, long)]
    pub(super) in_place: bool,
    /// Encrypt the file as a whole with age, not value by value as SOPS does
    #[arg(long, conflicts_with_all = ["input_type", "output_type"])]
    pub(super) whole: bool,
}

/// What `secrets edit` takes.
#[derive(Debug, Args)]
pub(super) struct EditArguments {
    /// Encrypted file; one that does not exist is made
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Public key that a new file is encrypted for, in place of those of `.sops.yaml`; repeat for several
    #[arg(long, value_name = "RECIPIENT")]
    pub(super) age: Vec<String>,
}

/// What `secrets set` takes.
#[derive(Debug, Args)]
pub(super) struct SetArguments {
    /// Encrypted file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Where the value stands: `["db"]["password"]`, or a key as it is
    #[arg(value_name = "PATH")]
    pub(super) path: String,
    /// The value is JSON: a number, `true`, a list, …; otherwise it is text, without the last line break
    #[arg(long)]
    pub(super) json: bool,
    /// Read the value from a file instead of standard input
    #[arg(long, value_name = "FILE")]
    pub(super) value_file: Option<PathBuf>,
}

/// What `secrets unset` takes.
#[derive(Debug, Args)]
pub(super) struct UnsetArguments {
    /// Encrypted file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Where the value stands: `["db"]["password"]`, or a key as it is
    #[arg(value_name = "PATH")]
    pub(super) path: String,
}

/// Encrypted files.
#[derive(Debug, Args)]
pub(super) struct FilesArguments {
    /// Encrypted files
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
}

/// What `secrets updatekeys` takes.
#[derive(Debug, Args)]
pub(super) struct UpdatekeysArguments {
    #[command(flatten)]
    pub(super) files: FilesArguments,
    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,
}

/// What `secrets decrypt` takes.
#[derive(Debug, Args)]
pub(super) struct DecryptArguments {
    /// Encrypted files, by SOPS or age; several are shown one after another
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Show one value only: `["db"]["password"]`, or a key as it is; text comes without quotes or line break
    #[arg(long, value_name = "PATH")]
    pub(super) extract: Option<String>,
    #[command(flatten)]
    pub(super) types: TypeArguments,
    /// Write to a file that only this user can read, instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    pub(super) output: Option<PathBuf>,
    /// Replace the encrypted file by what it says
    #[arg(short, long, conflicts_with = "extract")]
    pub(super) in_place: bool,
    /// Write plaintext into a git work tree, where it could be committed
    #[arg(long)]
    pub(super) force: bool,
}

/// Formats of files.
#[derive(Debug, Args)]
pub(super) struct TypeArguments {
    /// Format that the file is read as [default: its content decides]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) input_type: Option<Type>,
    /// Format that it is written in [default: its own]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) output_type: Option<Type>,
}

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Type {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
    /// `KEY=value` lines.
    Dotenv,
    /// Sections of `key = value` lines.
    Ini,
    /// Any bytes.
    Binary,
}

impl From<Type> for secrets::Format {
    fn from(format: Type) -> Self {
        match format {
            Type::Yaml => Self::Yaml,
            Type::Json => Self::Json,
            Type::Dotenv => Self::Dotenv,
            Type::Ini => Self::Ini,
            Type::Binary => Self::Binary,
        }
    }
}
