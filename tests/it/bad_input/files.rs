//! Files that would hang, blow up or lead astray: each is refused at once, and with little memory.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::support::env::Env;
use crate::support::process::run;

/// Runs a command with little memory; waiting for ever would end it, too. The words are those of standard error.
fn refused(env: &Env, line: &str) -> String {
    let mut command = Command::new("sh");
    let limits = "ulimit -v 524288; exec timeout -s KILL 120 \"$@\"";
    command.args(["-ec", limits, "sh", env!("CARGO_BIN_EXE_conductor")]);
    command.args(line.split_whitespace()).current_dir(env.path("work"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("CONDUCTOR_CONFIG", env.path("config.yaml"));
    command.env("CONDUCTOR_STATE_DIR", env.state());
    let ran = run(command.stdin(Stdio::null()));
    assert!(ran.out.is_empty() && ran.err.len() < 4_000, "{ran}");
    let text = format!("{}[{}]", ran.err, ran.code.unwrap_or(-1));
    text.replace(&env.path("").display().to_string(), "[ENV]/")
}

/// Surroundings with this Compose file.
fn project(text: &str) -> Env {
    let env = Env::new();
    env.write("work/compose.yaml", text);
    env
}

fn fifo(env: &Env, name: &str) {
    let _made = run(Command::new("mkfifo").arg(env.path(name)).stdin(Stdio::null())).stdout();
}

#[test]
fn pipes_and_devices_are_not_opened() {
    let env = project("services:\n  web:\n    image: x\n    env_file: [vars]\n");
    fifo(&env, "work/vars");
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: cannot read `[ENV]/work/vars`, which `[ENV]/work/compose.yaml:4:16` names
      cause: `[ENV]/work/vars` is not a regular file
          |
        4 |     env_file: [vars]
          |                ^

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
    fifo(&env, "work/pipe.yaml");
    insta::assert_snapshot!(refused(&env, "config -f pipe.yaml"), @r"
    error: cannot read `[ENV]/work/pipe.yaml`
      cause: `[ENV]/work/pipe.yaml` is not a regular file

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
    insta::assert_snapshot!(refused(&env, "config -f /dev/zero"), @r"
    error: cannot read `/dev/zero`
      cause: `/dev/zero` is not a regular file

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
    insta::assert_snapshot!(refused(&env, "config --env-file /dev/zero"), @r"
    error: cannot read `/dev/zero`
      cause: `/dev/zero` is not a regular file

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
    let env = project("services:\n  web:\n    image: x\n    env_file: [/dev/zero]\n");
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: cannot read `/dev/zero`, which `[ENV]/work/compose.yaml:4:16` names
      cause: `/dev/zero` is not a regular file
          |
        4 |     env_file: [/dev/zero]
          |                ^

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
    let env = project("include: [/dev/zero]\n");
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: cannot read `/dev/zero`, which `[ENV]/work/compose.yaml:1:11` names
      cause: `/dev/zero` is not a regular file
          |
        1 | include: [/dev/zero]
          |           ^

    hint: name a regular file: directories, pipes and devices are not read
    [1]
    ");
}

#[test]
fn a_link_does_not_lead_out_of_a_repository() {
    let env = Env::new();
    env.write("outside.env", "A=outside\n");
    env.write(
        "work/stacks/web/compose.yaml",
        "services:\n  web:\n    image: x\n    env_file: [vars]\n",
    );
    symlink(env.path("outside.env"), env.path("work/stacks/web/vars")).unwrap();
    insta::assert_snapshot!(refused(&env, "config --source stacks web"), @r"
    error: cannot read `[ENV]/work/stacks/web/vars`, which `[ENV]/work/stacks/web/compose.yaml:4:16` names
      cause: `[ENV]/work/stacks/web/vars` is a symbolic link that leads out of the repository
          |
        4 |     env_file: [vars]
          |                ^

    hint: put the file itself into the repository
    [1]
    ");
}

#[test]
fn what_is_nested_or_multiplied_without_end_is_refused() {
    let env = project(&format!("services: {}", "[".repeat(10 << 20)));
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: `[ENV]/work/compose.yaml:1:266` is not valid YAML
      cause: line 1, column 266: nested too deeply
          |
        1 | [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
          |                                                                                 ^

    hint: correct the file at that place; until then, what runs stays as it is
    [1]
    ");
    let mut deep = String::new();
    for level in 0..2_000 {
        writeln!(deep, "{}a:", " ".repeat(level)).unwrap();
    }
    let env = project(&deep);
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: `[ENV]/work/compose.yaml:256:256` is not valid YAML
      cause: line 256, column 256: nested too deeply
            |
        256 |                                                                                 a:
            |                                                                                 ^

    hint: correct the file at that place; until then, what runs stays as it is
    [1]
    ");
    let mut bomb = "x-0: &a0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        writeln!(bomb, "x-{level}: &a{level} [{}]", vec![below; 10].join(", ")).unwrap();
    }
    let env = project(&format!("{bomb}services: {{web: {{image: x, command: *a11}}}}\n"));
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: `[ENV]/work/compose.yaml:1:17` is not valid YAML
      cause: line 1, column 17: aliases expand to too much text
          |
        1 | x-0: &a0 [a, a, a, a, a, a, a, a, a, a]
          |                 ^

    hint: correct the file at that place; until then, what runs stays as it is
    [1]
    ");
}

#[test]
fn circles_end() {
    let env = project("include: [other.yaml]\n");
    env.write("work/other.yaml", "include: [compose.yaml]\nservices: {web: {image: x}}\n");
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: `[ENV]/work/other.yaml:1:11`: `include`: files include each other in a circle: [ENV]/work/compose.yaml → [ENV]/work/other.yaml → [ENV]/work/compose.yaml
          |
        1 | include: [compose.yaml]
          |           ^

    hint: remove one of these links
    [1]
    ");
    let env =
        project("services:\n  a: {extends: b}\n  b: {extends: {service: a, file: compose.yaml}}\n");
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: `[ENV]/work/compose.yaml:2:16`: `services.a.extends`: services extend each other in a circle: a → b → a
          |
        2 |   a: {extends: b}
          |                ^

    hint: remove one of these links
    [1]
    ");
    let env = project("services: {web: {image: x, env_file: [loop]}}\n");
    symlink("loop", env.path("work/loop")).unwrap();
    insta::assert_snapshot!(refused(&env, "config"), @r"
    error: cannot read `[ENV]/work/loop`, which `[ENV]/work/compose.yaml:1:39` names
      cause: cannot read `[ENV]/work/loop`
      cause: Too many levels of symbolic links (os error 40)
          |
        1 | services: {web: {image: x, env_file: [loop]}}
          |                                       ^
    [1]
    ");
}
