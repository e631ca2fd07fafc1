//! What can be typed behind the commands that need no engine: `config` and `lint`.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{ProjectArguments, SourceArguments};

/// What `lint` takes.
#[derive(Debug, Args)]
pub(super) struct LintArguments {
    /// Directory, git URL or source of the settings [default: this directory]
    #[arg(value_name = "PATH")]
    pub(super) place: Option<String>,
    /// Branch, tag or commit
    #[arg(long, value_name = "REF")]
    pub(super) r#ref: Option<String>,
    /// Fail on warnings, too
    #[arg(long)]
    pub(super) strict: bool,
}

/// What `config` takes.
#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// Services to show, with what they depend on [default: all]. Where stacks come from a source, the stack comes first,
    /// by project name or path
    #[arg(value_name = "STACK|SERVICE")]
    pub(super) names: Vec<String>,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Only check, print nothing
    #[arg(short, long)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) view: ConfigView,
    #[command(flatten)]
    pub(super) steps: ConfigSteps,
    #[command(flatten)]
    pub(super) digests: ConfigDigests,
    /// Show secrets instead of `***`
    #[arg(long)]
    pub(super) show_secrets: bool,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Take warnings about a project's files for errors
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

/// What of the project `config` shows.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[command(next_help_heading = "Show this alone, one a line")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of which one at most is given, as clap has them"
)]
pub(super) struct ConfigView {
    /// The names of the services, each after what it depends on
    #[arg(long)]
    pub(super) services: bool,
    /// The names of the volumes
    #[arg(long)]
    pub(super) volumes: bool,
    /// The names of the networks
    #[arg(long)]
    pub(super) networks: bool,
    /// The AI models
    #[arg(long)]
    pub(super) models: bool,
    /// The images
    #[arg(long)]
    pub(super) images: bool,
    /// The profiles
    #[arg(long = "profiles", id = "list_profiles")]
    pub(super) profiles: bool,
    /// The variables that the files use, with their defaults
    #[arg(long)]
    pub(super) variables: bool,
    /// The environment of interpolation; values out of encrypted files are shown as `***`
    #[arg(long)]
    pub(super) environment: bool,
    /// The config hashes of these services; `*` is all of them
    #[arg(long, value_name = "SERVICE,...")]
    pub(super) hash: Option<String>,
}

/// What `config` leaves out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Leave out")]
#[expect(clippy::struct_excessive_bools, reason = "flags, as clap has them")]
pub(super) struct ConfigSteps {
    /// Do not put variables in; service names are not looked at
    #[arg(long)]
    pub(super) no_interpolate: bool,
    /// Do not fill in what the files leave unsaid
    #[arg(long)]
    pub(super) no_normalize: bool,
    /// Do not make paths absolute
    #[arg(long)]
    pub(super) no_path_resolution: bool,
    /// Do not hold services to the rules between them
    #[arg(long)]
    pub(super) no_consistency: bool,
    /// Do not read the env files of services
    #[arg(long)]
    pub(super) no_env_resolution: bool,
}

/// How `config` pins images; the engine asks the registries.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pin images, with the engine's help")]
pub(super) struct ConfigDigests {
    /// Name images by their digests
    #[arg(long)]
    pub(super) resolve_image_digests: bool,
    /// The same, and show an override file with nothing but the images
    #[arg(long)]
    pub(super) lock_image_digests: bool,
}
