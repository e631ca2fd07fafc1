//! A value that a manager of secrets keeps, as a stack refers to it.

use std::fmt;

/// One value of one entry of one manager of secrets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvidedValue {
    /// The provider, as the settings of the host call it.
    pub provider: String,
    /// The path of the entry.
    pub path: String,
    /// The key of the value in the entry.
    pub key: String,
}

impl fmt::Display for ProvidedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} in {}", self.key, self.path, self.provider)
    }
}
