//! Managers of secrets, and a value that one keeps, as a stack refers to it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// A manager of secrets: an OpenBao or Vault server with a KV engine of version 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name, as stacks refer to it.
    pub name: String,
    /// Where it is: `https://host:port`.
    pub address: String,
    /// The file that holds the token; read again for every question.
    pub token_file: PathBuf,
    /// Where the KV engine is mounted.
    pub mount: String,
    /// The namespace, where the server has them.
    pub namespace: Option<String>,
    /// File with certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long an answer counts before it is asked for again.
    pub refresh: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
}

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
