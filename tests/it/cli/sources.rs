//! Sources without an engine: their stacks, and one of them rendered.

use super::session;
use crate::support::env::Env;

/// Surroundings with a plain directory of three stacks, refined by `conductor.yaml`.
fn directory() -> Env {
    let mut env = Env::new();
    env.set("CONDUCTOR_HOST", "nas");
    for name in ["app", "blog", "web"] {
        let file = format!("services: {{main: {{image: 'busybox:${{TAG:-{name}}}'}}}}\n");
        env.write(&format!("work/stacks/{name}/compose.yaml"), file);
    }
    env.write(
        "work/stacks/conductor.yaml",
        "stacks:\n  \
           app: {suspended: true}\n  \
           blog: {hosts: [elsewhere], rollback: true}\n  \
           wep: {profiles: [x]}\n",
    );
    env.write("work/stacks/web/.env", "TAG=from-env\n");
    env
}

#[test]
fn stacks_tells_what_is_left_alone_and_what_has_no_effect() {
    let env = directory();
    insta::assert_snapshot!(session(&env, "stacks --source ./stacks"), @r"
    STACK  SOURCE  PATH  REVISION   NOTE
    app    cli     app   directory  suspended by `conductor.yaml`
    blog   cli     blog  directory  for other hosts
    web    cli     web   directory
    ! warning: `conductor.yaml` names a stack `wep`, which does not exist; did you mean `web`?
    [0]
    ");
}

#[test]
fn a_path_in_which_there_is_no_stack_is_named() {
    let env = directory();
    env.write("work/stacks/conductor.yaml", "paths: [app, shops]\n");
    insta::assert_snapshot!(session(&env, "stacks --source ./stacks"), @r"
    STACK  SOURCE  PATH  REVISION   NOTE
    app    cli     app   directory
    ! warning: there is no stack in `shops`, which `paths` names
    [0]
    ");
}

#[test]
fn a_stack_is_rendered_by_its_name_or_path_and_sees_nothing_of_the_callers_environment() {
    let mut env = directory();
    env.set("TAG", "of-the-caller");
    insta::assert_snapshot!(session(&env, "config --source stacks web --images"), @r"
    busybox:from-env
    ! warning: `conductor.yaml` names a stack `wep`, which does not exist; did you mean `web`?
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --source stacks blog/ --images"), @r"
    busybox:blog
    ! warning: `conductor.yaml` names a stack `wep`, which does not exist; did you mean `web`?
    [0]
    ");
    insta::assert_snapshot!(session(&env, "config --source stacks"), @r"
    ! error: no stack is named, and the source holds 3
    !
    ! hint: name one of app, blog, web
    [2]
    ");
    insta::assert_snapshot!(session(&env, "config --source stacks webb"), @r"
    ! error: no stack `webb`
    !
    ! hint: the source holds app, blog, web
    [2]
    ");
}

#[test]
fn a_source_that_is_not_there_says_so() {
    let env = Env::new();
    insta::assert_snapshot!(session(&env, "stacks --source ./nowhere"), @r"
    ! error: `./nowhere` is neither a source of the settings nor a directory or URL
    !
    ! hint: name an existing directory, or the URL of a git repository
    [2]
    ");
    insta::assert_snapshot!(session(&env, "stacks --source file:///nowhere/at/all.git"), @r"
    ! error: source cli: cannot find a git repository at `file:///nowhere/at/all.git`
    !   cause: failed to resolve path '/nowhere/at/all.git': No such file or directory
    !
    ! hint: check the source's `url`; a server may also hide a repository that its credentials do not open
    [1]
    ");
}

#[test]
fn one_stack_that_cannot_be_named_does_not_hide_the_others() {
    let env = directory();
    env.write("work/stacks/blog/compose.yaml", "services: [\n");
    env.write("work/stacks/conductor.yaml", "");
    insta::assert_snapshot!(session(&env, "stacks --source stacks"), @r"
    STACK  SOURCE  PATH  REVISION   NOTE
    app    cli     app   directory
    web    cli     web   directory
    ! error: source cli: blog: `[ENV]/work/stacks/blog/compose.yaml:1:11` is not valid YAML
    !   cause: line 1, column 11: unclosed bracket '['
    !       |
    !     1 | services: [
    !       |           ^
    !
    ! hint: check the indentation, colons and quotes there and on the lines above
    [1]
    ");
}
