use std::fmt::Write as _;

use super::super::merge::{Flags, build};
use super::super::settings::Settings;
use super::*;

/// The settings of a file and variables.
fn loaded(variables: &[(&str, &str)], text: &str) -> Result<Settings, Error> {
    let environment = Environment::of(&[&[("XDG_STATE_HOME", "/s")], variables].concat());
    let path = Path::new("/etc/c/config.yaml");
    build(&environment, &Flags::default(), Some(path), text).map(|loaded| loaded.settings)
}

/// Where keys come from, a line each, with these variables and this section of the settings.
fn keys(variables: &[(&str, &str)], section: &str) -> String {
    let settings = loaded(variables, &format!("secrets: {section}")).unwrap();
    let mut out = String::new();
    for key in settings.secrets.keys {
        match key {
            KeyOrigin::Text { variable, .. } => writeln!(out, "text of {variable}"),
            KeyOrigin::File { setting, path, named } => {
                writeln!(out, "{} ({setting}, {named})", path.display())
            }
            KeyOrigin::Command { variable, line } => writeln!(out, "command {variable}: {line}"),
        }
        .unwrap();
    }
    out
}

#[test]
fn keys_come_from_all_places_where_sops_looks_and_from_the_settings() {
    let variables = [
        ("HOME", "/home/me"),
        ("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "/k/ssh"),
        ("SOPS_AGE_KEY", "AGE-SECRET-KEY-1XYZ"),
        ("SOPS_AGE_KEY_FILE", "/k/age.txt"),
        ("SOPS_AGE_KEY_CMD", "pass show age"),
    ];
    insta::assert_snapshot!(keys(&variables, "{age_key_files: [a.txt], pgp_key_files: [/p.asc]}"), @r"
    /k/ssh (SOPS_AGE_SSH_PRIVATE_KEY_FILE, true)
    text of SOPS_AGE_KEY
    /k/age.txt (SOPS_AGE_KEY_FILE, true)
    /etc/c/a.txt (secrets: age_key_files, true)
    /p.asc (secrets: pgp_key_files, true)
    /home/me/.config/sops/age/keys.txt (the place where `sops` looks, false)
    /home/me/.ssh/id_ed25519 (the place where `sops` looks, false)
    /home/me/.ssh/id_rsa (the place where `sops` looks, false)
    /home/me/.gnupg/secring.gpg (the place where `sops` looks, false)
    ");
}

#[test]
fn a_command_is_run_only_where_the_settings_allow_it() {
    let variables = [("SOPS_AGE_KEY_CMD", "pass show age")];
    assert_eq!(keys(&variables, "{}"), "");
    assert_eq!(
        keys(&variables, "{allow_key_command: true}"),
        "command SOPS_AGE_KEY_CMD: pass show age\n"
    );
}

#[test]
fn credentials_of_a_unit_are_keys_and_passphrases_by_their_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["age-key", "age-key.2", "pgp-key", "age-passphrase", "webhook"] {
        std::fs::write(dir.path().join(name), "x").unwrap();
    }
    let directory = dir.path().to_str().unwrap();
    let variables = [("CREDENTIALS_DIRECTORY", directory)];
    insta::assert_snapshot!(keys(&variables, "{}").replace(directory, "DIR"), @r"
    DIR/age-key (LoadCredential=, true)
    DIR/age-key.2 (LoadCredential=, true)
    DIR/pgp-key (LoadCredential=, true)
    ");
    let settings = loaded(&variables, "").unwrap();
    assert_eq!(settings.secrets.age_passphrase_file, Some(dir.path().join("age-passphrase")));
    assert_eq!(settings.secrets.pgp_passphrase_file, None);
}

#[test]
fn a_provider_needs_a_name_an_address_and_a_token() {
    let check = |provider: &str| {
        let loaded = loaded(&[], &format!("secrets: {{providers: [{provider}]}}"));
        loaded.map_or_else(
            |error| std::error::Error::source(&error).unwrap().to_string(),
            |loaded| {
                let provider = &loaded.secrets.providers[0];
                format!("{} {} {}", provider.address, provider.mount, provider.token_file.display())
            },
        )
    };
    let full = "{name: bao, address: 'https://bao:8200/', token_file: t}";
    assert_eq!(check(full), "https://bao:8200 secret /etc/c/t");
    assert_eq!(
        check(&format!("{full}, {full}")),
        "line 1, column 81: two providers are called `bao`"
    );
    assert_eq!(
        check("{name: bao, token_file: t}"),
        "line 1, column 23: provider `bao` has no usable `address`"
    );
    assert_eq!(
        check("{name: bao, address: bao, token_file: t}"),
        "line 1, column 23: provider `bao` has no usable `address`"
    );
    assert_eq!(
        check("{name: bao, address: 'http://bao'}"),
        "line 1, column 23: provider `bao` has no usable `token_file`"
    );
}
