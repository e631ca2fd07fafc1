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
    /// Show what an encrypted file says
    Decrypt(DecryptArguments),
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
