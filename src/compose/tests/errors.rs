//! What people see when a file is wrong.

use std::path::PathBuf;

use crate::compose::testing::{FakeKeys, MemoryTree, part, shown};
use crate::compose::{Request, load};
use crate::model::hash::Dialect;

fn check(text: &str) -> String {
    part(text, &[])
}

#[test]
fn a_value_of_the_wrong_kind_is_pointed_at() {
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    ports: 80\n"), @r"
        error: `/p/compose.yaml:4:12`: `services.a.ports`: must be a list, found a whole number
          |
        4 |     ports: 80
          |            ^
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    user: 1000\n"), @r"
        error: `/p/compose.yaml:4:11`: `services.a.user`: must be text, found a whole number
          |
        4 |     user: 1000
          |           ^
        hint: put quotes around the value
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    depends_on: {b: {condition: ready}}\n"), @r"
        error: `/p/compose.yaml:4:33`: `services.a.depends_on.b.condition`: `ready` is not one of `service_started`, `service_healthy`, `service_completed_successfully`
          |
        4 |     depends_on: {b: {condition: ready}}
          |                                 ^
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    volumes: [{target: /x}]\n"), @r"
        error: `/p/compose.yaml:4:15`: `services.a.volumes[0]`: the key `type` is missing
          |
        4 |     volumes: [{target: /x}]
          |               ^
        ");
    insta::assert_snapshot!(check("services:\n  a:\n"), @r"
        error: `/p/compose.yaml:2:4`: `services.a`: must be a mapping, found nothing
          |
        2 |   a:
          |    ^
        ");
    insta::assert_snapshot!(check("- a\n"), @r"
        error: `/p/compose.yaml:1:1`: a Compose file must be a mapping, found a list
          |
        1 | - a
          | ^
        ");
    insta::assert_snapshot!(check("# nothing\n"), @r"
        error: `/p/compose.yaml`: the file is empty
        hint: describe at least one service below `services:`
        ");
}

#[test]
fn broken_yaml_and_bad_keys_are_pointed_at() {
    insta::assert_snapshot!(check("services:\n  a: [\n"), @r"
        error: `/p/compose.yaml:2:6` is not valid YAML
          cause: line 2, column 6: unclosed bracket '['
          |
        2 |   a: [
          |      ^
        hint: check the indentation, colons and quotes there and on the lines above
        ");
    insta::assert_snapshot!(check("services:\n  a: {image: x}\n  a: {image: y}\n"), @r"
        error: `/p/compose.yaml:3:3` is not valid YAML
          cause: line 3, column 3: key `a` is already defined at line 2
          |
        3 |   a: {image: y}
          |   ^
        hint: remove one of the two, or rename it
        ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, environment: {1: y}}\n"), @r"
        error: `/p/compose.yaml:2:31`: `services.a.environment`: the key 1 is not text
          |
        2 |   a: {image: x, environment: {1: y}}
          |                               ^
        hint: put quotes around the key
        ");
    insta::assert_snapshot!(check("services:\n  'a b': {image: x}\n"), @r"
        error: `/p/compose.yaml:2:3`: `services`: invalid name `a b`
          |
        2 |   'a b': {image: x}
          |   ^
        hint: use letters, digits, `.`, `_` and `-`
        ");
    insta::assert_snapshot!(check("servces: {}\n"), @r"
        error: `/p/compose.yaml:1:1`: unknown key `servces`
          |
        1 | servces: {}
          | ^
        hint: did you mean `services`?
        ");
}

#[test]
fn short_forms_say_what_is_wrong_with_them() {
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    ports: ['80', '70000:80']\n"), @r"
        error: `/p/compose.yaml:4:19`: `services.a.ports[1]`: `70000` in the port `70000:80` is not a port from 0 to 65535, nor a range of ports
          |
        4 |     ports: ['80', '70000:80']
          |                   ^
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    volumes: ['${NOPE}:/data']\n"), @r"
        error: `/p/compose.yaml:4:15`: `services.a.volumes[0]`: the volume `:/data` has nothing before or between its colons
          |
        4 |     volumes: ['${NOPE}:/data']
          |               ^
        hint: a variable in it may be empty or not set
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    mem_limit: lots\n"), @r"
        error: `/p/compose.yaml:4:16`: `services.a.mem_limit`: `lots` is not a size
          |
        4 |     mem_limit: lots
          |                ^
        hint: write a size such as `512m` or `1.5g`
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    stop_grace_period: '30'\n"), @r"
        error: `/p/compose.yaml:4:24`: `services.a.stop_grace_period`: `30` is not a duration
          |
        4 |     stop_grace_period: '30'
          |                        ^
        hint: write a duration such as `90s` or `1m30s`; the unit is needed
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    command: echo 'x\n"), @r"
        error: `/p/compose.yaml:4:14`: `services.a.command`: a quote in the command line is not closed
          |
        4 |     command: echo 'x
          |              ^
        hint: close the quote, or write the command as a list
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    scale: ${N}\n--- .env\nN=many\n"), @r"
        error: `/p/compose.yaml:4:12`: `services.a.scale`: `***` is not a whole number
          |
        4 |     scale: ${N}
          |            ^
        ");
}

#[test]
fn variables_say_what_is_missing() {
    insta::assert_snapshot!(check("services:\n  a:\n    image: ${IMAGE:?choose one}\n"), @r"
        error: `/p/compose.yaml:3:12`: `services.a.image`: required variable `IMAGE` is missing a value: choose one
          |
        3 |     image: ${IMAGE:?choose one}
          |            ^
        hint: set `IMAGE` in `.env` or in an env file; for `-f`, the environment counts, too
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    command: echo ${A!}\n"), @r"
        error: `/p/compose.yaml:4:14`: `services.a.command`: invalid interpolation format `echo ${A!}`
          |
        4 |     command: echo ${A!}
          |              ^
        hint: write `$$` for a dollar sign that is no variable
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n--- .env\nA=1\nB C=hunter2\n"), @r"
        error: `/p/.env:2:1`: the variable name `B C` contains a space
        hint: each line is `NAME=value`; a value of several lines needs quotes
        ");
}

#[test]
fn what_is_not_there_is_named_with_the_place_that_wants_it() {
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    env_file: db.env\n"), @r"
    error: cannot read `/p/db.env`, which `/p/compose.yaml:4:5` names
      cause: no such file: `/p/db.env`
      |
    4 |     env_file: db.env
      |     ^
    hint: relative paths are taken from the project directory; a file that git ignores is not in the repository
    ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    volumes: ['data:/data']\n"), @r"
    error: `/p/compose.yaml:4:15`: `services.a.volumes[0]`: refers to the undefined volume `data`
      |
    4 |     volumes: ['data:/data']
      |               ^
    hint: declare `data` below `volumes:`
    ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    volumes: ['foo/bar:/data']\n"), @r"
    error: `/p/compose.yaml:4:15`: `services.a.volumes[0]`: refers to the undefined volume `foo/bar`
      |
    4 |     volumes: ['foo/bar:/data']
      |               ^
    hint: write `./foo/bar` for a directory beside the Compose file
    ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    networks: [back]\n"), @r"
    error: `/p/compose.yaml:4:16`: `services.a.networks.back`: refers to the undefined network `back`
      |
    4 |     networks: [back]
      |                ^
    hint: declare `back` below `networks:`
    ");
    insta::assert_snapshot!(check("services:\n  a:\n    image: x\n    depends_on: [b]\n"), @r"
    error: `/p/compose.yaml:4:18`: `services.a.depends_on.b`: refers to the undefined service `b`
      |
    4 |     depends_on: [b]
      |                  ^
    ");
    insta::assert_snapshot!(check("services:\n  a:\n    extends: {file: base.yaml, service: b}\n"), @r"
        error: cannot read `/p/base.yaml`, which `/p/compose.yaml:3:21` names
          cause: no such file: `/p/base.yaml`
          |
        3 |     extends: {file: base.yaml, service: b}
          |                     ^
        hint: relative paths are taken from the project directory; a file that git ignores is not in the repository
        ");
    insta::assert_snapshot!(check("services:\n  a:\n    extends: {file: base.yaml, service: b}\n--- base.yaml\nservices:\n  c: {image: x}\n"), @r"
        error: `/p/compose.yaml:3:21`: `extends`: the service `b` that it extends is not defined in `base.yaml`
          |
        3 |     extends: {file: base.yaml, service: b}
          |                     ^
        ");
    insta::assert_snapshot!(check("include: [sub/compose.yaml]\nservices: {}\n"), @r"
        error: cannot read `/p/sub/compose.yaml`, which `/p/compose.yaml:1:11` names
          cause: no such file: `/p/sub/compose.yaml`
          |
        1 | include: [sub/compose.yaml]
          |           ^
        hint: relative paths are taken from the project directory; a file that git ignores is not in the repository
        ");
}

#[test]
fn services_that_do_not_fit_together_are_refused() {
    insta::assert_snapshot!(check("services:\n  a: {}\n"), @r"
        error: `/p/compose.yaml:2:3`: `services.a`: neither an image nor a build is given
          |
        2 |   a: {}
          |   ^
        hint: add `image:`, `build:` or `provider:`
        ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n"), @r"
    error: `/p/compose.yaml:2:30`: `services`: services depend on each other in a circle: a → b → a
      |
    2 |   a: {image: x, depends_on: [b]}
      |                              ^
    ");
    insta::assert_snapshot!(check("services:\n  a: {extends: b}\n  b: {extends: a}\n"), @r"
        error: `/p/compose.yaml:2:16`: `services.a.extends`: services extend each other in a circle: a → b → a
          |
        2 |   a: {extends: b}
          |                ^
        hint: remove one of these links
        ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, network_mode: host, networks: [n]}\nnetworks: {n: }\n"), @r"
    error: `/p/compose.yaml:2:17`: `services.a.network_mode`: `network_mode` and `networks` exclude each other
      |
    2 |   a: {image: x, network_mode: host, networks: [n]}
      |                 ^
    ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, container_name: one, scale: 2}\n"), @r"
    error: `/p/compose.yaml:2:17`: `services.a.container_name`: `container_name` allows one container, not 2
      |
    2 |   a: {image: x, container_name: one, scale: 2}
      |                 ^
    hint: remove `container_name`, or run one replica
    ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, profiles: [p]}\n"), @r"
    error: `/p/compose.yaml:2:30`: `services.a.depends_on.b`: depends on `b`, which no active profile enables
      |
    2 |   a: {image: x, depends_on: [b]}
      |                              ^
    hint: enable one of its profiles, or write `required: false`
    ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, tmpfs: /t, volumes: [/t]}\n"), @r"
    error: `/p/compose.yaml:2:38`: `services.a.volumes[0]`: `/t` is already mounted by `services.a.tmpfs[0]`
      |
    2 |   a: {image: x, tmpfs: /t, volumes: [/t]}
      |                                      ^
    ");
    insta::assert_snapshot!(check("services:\n  a: {image: x, container_name: one}\n  b: {image: x, container_name: one}\n"), @r"
    error: `/p/compose.yaml:3:17`: `services.b.container_name`: the container name `one` is also that of `a`
      |
    3 |   b: {image: x, container_name: one}
      |                 ^
    ");
}

#[test]
fn files_and_variables_that_multiply_each_other_are_refused() {
    let mut env = "A0=0123456789\n".to_owned();
    for step in 1..40 {
        env.push_str(&format!("A{step}=$A{0}$A{0}\n", step - 1));
    }
    assert!(
        check(&format!("services: {{a: {{image: x}}}}\n--- .env\n{env}"))
            .contains("becomes too large")
    );
    let mut files = "include: [f0.yaml, f0.yaml]\n".to_owned();
    for step in 0..30 {
        let next = step + 1;
        files.push_str(&format!("--- f{step}.yaml\ninclude: [f{next}.yaml, f{next}.yaml]\n"));
    }
    files.push_str("--- f30.yaml\nservices: {a: {image: x}}\n");
    assert!(check(&files).contains("becomes too large"));
    let chain: String = (0..100).fold("services:\n".to_owned(), |text, step| {
        format!("{text}  s{step}: {{extends: s{}}}\n", step + 1)
    });
    assert!(check(&format!("{chain}  s100: {{image: x}}\n")).contains("nested too deeply"));
}

#[test]
fn a_home_directory_is_needed_for_a_tilde() {
    let tree = MemoryTree::parse("services: {a: {image: x, volumes: ['~/d:/d']}}\n");
    let request = Request {
        files: vec![PathBuf::from("/p/compose.yaml")],
        project_directory: PathBuf::from("/p"),
        ..Request::default()
    };
    insta::assert_snapshot!(shown(&load(&tree, &FakeKeys, &request).unwrap_err()), @r"
    error: `/p/compose.yaml:1:36`: `services.a.volumes[0].source`: `~` means nothing here: a stack of a source has no home directory
      |
    1 | services: {a: {image: x, volumes: ['~/d:/d']}}
      |                                    ^
    hint: write the absolute path
    ");
    insta::assert_snapshot!(check("services: {a: {image: x, environment: {A: .inf}}}\n"), @r"
    error: `/p/compose.yaml:1:43`: `services.a.environment.A`: infinity and NaN are not allowed
      |
    1 | services: {a: {image: x, environment: {A: .inf}}}
      |                                           ^
    ");
}

#[test]
fn a_number_without_an_end_is_a_text_to_compose_2_where_texts_stand() {
    let check = |text: &str| {
        let mut request = Request {
            files: vec![PathBuf::from("/p/compose.yaml")],
            project_directory: PathBuf::from("/p"),
            ..Request::default()
        };
        request.read_as(Dialect::Compose2);
        load(&MemoryTree::parse(text), &FakeKeys, &request)
            .map(|loaded| loaded.model().model["services"]["a"]["environment"].to_string())
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        [
            check("services: {a: {image: x, environment: {A: .inf, B: -.inf}}}\n"),
            check("services: {a: {image: x, mem_swappiness: .inf}}\n"),
        ],
        [
            Ok(r#"{"A":"+Inf","B":"-Inf"}"#.to_owned()),
            Err("`/p/compose.yaml:1:42`: `services.a.mem_swappiness`: infinity and NaN are not allowed".to_owned()),
        ]
    );
}
