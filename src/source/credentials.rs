//! What a source shows to its server, and what it knows the server by.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::secret::Secret;

/// What opens a source, already read from the files that the settings name.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// A token or password, for HTTPS.
    pub token: Option<Secret>,
    /// The user that goes with the token or the key; servers ask for a token by any name.
    pub username: Option<String>,
    /// A private SSH key in PEM or OpenSSH form.
    pub ssh_key: Option<Secret>,
    /// The text of a `known_hosts` file: the SSH servers that are trusted.
    pub known_hosts: Option<String>,
    /// A PEM file with certificate authorities to trust beside the system's; from then on for all sources.
    pub ca_file: Option<PathBuf>,
}

/// What was shown to a server that refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It asked for a token or password, and there is none.
    NoToken,
    /// It refused the token or password.
    Token,
    /// It asked for an SSH key, and there is none.
    NoKey,
    /// It refused the SSH key.
    Key,
    /// It sent us to another server, which asked for credentials.
    Elsewhere,
    /// It asked for something else than a token, password or key.
    Unsupported,
    /// It answered that this is forbidden.
    Forbidden,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoToken => "it asks for a token, and none is set",
            Self::Token => "it refuses the token",
            Self::NoKey => "it asks for an SSH key, and none is set",
            Self::Key => "it refuses the SSH key",
            Self::Elsewhere => "it leads to another server, which asks for credentials",
            Self::Unsupported => "it asks for credentials of a kind that is not supported",
            Self::Forbidden => "it answers that this is forbidden",
        })
    }
}

impl Tried {
    /// The way out.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::NoToken => {
                "set the source's `token_file`, or check its `url`: servers ask for a token also where there is no repository"
            }
            Self::Token => {
                "check that the token in the source's `token_file` has not expired and may read this repository"
            }
            Self::NoKey => "set the source's `ssh_key_file`",
            Self::Key => {
                "add the public half of the source's `ssh_key_file` to the repository as a deploy key"
            }
            Self::Elsewhere => "set the source's `url` to where the repository is now",
            Self::Unsupported => "use a token over HTTPS, or a key over SSH",
            Self::Forbidden => "check that the source's token may read this repository",
        }
    }
}

/// Why an SSH key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProblem {
    /// It is the public half.
    Public,
    /// It is locked with a passphrase.
    Locked,
    /// It is not a private key at all.
    NotAKey,
    /// The SSH library does not understand it.
    Unreadable,
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "it is the public half",
            Self::Locked => "it is locked with a passphrase",
            Self::NotAKey => "it is not a private key",
            Self::Unreadable => "its form is not understood",
        })
    }
}

impl KeyProblem {
    /// The way out.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Public => "let the source's `ssh_key_file` name the file without `.pub`",
            Self::Locked | Self::NotAKey | Self::Unreadable => {
                "make a deploy key without a passphrase, with `ssh-keygen -t ed25519 -N ''`, and let the source's \
                 `ssh_key_file` name it"
            }
        }
    }

    /// Looks whether `key` can be a private key without a passphrase.
    pub(super) fn of(key: &Secret) -> Option<Self> {
        let Some(text) = key.expose_str().map(str::trim) else { return Some(Self::NotAKey) };
        if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            return Some(Self::Public);
        }
        let Some((label, body)) = text
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.split_once("-----"))
            .filter(|(label, _)| label.ends_with("PRIVATE KEY"))
        else {
            return Some(Self::NotAKey);
        };
        let locked =
            label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") || has_cipher(body);
        locked.then_some(Self::Locked)
    }
}

/// Whether the body of a key in OpenSSH's form names a cipher.
fn has_cipher(body: &str) -> bool {
    let encoded: String =
        body.lines().take_while(|line| !line.starts_with('-')).map(str::trim).collect();
    let none = b"openssh-key-v1\0\0\0\0\x04none";
    // The first 48 characters of base64 are the first 36 bytes: enough for the name of the cipher.
    encoded
        .get(..48)
        .and_then(|head| STANDARD.decode(head).ok())
        .is_some_and(|head| head.starts_with(b"openssh-key-v1\0") && !head.starts_with(none))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<KeyProblem> {
        KeyProblem::of(&Secret::new(text.as_bytes().to_vec()))
    }

    fn openssh(cipher: &str) -> String {
        let mut body = b"openssh-key-v1\0\0\0\0".to_vec();
        body.push(u8::try_from(cipher.len()).unwrap());
        body.extend(cipher.as_bytes());
        body.extend([0; 40]);
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END", STANDARD.encode(body))
    }

    #[test]
    fn a_key_that_cannot_work_is_refused_before_the_server_is_asked() {
        assert_eq!(check(&openssh("none")), None);
        assert_eq!(check("-----BEGIN RSA PRIVATE KEY-----\nMII\n"), None);
        assert_eq!(check(&openssh("aes256-ctr")), Some(KeyProblem::Locked));
        assert_eq!(check("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII"), Some(KeyProblem::Locked));
        assert_eq!(
            check("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"),
            Some(KeyProblem::Locked)
        );
        assert_eq!(check("ssh-ed25519 AAAA me@here"), Some(KeyProblem::Public));
        assert_eq!(check("-----BEGIN CERTIFICATE-----\nMII"), Some(KeyProblem::NotAKey));
        assert_eq!(check(""), Some(KeyProblem::NotAKey));
    }
}
