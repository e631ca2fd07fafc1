//! Why a door cannot be opened.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::config;
use crate::model::failure::{Disposition, Failure};

/// Why a door cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address cannot be listened at.
    #[error("cannot listen at `{address}` for {what}")]
    Address {
        /// What for.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The socket cannot be made.
    #[error("cannot listen at `{}`", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody listens at the socket already.
    #[error("another daemon listens at `{}`", path.display())]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// The certificate and key of the API cannot be used.
    #[error("cannot use the certificate or the key of the API")]
    Tls {
        /// What the library said.
        source: native_tls::Error,
    },
    /// A secret that the settings name cannot be read.
    #[error("cannot read what lets webhooks or programs in")]
    Secrets {
        /// Why.
        source: config::Error,
    },
}

impl Failure for Error {
    fn disposition(&self) -> Disposition {
        Disposition::Fatal
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => {
                "set another address in `listen`, or `off`; `ss -ltnp` shows who listens there"
            }
            Self::Socket { .. } => "check that this user may write to the runtime directory",
            Self::Taken { .. } => "stop the other daemon, or set another `runtime_dir`",
            Self::Tls { .. } => {
                "name the certificate chain and its private key, both PEM (PKCS #8), in `api`"
            }
            Self::Secrets { source } => return source.hint(),
        };
        Some(hint.to_owned())
    }
}
