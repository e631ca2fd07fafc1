//! `conductor config`: the project in this directory, or the one that is named.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;

use super::{session, shown};
use crate::support::env::Env;
use crate::support::process::run;

/// Surroundings with a small project in the directory where commands run.
fn project() -> Env {
    let env = Env::new();
    env.write("work/.env", "TAG=1.27\n");
    env.write(
        "work/compose.yaml",
        "name: blog\n\
         services:\n  \
           web:\n    \
             image: nginx:${TAG}\n    \
             ports: ['8080:80']\n  \
           db:\n    \
             image: postgres:16\n    \
             profiles: [data]\n    \
             volumes: [data:/var/lib/postgresql/data]\n\
         volumes: {data: {}}\n",
    );
    env
}

#[test]
fn without_arguments_it_renders_the_project_in_this_directory() {
    insta::assert_snapshot!(session(&project(), "config --profile data"), @r#"
    name: blog
    services:
      db:
        profiles:
          - data
        image: postgres:16
        networks:
          default: null
        volumes:
          - type: volume
            source: data
            target: /var/lib/postgresql/data
            volume: {}
      web:
        image: nginx:1.27
        networks:
          default: null
        ports:
          - mode: ingress
            target: 80
            published: "8080"
            protocol: tcp
    networks:
      default:
        name: blog_default
    volumes:
      data:
        name: blog_data
    [0]
    "#);
}

#[test]
fn parts_of_it_are_lists() {
    let env = project();
    insta::assert_snapshot!(session(&env, "config --services"), @r"
    web
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --images --profile data"), @r"
    postgres:16
    nginx:1.27
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --volumes --profile data"), @r"
    data
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --networks"), @r"
    default
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --profiles"), @r"
    data
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --hash nope --profile data"), @r"
    ! error: cannot load the project: no such service: `nope`
    !
    ! hint: known are: db, web
    [2]
    ");
    insta::assert_snapshot!(session(&env, "config --quiet --profile data"), @"[0]");
}

#[test]
fn programs_get_json_and_a_file_gets_what_was_asked_for() {
    let env = project();
    let json = env.conductor(&["config", "--format", "json", "--profile", "data"]).stdout();
    let model: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(model["services"]["web"]["image"], "nginx:1.27");

    insta::assert_snapshot!(session(&env, "config --services -o names"), @"[0]");
    assert_eq!(std::fs::read_to_string(env.path("work/names")).unwrap(), "web\n");
}

#[test]
fn an_error_shows_the_line() {
    let env = project();
    env.write("work/compose.yaml", "services:\n  web:\n    imagee: nginx\n");
    insta::assert_snapshot!(session(&env, "config"), @r"
    ! error: `[ENV]/work/compose.yaml:3:5`: `services.web`: unknown key `imagee`
    !       |
    !     3 |     imagee: nginx
    !       |     ^
    !
    ! hint: did you mean `image`?
    [1]
    ");
    insta::assert_snapshot!(session(&env, "config --format json"), @r#"
    {
      "schema": 1,
      "error": "`[ENV]/work/compose.yaml:3:5`: `services.web`: unknown key `imagee`",
      "causes": [],
      "excerpt": "  |\n3 |     imagee: nginx\n  |     ^",
      "hint": "did you mean `image`?",
      "next": "wait for change",
      "retry_after_seconds": null
    }
    [1]
    "#);
}

#[test]
fn files_and_the_directory_above_are_found_as_compose_finds_them() {
    let mut env = project();
    env.write("work/other.yaml", "services: {other: {image: busybox}}\n");
    insta::assert_snapshot!(session(&env, "config -f other.yaml --services"), @r"
    other
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config -f nowhere.yaml"), @r"
    ! error: cannot read `[ENV]/work/nowhere.yaml`
    !   cause: no such file: `[ENV]/work/nowhere.yaml`
    !
    ! hint: check the path: a relative one is taken from the current directory, in `conductor.yaml` from the root of the repository
    [1]
    ");
    env.set("COMPOSE_FILE", "other.yaml");
    insta::assert_snapshot!(session(&env, "config --services"), @r"
    other
    [0]
    ");
    let env = project();
    env.write("work/other.yaml", "services: {other: {image: busybox}}\n");
    env.write("work/.env", "COMPOSE_FILE=compose.yaml:other.yaml\nTAG=1\nCOMPOSE_PROFILES=data\n");
    insta::assert_snapshot!(session(&env, "config --services"), @r"
    db
    other
    web
    [0]
    ");
}

#[test]
fn with_no_project_anywhere_it_says_how_to_name_one() {
    insta::assert_snapshot!(session(&Env::new(), "config"), @r"
    ! error: no Compose file in `[ENV]/work` or above it
    !
    ! hint: name one with `-f FILE`, or a stack of a source with `--source URL|DIR STACK`
    [2]
    ");
}

#[test]
fn a_secret_is_hidden_unless_it_is_asked_for() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sops");
    let mut env = Env::new();
    env.write("work/.env", std::fs::read(fixtures.join("app.enc.env")).unwrap());
    env.write(
        "work/compose.yaml",
        "services: {web: {image: busybox, env_file: .env, command: \"use $$DB_PASSWORD\"}}\n",
    );
    insta::assert_snapshot!(session(&env, "config"), @r"
    ! error: cannot decrypt `[ENV]/work/.env`
    !   cause: no identity is configured
    !
    ! hint: name a file with this host's age identity in `secrets.age_key_files` of the settings or in `SOPS_AGE_KEY_FILE`, or give the identity itself in `SOPS_AGE_KEY`
    [1]
    ");
    let key = env.write("age.txt", std::fs::read(fixtures.join("keys/age1.txt")).unwrap());
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    env.set("SOPS_AGE_KEY_FILE", &key.display());
    insta::assert_snapshot!(session(&env, "config"), @r"
    name: work
    services:
      web:
        command:
          - use
          - $$DB_PASSWORD
        environment:
          CERT: '***'
          DB_PASSWORD: '***'
          EMPTY: '***'
          PUBLIC_unencrypted: '***'
          QUOTED: '***'
        image: busybox
        networks:
          default: null
    networks:
      default:
        name: work_default
    [0]
    ");
    let shown = session(&env, "config --show-secrets");
    assert!(shown.contains("DB_PASSWORD: hunter2\n") && !shown.contains("***"), "{shown}");
}

#[test]
fn a_project_comes_from_standard_input() {
    let env = project();
    let fed = |text: &str, line: &str| {
        let file = env.write("input", text);
        let arguments: Vec<&str> = line.split_whitespace().collect();
        shown(&env, run(env.command(&arguments).stdin(File::open(file).unwrap())))
    };
    let piped = "services: {web: {image: 'nginx:${TAG}', volumes: ['./data:/data']}}\n";
    insta::assert_snapshot!(fed(piped, "config -f - -p piped"), @r"
    name: piped
    services:
      web:
        image: nginx:1.27
        networks:
          default: null
        volumes:
          - type: bind
            source: [ENV]/work/data
            target: /data
            bind: {}
    networks:
      default:
        name: piped_default
    [0]
    ");
    insta::assert_snapshot!(fed(piped, "config -f compose.yaml -f - --images"), @r"
    nginx:1.27
    [0]
    ");
    insta::assert_snapshot!(fed("services: [\n", "config -f -"), @r"
    ! error: `[ENV]/work/-:1:11` is not valid YAML
    !   cause: line 1, column 11: unclosed bracket '['
    !       |
    !     1 | services: [
    !       |           ^
    !
    ! hint: check the indentation, colons and quotes there and on the lines above
    [1]
    ");
    insta::assert_snapshot!(fed("", "config -f -"), @r"
    ! error: `[ENV]/work/-`: the file is empty
    !
    ! hint: describe at least one service below `services:`
    [1]
    ");
    insta::assert_snapshot!(fed(piped, "sync -f -"), @r"
    ! error: only `config` reads a Compose file from standard input
    !
    ! hint: write it to a file and name that
    [2]
    ");
}
