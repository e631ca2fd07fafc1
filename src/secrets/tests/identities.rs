//! Identities of every kind, where they come from, and when they change.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{fixture, open, text_source, told};
use crate::model::secret::Secret;
use crate::secrets::{Ask, Error, KeySource, Keys, MacOnlyEncrypted, Passphrases, Presence, View};

/// A file with the passphrase of the protected fixtures.
struct PassphraseFile(tempfile::TempDir);

impl PassphraseFile {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("passphrase"), text).unwrap();
        Self(dir)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("passphrase")
    }

    fn passphrases(&self) -> Passphrases {
        Passphrases { age: Some(self.path()), pgp: Some(self.path()), ask: None }
    }
}

fn key(name: &str) -> KeySource {
    KeySource::file(fixture("keys").join(name))
}

fn protected(names: &[&str], passphrases: Passphrases) -> Result<Keys, Error> {
    let sources = names.iter().map(|name| key(name)).collect();
    Keys::open_all(sources, passphrases, &mut Vec::new())
}

/// What a fixture says with these keys, or why not.
fn says(keys: &Keys, file: &str) -> String {
    match open(keys, file, &std::fs::read(fixture(file)).unwrap()) {
        Ok(plain) => String::from_utf8(plain).unwrap(),
        Err(told) => told,
    }
}

#[test]
fn keys_of_every_kind_open_what_the_real_programs_encrypted_for_them() {
    let file = PassphraseFile::new("correct horse\n");
    for (name, encrypted, wanted) in [
        ("age3.txt", "age3.enc.yaml", "a: x\n"),
        ("protected.age", "age3.enc.yaml", "a: x\n"),
        ("protected.bin.age", "age3.enc.yaml", "a: x\n"),
        ("id_protected", "ssh-protected.enc.yaml", "a: x\n"),
        ("pq.txt", "pq.env.age", "A=1\nB=two words\n"),
        ("pq-protected.age", "pq.env.age", "A=1\nB=two words\n"),
        ("age1.txt", "plain.env.age", "A=1\nB=two words\n"),
        ("age1.txt", "plain.bin.env.age", "A=1\nB=two words\n"),
        ("pgp-test.asc", "pgp-test.enc.yaml", "a: x\n"),
        ("pgp-test.gpg", "pgp-test.enc.yaml", "a: x\n"),
        ("pgp-ed.asc", "pgp-ed.enc.yaml", "a: x\n"),
        ("pgp-protected.asc", "pgp-prot.enc.yaml", "a: x\n"),
    ] {
        let keys = protected(&[name], file.passphrases()).unwrap();
        assert_eq!(says(&keys, encrypted), wanted, "{name}");
    }
    let keys = protected(&["age1.txt", "pgp-test.asc"], Passphrases::default()).unwrap();
    assert_eq!(says(&keys, "keygroups-age-pgp.enc.yaml"), "a: x\n");
}

#[test]
fn a_post_quantum_identity_knows_its_public_key() {
    let keys = protected(&["pq.txt"], Passphrases::default()).unwrap();
    let text = std::fs::read_to_string(fixture("keys/pq.txt")).unwrap();
    let public = text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
    assert_eq!(keys.recipients(), [public]);
}

#[test]
fn a_passphrase_is_asked_for_once_and_only_when_it_is_needed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let ask: Ask = Arc::new(move |origin: &str| {
        assert!(origin.ends_with("keys/protected.age"), "{origin}");
        count.fetch_add(1, Ordering::Relaxed);
        Some(Secret::new(b"correct horse".to_vec()))
    });
    let passphrases = Passphrases { ask: Some(ask), ..Passphrases::default() };
    let keys = protected(&["age1.txt", "protected.age"], passphrases).unwrap();
    assert_eq!(says(&keys, "plain.env.age"), "A=1\nB=two words\n");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(keys.recipients().len(), 1);
    for _ in 0..3 {
        assert_eq!(says(&keys, "age3.enc.yaml"), "a: x\n");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(keys.recipients().len(), 2);
}

#[test]
fn a_protected_identity_that_stays_shut_says_why() {
    let file = PassphraseFile::new("wrong\n");
    let check = |name: &str, encrypted: &str| {
        let keys = protected(&[name], file.passphrases()).unwrap();
        let told = says(&keys, encrypted).replace(&*fixture("keys").to_string_lossy(), "keys");
        told.lines().nth(1).unwrap_or_default().trim().to_owned()
    };
    insta::assert_snapshot!(check("protected.age", "age3.enc.yaml"), @"cause: the identity in `keys/protected.age` is protected by another passphrase");
    insta::assert_snapshot!(check("id_protected", "ssh-protected.enc.yaml"), @"cause: the identity in `keys/id_protected` is protected by another passphrase");
    insta::assert_snapshot!(check("pgp-protected.asc", "pgp-prot.enc.yaml"), @"cause: the identity in `keys/pgp-protected.asc` is protected by another passphrase");
    std::fs::remove_file(file.path()).unwrap();
    assert!(check("protected.age", "age3.enc.yaml").ends_with("cannot be read"));
    for name in ["protected.age", "id_protected", "pgp-protected.asc"] {
        let error = protected(&[name], Passphrases::default()).unwrap_err();
        assert!(told(&error).contains("there is nobody to ask"), "{name}");
    }
}

#[test]
fn a_file_where_sops_looks_is_only_noted_when_it_cannot_be_used() {
    let place = |path: PathBuf| KeySource::File {
        setting: "the place where `sops` looks".to_owned(),
        path,
        presence: Presence::Optional,
    };
    let sources = vec![place("/nowhere".into()), place(fixture("keys/id_protected"))];
    let keys = Keys::open_all(sources, Passphrases::default(), &mut Vec::new()).unwrap();
    assert!(keys.is_empty());
    let told = says(&keys, "age3.enc.yaml");
    assert!(told.contains("no identity is configured; the identity in `"), "{told}");
    assert!(told.contains("id_protected` is protected by a passphrase"), "{told}");
}

#[test]
fn an_age_plugin_is_refused_with_a_word() {
    let plugin = "AGE-PLUGIN-YUBIKEY-17DDRYQ5ZFMHALWQJTKHAV";
    let keys = Keys::load(&[text_source(plugin)]).unwrap();
    assert!(says(&keys, "age3.enc.yaml").contains("an age plugin, and plugins are not run"));
}

#[test]
fn a_key_that_is_exchanged_counts_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.txt");
    std::fs::copy(fixture("keys/age1.txt"), &path).unwrap();
    let keys = Keys::load(&[KeySource::file(&path)]).unwrap();
    assert!(!keys.refresh(&mut Vec::new()).unwrap());
    assert!(says(&keys, "age3.enc.yaml").contains("no identity of this host matches"));

    let next = dir.path().join("next");
    std::fs::copy(fixture("keys/age3.txt"), &next).unwrap();
    std::fs::rename(&next, &path).unwrap();
    assert!(keys.refresh(&mut Vec::new()).unwrap());
    assert_eq!(says(&keys, "age3.enc.yaml"), "a: x\n");

    std::fs::remove_file(&path).unwrap();
    assert!(keys.refresh(&mut Vec::new()).is_err());
    assert_eq!(says(&keys, "age3.enc.yaml"), "a: x\n", "what was good stays");
}

#[test]
fn what_others_may_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.txt");
    std::fs::copy(fixture("keys/age1.txt"), &path).unwrap();
    for (mode, warned) in [(0o600, false), (0o640, true), (0o604, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut warnings = Vec::new();
        Keys::open_all(vec![KeySource::file(&path)], Passphrases::default(), &mut warnings)
            .unwrap();
        assert_eq!(!warnings.is_empty(), warned, "{warnings:?}");
    }
}

#[test]
fn a_command_prints_identities() {
    let run = |line: String| {
        Keys::load(&[KeySource::Command { origin: "SOPS_AGE_KEY_CMD".to_owned(), line }])
    };
    let keys = run(format!("cat '{}'", fixture("keys/age3.txt").display())).unwrap();
    assert_eq!(says(&keys, "age3.enc.yaml"), "a: x\n");
    insta::assert_snapshot!(told(&run("false".to_owned()).unwrap_err()), @r"
    error: the command in `SOPS_AGE_KEY_CMD` gave no identity: exit status: 1
    hint: run it by hand: it must print identities and end with 0
    ");
    assert!(run("'".to_owned()).is_err() && run(String::new()).is_err());
}

#[test]
fn files_whose_mac_leaves_clear_values_out_can_be_refused() {
    let keys = Keys::load(&[key("age1.txt")]).unwrap();
    let file = "yaml-mac-only-encrypted-regex.enc.yaml";
    assert!(!says(&keys, file).starts_with("error"));
    let strict = keys.with_mac_only_encrypted(MacOnlyEncrypted::Refuse);
    assert!(says(&strict, file).contains("its MAC covers encrypted values only"));
    let bytes = std::fs::read(fixture(file)).unwrap();
    let shown = strict.view(file.as_ref(), &bytes, &View::default()).unwrap_err();
    assert!(told(&shown).contains("its MAC covers encrypted values only"), "{}", told(&shown));
    let changed = strict.unseal(file.as_ref(), &bytes, None).err().unwrap();
    assert!(told(&changed).contains("its MAC covers encrypted values only"), "{}", told(&changed));
}
