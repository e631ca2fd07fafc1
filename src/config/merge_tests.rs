use super::*;
use crate::model::outcome::Trouble;

/// Settings of a file text and variables; the error as people see it.
fn check(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, String> {
    let environment = Environment::of(&[&[("HOME", "/home/me")], variables].concat());
    build(&environment, &Flags::default(), Some(Path::new("/etc/c/config.yaml")), text).map_err(
        |error| {
            let trouble = Trouble::of(&error);
            let causes: Vec<String> =
                trouble.causes.iter().map(|cause| format!("\n  cause: {cause}")).collect();
            format!(
                "error: {}{}\nhint: {}",
                trouble.error,
                causes.concat(),
                trouble.hint.unwrap_or_default()
            )
        },
    )
}

fn refused(text: &str) -> String {
    check(text, &[]).unwrap_err()
}

#[test]
fn without_any_settings_the_defaults_hold() {
    let loaded = check("", &[]).unwrap();
    let settings = loaded.settings;
    assert_eq!(settings.host.as_deref(), Some("nas"));
    assert_eq!(settings.instance.as_str(), "default");
    assert_eq!(settings.engine.to_string(), "local at unix:///var/run/docker.sock");
    assert_eq!(settings.limits, Limits::default());
    assert!(settings.sources.is_empty() && loaded.warnings.is_empty());
}

#[test]
fn a_variable_wins_over_the_file_and_a_flag_over_both() {
    let text = "host: file\nstate_dir: state\nlimits: {stacks: 2, health_timeout: 5m}\n";
    let variables = [("CONDUCTOR_HOST", "variable"), ("CONDUCTOR_STACKS_AT_ONCE", "7")];
    let settings = check(text, &variables).unwrap().settings;
    assert_eq!(settings.host.as_deref(), Some("variable"));
    assert_eq!(settings.limits.stacks, 7);
    assert_eq!(settings.limits.health_timeout.as_secs(), 300);
    assert_eq!(settings.places.state, Path::new("/etc/c/state"), "relative to the file");

    let flags = Flags { state_dir: Some("here".into()), ..Flags::default() };
    let environment = Environment::of(&[("HOME", "/h"), ("CONDUCTOR_STATE_DIR", "/variable")]);
    let loaded = build(&environment, &flags, None, text).unwrap();
    assert_eq!(loaded.settings.places.state, Path::new("/start/here"));
}

#[test]
fn variables_alone_make_a_source() {
    let variables = [
        ("CONDUCTOR_SOURCE_URL", "https://git.example.com/me/stacks.git"),
        ("CONDUCTOR_SOURCE_REF", "main"),
        ("CONDUCTOR_SOURCE_PATHS", "a, b/c"),
        ("CONDUCTOR_SOURCE_TOKEN_FILE", "token"),
    ];
    let settings = check("", &variables).unwrap().settings;
    insta::assert_debug_snapshot!(settings.sources, @r#"
    [
        Source {
            name: SourceName(
                "default",
            ),
            location: Git(
                "https://git.example.com/me/stacks.git",
            ),
            reference: Some(
                "main",
            ),
            paths: [
                "a",
                "b/c",
            ],
            access: Access {
                username: None,
                token_file: Some(
                    "/start/token",
                ),
                ssh_key_file: None,
                known_hosts_file: None,
                ca_file: None,
            },
            environment: {},
        },
    ]
    "#);
}

#[test]
fn variables_refine_the_source_of_the_same_name() {
    let text = "sources:\n- {name: default, url: 'https://a/b', ref: main}\n- {name: other, url: 'https://c/d'}\n";
    let settings = check(text, &[("CONDUCTOR_SOURCE_REF", "next")]).unwrap().settings;
    let refs: Vec<_> = settings.sources.iter().map(|source| source.reference.as_deref()).collect();
    assert_eq!(refs, [Some("next"), None]);
}

#[test]
fn a_source_of_the_command_line_is_one_of_the_settings_or_called_cli() {
    let settings =
        check("sources: [{name: home, url: 'https://a/b', ref: main}]", &[]).unwrap().settings;
    let check = |text: &str, reference: Option<&str>| {
        let source = settings.source_of_argument(text, reference).unwrap();
        format!("{} {:?} {:?}", source.name, source.location, source.reference)
    };
    insta::assert_snapshot!(check("home", None), @r#"home Git("https://a/b") Some("main")"#);
    insta::assert_snapshot!(check("https://a/b", Some("v2")), @r#"home Git("https://a/b") Some("v2")"#);
    insta::assert_snapshot!(check("https://x/y", None), @r#"cli Git("https://x/y") None"#);
    insta::assert_snapshot!(check("../tmp", None), @r#"cli Directory("/tmp") None"#);
    assert_eq!(
        settings.source_of_argument("hom", None).unwrap_err().to_string(),
        "`hom` is neither a source of the settings nor a directory or URL"
    );
    insta::assert_snapshot!(check("./stacks", Some("main")), @r#"cli Git("/start/stacks") Some("main")"#);
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest_one() {
    insta::assert_snapshot!(refused("host: nas\nsurces: []\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 2, column 1: unknown key `surces`
    hint: did you mean `sources`?
    ");
    insta::assert_snapshot!(refused("sources:\n  - name: a\n    tokenfile: x\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 3, column 5: unknown key `tokenfile` in `sources[0]`
    hint: did you mean `token_file`?
    ");
    insta::assert_snapshot!(refused("secrets: {zzz: 1}\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 11: unknown key `zzz` in `secrets`
    hint: known are: age_key_files, age_passphrase_file, pgp_key_files, pgp_passphrase_file, allow_key_command, mac_only_encrypted, providers
    ");
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error_that_says_where() {
    insta::assert_snapshot!(refused("limits:\n  health_timeout: soon\n"), @r#"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 2, column 19: `limits.health_timeout` must be a span of time such as `90s`, `3m` or `1h30m`, found text
    hint:
    "#);
    insta::assert_snapshot!(refused("limits: {stacks: 0}\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 18: `limits.stacks` must be a whole number from 1, found a whole number
    hint:
    ");
    insta::assert_snapshot!(refused("sources:\n- name: My Source\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 2, column 3: sources[0]: invalid source name `My Source`: lower-case letters, digits, `-` and `_`, beginning with a letter or digit
    hint:
    ");
    insta::assert_snapshot!(refused("engines: [{kind: dokcer}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 18: unknown value `dokcer` in `engines[0].kind`
    hint: did you mean `docker`?
    ");
    insta::assert_snapshot!(refused("host: []\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 7: `host` must be text, found a list
    hint:
    ");
    insta::assert_snapshot!(refused("host: [\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 7: unclosed bracket '['
    hint: check the indentation, colons and quotes there and on the lines above
    ");
    insta::assert_snapshot!(refused("host: a\npoll: 1m\nhost: b\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 3, column 1: key `host` is already defined at line 1
    hint: remove one of the two, or rename it
    ");
    insta::assert_snapshot!(check("", &[("CONDUCTOR_SETTLING", "x")]).unwrap_err(), @r"
    error: invalid value in the variable `CONDUCTOR_SETTLING`
      cause: `x` is not a span of time such as `90s` or `3m`
    hint: write a span of time such as `90s` or `3m`, or unset the variable
    ");
}

#[test]
fn what_does_not_work_yet_is_refused_with_a_word() {
    insta::assert_snapshot!(refused("engines: [{name: a}, {name: b}]\n"), @r"
    error: more than one engine is not supported yet
    hint: keep one entry in `engines`
    ");
    insta::assert_snapshot!(refused("engines: [{kind: podman}]\n"), @r"
    error: an engine of kind `podman` is not supported yet
    hint: use an engine of kind `docker`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a, url: 'https://a/b', submodules: true}]\n"), @r"
    error: `submodules: true` of source `a` is not supported yet
    hint: remove `submodules`, and copy what the stacks need into the repository
    ");
    insta::assert_snapshot!(refused("engines: [{endpoint: 'ssh://me@nas'}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 22: cannot use the engine's endpoint `ssh://me@nas`
    hint: write `unix:///path/to/docker.sock` or `tcp://host:port`; TLS and `ssh://` are not supported yet
    ");
}

#[test]
fn a_source_that_cannot_work_is_refused() {
    insta::assert_snapshot!(refused("sources: [{url: 'https://a/b'}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 11: source number 1 has no `name`
    hint: give it a `name`: lower-case letters, digits, `-` and `_`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 11: source `a` has no `url`
    hint: give it a `url`, such as `https://git.example.com/me/stacks.git`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a, url: 'https://me:hunter2@a/b'}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 26: the `url` of source `a` holds a password
    hint: write the password to a file and name it in `token_file`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a, url: 'git@a:b', ssh_key_file: k}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 11: source `a` is reached over SSH and has no `known_hosts_file`
    hint: host keys are pinned: write the host's public key to a file (`ssh-keyscan HOST` shows it; compare it with what the provider publishes) and name it in `known_hosts_file`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a, url: 'https://a/b', paths: [../x]}]\n"), @r"
    error: `../x` of `paths` of source `a` is not a path inside the repository
    hint: write it relative to the root of the repository, without `..`
    ");
    insta::assert_snapshot!(refused("sources: [{name: a, url: 'https://a/b'}, {name: a, url: 'https://c/d'}]\n"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 42: two sources are called `a`
    hint: rename one of them
    ");
}

#[test]
fn what_is_wrong_with_an_entry_is_said_of_its_place_in_the_file() {
    let place = |text: &str| refused(text).lines().nth(1).unwrap_or_default().trim().to_owned();
    let webhooks =
        "webhooks:\n  - provider: generic\n    secret_files: [a]\n  - provider: nobody\n";
    insta::assert_snapshot!(place(webhooks), @"cause: line 4, column 15: cannot use the setting `webhooks: number 2: provider`: `nobody` is none of github, gitlab, gitea, forgejo, gogs, bitbucket, bitbucket-server, azure, docker-hub, ghcr, distribution, generic");
    insta::assert_snapshot!(place("registries:\n  - host: a\n  - {host: b, username: me}\n"), @"cause: line 2, column 5: registry `a` has no `username`");
    // What a variable says stands nowhere in the file.
    let source = [("CONDUCTOR_SOURCE_URL", "https://me:hunter2@a/b")];
    let refused = check("host: nas\n", &source).unwrap_err();
    assert!(!refused.contains("config.yaml"), "{refused}");
    let file = "sources:\n  - {name: default, url: 'https://a/b'}\n";
    let refused = check(file, &source).unwrap_err();
    assert!(refused.contains("holds a password") && !refused.contains("config.yaml"), "{refused}");
}

#[test]
fn a_variable_that_is_nearly_ours_is_warned_about() {
    let loaded = check("", &[("CONDUCTOR_SOURCE_TOKENFILE", "x")]).unwrap();
    assert_eq!(
        loaded.warnings,
        [
            "the variable `CONDUCTOR_SOURCE_TOKENFILE` is not a setting; did you mean `CONDUCTOR_SOURCE_TOKEN_FILE`?"
        ]
    );
}

#[test]
fn docker_host_counts_only_where_the_settings_name_no_endpoint() {
    let host = [("DOCKER_HOST", "tcp://proxy:2375")];
    let endpoint = |text: &str| check(text, &host).unwrap().settings.engine.endpoint.to_string();
    assert_eq!(endpoint(""), "tcp://proxy:2375");
    assert_eq!(endpoint("engines: [{name: local, endpoint: /run/d.sock}]"), "unix:///run/d.sock");
}

#[test]
fn the_environment_of_a_source_takes_text_numbers_and_truth_values() {
    let text = "sources: [{name: a, url: 'https://a/b', environment: {DOMAIN: example.com, PORT: 80, ON: true}}]\n";
    let settings = check(text, &[]).unwrap().settings;
    let shown: Vec<String> = settings.sources[0]
        .environment
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(shown, ["DOMAIN=example.com", "ON=true", "PORT=80"]);
}

#[test]
fn an_empty_address_is_not_the_current_directory() {
    let settings = check("", &[]).unwrap().settings;
    assert!(matches!(settings.source_of_argument("", None), Err(Error::NoSuchSource { .. })));
    insta::assert_snapshot!(refused("sources: [{name: a, url: ''}]"), @r"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 11: source `a` has no `url`
    hint: give it a `url`, such as `https://git.example.com/me/stacks.git`
    ");
}

#[test]
fn settings_that_are_no_text_or_no_mapping_are_refused_in_words() {
    insta::assert_snapshot!(refused("just text"), @r#"
    error: invalid settings in `/etc/c/config.yaml`
      cause: line 1, column 1: must be a mapping, found text
    hint: 
    "#);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.yaml");
    std::fs::write(&path, b"host: a\nhost\xff: b\n").unwrap();
    let Err(Error::Invalid { source, .. }) = read(&path, true) else { panic!("not text") };
    assert_eq!(source.to_string(), "line 2: not UTF-8 text");
    assert!(matches!(read(Path::new("/dev/zero"), true), Err(Error::Read { .. })));
}
