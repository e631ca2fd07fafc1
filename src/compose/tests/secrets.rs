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

/// What `config` shows, the leaves of secrets hidden as it hides them, and all warnings.
fn shown_model(text: &str) -> String {
    let loaded = try_load(text).unwrap();
    let mut model = loaded.model().model;
    for path in &loaded.secret_paths {
        let leaf = path.iter().fold(&mut model, |value, key| match key.parse::<usize>() {
            Ok(index) if value.is_array() => &mut value[index],
            _ => &mut value[key],
        });
        *leaf = "***".into();
    }
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    format!("{model}\n{}", warnings.join("\n"))
}

#[test]
fn a_secret_stays_one_on_every_way_into_the_model() {
    for text in [
        // An env file uses a variable of the service, whose value was a secret, or had none in the file.
        "services:\n  a: {image: x, environment: {OF: 'u:$P'}, env_file: [a.env]}\n--- a.env\nSEEN=${OF}",
        "services:\n  a: {image: x, environment: [P], env_file: [a.env]}\n--- a.env\nSEEN=${P}",
        // Extensions of the top level have no schema.
        "x-own: {a: [1, '$P']}\nservices:\n  a: {image: x}",
        "x-own: $P\nservices:\n  a: {image: x}",
        // The printed model doubles dollar signs, in keys too.
        "services:\n  a: {image: x, environment: {'A$B': '$P'}}",
    ] {
        let shown = shown_model(&format!("{text}\n--- .env\nENC:P=hunter2\n"));
        assert!(!shown.contains("hunter2") && shown.contains("***"), "{text}: {shown}");
    }
}

#[test]
fn what_looks_like_a_variable_inside_a_secret_is_not_named() {
    for text in [
        "services:\n  a: {image: x, environment: [P]}\n--- .env\nENC:P=pa$hunter2",
        "services:\n  a: {image: x, env_file: [a.env]}\n--- a.env\nENC:P=pa${hunter2}",
        "--- compose.yaml\nENC:services:\n  a: {image: x, environment: {P: pa$hunter2}}",
    ] {
        let shown = shown_model(text);
        assert!(!shown.contains("hunter2"), "{text}: {shown}");
        assert!(shown.contains("uses a variable that is not set"), "{text}: {shown}");
    }
    for text in [
        "services:\n  a: {image: x}\n--- .env\nENC:P=${hunter2?geheim}",
        "services:\n  a: {image: x}\n--- .env\nENC:P=first\nhunter2/geheim",
        "services:\n  a: {image: x, env_file: [{path: a.env, format: raw}]}\n--- a.env\nENC:P=first\nhunter2 geheim",
        "--- compose.yaml\nENC:services:\n  a: {image: x, environment: {P: 'pa${hunter2?geheim}'}}",
    ] {
        let shown = part(text, &[]);
        assert!(shown.starts_with("error"), "{text}: {shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("geheim"), "{text}: {shown}");
    }
}

#[test]
fn a_secret_may_name_a_provider_and_must_say_which_value_it_means() {
    let text = |extension: &str| {
        format!(
            "services:\n  a: {{image: x, secrets: [s]}}\nsecrets:\n  s:\n    x-conductor: {extension}\n"
        )
    };
    let loaded = try_load(&text("{provider: bao, path: apps/db, key: password}")).unwrap();
    let provided = loaded.project.secrets["s"].provided.as_ref().unwrap();
    assert_eq!(provided.to_string(), "password of apps/db in bao");
    assert!(!loaded.model().model.to_string().contains("apps/db"), "unknown to Compose");
    for extension in [
        "true",
        "{provider: bao, path: apps/db}",
        "{provider: bao, path: apps/db, key: [a]}",
        "{provider: bao, path: apps/db, key: a, version: 3}",
        "{provider: bao, path: apps/db, key: ''}",
    ] {
        let error = try_load(&text(extension)).unwrap_err().to_string();
        assert!(error.contains("secrets.s.x-conductor"), "{extension}: {error}");
    }
}
