//! Why there was no answer. Errors never hold a URL, a header or a body.

use std::error::Error as StdError;

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificates to trust cannot be read.
    #[error("the certificates cannot be used")]
    Certificates(#[source] Box<dyn StdError + Send + Sync>),
    /// The address is not one.
    #[error("the address is not a URL")]
    Url,
    /// Something that should become a header cannot.
    #[error("the `{0}` cannot be sent: it is not one line of text")]
    Header(&'static str),
    /// The server cannot be reached, or did not answer in time.
    #[error("no answer")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// The answer was longer than anybody expects.
    #[error("the answer was longer than {most} bytes")]
    TooLong {
        /// Bytes that it could have had.
        most: usize,
    },
}

impl Error {
    /// Takes an error of the library over, without the address.
    pub(super) fn of(error: reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Url
        } else {
            Self::Unreachable(Box::new(error.without_url()))
        }
    }
}
