//! Settings that cannot be used.

use super::session;
use crate::support::env::Env;

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_name() {
    let env = Env::new();
    env.write("config.yaml", "host: nas\nsources:\n  - nmae: home\n");
    insta::assert_snapshot!(session(&env, "status"), @r"
    ! error: invalid settings in `[ENV]/config.yaml`
    !   cause: line 3, column 5: unknown key `nmae` in `sources[0]`
    !
    ! hint: did you mean `name`?
    [2]
    ");
}

#[test]
fn a_settings_file_that_was_named_must_be_there() {
    insta::assert_snapshot!(session(&Env::new(), "--config nowhere.yaml sync"), @r"
    ! error: cannot read the settings `[ENV]/work/nowhere.yaml`
    !   cause: No such file or directory (os error 2)
    !
    ! hint: check the path and its permissions, or name another file with `--config`
    [2]
    ");
}

#[test]
fn a_source_over_ssh_without_pinned_host_keys_is_refused() {
    let env = Env::new();
    env.write(
        "config.yaml",
        "sources: [{name: home, url: 'git@git.example.com:me/stacks', ssh_key_file: key}]\n",
    );
    insta::assert_snapshot!(session(&env, "sync"), @r"
    ! error: invalid settings in `[ENV]/config.yaml`
    !   cause: line 1, column 11: source `home` is reached over SSH and has no `known_hosts_file`
    !
    ! hint: host keys are pinned: write the host's public key to a file (`ssh-keyscan HOST` shows it; compare it with what the provider publishes) and name it in `known_hosts_file`
    [2]
    ");
}

#[test]
fn a_variable_that_is_nearly_a_setting_is_warned_about() {
    let mut env = Env::new();
    env.set("CONDUCTOR_SOURCE_ULR", "https://git.example.com/me/stacks");
    let said = session(&env, "sync");
    assert!(said.starts_with("! warning: the variable `CONDUCTOR_SOURCE_ULR` is not a setting; did you mean `CONDUCTOR_SOURCE_URL`?\n"), "{said}");
}
