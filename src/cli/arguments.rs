//! What can be typed.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::checks::{ConfigArguments, LintArguments};
use super::docker::arguments::DockerArguments;
use super::secrets::SecretsArguments;

/// What `--help` says about exit codes.
const EXIT_CODES: &str = "\
Exit codes:
  0    done, or in sync
  1    something failed, was rolled back or is degraded
  2    wrong usage or settings, or nothing configured
  3    out of sync (`plan`, and `adopt` that was told no; only where nothing failed)
  130  ended by Ctrl-C

Data goes to standard output, everything else to standard error.
With `--format json`, standard output holds one JSON document, also where a command fails.";

/// GitOps for Docker Compose: brings what runs in line with git.
#[derive(Debug, Parser)]
#[command(name = "conductor", version, after_help = EXIT_CODES, propagate_version = false)]
#[command(disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// Settings file [default: `/etc/conductor/config.yaml`, or below `$XDG_CONFIG_HOME` for a user other than root]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(super) config: Option<PathBuf>,
    /// Where mirrors and work directories are kept
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(super) state_dir: Option<PathBuf>,
    /// Where secrets are laid out as files, on a tmpfs
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(super) runtime_dir: Option<PathBuf>,
    /// How to answer [default: human; `config`: yaml]
    #[arg(long, global = true, value_enum, help_heading = "Global options")]
    pub(super) format: Option<Format>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    #[arg(help_heading = "Global options")]
    pub(super) color: Colour,
    /// Log more to standard error; repeat for still more (`RUST_LOG` says it in detail)
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(super) verbose: u8,
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Tables and sentences.
    #[value(alias = "text")]
    Human,
    /// One JSON document.
    Json,
    /// YAML; `config` alone.
    Yaml,
    /// SARIF 2.1.0; `lint` alone.
    Sarif,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bring what runs in line with what is declared: one pass, from fetch to healthy
    Sync(SyncArguments),
    /// Show what `sync` would do, and why; exits with 3 when out of sync
    Plan(PlanArguments),
    /// Bring a stack back to an earlier revision, and hold it there until a new one comes
    Rollback(RollbackArguments),
    /// Take over what `docker compose` made: shows what differs, and asks before anything is replaced
    Adopt(AdoptArguments),
    /// Show the stacks that run here, and how well; never fetches
    Status(StatusArguments),
    /// Show what was done, when, at whose word, and why
    History(HistoryArguments),
    /// Tell when and why the containers of a service were last replaced
    Why(WhyArguments),
    /// Leave a stack alone until `resume`
    Suspend(SuspendArguments),
    /// Take care of a suspended stack again
    Resume(ResumeArguments),
    /// Follow what the daemon does, as it does it
    Events(EventsArguments),
    /// Say whether the daemon answers; exits with 1 where it does not
    Health,
    /// Follow the sources for as long as it runs: polls them, brings stacks in line, looks after drift
    Serve,
    /// Show a rendered project, as `docker compose config` does
    Config(ConfigArguments),
    /// Check all stacks of a directory or source, without an engine; for a repository's CI, too
    Lint(LintArguments),
    /// List the stacks of the sources
    Stacks(StacksArguments),
    /// Docker itself: its health, and what was done for it
    Docker(DockerArguments),
    /// Read, write and check encrypted files (SOPS, age); needs neither `sops` nor `age`
    Secrets(SecretsArguments),
}

/// How `events` is asked.
#[derive(Debug, Args)]
pub(super) struct EventsArguments {
    /// Until Ctrl-C; events that are over are in `history`
    #[arg(short = 'F', long, required = true)]
    pub(super) follow: bool,
}

/// Where stacks come from.
#[derive(Debug, Args)]
pub(super) struct SourceArguments {
    /// Source by its name, URL or directory [default: all of the settings]
    #[arg(long, value_name = "URL|DIR")]
    pub(super) source: Option<String>,
    /// Branch, tag or commit
    #[arg(long, value_name = "REF")]
    pub(super) r#ref: Option<String>,
}

impl SourceArguments {
    /// Whether any of them is given.
    pub(super) fn any(&self) -> bool {
        self.source.is_some() || self.r#ref.is_some()
    }
}

/// One project in place, as `docker compose` names it.
#[derive(Debug, Args)]
#[command(next_help_heading = "One project in place, as `docker compose` names it")]
pub(super) struct ProjectArguments {
    /// Compose file; repeat to merge several
    #[arg(short, long = "file", value_name = "FILE", conflicts_with_all = ["source", "ref"])]
    pub(super) files: Vec<PathBuf>,
    /// Project name
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["source", "ref"])]
    pub(super) project_name: Option<String>,
    /// Profile to activate; repeat for several
    #[arg(long = "profile", value_name = "NAME", conflicts_with_all = ["source", "ref"])]
    pub(super) profiles: Vec<String>,
    /// Environment file in place of `.env`; repeat for several
    #[arg(long = "env-file", value_name = "FILE", conflicts_with_all = ["source", "ref"])]
    pub(super) env_files: Vec<PathBuf>,
    /// Directory that relative paths are taken from [default: that of the first Compose file]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["source", "ref"])]
    pub(super) project_directory: Option<PathBuf>,
}

impl ProjectArguments {
    /// Whether any of them is given.
    pub(super) fn any(&self) -> bool {
        !self.files.is_empty()
            || self.project_name.is_some()
            || !self.profiles.is_empty()
            || !self.env_files.is_empty()
            || self.project_directory.is_some()
    }
}

/// What `sync` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags, as clap has them")]
pub(super) struct SyncArguments {
    /// Stacks, by project name or path in the source [default: all]
    #[arg(value_name = "STACK", conflicts_with = "files")]
    pub(super) stacks: Vec<String>,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Change nothing: show what would be done, as `plan` does
    #[arg(long, conflicts_with = "no_wait")]
    pub(super) dry_run: bool,
    /// End when everything is started, without waiting for health
    #[arg(long)]
    pub(super) no_wait: bool,
    /// Try revisions again that failed before; a stack that is named is always tried
    #[arg(long)]
    pub(super) retry: bool,
    /// Remove containers of services that are gone; with `-f` they are only named otherwise
    #[arg(long)]
    pub(super) remove_orphans: bool,
    /// Remove the stacks that a source has lost, even where that is more than half of them
    #[arg(long, conflicts_with_all = ["stacks", "files", "source", "ref"])]
    pub(super) confirm_prune: bool,
    /// Take warnings about a project's files for errors
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

/// What `plan` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags, as clap has them")]
pub(super) struct PlanArguments {
    /// Stacks, by project name or path in the source [default: all]
    #[arg(value_name = "STACK", conflicts_with = "files")]
    pub(super) stacks: Vec<String>,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Plan with revisions that failed before, as `sync --retry` would; so does a stack that is named
    #[arg(long)]
    pub(super) retry: bool,
    /// Plan the removal of containers of services that are gone; with `-f` they are only named otherwise
    #[arg(long)]
    pub(super) remove_orphans: bool,
    /// Plan the removal of the stacks that a source has lost, as `sync --confirm-prune` would
    #[arg(long, conflicts_with_all = ["stacks", "files", "source", "ref"])]
    pub(super) confirm_prune: bool,
    /// Show what differs in the rendered services, line by line; secrets stay hidden
    #[arg(long)]
    pub(super) diff: bool,
    /// Take warnings about a project's files for errors
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

/// What `rollback` takes.
#[derive(Debug, Args)]
pub(super) struct RollbackArguments {
    /// Stack, by project name or path in its source
    #[arg(value_name = "STACK")]
    pub(super) stack: String,
    /// Commit, by its first digits [default: the last good one before what is in the source]
    #[arg(value_name = "REVISION")]
    pub(super) revision: Option<String>,
    /// Only show what would be done, and why
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What `adopt` takes.
#[derive(Debug, Args)]
pub(super) struct AdoptArguments {
    /// Stacks, by project name or path in the source [default: all]
    #[arg(value_name = "STACK", conflicts_with = "files")]
    pub(super) stacks: Vec<String>,
    #[command(flatten)]
    pub(super) source: SourceArguments,
    /// Replace what differs without asking
    #[arg(long)]
    pub(super) yes: bool,
    /// Only show what differs, and why
    #[arg(long, conflicts_with = "yes")]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) project: ProjectArguments,
}

/// What `status` takes.
#[derive(Debug, Args)]
pub(super) struct StatusArguments {
    /// Stacks, by project name or path in the source [default: all]
    #[arg(value_name = "STACK")]
    pub(super) stacks: Vec<String>,
}

/// What `history` takes.
#[derive(Debug, Args)]
pub(super) struct HistoryArguments {
    /// A stack, by project name or path in its source; or the number of a run, for its operations [default: all stacks]
    #[arg(value_name = "STACK|RUN")]
    pub(super) what: Option<String>,
    /// Show what happened beside runs: requests and who made them, health, drift
    #[arg(long)]
    pub(super) events: bool,
    /// Show the last so many runs or events; 0 for all
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20)]
    pub(super) limit: usize,
}

/// What `why` takes.
#[derive(Debug, Args)]
pub(super) struct WhyArguments {
    /// Stack, by project name or path in its source
    #[arg(value_name = "STACK")]
    pub(super) stack: String,
    /// Service
    #[arg(value_name = "SERVICE")]
    pub(super) service: String,
}

/// What `suspend` takes.
#[derive(Debug, Args)]
pub(super) struct SuspendArguments {
    /// Stack, by project name or path in its source
    #[arg(value_name = "STACK")]
    pub(super) stack: String,
    /// Why, for those who come across it
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// Change nothing: only tell what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What `resume` takes.
#[derive(Debug, Args)]
pub(super) struct ResumeArguments {
    /// Stack, by project name or path in its source
    #[arg(value_name = "STACK")]
    pub(super) stack: String,
    /// Change nothing: only tell what would be done
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What `stacks` takes.
#[derive(Debug, Args)]
pub(super) struct StacksArguments {
    #[command(flatten)]
    pub(super) source: SourceArguments,
}
