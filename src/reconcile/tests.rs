//! Layouts as tables: a directory's files in, what containers need of it out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compose;
use crate::model::desired::{Contents, Replace};
use crate::model::failure::Failure as _;
use crate::model::secret::Secret;
use crate::model::tree::{Entry, Placement, Tree, TreeError};
use crate::secrets::Keys;
use crate::source::{DirTree, Links};

use super::layout::{Layout, Materials, lay_out, wanted};

/// A directory that passes for a commit.
struct Commit(DirTree);

impl Tree for Commit {
    fn root(&self) -> &Path {
        self.0.root()
    }

    fn placement(&self) -> Placement {
        Placement::LaidOut
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        self.0.entry(path)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        self.0.read(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        self.0.list(path)
    }
}

const SERVICE: &str = "services:\n  web:\n    image: busybox\n";
/// A file as `sops` leaves it; it is never decrypted here.
const ENCRYPTED: &str = include_str!("../../tests/fixtures/sops/app.enc.env");

/// Lays out a stack of these files, whose Compose file goes on behind `SERVICE`, and shows what came of it.
fn check(placement: Placement, compose: &str, files: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for (name, text) in files.iter().chain(&[("compose.yaml", &*format!("{SERVICE}{compose}"))]) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let plain = DirTree::at(root, Links::Inside);
    let tree: Box<dyn Tree> = match placement {
        Placement::InPlace => Box::new(plain),
        Placement::LaidOut => Box::new(Commit(plain)),
    };
    let request = compose::Request {
        files: vec![root.join("compose.yaml")],
        project_directory: root.to_owned(),
        project_name: Some("p".to_owned()),
        environment: [("TOKEN".to_owned(), "t0ken".to_owned())].into(),
        ..compose::Request::default()
    };
    let keys = Keys::default();
    let loaded = compose::load(&*tree, &keys, &request).unwrap();
    let secrets_dir = PathBuf::from("/run/s");
    let provided = wanted(&loaded.project)
        .into_iter()
        .map(|value| (value.clone(), Secret::new(value.to_string().into_bytes())))
        .collect();
    let materials = Materials {
        loaded: &loaded,
        tree: &*tree,
        keys: &keys,
        provided: &provided,
        secrets_dir: &secrets_dir,
        unseen_secrets: None,
    };
    let shown = match lay_out(&materials) {
        Ok(layout) => show(&layout),
        Err(error) => format!("error: {error}\nhint: {}\n", error.hint().unwrap_or_default()),
    };
    shown.replace(&format!("{}/", root.display()), "")
}

fn show(layout: &Layout) -> String {
    let mut text = String::new();
    for (path, file) in &layout.files {
        let kind = match file.contents {
            Contents::Plain(_) => "plain",
            Contents::Secret(_) => "secret",
            Contents::Link(_) => "link",
        };
        let how = if file.replace == Replace::InPlace { "same inode" } else { "rename" };
        text += &format!("file {} {kind} {:o} {how}\n", path.display(), file.mode);
    }
    for (service, inputs) in &layout.inputs {
        for input in inputs {
            text += &format!("input of {service}: {} {}\n", input.kind, input.name);
        }
    }
    for (object, path) in &layout.objects {
        text += &format!("{} {} is {}\n", object.kind, object.key, path.display());
    }
    for copy in layout.copies.values().flatten() {
        text += &format!("copied to {} {:o}\n", copy.target, copy.mode);
    }
    for warning in &layout.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

#[test]
fn a_bound_file_of_a_commit_keeps_its_inode_and_a_directory_brings_its_files() {
    let compose = "    volumes: [./a.conf:/a.conf, ./d:/d, ./data:/data, /etc/hosts:/h]\n";
    let files = [("a.conf", "x"), ("d/one", "1"), ("d/sub/two", "2"), ("other", "o")];
    insta::assert_snapshot!(check(Placement::LaidOut, compose, &files), @r"
    file a.conf plain 644 same inode
    file compose.yaml plain 644 rename
    file d/one plain 644 rename
    file d/sub/two plain 644 rename
    input of web: file a.conf
    input of web: file d/one
    input of web: file d/sub/two
    ");
}

#[test]
fn in_place_only_what_is_mounted_read_only_counts() {
    let compose = "    volumes: [./a.conf:/a.conf, ./b.conf:/b.conf:ro, ./d:/d, ./e:/e:ro]\n";
    let files = [("a.conf", "x"), ("b.conf", "x"), ("d/data", "1"), ("e/page", "2")];
    insta::assert_snapshot!(check(Placement::InPlace, compose, &files), @r"
    input of web: file b.conf
    input of web: file e/page
    ");
}

#[test]
fn ciphertext_never_reaches_a_container_through_a_mount() {
    let files = [("s.env", ENCRYPTED), ("d/s.env", ENCRYPTED)];
    let expected = "error: service `web` mounts `s.env`, which is encrypted\n";
    for placement in [Placement::InPlace, Placement::LaidOut] {
        let file = check(placement, "    volumes: [./s.env:/s.env]\n", &files);
        assert!(file.starts_with(expected), "{file}");
        let directory = check(placement, "    volumes: [./d:/d:ro]\n", &files);
        assert!(directory.starts_with("error: service `web` mounts `d/s.env`"), "{directory}");
    }
}

#[test]
fn an_encrypted_secret_without_a_key_is_an_error() {
    let compose = "    secrets: [s]\nsecrets:\n  s: {file: ./s.env}\n";
    let shown = check(Placement::LaidOut, compose, &[("s.env", ENCRYPTED)]);
    assert!(shown.starts_with("error: cannot decrypt secret `s` of service `web`"), "{shown}");
}

#[test]
fn a_declared_secret_of_a_commit_goes_to_memory_even_when_it_was_committed_in_plain_text() {
    let compose = "    secrets: [s, {source: t, mode: 0400, uid: '1000'}]\n    configs: [c]\nsecrets:\n  s: {file: ./s}\n  t: {environment: TOKEN}\nconfigs:\n  c: {file: ./c}\n";
    insta::assert_snapshot!(check(Placement::LaidOut, compose, &[("s", "pw"), ("c", "conf")]), @r"
    file /run/s/web/secrets/s secret 444 same inode
    file /run/s/web/secrets/t secret 400 same inode
    file c plain 644 same inode
    file compose.yaml plain 644 rename
    input of web: config c
    input of web: secret s
    input of web: secret t
    config c is c
    secret s is /run/s/web/secrets/s
    secret t is /run/s/web/secrets/t
    ");
}

#[test]
fn in_place_a_plain_secret_is_mounted_where_it_lies() {
    let compose = "    secrets: [{source: s, mode: 0400}]\nsecrets:\n  s: {file: ./s}\n";
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[("s", "pw")]), @r"
    input of web: secret s
    secret s is s
    warning: secret `s` of service `web`: uid, gid and mode do not apply to a file that is mounted in place
    ");
}

#[test]
fn an_inline_config_is_copied_unless_the_file_system_is_read_only() {
    let configs = "configs:\n  c: {content: hello}\n";
    let compose = format!("    configs: [{{source: c, target: /etc/c}}]\n{configs}");
    insta::assert_snapshot!(check(Placement::InPlace, &compose, &[]), @r"
    input of web: config c
    copied to /etc/c 444
    ");
    let compose = format!("    read_only: true\n    configs: [c]\n{configs}");
    insta::assert_snapshot!(check(Placement::InPlace, &compose, &[]), @r"
    file /run/s/web/configs/c plain 444 same inode
    input of web: config c
    config c is /run/s/web/configs/c
    ");
}

#[test]
fn a_secret_from_a_variable_that_is_not_set_says_what_to_set() {
    let compose = "    secrets: [s]\nsecrets:\n  s: {environment: NOWHERE}\n";
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[]), @r"
    error: secret `s` of service `web` comes from the variable `NOWHERE`, which is not set
    hint: set `NOWHERE` in `.env`, or in the `environment` of the source
    ");
}

#[test]
fn a_file_that_is_missing_is_named() {
    let compose = "    configs: [c]\nconfigs:\n  c: {file: ./nowhere.conf}\n";
    insta::assert_snapshot!(check(Placement::LaidOut, compose, &[]), @r"
    error: cannot read config `c` of service `web`
    hint: commit `nowhere.conf`, or correct the path in the Compose file
    ");
}

#[test]
fn a_secret_that_a_provider_keeps_goes_to_the_tmpfs_whatever_else_is_written() {
    let compose = "    secrets: [db]\n    configs: [{source: conf, target: /etc/conf}]\nsecrets:\n  db:\n    \
                   x-conductor: {provider: bao, path: apps/db, key: password}\n  unused:\n    file: ./none\n    \
                   x-conductor: {provider: bao, path: none, key: x}\nconfigs:\n  conf:\n    content: for compose\n    \
                   x-conductor: {provider: bao, path: apps/db, key: conf}\n";
    insta::assert_snapshot!(check(Placement::LaidOut, compose, &[]), @r"
    file /run/s/web/configs/conf secret 444 same inode
    file /run/s/web/secrets/db secret 444 same inode
    file compose.yaml plain 644 rename
    input of web: config conf
    input of web: secret db
    config conf is /run/s/web/configs/conf
    secret db is /run/s/web/secrets/db
    ");
}

#[test]
fn one_secret_with_two_modes_is_two_files_and_one_input() {
    let compose = "    secrets:\n      - {source: t, target: one}\n      - {source: t, target: two, mode: 0400, uid: '5'}\n      - {source: t, target: three}\nsecrets: {t: {environment: TOKEN}}\n";
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[]), @r"
    file /run/s/web/secrets/t secret 444 same inode
    file /run/s/web/secrets/t@400-5- secret 400 same inode
    input of web: secret t
    secret t is /run/s/web/secrets/t
    secret t is /run/s/web/secrets/t
    secret t is /run/s/web/secrets/t@400-5-
    ");
}

#[test]
fn a_file_that_the_engines_host_may_have_is_only_warned_about() {
    let compose = "    configs: [c]\nconfigs: {c: {file: ./missing}}\n";
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[]), @r"
    config c is missing
    warning: config `c` of service `web`: there is no file `missing`; where the engine has none either, it refuses the container
    ");
    insta::assert_snapshot!(check(Placement::LaidOut, compose, &[]), @r"
    error: cannot read config `c` of service `web`
    hint: commit `missing`, or correct the path in the Compose file
    ");
}

#[test]
fn a_seccomp_profile_is_an_input_and_has_to_be_json() {
    let compose = "    security_opt: ['seccomp=./p.json', 'seccomp:unconfined']\n";
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[("p.json", "{ }")]), @"input of web: file ./p.json");
    insta::assert_snapshot!(check(Placement::InPlace, compose, &[("p.json", "no")]), @r"
    error: the seccomp profile `./p.json` of service `web` is not JSON
    hint: name a profile as Docker reads it, or one of `builtin` and `unconfined`
    ");
}
