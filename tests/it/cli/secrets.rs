//! `conductor secrets`: a person makes, changes and checks encrypted files without any other tool.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use super::shown;
use crate::support::env::Env;

/// Surroundings with an identity, and rules that name it.
fn surroundings() -> (Env, String) {
    let mut env = Env::new();
    let made = env.conductor(&["secrets", "keygen", "--output", "../age.key"]);
    let recipient = made.stdout().trim().to_owned();
    env.set("SOPS_AGE_KEY_FILE", &env.path("age.key").display());
    rules(&env, &[&recipient]);
    (env, recipient)
}

fn rules(env: &Env, recipients: &[&str]) {
    let text = format!(
        "creation_rules:\n  - path_regex: \\.secret\\.\n    age: {}\n",
        recipients.join(",")
    );
    env.write("work/.sops.yaml", text);
}

fn read(env: &Env, name: &str) -> String {
    fs::read_to_string(env.path("work").join(name)).unwrap()
}

/// A command with something on its standard input, which has to succeed.
fn with_input(env: &Env, arguments: &[&str], input: &str) {
    let mut command = env.command(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn decrypt(env: &Env, name: &str) -> String {
    env.conductor(&["secrets", "decrypt", name]).stdout()
}

#[test]
fn an_identity_is_for_its_user_alone_and_never_overwritten() {
    let (env, recipient) = surroundings();
    let mode = fs::metadata(env.path("age.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(
        read(&env, "../age.key").contains(&format!("# public key: {recipient}\nAGE-SECRET-KEY-1"))
    );
    let again = env.conductor(&["secrets", "keygen", "--output", "../age.key"]);
    assert!(again.code == Some(1) && again.err.contains("never overwritten"), "{again}");
    assert_eq!(env.conductor(&["secrets", "recipients"]).stdout(), format!("{recipient}\n"));
}

#[test]
fn a_host_without_an_identity_is_told_how_to_make_one() {
    let none = Env::new().conductor(&["secrets", "recipients"]);
    assert!(none.code == Some(0) && none.out.is_empty(), "{none}");
    assert!(none.err.contains("conductor secrets keygen --output FILE"), "{none}");
}

#[test]
fn a_file_is_encrypted_by_the_rules_and_changed_value_by_value() {
    let (env, _) = surroundings();
    env.write("work/app.secret.env", "# the database\nDB_PASSWORD=hunter2hunter2\nHOST=db\n");
    let _done = env.conductor(&["secrets", "encrypt", "--in-place", "app.secret.env"]).stdout();
    let before = read(&env, "app.secret.env");
    assert!(!before.contains("hunter2") && before.contains("DB_PASSWORD=ENC[AES256_GCM,data:"));

    with_input(&env, &["secrets", "set", "app.secret.env", "TOKEN"], "a new token\n");
    assert_eq!(
        decrypt(&env, "app.secret.env"),
        "# the database\nDB_PASSWORD=hunter2hunter2\nHOST=db\nTOKEN=a new token\n"
    );
    let after = read(&env, "app.secret.env");
    let changed: Vec<&str> = after
        .lines()
        .filter(|line| !before.lines().any(|known| known == *line))
        .filter_map(|line| line.split_once('=').map(|(key, _)| key))
        .collect();
    assert!(
        changed.iter().all(|key| ["TOKEN", "sops_mac", "sops_lastmodified"].contains(key)),
        "{changed:?}"
    );

    let view = env.conductor(&["secrets", "decrypt", "--extract", "TOKEN", "app.secret.env"]);
    assert_eq!(view.stdout(), "a new token");
    let _unset = env.conductor(&["secrets", "unset", "app.secret.env", "TOKEN"]).stdout();
    let _rotated = env.conductor(&["secrets", "rotate", "app.secret.env"]).stdout();
    assert_eq!(
        decrypt(&env, "app.secret.env"),
        "# the database\nDB_PASSWORD=hunter2hunter2\nHOST=db\n"
    );
    let rotated = read(&env, "app.secret.env");
    assert!(rotated.lines().next() != before.lines().next(), "{rotated}");
}

#[test]
fn an_editor_sees_the_plaintext_in_memory_only_and_nothing_is_left_of_it() {
    let (mut env, _) = surroundings();
    let note = env.path("where").display().to_string();
    env.set(
        "EDITOR",
        &format!("f() {{ echo \"$1\" > {note}; printf 'password: first-secret\\n' > \"$1\"; }}; f"),
    );
    let _made = env.conductor(&["secrets", "edit", "db.secret.yaml"]).stdout();
    assert_eq!(decrypt(&env, "db.secret.yaml"), "password: first-secret\n");
    let place = fs::read_to_string(env.path("where")).unwrap();
    assert!(
        place.starts_with(&env.runtime().display().to_string()) || place.starts_with("/dev/shm/"),
        "{place}"
    );
    assert!(place.trim().ends_with("/db.secret.yaml"), "{place}");

    env.set("EDITOR", "sed -i s/first/second/");
    let _edited = env.conductor(&["secrets", "edit", "db.secret.yaml"]).stdout();
    assert_eq!(decrypt(&env, "db.secret.yaml"), "password: second-secret\n");

    let before = read(&env, "db.secret.yaml");
    for editor in ["true", "false", "echo '[' >"] {
        env.set("EDITOR", editor);
        let ran = env.conductor(&["secrets", "edit", "db.secret.yaml"]);
        assert_eq!(ran.code == Some(0), editor == "true", "{editor}: {ran}");
        assert_eq!(read(&env, "db.secret.yaml"), before, "{editor}");
    }
    assert_eq!(fs::read_dir(env.runtime()).unwrap().count(), 0);
}

#[test]
fn a_credential_of_the_unit_is_an_identity_and_counts_as_it_is_now() {
    let (mut env, recipient) = surroundings();
    env.write("work/x.secret.env", "A=hunter2hunter2\n");
    let _done = env.conductor(&["secrets", "encrypt", "-i", "x.secret.env"]).stdout();
    env.set("SOPS_AGE_KEY_FILE", "");
    let directory = env.path("credentials");
    env.set("CREDENTIALS_DIRECTORY", &directory.display());
    assert_eq!(env.conductor(&["secrets", "decrypt", "x.secret.env"]).code, Some(1));

    fs::create_dir(&directory).unwrap();
    let key = directory.join("age-key.first");
    fs::copy(env.path("age.key"), &key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(env.conductor(&["secrets", "recipients"]).stdout(), format!("{recipient}\n"));
    let quiet = env.conductor(&["secrets", "decrypt", "x.secret.env"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("A=hunter2hunter2\n", ""));

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let open = env.conductor(&["secrets", "decrypt", "x.secret.env"]);
    assert!(open.err.contains("which `LoadCredential=` names (mode 0644)"), "{open}");
    fs::write(&key, "AGE-SECRET-KEY-1NONSENSE\n").unwrap();
    let broken = env.conductor(&["secrets", "decrypt", "x.secret.env"]);
    assert!(broken.code == Some(2) && !broken.to_string().contains("NONSENSE"), "{broken}");
}

#[test]
fn plaintext_does_not_get_into_a_work_tree_by_mistake() {
    let (env, _) = surroundings();
    env.write("work/x.secret.env", "A=hunter2hunter2\n");
    let _done = env.conductor(&["secrets", "encrypt", "-i", "x.secret.env"]).stdout();
    fs::create_dir(env.path("work/.git")).unwrap();
    let refused = env.conductor(&["secrets", "decrypt", "x.secret.env", "--output", "plain.env"]);
    let said = shown(&env, refused);
    assert!(said.contains("where plaintext could be committed") && said.ends_with("[1]"), "{said}");
    let _forced = env
        .conductor(&["secrets", "decrypt", "x.secret.env", "-o", "plain.env", "--force"])
        .stdout();
    assert_eq!(read(&env, "plain.env"), "A=hunter2hunter2\n");
    let mode = fs::metadata(env.path("work/plain.env")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn keys_follow_the_rules_when_a_person_says_yes() {
    let (env, recipient) = surroundings();
    env.write("work/x.secret.env", "A=hunter2hunter2\n");
    let _done = env.conductor(&["secrets", "encrypt", "-i", "x.secret.env"]).stdout();
    let other = "age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa";
    rules(&env, &[&recipient, other]);
    let asked = env.conductor(&["secrets", "updatekeys", "x.secret.env"]);
    assert_eq!(asked.code, Some(2), "{asked}");
    assert!(asked.err.contains(&format!("+ {other}")) && asked.err.contains("--yes"), "{asked}");
    let _updated = env.conductor(&["secrets", "updatekeys", "--yes", "x.secret.env"]).stdout();
    let listed = env.conductor(&["secrets", "recipients", "x.secret.env"]).stdout();
    assert_eq!(listed, format!("x.secret.env\n  {recipient}\n  {other}\n"));
    assert_eq!(decrypt(&env, "x.secret.env"), "A=hunter2hunter2\n");
}

#[test]
fn a_check_names_what_was_forgotten_and_never_a_value() {
    let (env, recipient) = surroundings();
    env.write("work/short.secret.env", "A=tiny\n");
    let _done = env.conductor(&["secrets", "encrypt", "-i", "short.secret.env"]).stdout();
    let clean = env.conductor(&["secrets", "check", "--allow", "short-value"]);
    assert_eq!(clean.code, Some(0), "{clean}");

    env.write("work/forgotten.secret.env", "A=b\n");
    env.write(
        "work/compose.yaml",
        "services:\n  db:\n    environment:\n      DB_PASSWORD: hunter2hunter2\n",
    );
    rules(&env, &["age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa"]);
    let found = env.conductor(&["secrets", "check"]);
    assert!(!found.to_string().contains("hunter2"), "{found}");
    let said = shown(&env, found).replace(&recipient, "[RECIPIENT]");
    insta::assert_snapshot!(said, @"
    compose.yaml:4: `DB_PASSWORD` is in plain text [plaintext]
    forgotten.secret.env: a rule of `.sops.yaml` is for this file, but it is not encrypted [not-encrypted]
    short.secret.env: `age1utjnywwgf737dtmf7sxhwyuggrep9t2992qd9nc2zhkhdnqfwejqpsdcsa` of `.sops.yaml` cannot decrypt it yet; run `conductor secrets updatekeys` [out-of-step]
    short.secret.env: `[RECIPIENT]` can decrypt it, but is not in `.sops.yaml` any more, and is this host's own [leaving-key]
    short.secret.env: shorter than 8 characters, and so not masked in error messages: A [short-value]
    ! 4 files, 5 findings
    [1]
    ");
    let json = env.conductor(&["secrets", "check", "--format", "json"]);
    assert_eq!(json.code, Some(1), "{json}");
    let answer: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(answer["schema"], 1);
    assert_eq!(answer["findings"].as_array().unwrap().len(), 5);
    assert_eq!(answer["findings"][0]["kind"], "plaintext");
}
