//! `conductor lint`: all stacks of a directory or source, without an engine.

use super::session;
use crate::support::env::Env;

/// A repository with a stack that does not load and one that is doubtful.
fn repository() -> Env {
    let env = Env::new();
    env.write("work/bad/compose.yaml", "services:\n  web:\n    imagee: nginx:1\n");
    env.write("work/odd/compose.yaml", "version: '3'\nservices:\n  web:\n    image: nginx\n");
    env
}

#[test]
fn it_tells_what_is_wrong_with_every_stack_and_fails_on_errors() {
    insta::assert_snapshot!(session(&repository(), "lint"), @r"
    bad/compose.yaml:3:5: error: `services.web`: unknown key `imagee` [compose/unknown-key]
          |
        3 |     imagee: nginx:1
          |     ^
      hint: did you mean `image`?
    odd/compose.yaml:1:1: warning: `version` is obsolete and ignored [compose/obsolete]
          |
        1 | version: '3'
          | ^
      hint: remove it
    odd/compose.yaml:4:5: note: the image `nginx` has no tag, which means `latest` [images/mutable-tag]
          |
        4 |     image: nginx
          |     ^
      hint: name a version, or pin it: `NAME:TAG@sha256:…`

    1 error, 1 warning, 1 note in 2 stacks
    [1]
    ");
}

#[test]
fn warnings_fail_where_that_is_asked_for() {
    let env = repository();
    std::fs::remove_dir_all(env.path("work/bad")).unwrap();
    assert!(session(&env, "lint").ends_with("[0]"));
    assert!(session(&env, "lint . --strict").ends_with("[1]"));
    env.write("work/odd/compose.yaml", "services:\n  web:\n    image: nginx:1.27\n");
    insta::assert_snapshot!(session(&env, "lint --strict"), @r"
    0 errors, 0 warnings, 0 notes in 1 stack
    [0]
    ");
}

#[test]
fn programs_get_json_or_sarif() {
    let env = repository();
    let json = session(&env, "lint --format json");
    assert!(
        json.contains("\"rule\": \"compose/unknown-key\"") && json.contains("\"line\": 3"),
        "{json}"
    );
    let sarif = session(&env, "lint --format sarif");
    assert!(sarif.contains("\"ruleId\": \"compose/unknown-key\""), "{sarif}");
    insta::assert_snapshot!(session(&env, "stacks --source . --format sarif"), @r"
    ! error: `--format sarif` is for `lint` alone
    !
    ! hint: use `--format human` or `--format json`
    [2]
    ");
    insta::assert_snapshot!(session(&env, "lint nowhere"), @r"
    ! error: `nowhere` is neither a source of the settings nor a directory or URL
    !
    ! hint: name an existing directory, or the URL of a git repository
    [2]
    ");
}

#[test]
fn wrong_usage_is_json_where_json_was_asked_for() {
    insta::assert_snapshot!(session(&Env::new(), "lint --nope --format json"), @r#"
    {
      "schema": 1,
      "error": "unexpected argument '--nope' found",
      "causes": [],
      "excerpt": null,
      "hint": "see `conductor --help`",
      "next": "fatal",
      "retry_after_seconds": null
    }
    [2]
    "#);
}
