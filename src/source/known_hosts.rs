//! The keys by which SSH servers are known: `known_hosts` as OpenSSH writes it, read from memory.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What the pinned keys say about a server's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is pinned.
    Known,
    /// No key of the server is pinned.
    Unknown,
    /// Other keys of the server are pinned: type and fingerprint of each.
    Changed(Vec<String>),
    /// It is marked as revoked.
    Revoked,
}

/// One line: a key, and the servers it belongs to.
#[derive(Debug)]
struct Pin {
    revoked: bool,
    hosts: String,
    key: Vec<u8>,
}

/// All pinned keys of a source.
#[derive(Debug, Default)]
pub(super) struct KnownHosts(Vec<Pin>);

impl KnownHosts {
    /// Reads the text of a `known_hosts` file. Comments, lines of certificate authorities and lines that OpenSSH would
    /// not understand either pin nothing.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(pin).collect())
    }

    /// Judges the `key` that the server at `host` and `port` shows.
    pub(super) fn judge(&self, host: &str, port: u16, key: &[u8]) -> Verdict {
        let pins: Vec<&Pin> = self.of(host, port).collect();
        if pins.iter().any(|pin| pin.revoked && pin.key == key) {
            return Verdict::Revoked;
        }
        let mut good = pins.iter().filter(|pin| !pin.revoked).peekable();
        if good.peek().is_none() {
            return Verdict::Unknown;
        }
        if good.clone().any(|pin| pin.key == key) {
            return Verdict::Known;
        }
        if !self.has(&name_of(host, port)) {
            // What is pinned is the server at port 22 of the same machine, which may be another one.
            return Verdict::Unknown;
        }
        Verdict::Changed(
            good.map(|pin| format!("{} {}", kind(&pin.key), fingerprint(&pin.key))).collect(),
        )
    }

    /// The lines by which libgit2 learns what kinds of key to ask the server for: those that are pinned.
    pub(super) fn preferences(&self, host: &str, port: u16) -> String {
        self.of(host, port)
            .filter(|pin| !pin.revoked)
            .map(|pin| line(&format!("{host},[{host}]:{port}"), &pin.key) + "\n")
            .collect()
    }

    /// The pins of a server; a server at a port of its own may also be pinned without the port, as OpenSSH allows.
    fn of(&self, host: &str, port: u16) -> impl Iterator<Item = &Pin> {
        let full = name_of(host, port);
        let name = if self.has(&full) { full } else { host.to_ascii_lowercase() };
        self.0.iter().filter(move |pin| names(&pin.hosts, &name))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|pin| !pin.revoked && names(&pin.hosts, name))
    }
}

/// What a server is called in a `known_hosts` file.
pub(super) fn name_of(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    if port == 22 { host } else { format!("[{host}]:{port}") }
}

/// One line of `known_hosts`.
fn pin(line: &str) -> Option<Pin> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (revoked, line) = match line.strip_prefix("@revoked") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let mut words = line.split_ascii_whitespace();
    let (hosts, name, text) = (words.next()?, words.next()?, words.next()?);
    if hosts.starts_with('@') {
        return None;
    }
    let key = STANDARD.decode(text).ok()?;
    (kind(&key) == name).then(|| Pin { revoked, hosts: hosts.to_owned(), key })
}

/// Whether a list of host patterns, plain or hashed, names `host`.
fn names(patterns: &str, host: &str) -> bool {
    if let Some(hashed) = patterns.strip_prefix("|1|") {
        return is_hash_of(hashed, host).unwrap_or(false);
    }
    let mut named = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if fits(&pattern.to_ascii_lowercase(), host) => return false,
            Some(_) => (),
            None => named |= fits(&pattern.to_ascii_lowercase(), host),
        }
    }
    named
}

/// Whether `salt|hash`, both in base64, was made of `host`.
fn is_hash_of(text: &str, host: &str) -> Option<bool> {
    let (salt, hash) = text.split_once('|')?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&STANDARD.decode(salt).ok()?).ok()?;
    mac.update(host.as_bytes());
    Some(mac.verify_slice(&STANDARD.decode(hash).ok()?).is_ok())
}

/// Whether `text` fits a pattern with `*` and `?`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices().any(|(at, _)| fits(rest, &text[at..])) || fits(rest, "")
        }
        Some(wanted) => text.chars().next().is_some_and(|found| {
            (wanted == '?' || wanted == found)
                && fits(&pattern[wanted.len_utf8()..], &text[found.len_utf8()..])
        }),
    }
}

/// The type of a key, which its bytes begin with.
pub(super) fn kind(key: &[u8]) -> String {
    let name = key.split_first_chunk::<4>().and_then(|(length, rest)| {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        std::str::from_utf8(rest.get(..length)?).ok()
    });
    name.unwrap_or("unknown").to_owned()
}

/// `SHA256:…`, as `ssh-keygen -l` prints it.
pub(super) fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key)))
}

/// The line that pins `key` for `hosts`.
pub(super) fn line(hosts: &str, key: &[u8]) -> String {
    format!("{hosts} {} {}", kind(key), STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key blob of a type, with `body` for its number.
    fn key(kind: &str, body: &str) -> Vec<u8> {
        let mut blob = Vec::new();
        for part in [kind, body] {
            blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend(part.as_bytes());
        }
        blob
    }

    fn hashed(host: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(b"01234567890123456789").unwrap();
        mac.update(host.as_bytes());
        let hash = STANDARD.encode(mac.finalize().into_bytes());
        format!("|1|{}|{hash}", STANDARD.encode("01234567890123456789"))
    }

    fn check(hosts: &str, server: (&str, u16)) -> Verdict {
        let ours = key("ssh-ed25519", "ours");
        KnownHosts::parse(&line(hosts, &ours)).judge(server.0, server.1, &ours)
    }

    #[test]
    fn a_pinned_server_is_known_by_each_way_to_write_it() {
        for (hosts, server) in [
            ("git.example", ("git.example", 22)),
            ("GIT.example", ("git.Example", 22)),
            ("a,git.example,b", ("git.example", 22)),
            ("[git.example]:2222", ("git.example", 2222)),
            ("git.example", ("git.example", 2222)),
            ("*.example", ("git.example", 22)),
            ("gi?.example", ("git.example", 22)),
            (&hashed("git.example"), ("git.example", 22)),
            (&hashed("[git.example]:2222"), ("git.example", 2222)),
        ] {
            assert_eq!(check(hosts, server), Verdict::Known, "{hosts}");
        }
    }

    #[test]
    fn another_server_is_not_known() {
        for (hosts, server) in [
            ("git.example", ("git.example.org", 22)),
            ("[git.example]:2222", ("git.example", 22)),
            ("[git.example]:2222", ("git.example", 2223)),
            ("*.example,!git.example", ("git.example", 22)),
            (&hashed("git.example"), ("other.example", 22)),
            ("@cert-authority git.example", ("git.example", 22)),
            ("# git.example", ("git.example", 22)),
        ] {
            assert_eq!(check(hosts, server), Verdict::Unknown, "{hosts}");
        }
    }

    #[test]
    fn a_changed_key_names_what_is_pinned() {
        let known = KnownHosts::parse(&line("git.example", &key("ssh-ed25519", "old")));
        let verdict = known.judge("git.example", 22, &key("ssh-rsa", "new"));
        let Verdict::Changed(pinned) = verdict else { panic!("{verdict:?}") };
        assert_eq!(pinned, [format!("ssh-ed25519 {}", fingerprint(&key("ssh-ed25519", "old")))]);
    }

    #[test]
    fn the_key_of_the_machines_own_ssh_server_says_nothing_about_another_port() {
        let known = KnownHosts::parse(&line("nas", &key("ssh-ed25519", "sshd")));
        assert_eq!(known.judge("nas", 2222, &key("ssh-ed25519", "gitea")), Verdict::Unknown);
    }

    #[test]
    fn one_of_several_pinned_keys_is_enough() {
        let (rsa, curve) = (key("ssh-rsa", "r"), key("ssh-ed25519", "e"));
        let known = KnownHosts::parse(&format!("{}\n{}\n", line("h", &rsa), line("h", &curve)));
        assert_eq!(known.judge("h", 22, &curve), Verdict::Known);
        assert_eq!(known.preferences("h", 22).lines().count(), 2);
    }

    #[test]
    fn a_revoked_key_is_refused_even_where_it_is_pinned() {
        let ours = key("ssh-ed25519", "ours");
        let text = format!("{}\n@revoked {}\n", line("h", &ours), line("*", &ours));
        assert_eq!(KnownHosts::parse(&text).judge("h", 22, &ours), Verdict::Revoked);
    }

    #[test]
    fn a_fingerprint_is_what_openssh_prints() {
        let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        // GitHub's published Ed25519 key and fingerprint.
        assert_eq!(
            fingerprint(&STANDARD.decode(blob).unwrap()),
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"
        );
    }
}
