//! What can go wrong between the stages.

use std::path::{Path, PathBuf};

use crate::model::desired::InputKind;
use crate::model::failure::{Disposition, Failure};
use crate::model::name::{InstanceName, ProjectName, ServiceName};
use crate::model::revision::Revision;
use crate::model::tree::TreeError;
use crate::secrets;

use super::alone::LeftAlone;

/// Why a stack cannot be rendered to what is desired, beyond what its Compose files say.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that a service needs cannot be read.
    #[error("cannot read {kind} `{name}` of service `{service}`")]
    Input {
        /// Whose input it is.
        service: ServiceName,
        /// What kind of thing it is.
        kind: InputKind,
        /// What people call it.
        name: String,
        /// Why it cannot be read.
        #[source]
        source: TreeError,
    },
    /// A file that a service needs cannot be decrypted.
    #[error("cannot decrypt {kind} `{name}` of service `{service}`")]
    Decrypt {
        /// Whose input it is.
        service: ServiceName,
        /// What kind of thing it is.
        kind: InputKind,
        /// What people call it.
        name: String,
        /// Why it cannot be decrypted.
        #[source]
        source: secrets::Error,
    },
    /// A container would get a file as it is encrypted.
    #[error("service `{service}` mounts `{name}`, which is encrypted")]
    Ciphertext {
        /// Whose mount it is.
        service: ServiceName,
        /// The file's path in the repository.
        name: String,
    },
    /// A submodule or something else that is no file stands where a service mounts a file.
    #[error(
        "service `{service}` mounts `{name}`, which is not a file or directory of this repository"
    )]
    NotAFile {
        /// Whose mount it is.
        service: ServiceName,
        /// The path in the repository.
        name: String,
    },
    /// A seccomp profile is not JSON.
    #[error("the seccomp profile `{name}` of service `{service}` is not JSON")]
    Profile {
        /// Whose profile it is.
        service: ServiceName,
        /// As it was written.
        name: String,
    },
    /// A secret or config is to come from a variable that is not set.
    #[error(
        "{kind} `{name}` of service `{service}` comes from the variable `{variable}`, which is not set"
    )]
    Unset {
        /// Whose input it is.
        service: ServiceName,
        /// Config or secret.
        kind: InputKind,
        /// Key of the model.
        name: String,
        /// The variable.
        variable: String,
    },
    /// The owner or group of a config or secret is not a number.
    #[error(
        "{kind} `{name}` of service `{service}` has the owner `{owner}`, which is not a number"
    )]
    Owner {
        /// Whose input it is.
        service: ServiceName,
        /// Config or secret.
        kind: InputKind,
        /// Key of the model.
        name: String,
        /// What was written.
        owner: String,
    },
    /// Several stacks would become one project.
    #[error("the stacks {} have the same project name `{project}`", listed(places))]
    SameProject {
        /// The name.
        project: ProjectName,
        /// Where they are.
        places: Vec<String>,
    },
    /// No stack of this name or path.
    #[error("no stack `{name}`")]
    NoSuchStack {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A source holds more or less than one stack, and nobody says which is meant.
    #[error("no stack is named, and the source holds {}", known.len())]
    WhichStack {
        /// What there is.
        known: Vec<String>,
    },
    /// Stacks wait for each other.
    #[error("the stacks {} wait for each other", ring(names))]
    Ring {
        /// Their names in order; the first one comes again at the end.
        names: Vec<ProjectName>,
    },
    /// A stack needs one that there is not.
    #[error("it needs the stack `{name}`, which no source holds")]
    NoSuchDependency {
        /// What was asked for.
        name: ProjectName,
        /// What there is.
        known: Vec<ProjectName>,
    },
    /// A stack that must be healthy first is not.
    #[error("it needs the stack `{name}`, which {became}")]
    NotReady {
        /// The stack that is needed.
        name: ProjectName,
        /// What became of it.
        became: &'static str,
    },
    /// Another Conductor of the same instance changes this engine.
    #[error("another Conductor of instance `{instance}` is at work on this engine ({holder})")]
    SecondConductor {
        /// The instance.
        instance: InstanceName,
        /// Who it is, as it signed.
        holder: String,
    },
    /// The environment files that `conductor.yaml` names give the project another name.
    #[error("the project is called `{found}` without its `env_files`, and `{rendered}` with them")]
    Renamed {
        /// The name by which `conductor.yaml` was asked.
        found: ProjectName,
        /// The name that came of it.
        rendered: ProjectName,
    },
    /// A stack is not part of a revision that it should go back to.
    #[error("the revision `{}` holds no stack `{project}`", revision.short())]
    NotThen {
        /// The stack.
        project: ProjectName,
        /// The revision.
        revision: Revision,
    },
    /// An image that a revision ran with is not here any more.
    #[error("the image `{reference}` that it ran with is not here any more")]
    ImageLost {
        /// As the Compose file has it.
        reference: String,
    },
    /// No revision to go back to.
    #[error("there is no revision of `{project}` to go back to")]
    NothingEarlier {
        /// The stack.
        project: ProjectName,
    },
    /// A stack whose files have no history.
    #[error("`{project}` comes from a directory, which has no earlier revision")]
    NoHistory {
        /// The stack.
        project: ProjectName,
    },
    /// A stack that is to be left alone.
    #[error("`{project}` is {why}")]
    Suspended {
        /// The stack.
        project: ProjectName,
        /// At whose word.
        why: LeftAlone,
    },
    /// A person stopped the way back.
    #[error("it was stopped on the way")]
    Stopped,
    /// A stack with a project directory of its own names a file that is not there.
    #[error(
        "`{}` lies outside `{}`, the only directory that a stack with a `project_directory` gets",
        path.display(),
        stack.display()
    )]
    BeyondDirectory {
        /// The stack's path in the repository.
        stack: PathBuf,
        /// The file.
        path: PathBuf,
    },
    /// Conductor lives in a container, and the engine's host cannot see one of its directories.
    #[error("the engine's host cannot see `{}`: it is part of this container alone", path.display())]
    Hidden {
        /// The directory.
        path: PathBuf,
        /// Which directory of the host belongs there.
        on_host: PathBuf,
    },
    /// Conductor lives in a container that does not have a directory of the host.
    #[error("`{}` of the engine's host is not mounted in the container that Conductor runs in", path.display())]
    Unseen {
        /// The directory, as the host calls it.
        path: PathBuf,
    },
    /// A worker ended without an answer.
    #[error("a worker of this pass ended without an answer")]
    Worker {
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
}

fn correct(known: &[ProjectName]) -> String {
    let known: Vec<&str> = known.iter().map(ProjectName::as_str).collect();
    format!("correct `depends_on` in `conductor.yaml`; there are {}", known.join(", "))
}

/// `a` → `b` → `a`.
fn ring(names: &[ProjectName]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" → ")
}

/// `a`, `b` and `c`.
fn listed(places: &[String]) -> String {
    let quoted: Vec<String> = places.iter().map(|place| format!("`{place}`")).collect();
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// What takes care of a stack again.
fn resumption(project: &ProjectName, why: &LeftAlone) -> String {
    match why.suspension() {
        Some(_) => format!("`conductor resume {project}` ends that"),
        None => format!("take `suspended: true` from `stacks: {project}` there"),
    }
}

/// Which mount is missing.
fn mount(on_host: &Path, here: &Path) -> String {
    format!(
        "mount a directory of the host there, such as `-v {}:{}`",
        on_host.display(),
        here.display()
    )
}

/// What there is to choose from.
fn choice(known: &[String], words: &str) -> String {
    if known.is_empty() {
        "the source holds no Compose file".to_owned()
    } else {
        format!("{words} {}", known.join(", "))
    }
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        // Whoever asked must ask otherwise.
        let asked = matches!(self, Self::NoSuchStack { .. } | Self::WhichStack { .. });
        // And who made this container must make it otherwise.
        if asked || matches!(self, Self::Hidden { .. } | Self::Unseen { .. }) {
            Disposition::Fatal
        } else {
            Disposition::WaitForChange
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Input { source: TreeError::Missing { path }, .. } => {
                let path = path.display();
                Some(format!("commit `{path}`, or correct the path in the Compose file"))
            }
            Self::Decrypt { source, .. } => source.hint(),
            Self::Ciphertext { name, .. } => Some(format!(
                "give it to the service as a secret (`secrets:` with `file: {name}`): secrets are decrypted in memory"
            )),
            Self::Unset { variable, .. } => {
                Some(format!("set `{variable}` in `.env`, or in the `environment` of the source"))
            }
            Self::Owner { .. } => Some("write the number of the user or group".to_owned()),
            Self::SameProject { .. } => {
                Some(
                "give all but one another `name:` in its Compose file; until then none of them is touched"
                    .to_owned(),
            )
            }
            Self::WhichStack { known } => Some(choice(known, "name one of")),
            Self::NoSuchStack { known, .. } => Some(choice(known, "the source holds")),
            Self::Ring { .. } => Some(
                "remove one of these `depends_on`, or an external network or volume".to_owned(),
            ),
            Self::NoSuchDependency { known, .. } => Some(correct(known)),
            Self::NotReady { name, .. } => Some(format!(
                "put `{name}` right, or sync this stack by its name, which waits for no other"
            )),
            Self::SecondConductor { .. } => Some(
                "stop one of them, give them the same state directory, or give one another `instance`"
                    .to_owned(),
            ),
            Self::Profile { .. } => Some(
                "name a profile as Docker reads it, or one of `builtin` and `unconfined`".to_owned(),
            ),
            Self::BeyondDirectory { .. } => Some(
                "move the file into the stack's directory, or remove `project_directory`".to_owned(),
            ),
            Self::Renamed { .. } => Some(
                "write `name:` in the Compose file, so that it does not depend on them".to_owned(),
            ),
            Self::ImageLost { reference } => {
                Some(format!("pull or load `{reference}` as it was then, or push a new revision"))
            }
            Self::NothingEarlier { .. } => Some(
                "name one: `conductor rollback STACK REVISION`; `conductor history` tells which there were"
                    .to_owned(),
            ),
            Self::Suspended { project, why } => Some(resumption(project, why)),
            Self::NoHistory { .. } => {
                Some("put the files back themselves, or follow a git repository".to_owned())
            }
            Self::Hidden { path, on_host } => Some(mount(on_host, path)),
            Self::Unseen { path } => Some(mount(path, path)),
            Self::NotThen { .. }
            | Self::Stopped
            | Self::Input { .. }
            | Self::NotAFile { .. }
            | Self::Worker { .. } => None,
        }
    }
}
