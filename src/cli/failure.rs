//! Errors at the edge: error, cause, hint, and an exit code.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config;
use crate::model::failure::{Disposition, Failure};
use crate::model::outcome::Trouble;
use crate::report::Ended;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or in sync.
    Done,
    /// Something failed, was rolled back or is degraded.
    Failed,
    /// Wrong usage or settings, or nothing configured.
    Usage,
    /// Out of sync, where nothing failed.
    OutOfSync,
    /// Ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::OutOfSync => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Ended> for Exit {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Done => Self::Done,
            Ended::Failed => Self::Failed,
            Ended::OutOfSync => Self::OutOfSync,
            Ended::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// What ends a command: what went wrong, and the exit code for it.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) trouble: Trouble,
    pub(super) exit: Exit,
}

impl Complaint {
    /// Something failed.
    pub(super) fn failed(failure: &dyn Failure) -> Self {
        Self { trouble: Trouble::of(failure), exit: Exit::Failed }
    }

    /// What a pass ended with: what only another question or other settings help against is the person's own.
    pub(super) fn of(trouble: Trouble) -> Self {
        let exit = match trouble.disposition {
            Disposition::Fatal => Exit::Usage,
            Disposition::RetryAfter(_) | Disposition::WaitForChange => Exit::Failed,
        };
        Self { trouble, exit }
    }

    /// The settings or the command line are wrong.
    pub(super) fn usage(failure: &dyn Failure) -> Self {
        Self { trouble: Trouble::of(failure), exit: Exit::Usage }
    }
}

impl From<config::Error> for Complaint {
    fn from(error: config::Error) -> Self {
        Self::usage(&error)
    }
}

impl From<Error> for Complaint {
    fn from(error: Error) -> Self {
        match error {
            Error::Runtime { .. }
            | Error::LeftAlone { .. }
            | Error::SecondDaemon { .. }
            | Error::Read { .. }
            | Error::Write { .. }
            | Error::NoMemory
            | Error::Editor { .. }
            | Error::EditorFailed { .. }
            | Error::Digest { .. }
            | Error::NoJournal { .. }
            | Error::NoDaemon { .. }
            | Error::DaemonAnswer { .. }
            | Error::SuspendedByRepository { .. }
            | Error::PlainInWorkTree { .. } => Self::failed(&error),
            Error::NothingConfigured { .. }
            | Error::RefOfWhich
            | Error::WhichSource
            | Error::DaemonCannot { .. }
            | Error::NotFor { .. }
            | Error::OneFile
            | Error::NotInPlace
            | Error::NobodyToAsk
            | Error::StandardInput
            | Error::Input { .. }
            | Error::LongInput
            | Error::NoComposeFile { .. }
            | Error::UnknownStack { .. }
            | Error::UnknownRun { .. }
            | Error::UnknownService { .. } => Self::usage(&error),
        }
    }
}

/// What the command line itself cannot do.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is no source and no project.
    #[error("nothing to {verb}: no source is configured")]
    NothingConfigured {
        /// What was asked for.
        verb: &'static str,
        /// The settings file that could name one.
        file: Option<PathBuf>,
    },
    /// One source is needed, and the settings name several.
    #[error("the settings name several sources")]
    WhichSource,
    /// A ref was named, and several sources could be meant.
    #[error("`--ref` needs `--source`, because the settings name several sources")]
    RefOfWhich,
    /// A format was asked of a command that does not have it.
    #[error("`--format {format}` is for `{command}` alone")]
    NotFor {
        /// The format.
        format: &'static str,
        /// The command that has it.
        command: &'static str,
    },
    /// A Compose file was to be read from standard input.
    #[error("only `config` reads a Compose file from standard input")]
    StandardInput,
    /// Standard input cannot be read.
    #[error("cannot read standard input")]
    Input {
        /// What the system said.
        source: std::io::Error,
    },
    /// Standard input does not end.
    #[error("standard input is larger than {} MiB", crate::model::tree::MAX_FILE >> 20)]
    LongInput,
    /// There is no Compose file.
    #[error("no Compose file in `{}` or above it", start.display())]
    NoComposeFile {
        /// Where the search began.
        start: PathBuf,
    },
    /// A stack was named that does not exist.
    #[error("no such stack here: `{name}`")]
    UnknownStack {
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A run was named that is not recorded.
    #[error("no run {number} is recorded")]
    UnknownRun {
        /// Its number, as it was given.
        number: String,
    },
    /// The repository suspends a stack that a person resumes.
    #[error("`{project}` is suspended by the `conductor.yaml` of its source")]
    SuspendedByRepository {
        /// The stack.
        project: String,
    },
    /// No journal can be kept, and the command is about nothing else.
    #[error("cannot keep a journal at `{}`", path.display())]
    NoJournal {
        /// Where it would be.
        path: PathBuf,
    },
    /// A service was named that does not exist.
    #[error("no such service: `{name}`")]
    UnknownService {
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Several files were to be written to one.
    #[error("`--output` takes one file")]
    OneFile,
    /// Standard input was to be replaced.
    #[error("standard input cannot be replaced in place")]
    NotInPlace,
    /// A question came up, and there is no terminal.
    #[error("this needs a yes, and there is nobody to ask")]
    NobodyToAsk,
    /// There is no memory to lay plaintext out in.
    #[error(
        "there is no tmpfs for the plaintext: neither the runtime directory nor `/dev/shm` is one"
    )]
    NoMemory,
    /// The editor does not start.
    #[error("cannot start the editor `{editor}`")]
    Editor {
        /// Its command.
        editor: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The editor failed.
    #[error("the editor `{editor}` ended with {code}; nothing is changed")]
    EditorFailed {
        /// Its command.
        editor: String,
        /// Its exit code.
        code: i32,
    },
    /// A file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Plaintext was to be written where it could be committed.
    #[error("`{}` is in the git work tree `{}`, where plaintext could be committed", path.display(), top.display())]
    PlainInWorkTree {
        /// The file.
        path: PathBuf,
        /// The top of the work tree.
        top: PathBuf,
    },
    /// A registry does not tell an image's digest.
    #[error("cannot tell the digest of the image `{image}`: {reason}")]
    Digest {
        /// The image.
        image: String,
        /// What came in the way.
        reason: String,
    },
    /// A file cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The daemon holds the state, and something was asked for that it does not do for others.
    #[error("the daemon is in charge here, and does not {what}")]
    DaemonCannot {
        /// What was asked for.
        what: &'static str,
    },
    /// No daemon answers.
    #[error("no daemon answers at `{}`", socket.display())]
    NoDaemon {
        /// Its socket.
        socket: PathBuf,
        /// What came in the way.
        source: std::io::Error,
    },
    /// What the daemon answers cannot be understood.
    #[error("cannot understand the daemon at `{}`", socket.display())]
    DaemonAnswer {
        /// Its socket.
        socket: PathBuf,
    },
    /// Another daemon works here.
    #[error("another daemon has this state directory ({holder})")]
    SecondDaemon {
        /// Who it is, as it signed.
        holder: String,
    },
    /// Docker does not run, and a connect could start it.
    #[error("cannot reach the engine, and it is not started by asking it: {why}")]
    LeftAlone {
        /// What whoever looks after Docker says.
        why: String,
    },
    /// The runtime does not start.
    #[error("cannot start the runtime")]
    Runtime {
        /// What the system said.
        source: std::io::Error,
    },
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Fatal
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NothingConfigured { file, .. } => {
                let file = file.as_ref().map_or_else(
                    || "in a settings file".to_owned(),
                    |file| format!("in `sources` of `{}`", file.display()),
                );
                format!(
                    "name one with `--source URL|DIR`, {file}, or in `CONDUCTOR_SOURCE_URL`; `-f compose.yaml` works on \
                     one project in place"
                )
            }
            Self::RefOfWhich | Self::WhichSource => {
                "name the source with `--source NAME`".to_owned()
            }
            Self::NotFor { .. } => "use `--format human` or `--format json`".to_owned(),
            Self::StandardInput | Self::LongInput => "write it to a file and name that".to_owned(),
            Self::Input { .. } => "name a file instead of `-`".to_owned(),
            Self::NoComposeFile { .. } => {
                "name one with `-f FILE`, or a stack of a source with `--source URL|DIR STACK`"
                    .to_owned()
            }
            Self::UnknownStack { known, .. } if known.is_empty() => "nothing runs here".to_owned(),
            Self::UnknownStack { known, .. } | Self::UnknownService { known, .. } => {
                format!("known are: {known}")
            }
            Self::OneFile => "name one file, or leave `--output` away".to_owned(),
            Self::NotInPlace => {
                "name a file with `--output`, or leave `--in-place` away".to_owned()
            }
            Self::NobodyToAsk => "say it with `--yes`".to_owned(),
            Self::NoMemory => {
                "mount a tmpfs at `/dev/shm`, or change single values with `secrets set`".to_owned()
            }
            Self::Editor { .. } | Self::EditorFailed { .. } => {
                "name one in `EDITOR`, such as `nano`".to_owned()
            }
            Self::PlainInWorkTree { .. } => {
                "name a place outside of it, best on a tmpfs, or insist with `--force`".to_owned()
            }
            Self::UnknownRun { .. } => "`conductor history` lists those that are".to_owned(),
            Self::SuspendedByRepository { project } => {
                format!("take `suspended: true` from `stacks: {project}` there")
            }
            Self::NoJournal { .. } => "check the state directory and its permissions".to_owned(),
            Self::Read { source, .. } | Self::Write { source, .. } => of_file(source).to_owned(),
            Self::Digest { .. } => {
                "check the name, that the engine reaches the registry, and `registries` in the settings".to_owned()
            }
            Self::DaemonCannot { .. }
            | Self::NoDaemon { .. }
            | Self::DaemonAnswer { .. }
            | Self::SecondDaemon { .. } => self.hint_about_daemon().to_owned(),
            Self::LeftAlone { .. } => {
                "start it with `systemctl start docker`; `conductor docker status` says more".to_owned()
            }
            Self::Runtime { .. } => "check the limits of this user (`ulimit -a`)".to_owned(),
        })
    }
}

/// The way out where a file cannot be read or written.
fn of_file(source: &std::io::Error) -> &'static str {
    if source.kind() == std::io::ErrorKind::AlreadyExists {
        "it is never overwritten: name another file, or move this one away"
    } else {
        "check the path and its permissions"
    }
}

impl Error {
    /// The way out where a daemon is in the way, or missing.
    fn hint_about_daemon(&self) -> &'static str {
        if let Self::DaemonCannot { .. } = self {
            "name stacks of its sources, or stop it first (`systemctl stop conductor`)"
        } else if let Self::NoDaemon { .. } = self {
            "start it with `conductor serve`; the socket is for root and the group `conductor`"
        } else if let Self::SecondDaemon { .. } = self {
            "stop that one, or give this one another `--state-dir` and `instance`"
        } else {
            "use the program and the daemon of one version"
        }
    }
}
