//! What a person should know about a plan, beside its operations.

use std::fmt;
use std::path::PathBuf;

use crate::model::name::ServiceName;

/// What a person should know. Nothing here changes what is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Containers of services that are no longer declared; they stay.
    Orphans(Vec<String>),
    /// A registry could not be asked: the local image serves.
    RegistrySilent {
        /// The image.
        reference: String,
        /// Why, as the engine says.
        reason: String,
    },
    /// A pull may bring another image, and then the service is recreated.
    MayBeReplaced {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
    },
    /// The image is not here, but the containers made from it are.
    ImageGone {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
    },
    /// The engine has lost a part of the image; the containers made from it are there.
    ImageDamaged {
        /// The service.
        service: ServiceName,
        /// The image.
        reference: String,
        /// The engine's words.
        reason: String,
    },
    /// A network that somebody else made is used.
    ForeignNetwork {
        /// Name at the engine.
        name: String,
    },
    /// A volume that somebody else made is used.
    ForeignVolume {
        /// Name at the engine.
        name: String,
    },
    /// The options of a volume differ from what is declared. It is never recreated.
    VolumeDiffers {
        /// Name at the engine.
        name: String,
    },
    /// Somebody has frozen a container; it is let go on.
    WasPaused {
        /// Its name.
        name: String,
    },
    /// A person stopped a container; it stays stopped.
    StoppedByHand {
        /// Its name.
        name: String,
    },
    /// A container ended so often that it is left alone for a while.
    Flapping {
        /// Its name.
        name: String,
        /// In how many seconds it is started again.
        seconds: i64,
    },
    /// The engine could not remove a container; it was set aside.
    Unremovable {
        /// The name that it has now.
        name: String,
        /// Why, as the engine says; may be empty.
        reason: String,
    },
    /// A service that is replaced start-first has to be stopped first this time.
    StoppedFirst {
        /// The service.
        service: ServiceName,
        /// The network that is made anew; the key of the model.
        network: String,
    },
    /// Containers that are replaced were made for another project directory.
    MadeElsewhere {
        /// For which one.
        directory: String,
        /// The one of the stack.
        here: PathBuf,
    },
    /// A service is not started yet: hooks have to end first, its own or those of one that it depends on, and nobody waits.
    HooksFirst {
        /// The service.
        service: ServiceName,
    },
    /// An application changed a file that Conductor laid out. It stays until a revision changes it.
    FileDrifted {
        /// What people call it.
        shown: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orphans(names) => {
                write!(f, "no longer declared, but not removed: {}", names.join(", "))
            }
            Self::RegistrySilent { reference, reason } => {
                write!(
                    f,
                    "cannot ask the registry about `{reference}`, so the local image is used: {reason}"
                )
            }
            Self::MayBeReplaced { service, reference } => {
                write!(f, "`{service}` is recreated if the pull brings another `{reference}`")
            }
            Self::ImageGone { service, reference } => {
                write!(
                    f,
                    "image `{reference}` is not here any more; the containers of `{service}` stay as they are"
                )
            }
            Self::ImageDamaged { service, reference, reason } => write!(
                f,
                "image `{reference}` is damaged; the containers of `{service}` stay as they are: {reason}"
            ),
            Self::ForeignNetwork { name } => foreign(f, "network", name),
            Self::ForeignVolume { name } => foreign(f, "volume", name),
            Self::VolumeDiffers { name } => write!(
                f,
                "the declared options of volume `{name}` differ from those it was made with; it is never recreated, because its data would be lost"
            ),
            Self::MadeElsewhere { directory, here } => write!(
                f,
                "made for the project directory `{directory}`, and this one is `{}`; with the same one (`project_directory` in `conductor.yaml`, `--project-directory` with `-f`) paths do not differ",
                here.display()
            ),
            Self::HooksFirst { service } => write!(
                f,
                "`{service}` is not started yet: a `pre_start` has to end before, and `--no-wait` waits for none"
            ),
            Self::WasPaused { name } => write!(f, "container `{name}` was paused by somebody"),
            Self::StoppedByHand { name } => write!(
                f,
                "container `{name}` was stopped by a person; it stays so until the next revision or `conductor sync`"
            ),
            Self::Flapping { name, seconds } => write!(
                f,
                "container `{name}` ended again and again; it is left alone for another {seconds} s"
            ),
            Self::Unremovable { name, reason } => unremovable(f, name, reason),
            Self::StoppedFirst { service, network } => write!(
                f,
                "`{service}` is stopped before it is replaced this time, because network `{network}` is made anew"
            ),
            Self::FileDrifted { shown } => write!(
                f,
                "`{shown}` was changed by somebody else since it was laid out; it stays until a revision changes it"
            ),
        }
    }
}

fn unremovable(f: &mut fmt::Formatter<'_>, name: &str, reason: &str) -> fmt::Result {
    let because = if reason.is_empty() { "" } else { ": " };
    write!(
        f,
        "container `{name}` cannot be removed, and was set aside; it is tried again{because}{reason}"
    )
}

fn foreign(f: &mut fmt::Formatter<'_>, kind: &str, name: &str) -> fmt::Result {
    write!(f, "{kind} `{name}` was not made for this project, and is used as it is")
}
