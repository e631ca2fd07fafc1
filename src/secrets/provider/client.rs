//! How a server is reached.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use super::error::ProviderError;
use crate::model::secret::Secret;
use crate::secrets::keys::bounded;

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
    /// How long an answer counts.
    pub refresh: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
}

impl Provider {
    /// What asks this server.
    pub(super) fn client(&self) -> Result<Client, ProviderError> {
        let mut headers = HeaderMap::new();
        headers.insert("X-Vault-Request", HeaderValue::from_static("true"));
        headers.insert("X-Vault-Token", self.token()?);
        if let Some(namespace) = &self.namespace {
            let value = HeaderValue::from_str(namespace);
            let value = value.map_err(|_error| self.answer("", "a namespace that is no text"))?;
            headers.insert("X-Vault-Namespace", value);
        }
        // A redirect would carry the token to another host.
        let mut client = Client::builder()
            .default_headers(headers)
            .redirect(Policy::none())
            .connect_timeout(self.timeout)
            .timeout(self.timeout);
        if let Some(path) = &self.ca_file {
            let bytes = self.read("ca_file", path)?;
            let found = Certificate::from_pem_bundle(bytes.expose());
            for certificate in found.map_err(|error| self.bad_file("ca_file", path, error))? {
                client = client.add_root_certificate(certificate);
            }
        }
        client.build().map_err(|error| self.unreachable(error))
    }

    fn token(&self) -> Result<HeaderValue, ProviderError> {
        let bytes = self.read("token_file", &self.token_file)?;
        let lines = bytes.expose().split(|byte| *byte == b'\n');
        let line = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
        let bad = |text: &'static str| self.bad_file("token_file", &self.token_file, text);
        let line = line.ok_or_else(|| bad("it is empty"))?;
        let mut value = HeaderValue::from_bytes(line).map_err(|_error| bad("it is no token"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    fn read(&self, setting: &'static str, path: &Path) -> Result<Secret, ProviderError> {
        let bytes = File::open(path).and_then(bounded);
        bytes.map(Secret::new).map_err(|error| self.bad_file(setting, path, error))
    }

    fn bad_file(
        &self,
        setting: &'static str,
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> ProviderError {
        let (name, path) = (self.name.clone(), path.display().to_string());
        ProviderError::File { name, setting, path, source: source.into() }
    }

    /// The server did not answer.
    pub(super) fn unreachable(&self, error: reqwest::Error) -> ProviderError {
        let (name, address) = (self.name.clone(), self.address.clone());
        ProviderError::Unreachable { name, address, source: Box::new(error.without_url()) }
    }

    /// The server answered something that is not understood.
    pub(super) fn answer(&self, path: &str, answer: impl Into<String>) -> ProviderError {
        let (name, path) = (self.name.clone(), path.to_owned());
        ProviderError::Answer { name, path, answer: answer.into() }
    }
}
