//! Where an engine is.

use std::fmt;
use std::path::PathBuf;

use super::error::Error;

/// Where an engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket of this machine.
    Unix(PathBuf),
    /// `host:port`, in the clear: only for loopback and for proxies that sit beside us.
    Tcp(String),
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::Unix(PathBuf::from("/var/run/docker.sock"))
    }
}

impl Endpoint {
    /// Reads the text of `DOCKER_HOST`; an empty one is the default.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |reason| Err(Error::Endpoint { text: text.to_owned(), reason });
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(("unix", _)) => wrong("the path of a socket begins with `/`"),
            Some(("tcp" | "http", address)) => match address.trim_end_matches('/') {
                "" => wrong("there is no address in it"),
                address if address.contains('/') => wrong("an address has no path"),
                address => Ok(Self::Tcp(with_port(address))),
            },
            Some(("ssh", _)) => wrong("SSH is not supported; run Conductor on that machine"),
            Some(("npipe", _)) => wrong("named pipes are for Windows"),
            Some(("https", _)) => wrong("TLS is not supported"),
            Some(_) => wrong("the scheme is unknown"),
            None => wrong("it is neither a path nor begins with `unix://` or `tcp://`"),
        }
    }
}

fn with_port(address: &str) -> String {
    let bare = !address.rsplit(']').next().is_some_and(|behind| behind.contains(':'));
    if bare { format!("{address}:2375") } else { address.to_owned() }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match Endpoint::parse(text) {
            Ok(endpoint) => endpoint.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn docker_host_leads_to_a_socket_or_an_address() {
        assert_eq!(check(""), "unix:///var/run/docker.sock");
        assert_eq!(check("unix:///run/user/1000/docker.sock"), "unix:///run/user/1000/docker.sock");
        assert_eq!(check("/tmp/d.sock"), "unix:///tmp/d.sock");
        assert_eq!(check("tcp://127.0.0.1:2375"), "tcp://127.0.0.1:2375");
        assert_eq!(check("tcp://proxy"), "tcp://proxy:2375");
        assert_eq!(check("tcp://[::1]"), "tcp://[::1]:2375");
    }

    #[test]
    fn what_is_not_supported_is_refused_with_a_word() {
        insta::assert_snapshot!(check("ssh://me@nas"), @"error: cannot use the engine at `ssh://me@nas`: SSH is not supported; run Conductor on that machine");
        insta::assert_snapshot!(check("npipe:////./pipe/docker_engine"), @"error: cannot use the engine at `npipe:////./pipe/docker_engine`: named pipes are for Windows");
        insta::assert_snapshot!(check("unix://docker.sock"), @"error: cannot use the engine at `unix://docker.sock`: the path of a socket begins with `/`");
        insta::assert_snapshot!(check("docker.sock"), @"error: cannot use the engine at `docker.sock`: it is neither a path nor begins with `unix://` or `tcp://`");
    }
}
