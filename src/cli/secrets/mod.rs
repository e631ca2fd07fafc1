//! `conductor secrets`: encrypted files for people, so that nobody needs `sops` or `age`. A file per subcommand.
//!
//! `arguments` is what can be typed, `run` leads to the subcommand, `file` reads and replaces files, `policy` finds
//! `.sops.yaml`, `ask` asks people, `editor` starts theirs, `answer` tells what was done.

mod answer;
mod arguments;
mod ask;
mod change;
mod check;
mod decrypt;
mod edit;
mod editor;
mod encrypt;
mod file;
mod keygen;
mod policy;
mod recipients;
mod run;
mod updatekeys;

pub(super) use arguments::SecretsArguments;
pub(super) use ask::{anybody, confirm};
pub(super) use run::run;
