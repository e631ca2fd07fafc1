//! Files that are broken, huge or hostile: refused in a moment, never a panic.

use std::time::{Duration, Instant};

use super::{fixture, keys, open};
use crate::secrets::is_encrypted;

/// What is wrong with a file, as people see it.
fn cause(name: &str, bytes: &[u8]) -> String {
    match open(&keys(&["age1.txt"]), name, bytes) {
        Ok(_) => "accepted".to_owned(),
        Err(told) if told == "plain" => told,
        Err(told) => {
            let cause = told.lines().filter_map(|line| line.strip_prefix("  cause: "));
            cause.collect::<Vec<_>>().join(": ")
        }
    }
}

fn text(file: &str) -> String {
    std::fs::read_to_string(fixture(file)).unwrap()
}

#[test]
fn a_file_that_ends_early_is_refused_in_every_format() {
    for file in [
        "negative-base.enc.yaml",
        "json-dupkey.enc.json",
        "app.enc.env",
        "ini-types.enc.ini",
        "env.prod",
        "plain.env.age",
        "plain.bin.env.age",
        "pgp-test.enc.yaml",
    ] {
        let whole = std::fs::read(fixture(file)).unwrap();
        let keys = keys(&["age1.txt", "pgp-test.asc"]);
        let full = open(&keys, file, &whole).unwrap();
        for part in 1..60 {
            let cut = &whole[..whole.len() * part / 60];
            match open(&keys, file, cut) {
                Ok(plain) => {
                    assert_eq!(plain, full, "{file}: only blanks or the version may be missing");
                }
                Err(told) => {
                    let cut = String::from_utf8_lossy(cut);
                    let sealed = cut.contains("ENC[AES256_GCM,data:") && cut.contains("type:str]");
                    assert!(told != "plain" || !sealed, "{file}: ciphertext is no plaintext");
                }
            }
        }
    }
}

#[test]
fn prose_that_quotes_ciphertext_is_plain() {
    let prose = "# How secrets look\n\nA value looks like `a: [ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]`:\n\n    password: ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]\n\n\ttabs\n";
    assert_eq!(cause("README.md", prose.as_bytes()), "plain");
}

#[test]
fn a_version_that_is_not_known_is_refused() {
    let good = text("negative-base.enc.yaml");
    let line = good.lines().find(|line| line.trim_start().starts_with("version:")).unwrap();
    let with = |version: &str| cause("x.yaml", good.replace(line, version).as_bytes());
    assert_eq!(with("    version: 3.99.0"), "accepted");
    assert_eq!(with("    version: \"2.0.10\""), "accepted");
    assert_eq!(with(""), "accepted");
    insta::assert_snapshot!(with("    version: 4.0.0"), @"its `sops` metadata are not usable: it was written by SOPS 4, which is not known");
    insta::assert_snapshot!(with("    version: soon"), @"its `sops` metadata are not usable: `version` is not a version");
}

#[test]
fn values_that_change_places_are_noticed() {
    let good = text("negative-base.enc.yaml");
    let sealed: Vec<&str> = good.lines().filter(|line| line.contains("ENC[")).collect();
    let value = |line: &str| line[line.find("ENC[").unwrap()..].to_owned();
    let (first, second) = (value(sealed[0]), value(sealed[1]));
    let swapped = good.replace(&first, "@").replace(&second, &first).replace('@', &second);
    assert!(cause("x.yaml", swapped.as_bytes()).contains("changed, moved or renamed"));
}

#[test]
fn recipients_that_were_mixed_up_do_not_open_the_file() {
    let (one, other) = (text("negative-base.enc.yaml"), text("yaml-types.enc.yaml"));
    let armour = |text: &str| {
        let begin = text.find("-----BEGIN AGE").unwrap();
        text[begin..text.find("-----END AGE").unwrap()].to_owned()
    };
    let mixed = one.replace(&armour(&one), &armour(&other));
    assert!(cause("x.yaml", mixed.as_bytes()).contains("changed"), "another file's data key");
}

#[test]
fn bytes_that_are_no_text_are_plain_or_refused() {
    let good = std::fs::read(fixture("negative-base.enc.yaml")).unwrap();
    let with = |byte: u8| cause("x.yaml", &[&good[..], &[b'#', byte, b'\n'][..]].concat());
    assert!(with(0xff).contains("not valid YAML"), "{}", with(0xff));
    assert!(with(0x00).contains("not valid YAML"), "{}", with(0x00));
    let noise: Vec<u8> = (0..=255).cycle().take(5000).chain(*b"sops").collect();
    assert_eq!(cause("x.bin", &noise), "plain");
}

#[test]
fn a_bomb_of_aliases_is_refused_in_a_moment() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{},", level - 1).repeat(9);
        bomb += &format!("a{level}: &a{level} [{before}]\n");
    }
    bomb += "sops:\n    mac: ENC[AES256_GCM,data:x]\n    lastmodified: x\n";
    let begun = Instant::now();
    assert!(cause("x.yaml", bomb.as_bytes()).contains("not valid YAML"));
    let deep = format!("{}\nsops: {{mac: x}}\n", "[".repeat(100_000));
    assert_ne!(cause("x.yaml", deep.as_bytes()), "accepted");
    let json = format!("{{\"sops\": {}", "[".repeat(100_000));
    assert_ne!(cause("x.json", json.as_bytes()), "accepted");
    assert!(begun.elapsed() < Duration::from_mins(2), "{:?}", begun.elapsed());
}

#[test]
fn a_huge_file_is_refused_without_reading_all_of_it() {
    let mut huge = text("negative-base.enc.yaml").into_bytes();
    huge.extend(std::iter::repeat_n(b'#', 100 << 20));
    assert_eq!(cause("x.yaml", &huge), "it is larger than 16 MiB");
    let plain = vec![b's'; 100 << 20];
    assert!(!is_encrypted("video.mkv".as_ref(), &plain));
}
