//! A source's URL, taken apart once, and shown without credentials.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::secret::Secret;

use super::error::Error;
use super::known_hosts::name_of;

/// Where a source's repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On a server, over HTTP or HTTPS.
    Web,
    /// On a server, over SSH.
    Ssh,
    /// On this machine.
    Disk(PathBuf),
}

/// A source's URL. Its `Display` and `Debug` are the URL without credentials.
#[derive(Clone)]
pub struct Address {
    place: Place,
    shown: String,
    dial: String,
    /// User in the URL.
    pub(super) user: Option<String>,
    /// Password in the URL.
    pub(super) password: Option<Secret>,
    /// Server name, lower case, without brackets; empty for a repository on this machine.
    pub(super) host: String,
    /// Port as written or by the scheme; 0 for a repository on this machine.
    pub(super) port: u16,
}

impl Address {
    /// Takes `url` apart: `https://`, `http://`, `ssh://`, `user@host:path`, `file://` or an absolute path.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let refuse = |reason| Err(Error::Url { url: without_credentials(url), reason });
        let url = url.trim();
        if url.starts_with('/') {
            return Ok(Self::disk(url, PathBuf::from(url)));
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            let colon = url.find("]:").map_or_else(|| url.find(':'), |bracket| Some(bracket + 1));
            return match colon.map(|colon| (&url[..colon], &url[colon + 1..])) {
                Some((host, path)) if !host.contains('/') && !path.is_empty() => {
                    Self::ssh(url, host, path)
                }
                Some(_) | None => refuse("a path must be absolute"),
            };
        };
        match scheme.to_ascii_lowercase().as_str() {
            "https" => Self::server(url, rest, Place::Web, ("https", 443)),
            "http" => Self::server(url, rest, Place::Web, ("http", 80)),
            "ssh" | "git+ssh" | "ssh+git" => Self::server(url, rest, Place::Ssh, ("ssh", 22)),
            "file" => match rest.find('/').map(|slash| rest.split_at(slash)) {
                Some(("" | "localhost", path)) => Ok(Self::disk(url, PathBuf::from(decode(path)))),
                Some(_) | None => refuse("`file://` is followed by an absolute path"),
            },
            "git" => refuse("`git://` neither encrypts nor checks who answers"),
            _ => refuse("its scheme is not known"),
        }
    }

    /// Where the repository is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What the repository is called: the last part of its path, without `.git`.
    pub fn repository_name(&self) -> &str {
        let path = self.shown.trim_end_matches('/');
        let path = path.strip_suffix("/.git").unwrap_or(path);
        let name = path.rsplit(['/', ':']).next().unwrap_or(path);
        name.strip_suffix(".git").unwrap_or(name)
    }

    /// The URL that libgit2 gets: without credentials, but with the SSH user.
    pub(super) fn dial(&self) -> &str {
        &self.dial
    }

    /// The server, with its port when it is not SSH's own, as `known_hosts` writes it.
    pub(super) fn ssh_name(&self) -> String {
        name_of(&self.host, self.port)
    }

    /// Whether `url` leads to the same server by the same scheme: only it may see the credentials.
    pub(super) fn same_server(&self, url: &str) -> bool {
        let scheme =
            |text: &str| text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        Self::parse(url).is_ok_and(|other| {
            (other.place, other.host, other.port)
                == (self.place.clone(), self.host.clone(), self.port)
                && scheme(url) == scheme(&self.dial)
        })
    }

    fn disk(url: &str, path: PathBuf) -> Self {
        Self {
            place: Place::Disk(path),
            shown: url.to_owned(),
            dial: url.to_owned(),
            user: None,
            password: None,
            host: String::new(),
            port: 0,
        }
    }

    /// `user@host:path`, as git and ssh write it.
    fn ssh(url: &str, host: &str, path: &str) -> Result<Self, Error> {
        let (user, host) = match host.rsplit_once('@') {
            Some((user, host)) => (format!("{user}@"), host),
            None => (String::new(), host),
        };
        let parts = Self::server(url, &format!("{user}{host}/{path}"), Place::Ssh, ("ssh", 22))?;
        // The path may be relative to the user's home, which `ssh://` cannot say: keep the form.
        let user = parts.user.as_deref().map_or_else(String::new, |user| format!("{user}@"));
        let short = format!("{user}{host}:{path}");
        Ok(Self { shown: short.clone(), dial: short, ..parts })
    }

    /// `scheme://[user[:password]@]host[:port]/path`.
    fn server(url: &str, rest: &str, place: Place, scheme: (&str, u16)) -> Result<Self, Error> {
        let refuse = |reason| Error::Url { url: without_credentials(url), reason };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (login, server) = match authority.rsplit_once('@') {
            Some((login, server)) => (Some(login), server),
            None => (None, authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, "")))
        {
            Some((user, password)) => (Some(decode(user)), Some(decode(password))),
            None => (None, None),
        };
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, port.parse().map_err(|_error| refuse("its port is not a number"))?)
            }
            Some(_) | None => (server, scheme.1),
        };
        if host.is_empty() {
            return Err(refuse("it names no server"));
        }
        if path.trim_matches('/').is_empty() {
            return Err(refuse("it names no repository"));
        }
        let login = match (&place, &user) {
            (Place::Ssh, Some(user)) => format!("{user}@"),
            (Place::Ssh | Place::Web | Place::Disk(_), _) => String::new(),
        };
        let shown = format!("{}://{login}{server}{path}", scheme.0);
        Ok(Self {
            place,
            dial: shown.clone(),
            shown,
            user: user.filter(|user| !user.is_empty()),
            password: password
                .filter(|text| !text.is_empty())
                .map(|text| Secret::new(text.into_bytes())),
            host: host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port,
        })
    }

    /// The path of a repository on this machine.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Disk(path) => Some(path),
            Place::Web | Place::Ssh => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.shown)
    }
}

/// Cuts user and password out of every `scheme://user:password@` in a text.
pub(super) fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (head, tail) = rest.split_at(start + 3);
        clean.push_str(head);
        let end =
            tail.find(|c: char| c == '/' || c == '\'' || c == '"' || c == '`' || c.is_whitespace());
        let authority = &tail[..end.unwrap_or(tail.len())];
        rest = authority.rfind('@').map_or(tail, |at| &tail[at + 1..]);
    }
    clean.push_str(rest);
    clean
}

/// Resolves `%41` and the like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match tail {
            [high, low, ..] if *first == b'%' => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> String {
        match Address::parse(url) {
            Ok(address) => format!(
                "{address} · {:?} · {}:{} · {}",
                address.user,
                address.host,
                address.port,
                address.repository_name()
            ),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_url_is_shown_without_credentials() {
        insta::assert_snapshot!(check("https://me:hunter2@Git.example:8443/a/site.git"), @r#"https://Git.example:8443/a/site.git · Some("me") · git.example:8443 · site"#);
        insta::assert_snapshot!(check("https://ghp_token@github.com/a/site"), @r#"https://github.com/a/site · Some("ghp_token") · github.com:443 · site"#);
        insta::assert_snapshot!(check("git@github.com:a/site.git"), @r#"git@github.com:a/site.git · Some("git") · github.com:22 · site"#);
        insta::assert_snapshot!(check("git@[::1]:site"), @r#"git@[::1]:site · Some("git") · ::1:22 · site"#);
        insta::assert_snapshot!(check("ssh://git:pw@[::1]:2222/srv/site.git"), @r#"ssh://git@[::1]:2222/srv/site.git · Some("git") · ::1:2222 · site"#);
        insta::assert_snapshot!(check("/srv/site/.git"), @"/srv/site/.git · None · :0 · site");
        insta::assert_snapshot!(check("file:///srv/my%20site"), @"file:///srv/my%20site · None · :0 · my%20site");
        assert_eq!(
            Address::parse("file:///srv/my%20site").unwrap().path(),
            Some(Path::new("/srv/my site"))
        );
    }

    #[test]
    fn nothing_prints_the_credentials_of_a_url() {
        let address = Address::parse("https://ghp_token:hunter2@github.com/a/site").unwrap();
        assert_eq!(format!("{address:?}"), "Address(https://github.com/a/site)");
    }

    #[test]
    fn a_url_that_cannot_be_followed_says_why() {
        insta::assert_snapshot!(check("git://user:pw@example/x"), @"cannot use `git://example/x` as a git URL: `git://` neither encrypts nor checks who answers");
        insta::assert_snapshot!(check("stacks"), @"cannot use `stacks` as a git URL: a path must be absolute");
        insta::assert_snapshot!(check("https://user:pw@example"), @"cannot use `https://example` as a git URL: it names no repository");
        insta::assert_snapshot!(check("https://example:http/x"), @"cannot use `https://example:http/x` as a git URL: its port is not a number");
        insta::assert_snapshot!(check("file://relative"), @"cannot use `file://relative` as a git URL: `file://` is followed by an absolute path");
    }

    #[test]
    fn credentials_disappear_from_any_text() {
        assert_eq!(
            without_credentials("failed for 'https://a:b@h/x' and http://c@d@h/ then x@y"),
            "failed for 'https://h/x' and http://h/ then x@y"
        );
    }

    #[test]
    fn only_the_same_server_may_see_the_credentials() {
        let address = Address::parse("https://git.example/a/b").unwrap();
        assert!(address.same_server("https://git.example:443/a/b.git"));
        assert!(!address.same_server("http://git.example:443/a/b.git"));
        assert!(!address.same_server("https://evil.example/a/b"));
    }
}
