//! What decrypts, and to what.

use std::io::Write as _;

use super::{fixture, keys, open, text_source};
use crate::secrets::{Keys, is_encrypted};
use crate::yaml;

/// Opens a fixture and compares it with what `sops` made of it: YAML as data and comments, all else byte for byte.
fn check(case: &str, suffix: &str) {
    let enc = std::fs::read(fixture(&format!("{case}.enc.{suffix}"))).unwrap();
    let wanted = std::fs::read(fixture(&format!("{case}.decrypted.{suffix}"))).unwrap();
    let plain = open(&keys(&["age1.txt"]), &format!("x.{suffix}"), &enc).unwrap();
    let text = |bytes: &[u8]| match suffix {
        "yaml" => yaml::parse_bytes(bytes)
            .unwrap()
            .iter()
            .map(yaml::write)
            .collect::<Vec<_>>()
            .join("---\n"),
        _ => String::from_utf8(bytes.to_vec()).unwrap().trim_end().to_owned(),
    };
    assert_eq!(text(&plain), text(&wanted), "{case}");
}

#[test]
fn yaml_keeps_types_order_comments_and_documents() {
    for case in [
        "yaml-types",
        "yaml-comments",
        "yaml-multidoc",
        "yaml-mac-only-encrypted-regex",
        "yaml-unencrypted-comment-regex",
        "yaml-encrypted-comment-regex",
    ] {
        check(case, "yaml");
    }
}

#[test]
fn other_formats_come_out_as_sops_writes_them() {
    check("app", "env");
    check("json-dupkey", "json");
    check("ini-types", "ini");
}

#[test]
fn any_name_may_be_encrypted() {
    let wanted = std::fs::read(fixture("app.decrypted.env")).unwrap();
    let (binary, dotenv) = (fixture("env.prod"), fixture("app.enc.env"));
    for (name, file) in [(".env.prod", binary), (".env.prod", dotenv.clone()), ("secrets", dotenv)]
    {
        let bytes = std::fs::read(file).unwrap();
        assert!(is_encrypted(name.as_ref(), &bytes));
        assert_eq!(open(&keys(&["age1.txt"]), name, &bytes).as_ref(), Ok(&wanted));
    }
}

#[test]
fn what_only_speaks_of_sops_is_plain() {
    for text in [
        "",
        "A=1\n",
        "sops: true\n",
        "# sops_mac=\n",
        "note: run sops, it writes ENC[AES256_GCM,data:...]\n",
        "{\"sops\": \"x\"}",
        "<html>sops</html> { [",
        "SOPS_VERSION=1\nsops_version=3\n",
        "\u{1}\u{2}sops",
    ] {
        assert!(!is_encrypted("x.yaml".as_ref(), text.as_bytes()), "{text}");
    }
}

#[test]
fn one_fitting_identity_of_many_is_enough() {
    let both = keys(&["age2.txt", "age1.txt"]);
    let pgp_too = std::fs::read(fixture("age-and-pgp.enc.yaml")).unwrap();
    assert_eq!(open(&both, "x.yaml", &pgp_too).as_deref(), Ok(&b"a: x\n"[..]));
    let one = std::fs::read_to_string(fixture("keys/age1.txt")).unwrap();
    let two = std::fs::read_to_string(fixture("keys/age2.txt")).unwrap();
    let inline = one.lines().last().unwrap().to_owned() + " " + two.lines().last().unwrap();
    let keys = Keys::load(&[text_source(&inline)]).unwrap();
    assert_eq!(keys.recipients().len(), 2);
    assert_eq!(open(&keys, "x.yaml", &pgp_too).as_deref(), Ok(&b"a: x\n"[..]));
}

#[test]
fn an_ssh_key_is_an_identity_too() {
    let keys = keys(&["id_ed25519"]);
    let enc = std::fs::read(fixture("age-ssh-ed25519.enc.yaml")).unwrap();
    assert_eq!(open(&keys, "x.yaml", &enc).as_deref(), Ok(&b"a: x\n"[..]));
    assert!(keys.recipients()[0].starts_with("ssh-ed25519 "));
}

#[test]
fn a_file_encrypted_by_age_alone_is_opened() {
    let keys = keys(&["age1.txt"]);
    let recipient: age::x25519::Recipient = keys.recipients()[0].parse().unwrap();
    let encrypt = |format| {
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).unwrap();
        let armor = age::armor::ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
        let mut out = encryptor.wrap_output(armor).unwrap();
        out.write_all(b"A=1\n").unwrap();
        out.finish().and_then(age::armor::ArmoredWriter::finish).unwrap()
    };
    for format in [age::armor::Format::Binary, age::armor::Format::AsciiArmor] {
        let bytes = encrypt(format);
        assert_eq!(open(&keys, "key.bin", &bytes).as_deref(), Ok(&b"A=1\n"[..]));
        insta::allow_duplicates! {
            insta::assert_snapshot!(open(&super::keys(&["age2.txt"]), "key.bin", &bytes).unwrap_err(), @r"
            error: cannot decrypt `key.bin`
              cause: no age identity matches it
            hint: encrypt it with `age` for this host's public key (`age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa`) as well
            ");
        }
    }
}

#[test]
fn keys_and_opened_files_do_not_print_secrets() {
    let keys = keys(&["age1.txt"]);
    let enc = std::fs::read(fixture("app.enc.env")).unwrap();
    let shown = format!("{keys:?} {:?}", keys.open("x".as_ref(), &enc).unwrap());
    insta::assert_snapshot!(shown, @r#"Keys { recipients: ["age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8"], .. } Decrypted(Secret(***))"#);
}
