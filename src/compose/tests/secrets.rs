//! What came out of encrypted files: where it goes, and that it is never shown.

use crate::compose::testing::{part, try_load};

#[test]
fn a_secret_is_followed_to_the_leaves_of_the_model() {
    let text = "
services:
  a:
    image: x
    command: run --password $PASSWORD --tag $TAG
    environment: [PASSWORD, 'URL=db://u:${PASSWORD}@h', 'TAG=$TAG', 'D=${NOPE:-$PASSWORD}']
    env_file: [a.env, b.env]
    labels: {plain: '$TAG'}
secrets:
  s: {environment: PASSWORD}
--- .env
ENC:PASSWORD=hunter2
--- a.env
TAG=t
--- b.env
ENC:TOKEN=geheim
SHOWN=${TAG}
";
    let loaded = try_load(text).unwrap();
    let paths: Vec<String> = loaded.secret_paths.iter().map(|path| path.join(".")).collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
        services.a.command.0
        services.a.command.1
        services.a.command.2
        services.a.command.3
        services.a.environment.D
        services.a.environment.PASSWORD
        services.a.environment.SHOWN
        services.a.environment.TOKEN
        services.a.environment.URL
        ");
    assert!(loaded.environment["PASSWORD"].secret);
    assert!(!format!("{loaded:?}").contains("hunter2"));
    for warning in &loaded.warnings {
        assert!(!warning.text.contains("hunter2"));
    }
}

#[test]
fn an_encrypted_compose_file_is_wholly_secret() {
    let text =
        "--- compose.yaml\nENC:services:\n  a:\n    image: x\n    environment: {A: hunter2}\n";
    let loaded = try_load(text).unwrap();
    let paths: Vec<String> = loaded.secret_paths.iter().map(|path| path.join(".")).collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
        services.a.environment.A
        services.a.image
        ");
}

#[test]
fn no_error_shows_a_value_of_a_variable() {
    for lines in [
        "ports: ['$P:80']",
        "ports: ['$P:80:80']",
        "volumes: ['$P:/a:ro:rw']",
        "mem_limit: $P",
        "stop_grace_period: $P",
        "scale: $P",
        "tty: $P",
        "pull_policy: $P",
        "container_name: '${P:+!}'",
        "cgroup: $P",
        "devices: ['$P:a:b:c']",
        "extra_hosts: ['$P']",
        "healthcheck: {test: '${P}', interval: '${P}'}",
        "secrets: [{source: s, mode: '$P'}]",
        "image: '${NOPE:?$P}'",
        "env_file: {path: '$P'}",
        "command: \"$P '\"",
    ] {
        for env in ["P=hunter2", "ENC:P=hunter2"] {
            let shown = part(
                &format!(
                    "services:\n  a:\n    init: true\n    {lines}\nsecrets: {{s: {{file: x}}}}\n--- .env\n{env}\n"
                ),
                &[],
            );
            assert!(shown.starts_with("error"), "{lines}: {shown}");
            assert!(!shown.contains("hunter2"), "{lines}: {shown}");
        }
    }
}
