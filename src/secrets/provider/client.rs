//! How a server is reached.

use std::fs::File;
use std::path::Path;

use super::error::ProviderError;
use crate::model::provided::Provider;
use crate::model::secret::Secret;
use crate::secrets::keys::bounded;
use crate::web::{self, Answer, Client, Options, Request};

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 4 << 20;

/// A server, with the token as it is now.
pub(super) struct Server<'p> {
    pub(super) provider: &'p Provider,
    client: Client,
    token: Secret,
}

impl<'p> Server<'p> {
    /// Reads the token and the certificates.
    pub(super) fn of(provider: &'p Provider) -> Result<Self, ProviderError> {
        let read = |setting, path: &Path| {
            let bytes = File::open(path).and_then(bounded);
            bytes.map_err(|error| bad_file(provider, setting, path, error))
        };
        let token = read("token_file", &provider.token_file)?.first_line();
        if token.expose().is_empty() {
            return Err(bad_file(provider, "token_file", &provider.token_file, "it is empty"));
        }
        let authority = provider.ca_file.as_deref();
        let certificates = authority.map(|path| read("ca_file", path)).transpose()?;
        let client = Client::new(&Options { timeout: provider.timeout, certificates });
        let client = client.map_err(|error| match (error, authority) {
            (web::Error::Certificates(error), Some(path)) => {
                bad_file(provider, "ca_file", path, error)
            }
            (error, _) => unreachable(provider, error),
        })?;
        Ok(Self { provider, client, token })
    }

    /// Asks for what is at a path below the address.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, ProviderError> {
        let url = format!("{}/v1/{path}", self.provider.address);
        let mut headers = vec![
            ("x-vault-request", Secret::new(b"true".to_vec())),
            ("x-vault-token", self.token.clone()),
        ];
        if let Some(namespace) = &self.provider.namespace {
            headers.push(("x-vault-namespace", Secret::new(namespace.clone().into_bytes())));
        }
        let request = Request { url: &url, headers, body: None, most: MAX_ANSWER };
        self.client.send(request).await.map_err(|error| unreachable(self.provider, error))
    }
}

fn bad_file(
    provider: &Provider,
    setting: &'static str,
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ProviderError {
    let (name, path) = (provider.name.clone(), path.display().to_string());
    ProviderError::File { name, setting, path, source: source.into() }
}

fn unreachable(provider: &Provider, source: web::Error) -> ProviderError {
    let (name, address) = (provider.name.clone(), provider.address.clone());
    ProviderError::Unreachable { name, address, source }
}
