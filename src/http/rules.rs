//! What the settings say about who is let in, with the secrets.

use std::fmt;

use ipnet::IpNet;
use tokio_native_tls::TlsAcceptor;

use super::error::Error;
use super::hooks::{Basic, Followed, Hook};
use crate::config::{Location, RateLimit, Role, Settings};
use crate::model::secret::Secret;

/// What the settings say about who is let in, with the secrets. Made anew when the settings are read again.
pub struct Rules {
    /// The webhooks that are expected.
    pub(super) hooks: Vec<Hook>,
    /// What they may be about.
    pub(super) followed: Vec<Followed>,
    /// Proxies that are believed.
    pub(super) trusted_proxies: Vec<IpNet>,
    /// How much one address may send.
    pub(super) rate_limit: RateLimit,
    /// Who may use the API over TCP.
    pub(super) tokens: Vec<Token>,
    /// TLS of the API over TCP.
    pub(super) tls: Option<TlsAcceptor>,
}

/// Somebody who may use the API over TCP.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) secret: Secret,
}

impl Rules {
    /// Reads the secrets that the settings name, now. Warnings are about who else may read them.
    pub fn of(settings: &Settings, warnings: &mut Vec<String>) -> Result<Self, Error> {
        let fail = |source| Error::Secrets { source };
        let listen = &settings.listen;
        let mut hooks = Vec::new();
        for hook in &listen.hooks {
            let held = hook.secrets(warnings).map_err(fail)?;
            hooks.push(Hook {
                provider: hook.provider,
                source: hook.source.clone(),
                secrets: held.secrets,
                path_secrets: held.path_secrets,
                basic: held.basic.map(|(username, passwords)| Basic { username, passwords }),
                branches: hook.branches.clone(),
                paths: hook.paths.clone(),
            });
        }
        let held = listen.credentials(warnings).map_err(fail)?;
        let tokens = listen.tokens.iter().zip(held.tokens).map(|(token, secret)| Token {
            name: token.name.clone(),
            role: token.role,
            secret,
        });
        Ok(Self {
            hooks,
            followed: settings.sources.iter().map(followed).collect(),
            trusted_proxies: listen.trusted_proxies.clone(),
            rate_limit: listen.rate_limit,
            tokens: tokens.collect(),
            tls: held.tls.map(|(certificate, key)| acceptor(&certificate, &key)).transpose()?,
        })
    }
}

fn followed(source: &crate::config::Source) -> Followed {
    let url = match &source.location {
        Location::Git(url) => url.clone(),
        Location::Directory(path) => path.display().to_string(),
    };
    Followed { name: source.name.clone(), url, reference: source.reference.clone() }
}

fn acceptor(certificate: &Secret, key: &Secret) -> Result<TlsAcceptor, Error> {
    let fail = |source| Error::Tls { source };
    let identity =
        native_tls::Identity::from_pkcs8(certificate.expose(), key.expose()).map_err(fail)?;
    let acceptor = native_tls::TlsAcceptor::builder(identity)
        .min_protocol_version(Some(native_tls::Protocol::Tlsv12))
        .build()
        .map_err(fail)?;
    Ok(TlsAcceptor::from(acceptor))
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("hooks", &self.hooks)
            .field("tokens", &self.tokens)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}
