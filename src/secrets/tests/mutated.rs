//! Valid files changed in a few places at random: read, refused or plain, but never a panic, and never another truth.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::{fixture, keys, open};
use crate::secrets::{Keys, is_encrypted};

/// Files of every format and key.
const FILES: [&str; 14] = [
    "negative-base.enc.yaml",
    "yaml-types.enc.yaml",
    "yaml-comments.enc.yaml",
    "yaml-multidoc.enc.yaml",
    "yaml-encrypted-comment-regex.enc.yaml",
    "yaml-mac-only-encrypted-regex.enc.yaml",
    "keygroups-2of3.enc.yaml",
    "json-dupkey.enc.json",
    "app.enc.env",
    "ini-types.enc.ini",
    "env.prod",
    "plain.env.age",
    "plain.bin.env.age",
    "pgp-ed.enc.yaml",
];

/// One change of a file.
#[derive(Debug, Clone)]
enum Change {
    Insert(usize, Vec<u8>),
    Overwrite(usize, Vec<u8>),
    Remove(usize, usize),
    Cut(usize),
    Repeat(usize, usize),
    SwapLines(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = || 0..10_000_usize;
    let text = || {
        let word = prop::sample::select(vec![
            &b"ENC["[..],
            b"]",
            b": ",
            b"\n",
            b"\n    ",
            b"- ",
            b"#",
            b"\"",
            b"&a ",
            b"*a",
            b"sops",
            b"mac",
            b"type:bool",
            b",iv:",
            b"=",
            b"\0",
            b"\xff",
            b"{",
            b"}",
            b"\\",
            b"__list_0",
            b"null",
            b"'''",
            b"\r",
        ]);
        prop_oneof![word.prop_map(<[u8]>::to_vec), vec(any::<u8>(), 1..5)]
    };
    prop_oneof![
        (place(), text()).prop_map(|(at, text)| Change::Insert(at, text)),
        (place(), text()).prop_map(|(at, text)| Change::Overwrite(at, text)),
        (place(), 1..200_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        place().prop_map(Change::Cut),
        (place(), 1..200_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        (place(), 1..9_usize).prop_map(|(at, further)| Change::SwapLines(at, further)),
    ]
}

fn carry_out(change: Change, bytes: &mut Vec<u8>) {
    let size = bytes.len();
    let place = |at: usize| at * size / 10_000;
    match change {
        Change::Insert(at, text) => drop(bytes.splice(place(at)..place(at), text)),
        Change::Overwrite(at, text) => {
            let end = (place(at) + text.len()).min(size);
            drop(bytes.splice(place(at)..end, text));
        }
        Change::Remove(at, length) => drop(bytes.drain(place(at)..(place(at) + length).min(size))),
        Change::Cut(at) => bytes.truncate(place(at)),
        Change::Repeat(at, length) => {
            bytes.extend_from_within(place(at)..(place(at) + length).min(size));
        }
        Change::SwapLines(at, further) => {
            let mut lines: Vec<_> =
                bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let first = bytes[..place(at)].split(|byte| *byte == b'\n').count() - 1;
            let second = (first + further).min(lines.len() - 1);
            lines.swap(first, second);
            *bytes = lines.join(&b'\n');
        }
    }
}

fn check(keys: &Keys, file: &str, bytes: &[u8]) -> TestCaseResult {
    match open(keys, file, bytes) {
        Ok(_) => prop_assert!(is_encrypted(file.as_ref(), bytes)),
        Err(told) if told == "plain" => prop_assert!(!is_encrypted(file.as_ref(), bytes)),
        Err(told) => prop_assert!(told.starts_with("error: cannot decrypt"), "{}", told),
    }
    Ok(())
}

#[test]
fn a_file_that_was_changed_anywhere_is_read_or_refused_but_never_a_panic() {
    let keys = keys(&["age1.txt", "age2.txt", "pgp-ed.asc"]);
    let files: Vec<_> =
        FILES.iter().map(|file| (*file, std::fs::read(fixture(file)).unwrap())).collect();
    let cases = std::env::var_os("PROPTEST_CASES")
        .map_or(150, |text| text.to_string_lossy().parse().unwrap());
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let mutated = (prop::sample::select(files), vec(change(), 1..4));
    runner
        .run(&mutated, |((file, mut bytes), changes)| {
            for change in changes {
                carry_out(change, &mut bytes);
            }
            check(&keys, file, &bytes)
        })
        .unwrap();
}
