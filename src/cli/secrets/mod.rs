//! `conductor secrets`: encrypted files for people, so that nobody needs `sops` or `age`. A file per subcommand.
//!
//! `arguments` is what can be typed, `run` leads to the subcommand, `file` reads and replaces files.

mod arguments;
mod decrypt;
mod file;
mod run;

pub(super) use arguments::SecretsArguments;
pub(super) use run::run;
