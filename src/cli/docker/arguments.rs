//! What `docker` takes.

use clap::{Args, Subcommand};

/// What `docker` takes.
#[derive(Debug, Args)]
pub(in crate::cli) struct DockerArguments {
    #[command(subcommand)]
    pub(super) command: DockerCommand,
}

/// What there is to be done.
#[derive(Debug, Subcommand)]
pub(super) enum DockerCommand {
    /// Show Docker's health, and what was done for it
    Status,
    /// Watch Docker and heal it until Ctrl-C, without looking after stacks
    Watch,
    /// Restart Docker in order, and note that a person asked for it
    Restart,
    /// Leave Docker alone for a while, or until `resume`
    Pause(PauseArguments),
    /// Watch and heal Docker again; what was given up is tried again
    Resume(ResumeArguments),
    /// List Docker's illnesses
    Incidents,
    /// Show one illness: what was seen, judged and done
    Show(ShowArguments),
    /// What was moved aside because it was damaged
    Quarantine(QuarantineArguments),
    /// Show a drop-in for Docker's unit that makes it easier to look after
    DropIn(DropInArguments),
    /// Show what a rebuild of Docker's data would move aside
    Rebuild(RebuildArguments),
}

/// What `docker pause` takes.
#[derive(Debug, Args)]
pub(super) struct PauseArguments {
    /// For how long, such as `30m` [default: until the machine restarts or `resume`]
    #[arg(value_name = "TIME")]
    pub(super) span: Option<String>,
    /// Also after the machine restarts
    #[arg(long)]
    pub(super) for_good: bool,
}

/// What `docker resume` takes.
#[derive(Debug, Args)]
pub(super) struct ResumeArguments {
    /// The engine is right as it is, though it is not the one that was here before
    #[arg(long)]
    pub(super) accept_engine: bool,
}

/// What `docker show` takes.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// The number of the incident
    #[arg(value_name = "NUMBER")]
    pub(super) number: i64,
}

/// What `docker quarantine` takes.
#[derive(Debug, Args)]
pub(super) struct QuarantineArguments {
    #[command(subcommand)]
    pub(super) command: QuarantineCommand,
}

/// What there is to be done about what was moved aside.
#[derive(Debug, Subcommand)]
pub(super) enum QuarantineCommand {
    /// List it
    List,
    /// Put it back; Docker has to be stopped
    Restore {
        /// Its name in the list
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// What `docker drop-in` takes.
#[derive(Debug, Args)]
pub(super) struct DropInArguments {
    /// Write it to /etc/systemd/system, and let systemd read it
    #[arg(long)]
    pub(super) write: bool,
}

/// What `docker rebuild` takes.
#[derive(Debug, Args)]
pub(super) struct RebuildArguments {
    /// Change nothing; a rebuild is only done by itself, where `allow_rebuild` is set
    #[arg(long, required = true)]
    pub(super) dry_run: bool,
}
