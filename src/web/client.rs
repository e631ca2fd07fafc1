//! One question to a server, and its answer.

use std::fmt;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::header::{HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use zeroize::Zeroizing;

use super::error::Error;
use crate::model::secret::Secret;

/// What the program calls itself.
const AGENT: &str = concat!("conductor/", env!("CARGO_PKG_VERSION"));

/// How servers are reached.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long an answer may take, from the beginning of the question to its last byte.
    pub timeout: Duration,
    /// Certificates (PEM) to trust beside the system's.
    pub certificates: Option<Secret>,
}

/// What asks servers. Proxies are those of the environment (`HTTPS_PROXY` and so on). Redirects are not followed: they would
/// carry a secret elsewhere.
#[derive(Clone)]
pub struct Client(reqwest::Client);

/// A question: `POST` where it has a body, else `GET`.
#[derive(Debug)]
pub struct Request<'a> {
    /// The address, which may hold a secret.
    pub url: &'a str,
    /// Headers beside the usual ones.
    pub headers: Vec<(&'static str, Secret)>,
    /// What is sent, and its type.
    pub body: Option<(&'a str, Vec<u8>)>,
    /// Bytes that the answer may have.
    pub most: usize,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What it says.
    pub body: Secret,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client that trusts the system's certificates, and these.
    pub fn new(options: &Options) -> Result<Self, Error> {
        let mut client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(options.timeout)
            .timeout(options.timeout);
        if let Some(bundle) = &options.certificates {
            let refused = |error| Error::Certificates(Box::new(error));
            for found in Certificate::from_pem_bundle(bundle.expose()).map_err(refused)? {
                client = client.add_root_certificate(found);
            }
        }
        client.build().map(Self).map_err(Error::of)
    }

    /// Asks, and reads the whole answer.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer, Error> {
        let mut asked = match request.body {
            Some((kind, body)) => {
                self.0.post(request.url).header("Content-Type", kind.to_owned()).body(body)
            }
            None => self.0.get(request.url),
        };
        asked = asked.header(USER_AGENT, AGENT);
        for (name, value) in &request.headers {
            let mut value =
                HeaderValue::from_bytes(value.expose()).map_err(|_error| Error::Header(name))?;
            value.set_sensitive(true);
            asked = asked.header(HeaderName::from_static(name), value);
        }
        let mut answer = asked.send().await.map_err(Error::of)?;
        let status = answer.status().as_u16();
        let wanted = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let seconds = wanted.and_then(|text| text.trim().parse().ok());
        // Of some size from the beginning: what grows leaves copies behind.
        let mut body = Zeroizing::new(Vec::with_capacity(1 << 14));
        while let Some(chunk) = answer.chunk().await.map_err(Error::of)? {
            if body.len() + chunk.len() > request.most {
                return Err(Error::TooLong { most: request.most });
            }
            body.extend_from_slice(&chunk);
        }
        let body = Secret::new(std::mem::take(&mut *body));
        Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
    }
}
