//! Env files, label files, profiles and names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::compose::testing::{FakeKeys, MemoryTree, service, shown, try_load};
use crate::compose::{Request, load, project_name, reaches};
use crate::model::name::ServiceName;

#[test]
fn env_files_stand_below_the_environment_and_later_ones_win() {
    let text = "
services:
  a:
    image: x
    env_file: [one.env, {path: two.env, required: false}, {path: gone.env, required: false}, {path: raw.env, format: raw}]
    environment: {C: own, D: }
    label_file: [labels]
    labels: {l: own}
--- .env
D=project
--- one.env
A=one
B=one
C=one
--- two.env
B=two
E=${A}${B}${C}${D}
--- raw.env
F='$A' #
--- labels
l=file
m=file
";
    insta::assert_snapshot!(service(text), @r#"{"command":null,"entrypoint":null,"environment":{"A":"one","B":"two","C":"own","D":"project","E":"onetwoownproject","F":"'$$A' #"},"image":"x","labels":{"l":"own","m":"file"},"label_file":["/p/labels"],"networks":{"default":null}}"#);
}

#[test]
fn services_of_other_profiles_are_set_aside_with_what_only_they_need() {
    let text = "
services:
  a: {image: x}
  b: {image: x, profiles: [p], volumes: ['v:/v'], env_file: gone.env}
  c: {image: x, profiles: [q], networks: [n]}
volumes: {v: }
networks: {n: }
--- .env
COMPOSE_PROFILES=q
";
    let loaded = try_load(text).unwrap();
    let names: Vec<&str> = loaded.project.services.keys().map(ServiceName::as_str).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(loaded.project.disabled.iter().map(ServiceName::as_str).collect::<Vec<_>>(), ["b"]);
    assert!(loaded.project.volumes.is_empty() && loaded.project.networks.contains_key("n"));
}

fn name(text: &str, change: impl FnOnce(&mut Request)) -> String {
    let tree = MemoryTree::parse(text);
    let mut request = Request {
        files: vec![PathBuf::from("/p/compose.yaml")],
        project_directory: PathBuf::from("/p/My Dir"),
        ..Request::default()
    };
    change(&mut request);
    let light = project_name(&tree, &FakeKeys, &request);
    let whole = load(&tree, &FakeKeys, &request).map(|loaded| loaded.project.name);
    match (light, whole) {
        (Ok(light), Ok(whole)) => {
            assert_eq!(light, whole);
            light.as_str().to_owned()
        }
        (light, _) => shown(&light.unwrap_err()),
    }
}

#[test]
fn the_project_name_comes_from_the_first_that_has_one() {
    let file = "name: From ${X:-File}\nservices: {a: {image: x}}\n";
    let bare = "services: {a: {image: x}}\n";
    assert_eq!(name(file, |_| ()), "fromfile");
    assert_eq!(name(file, |request| request.project_name = Some("given".to_owned())), "given");
    assert_eq!(name(bare, |_| ()), "mydir");
    assert_eq!(
        name(bare, |request| request.fallback_name = Some("repo.git".to_owned())),
        "repogit"
    );
    let variable = |request: &mut Request| {
        request.environment =
            BTreeMap::from([("COMPOSE_PROJECT_NAME".to_owned(), "env".to_owned())]);
    };
    assert_eq!(name(file, variable), "env");
    insta::assert_snapshot!(name(bare, |request| request.project_name = Some("Bad Name".to_owned())), @r"
        error: cannot load the project: invalid project name `Bad Name`
        hint: use lower-case letters, digits, `-` and `_`, beginning with a letter or digit
        ");
    insta::assert_snapshot!(name(bare, |request| request.project_directory = PathBuf::from("/")), @r"
        error: cannot load the project: the project has no name
        hint: set `name:` in the Compose file, or pass a project name
        ");
}

#[test]
fn what_was_read_is_told() {
    let text = "
include: [sub/compose.yaml]
services:
  a: {extends: {file: base.yaml, service: b}, env_file: a.env}
--- base.yaml
services: {b: {image: x}}
--- sub/compose.yaml
services: {c: {image: x}}
--- a.env
A=1
--- .env
B=1
";
    let loaded = try_load(text).unwrap();
    let read: Vec<&Path> =
        loaded.read.iter().map(|path| path.strip_prefix("/p").unwrap()).collect();
    insta::assert_debug_snapshot!(read, @r#"
        [
            ".env",
            "compose.yaml",
            "sub/compose.yaml",
            "base.yaml",
            "a.env",
        ]
        "#);
    let reached = reaches(&MemoryTree::parse(text), &[PathBuf::from("/p/compose.yaml")]);
    insta::assert_debug_snapshot!(reached, @r#"
        [
            "/p/base.yaml",
            "/p/sub/compose.yaml",
        ]
        "#);
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let text = "
version: '3.8'
services:
  a: {image: 'x:${TAG}', volumes: ['v:/data', 'data:/d:odd'], tty: yes}
volumes: {data: , net: {external: {name: other}}}
";
    let loaded = try_load(text).unwrap();
    let lines: Vec<String> =
        loaded.warnings.iter().map(|warning| format!("{}: {}", warning.at, warning.text)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    /p/compose.yaml:4:14: the variable `TAG` is not set; it counts as blank
    /p/compose.yaml:4:68: `yes` is read as a boolean
    /p/compose.yaml:2:1: `version` is obsolete and ignored
    /p/compose.yaml:4:36: `v:/data` is an anonymous volume: a single letter before a colon is taken for a drive
    /p/compose.yaml:4:47: the volume option `odd` means nothing and is ignored
    /p/compose.yaml:5:42: `volumes.net.external.name` is deprecated
    ");
}
