//! What must not decrypt, and what is said about it.

use super::{fixture, keys, open, text_source, told};
use crate::secrets::{KeySource, Keys};

/// Replaces `from` by `to` in a good file and tells what happens.
fn tampered(from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(fixture("negative-base.enc.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    let changed = text.replacen(from, to, 1);
    match open(&keys(&["age1.txt"]), "stacks/x.yaml", changed.as_bytes()) {
        Ok(_) => "accepted".to_owned(),
        Err(told) => {
            let cause = told.lines().filter_map(|line| line.strip_prefix("  cause: "));
            cause.collect::<Vec<_>>().join(": ")
        }
    }
}

#[test]
fn a_changed_file_is_refused() {
    for (from, to, wanted) in [
        ("public", "other", "it was changed after it was encrypted: its MAC does not match"),
        (
            "Z\"\n    mac",
            "0Z\"\n    mac",
            "its `sops` metadata are not usable: `lastmodified` is not a time",
        ),
        ("01:15:53Z", "01:15:54Z", "it was changed after it was encrypted: its MAC does not match"),
        (
            "empty: \"\"\n",
            "empty: \"\"\nmore_unencrypted: x\n",
            "it was changed after it was encrypted: its MAC does not match",
        ),
        (
            "b: ENC",
            "c: ENC",
            "the value at `c` was changed, moved or renamed after it was encrypted",
        ),
        ("num: ENC", "num: 5 #", "the value at `num` should be encrypted, but is not"),
        ("num: ENC", "num: xENC", "the value at `num` should be encrypted, but is not"),
        (
            "type:int",
            "type:foo",
            "the value at `num` is not what SOPS writes: its type does not fit",
        ),
        (
            "type:int]",
            "type:int]x",
            "the value at `num` is not what SOPS writes: it does not look like `ENC[…]`",
        ),
        (
            "data:iUta",
            "data:iUtb",
            "the value at `a` was changed, moved or renamed after it was encrypted",
        ),
        ("mac: ENC", "mac: \"\" #", "it has no MAC, so that nobody can say whether it was changed"),
        (
            "b: ENC",
            "a: ENC",
            "it is not valid YAML: line 2, column 1: key `a` is already defined at line 1",
        ),
        (
            "    unencrypted_suffix: _unencrypted",
            "    encrypted_regex: \"(\"",
            "its `sops` metadata are not usable: the pattern of its rule cannot be read",
        ),
        (
            "    unencrypted_suffix",
            "    encrypted_suffix: x\n    unencrypted_suffix",
            "its `sops` metadata are not usable: more than one rule says what is encrypted",
        ),
        ("sops:", "soup:", "its values are encrypted, but its `sops` metadata are missing"),
    ] {
        assert_eq!(tampered(from, to), wanted, "{from} -> {to}");
    }
    assert_eq!(tampered("    unencrypted_suffix: _unencrypted\n", ""), "accepted");
    assert_eq!(tampered("2026-11-21T01:15:53Z", "2026-11-21T01:15:53+00:00"), "accepted");
}

#[test]
fn every_format_notices_a_change() {
    for (file, from, to) in [
        ("app.enc.env", "PUBLIC_unencrypted=clear", "PUBLIC_unencrypted=other"),
        ("app.enc.env", "EMPTY=", "EMPTY=x"),
        ("ini-types.enc.ini", "x_unencrypted = clear", "x_unencrypted = other"),
        ("env.prod", "ENC[AES256_GCM,data:83", "ENC[AES256_GCM,data:93"),
    ] {
        let text = std::fs::read_to_string(fixture(file)).unwrap();
        assert!(text.contains(from), "{from}");
        assert!(
            open(&keys(&["age1.txt"]), file, text.replacen(from, to, 1).as_bytes()).is_err(),
            "{file}"
        );
    }
    let gone = "A=ENC[AES256_GCM,data:83,iv:x,tag:x,type:str]\n";
    assert!(
        open(&keys(&["age1.txt"]), ".env", gone.as_bytes())
            .unwrap_err()
            .contains("metadata are missing")
    );
}

#[test]
fn a_file_for_others_says_who_can_read_it() {
    let enc = std::fs::read(fixture("age-and-pgp.enc.yaml")).unwrap();
    insta::assert_snapshot!(open(&keys(&["age2.txt"]), "stacks/blog/secrets.yaml", &enc).unwrap_err(), @r"
    error: cannot decrypt `stacks/blog/secrets.yaml`
      cause: no identity of this host matches its 2 recipients (`age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8`, `PGP key FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4`)
    hint: add this host's public key (`age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa`) to `.sops.yaml`, then run `conductor secrets updatekeys stacks/blog/secrets.yaml`
    ");
    insta::assert_snapshot!(open(&keys(&[]), "secrets.yaml", &enc).unwrap_err(), @r"
    error: cannot decrypt `secrets.yaml`
      cause: no identity is configured
    hint: name a file with this host's age identity in `secrets.age_key_files` of the settings or in `SOPS_AGE_KEY_FILE`, or give the identity itself in `SOPS_AGE_KEY`
    ");
}

#[test]
fn keys_that_are_missing_are_named() {
    let opened = |file: &str| {
        let enc = std::fs::read(fixture(file)).unwrap();
        open(&keys(&["age1.txt"]), "secrets.yaml", &enc).unwrap_err()
    };
    insta::assert_snapshot!(opened("age-pq.enc.yaml"), @r"
    error: cannot decrypt `secrets.yaml`
      cause: no identity of this host matches its 1 recipient (`age1pq1ehusfwsvrente8p6g…x54pme6z`)
    hint: add this host's public key (`age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8`) to `.sops.yaml`, then run `conductor secrets updatekeys secrets.yaml`
    ");
    insta::assert_snapshot!(opened("keygroups-2of3.enc.yaml"), @r"
    error: cannot decrypt `secrets.yaml`
      cause: it needs keys of 2 of its 3 key groups, and the identities of this host open 1 (shut: `age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa`, `age1dz7tge7ru0m9xe59hhjns9n3jlyl0yrxv0ql9re6hzzf38nfd5aqg8rrpp`)
    hint: add this host's public key (`age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8`) to `.sops.yaml`, then run `conductor secrets updatekeys secrets.yaml`
    ");
}

#[test]
fn a_bad_key_source_is_named_but_not_shown() {
    let check = |source| told(&Keys::load(&[source]).unwrap_err());
    insta::assert_snapshot!(check(KeySource::file("/nowhere/keys.txt")), @r"
    error: cannot read `/nowhere/keys.txt`, which `secrets: age_key_files` names
      cause: No such file or directory (os error 2)
    hint: check that the file exists and that this user may read it
    ");
    let shown = check(text_source("# mine\nAGE-SECRET-KEY-1BROKEN\n"));
    assert!(!shown.contains("BROKEN"));
    insta::assert_snapshot!(shown, @r"
    error: line 2 of `SOPS_AGE_KEY` is not an age identity
    hint: make an identity with `conductor secrets keygen`: a line that begins with `AGE-SECRET-KEY-1`
    ");
    insta::assert_snapshot!(check(text_source("# nothing\n")), @r"
    error: `SOPS_AGE_KEY` holds no identity
    hint: make an identity with `conductor secrets keygen`: a line that begins with `AGE-SECRET-KEY-1`
    ");
    assert!(check(KeySource::file(fixture("keys/id_ed25519_pass"))).contains("passphrase"));
}
