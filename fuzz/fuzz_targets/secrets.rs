//! Reads encrypted files of all formats, as they came or changed in a few places, with a set of test identities.
//!
//! The first byte of the input chooses a valid file, or none: then the rest is the file itself. Else the rest is a list of
//! changes to that file. Nothing may panic, hang or grow without bounds; what counts as encrypted is never handed on as
//! plain; and an error shows neither an identity nor what a file says.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use conductor::model::failure::Failure;
use conductor::model::secret::Secret;
use conductor::secrets::{KeySource, Keys, Opened, is_encrypted};
use libfuzzer_sys::fuzz_target;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/sops/", $name))
    };
}

/// Keys that the valid files are for.
const KEYS: &[&[u8]] = &[
    fixture!("keys/age1.txt"),
    fixture!("keys/age2.txt"),
    fixture!("keys/id_ed25519"),
    fixture!("keys/pq.txt"),
    fixture!("keys/pgp-test.asc"),
    fixture!("keys/pgp-ed.asc"),
];

/// Valid files, each with a name.
const FILES: &[(&str, &[u8])] = &[
    ("x.yaml", fixture!("negative-base.enc.yaml")),
    ("x.yaml", fixture!("yaml-types.enc.yaml")),
    ("x.yaml", fixture!("yaml-comments.enc.yaml")),
    ("x.yaml", fixture!("yaml-multidoc.enc.yaml")),
    ("x.yaml", fixture!("yaml-encrypted-comment-regex.enc.yaml")),
    ("x.yaml", fixture!("yaml-mac-only-encrypted-regex.enc.yaml")),
    ("x.yaml", fixture!("corpus/keygroups-2of2/enc.yaml")),
    ("x.yaml", fixture!("keygroups-age-pgp.enc.yaml")),
    ("x.yaml", fixture!("pgp-ed.enc.yaml")),
    ("x.yaml", fixture!("age-ssh-ed25519.enc.yaml")),
    ("x.json", fixture!("json-dupkey.enc.json")),
    (".env", fixture!("app.enc.env")),
    ("x.ini", fixture!("ini-types.enc.ini")),
    ("env.prod", fixture!("env.prod")),
    ("x.env.age", fixture!("plain.env.age")),
    ("x.env.age", fixture!("plain.bin.env.age")),
    ("x.env.age", fixture!("pq.env.age")),
];

/// What must not be in an error: identities, and what the files above say.
const HIDDEN: &[&str] = &["AGE-SECRET-KEY", "two words", "PRIVATE KEY"];

fn keys() -> &'static Keys {
    static KEYS_READ: OnceLock<Keys> = OnceLock::new();
    KEYS_READ.get_or_init(|| {
        let source = |text: &&[u8]| KeySource::Text {
            origin: "test".to_owned(),
            text: Secret::new(text.to_vec()),
        };
        Keys::load(&KEYS.iter().map(source).collect::<Vec<_>>()).expect("test keys are good")
    })
}

/// Carries a list of changes out: kind, place in thousandths of the file, length, and the bytes of the change.
fn changed(file: &[u8], mut changes: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    while let [kind, high, low, length, rest @ ..] = changes {
        let at = usize::from(u16::from_be_bytes([*high, *low])) * bytes.len() / 65_536;
        let length = usize::from(*length);
        let text = &rest[..rest.len().min(length)];
        let end = (at + length).min(bytes.len());
        match kind % 6 {
            0 => drop(bytes.splice(at..at, text.iter().copied())),
            1 => drop(bytes.splice(at..(at + text.len()).min(bytes.len()), text.iter().copied())),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => bytes.extend_from_within(at..end),
            _ => swap_lines(&mut bytes, at, length),
        }
        changes = if matches!(kind % 6, 0 | 1) { &rest[text.len()..] } else { rest };
    }
    bytes
}

/// Swaps the line at a place with one some lines further on.
fn swap_lines(bytes: &mut Vec<u8>, at: usize, further: usize) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let first = bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    let second = (first + further).min(lines.len() - 1);
    lines.swap(first, second);
    *bytes = lines.join(&b'\n');
}

fn check(name: &str, bytes: &[u8]) {
    let name = Path::new(name);
    match keys().open(name, bytes) {
        Ok(Opened::Plain) => assert!(!is_encrypted(name, bytes)),
        Ok(Opened::Decrypted(_)) => assert!(is_encrypted(name, bytes)),
        Err(error) => {
            let mut told = format!("{error} {}", error.hint().unwrap_or_default());
            let mut next = std::error::Error::source(&error);
            while let Some(cause) = next {
                told += &cause.to_string();
                next = cause.source();
            }
            if !HIDDEN.iter().any(|hidden| contains(bytes, hidden.as_bytes())) {
                assert!(!HIDDEN.iter().any(|hidden| told.contains(hidden)), "{told}");
            }
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    match FILES.get(usize::from(*choice)) {
        Some((name, file)) => check(name, &changed(file, rest)),
        None => {
            for name in ["x.yaml", "x.json", "x.env", "x.ini", "x"] {
                check(name, rest);
            }
        }
    }
});
