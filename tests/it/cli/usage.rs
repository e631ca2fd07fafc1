//! What can be typed, and what is said where it cannot be.

use super::session;
use crate::support::env::Env;

#[test]
fn the_version_is_told() {
    assert_eq!(
        session(&Env::new(), "--version"),
        concat!("conductor ", env!("CARGO_PKG_VERSION"), "\n[0]")
    );
}

#[test]
fn help_documents_the_exit_codes() {
    let help = Env::new().conductor(&["--help"]).stdout();
    for code in [
        "0    done",
        "1    something failed",
        "2    wrong usage",
        "3    out of sync",
        "130  ended by Ctrl-C",
    ] {
        assert!(help.contains(code), "{code}: {help}");
    }
}

#[test]
fn with_nothing_configured_sync_and_plan_say_what_to_do() {
    let env = Env::new();
    insta::assert_snapshot!(session(&env, "sync"), @r"
    ! error: nothing to sync: no source is configured
    !
    ! hint: name one with `--source URL|DIR`, in `sources` of `[ENV]/config.yaml`, or in `CONDUCTOR_SOURCE_URL`; `-f compose.yaml` works on one project in place
    [2]
    ");
    insta::assert_snapshot!(session(&env, "plan --format json"), @r#"
    {
      "schema": 1,
      "error": "nothing to plan: no source is configured",
      "causes": [],
      "excerpt": null,
      "hint": "name one with `--source URL|DIR`, in `sources` of `[ENV]/config.yaml`, or in `CONDUCTOR_SOURCE_URL`; `-f compose.yaml` works on one project in place",
      "next": "fatal",
      "retry_after_seconds": null
    }
    [2]
    "#);
    insta::assert_snapshot!(session(&env, "stacks"), @r"
    ! error: nothing to list: no source is configured
    !
    ! hint: name one with `--source URL|DIR`, in `sources` of `[ENV]/config.yaml`, or in `CONDUCTOR_SOURCE_URL`; `-f compose.yaml` works on one project in place
    [2]
    ");
}

#[test]
fn arguments_that_exclude_each_other_are_refused() {
    let env = Env::new();
    insta::assert_snapshot!(session(&env, "plan -f compose.yaml --source ."), @r"
    ! error: the argument '--file <FILE>' cannot be used with '--source <URL|DIR>'
    !
    ! Usage: conductor plan --file <FILE> [STACK]...
    !
    ! For more information, try '--help'.
    [2]
    ");
    insta::assert_snapshot!(session(&env, "sync --format yaml --source ."), @r"
    ! error: `--format yaml` is for `config` alone
    !
    ! hint: use `--format human` or `--format json`
    [2]
    ");
    insta::assert_snapshot!(session(&env, "sync -f -"), @r"
    ! error: only `config` reads a Compose file from standard input
    !
    ! hint: write it to a file and name that
    [2]
    ");
}

#[test]
fn a_mistyped_command_names_the_nearest_ones() {
    insta::assert_snapshot!(session(&Env::new(), "stauts"), @r"
    ! error: unrecognized subcommand 'stauts'
    !
    !   tip: some similar subcommands exist: 'stacks', 'status'
    !
    ! Usage: conductor [OPTIONS] <COMMAND>
    !
    ! For more information, try '--help'.
    [2]
    ");
}

#[test]
fn without_an_engine_status_says_where_it_looked() {
    let mut env = Env::new();
    env.set("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    insta::assert_snapshot!(session(&env, "status"), @r"
    ! error: cannot reach the engine: no socket at `/nonexistent/docker.sock`
    !
    ! hint: start Docker (`systemctl start docker`), or name its socket in `DOCKER_HOST`
    [1]
    ");
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let mut env = Env::new();
    env.set("TERM", "xterm");
    assert!(!session(&env, "sync").contains('\x1b'));
    assert!(session(&env, "sync --color always").contains("\x1b[31merror: \x1b[0m"));
    env.set("NO_COLOR", "1");
    assert!(!session(&env, "sync").contains('\x1b'));
}

#[test]
fn a_docker_that_nobody_looks_after_is_told_with_the_reason() {
    let env = Env::new();
    let file = |text: &str| env.write("config.yaml", text).display().to_string();
    let off = file("docker: {heal: off}\n");
    insta::assert_snapshot!(session(&env, &format!("docker status --config {off}")), @r"
    nobody looks after Docker from here: `docker.heal` is `off`
    [0]
    ");
    let on = file("docker: {heal: on}\n");
    insta::assert_snapshot!(session(&env, &format!("docker status --config {on}")), @r"
    nobody looks after Docker now; `conductor serve` does
    [0]
    ");
}

#[test]
fn a_rebuild_of_a_docker_without_data_has_nothing_to_move() {
    let env = Env::new();
    let settings = format!("docker: {{data_root: {}}}\n", env.path("docker").display());
    let file = env.write("config.yaml", settings).display().to_string();
    insta::assert_snapshot!(session(&env, &format!("docker rebuild --dry-run --config {file}")), @r"
    ! warning: there is nothing to move aside: `[ENV]/docker` holds no data of Docker
    [0]
    ");
}
