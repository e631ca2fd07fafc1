//! Who is let in: listeners, tokens, webhooks, trusted proxies.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use super::environment::Environment;
use super::error::Error;
use super::fragment::{Fragment, RoleFragment};
use super::secret_file;
use super::webhooks::Webhook;
use crate::model::secret::Secret;

/// Where webhooks are taken when nobody says otherwise; the API and the metrics are on the next two.
const WEBHOOKS_PORT: u16 = 8420;
const API_PORT: u16 = 8421;
const METRICS_PORT: u16 = 8422;
/// Webhooks that one address may send at once.
pub(super) const DEFAULT_REQUESTS: usize = 120;
/// In which span of time it may send as many again.
pub(super) const DEFAULT_PER: Duration = Duration::from_mins(1);
/// What stands for a credential that systemd hands over.
const CREDENTIAL: &str = "credential:";

/// Who is let in, and where.
#[derive(Debug, Clone, Default)]
pub struct Listen {
    /// Where webhooks are taken.
    pub webhooks: Door,
    /// Where the API answers over TCP, to those with a token.
    pub api: Door,
    /// Where metrics are read.
    pub metrics: Door,
    /// Who may use the API over TCP.
    pub tokens: Vec<ApiToken>,
    /// TLS of the API over TCP.
    pub tls: Option<Tls>,
    /// The webhooks that are expected.
    pub hooks: Vec<Webhook>,
    /// Networks whose word on whom they speak for is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many webhooks one address may send.
    pub rate_limit: RateLimit,
}

/// An address to listen at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Door {
    /// The address; `None` keeps it shut.
    pub address: Option<SocketAddr>,
    /// Whether a person set it: then it must be possible to listen there.
    pub named: bool,
}

/// Somebody who may use the API over TCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Who, as the journal names the caller.
    pub name: String,
    /// The file that holds the token.
    pub file: PathBuf,
    /// What it allows.
    pub role: Role,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Look.
    Read,
    /// Look, and ask for changes.
    Operate,
}

/// The files of a TLS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate and those between it and its authority, as PEM.
    pub certificate_file: PathBuf,
    /// The private key, as PEM.
    pub key_file: PathBuf,
}

/// How many requests in which span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many at once.
    pub requests: usize,
    /// In which span as many are allowed again.
    pub per: Duration,
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { requests: DEFAULT_REQUESTS, per: DEFAULT_PER }
    }
}

/// What the files of [`Listen`] hold.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Tokens in the order of [`Listen::tokens`].
    pub tokens: Vec<Secret>,
    /// Certificate and key of the API.
    pub tls: Option<(Secret, Secret)>,
}

impl Listen {
    /// Takes what the settings say about who is let in out of `merged`.
    pub(super) fn of(merged: &mut Fragment, environment: &Environment) -> Result<Self, Error> {
        let listen = std::mem::take(&mut merged.listen);
        let door = |set: Option<Address>, port| Door {
            address: match set {
                Some(Address(address)) => address,
                None => Some(default_address(environment, port)),
            },
            named: set.is_some(),
        };
        let api = std::mem::take(&mut merged.api);
        let proxies = std::mem::take(&mut merged.trusted_proxies).unwrap_or_default();
        let limit = std::mem::take(&mut merged.rate_limit);
        Ok(Self {
            webhooks: door(listen.webhooks, WEBHOOKS_PORT),
            api: door(listen.api, API_PORT),
            metrics: door(listen.metrics, METRICS_PORT),
            tokens: api
                .tokens
                .into_iter()
                .enumerate()
                .map(|(index, token)| {
                    let setting = |what: &str| format!("api: tokens: number {}: {what}", index + 1);
                    Ok(ApiToken {
                        name: token.name.ok_or_else(|| missing(&setting("name")))?,
                        file: credential(
                            token.file.ok_or_else(|| missing(&setting("file")))?,
                            environment,
                        )?,
                        role: match token.role {
                            None | Some(RoleFragment::Read) => Role::Read,
                            Some(RoleFragment::Operate) => Role::Operate,
                        },
                    })
                })
                .collect::<Result<_, Error>>()?,
            tls: match (api.certificate_file, api.key_file) {
                (None, None) => None,
                (Some(certificate), Some(key)) => Some(Tls {
                    certificate_file: credential(certificate, environment)?,
                    key_file: credential(key, environment)?,
                }),
                (None, Some(_)) => return Err(missing("api: certificate_file")),
                (Some(_), None) => return Err(missing("api: key_file")),
            },
            hooks: std::mem::take(&mut merged.webhooks)
                .into_iter()
                .enumerate()
                .map(|(index, hook)| Webhook::of(hook, index + 1, environment))
                .collect::<Result<_, _>>()?,
            trusted_proxies: proxies.iter().map(|text| network(text)).collect::<Result<_, _>>()?,
            rate_limit: RateLimit {
                requests: limit.requests.map_or(DEFAULT_REQUESTS, |count| count.0),
                per: limit.per.map_or(DEFAULT_PER, |span| span.0).max(Duration::from_millis(1)),
            },
        })
    }

    /// Reads the files that hold credentials of the API, now. Warnings are about who else may read them.
    pub fn credentials(&self, warnings: &mut Vec<String>) -> Result<Credentials, Error> {
        let mut tokens = Vec::new();
        for token in &self.tokens {
            let setting = format!("api: tokens: {}: file", token.name);
            let secret = secret_file::read(&setting, &token.file, warnings)?;
            tokens.push(secret.first_line());
        }
        let tls = match &self.tls {
            None => None,
            Some(tls) => {
                let certificate =
                    secret_file::read_text("api: certificate_file", &tls.certificate_file)?;
                let key = secret_file::read("api: key_file", &tls.key_file, warnings)?;
                Some((Secret::new(certificate.into_bytes()), key))
            }
        };
        Ok(Credentials { tokens, tls })
    }
}

/// Loopback; in a container every address, because there the published port is the user's choice.
fn default_address(environment: &Environment, port: u16) -> SocketAddr {
    let host = if environment.in_container { [0, 0, 0, 0] } else { [127, 0, 0, 1] };
    SocketAddr::from((host, port))
}

fn network(text: &str) -> Result<IpNet, Error> {
    let text = text.trim();
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| {
        Error::Listen {
            setting: "trusted_proxies".to_owned(),
            problem: format!("`{text}` is no network"),
            hint: "write networks such as `10.0.0.0/8`, or single addresses",
        }
    })
}

pub(super) fn missing(setting: &str) -> Error {
    Error::Listen {
        setting: setting.to_owned(),
        problem: "it is missing".to_owned(),
        hint: "see `docs/api.md` and `docs/webhooks.md` for what belongs together",
    }
}

/// The path of a file; `credential:NAME` is one that systemd hands over.
pub(super) fn credential(path: PathBuf, environment: &Environment) -> Result<PathBuf, Error> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix(CREDENTIAL)) else {
        return Ok(path);
    };
    let directory = environment.path("CREDENTIALS_DIRECTORY").ok_or_else(|| Error::Listen {
        setting: format!("{CREDENTIAL}{name}"),
        problem: "there are no credentials of systemd".to_owned(),
        hint: "name it in the unit with `LoadCredential=`, or write the path of a file",
    })?;
    Ok(directory.join(name))
}

/// A relative path taken from `base`, unless it stands for a credential.
pub(super) fn based_on(path: &mut PathBuf, base: &Path) {
    if !path.to_str().is_some_and(|text| text.starts_with(CREDENTIAL)) {
        *path = base.join(&*path);
    }
}

/// An address to listen at, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Address(Option<SocketAddr>);

impl Address {
    pub(super) const WORDS: &'static str = "an address such as `127.0.0.1:8420`, or `off`";

    /// Reads the text of an address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "off" {
            return Some(Self(None));
        }
        text.parse().ok().map(|address| Self(Some(address)))
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not {}", Self::WORDS))
    }
}
