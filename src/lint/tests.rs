//! Whole repositories, by what is wrong with them.

use std::fs;

use super::{Report, Scope, lint};
use crate::compose::Open;
use crate::secrets::Keys;
use crate::source::{DirTree, Links};

/// Lints a directory with these files (`--- NAME` begins one), and prints each finding on a line.
fn check(files: &str) -> String {
    let report = report(files, &Keys::load(&[]).unwrap());
    let line = |finding: &super::Finding| {
        let place = &finding.place;
        let place = format!("{}:{}:{}", place.file.display(), place.line, place.column);
        format!("{place} {} {}: {}", finding.level(), finding.rule.rule().name, finding.message)
    };
    report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Everything that could be printed of what is found.
fn printed(files: &str) -> String {
    format!("{:?}", report(files, &Keys::load(&[]).unwrap()))
}

fn report(files: &str, keys: &dyn Open) -> Report {
    let root = tempfile::tempdir().unwrap();
    for part in files.split("--- ").filter(|part| !part.trim().is_empty()) {
        let (name, text) = part.split_once('\n').unwrap();
        let path = root.path().join(name.trim());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let tree = DirTree::at(root.path(), Links::Inside);
    let scope = Scope { repository: "repo".to_owned(), ..Scope::default() };
    lint(&tree, keys, &scope)
}

#[test]
fn a_sound_repository_has_no_findings() {
    assert_eq!(
        check(
            "--- a/compose.yaml\nservices:\n  web:\n    image: nginx:1.27\n    ports: [\"80:80\"]\n"
        ),
        ""
    );
}

#[test]
fn an_empty_repository_is_told() {
    insta::assert_snapshot!(check("--- README.md\nhello\n"), @":0:0 warning conductor/no-stack: no directory with a Compose file was found");
}

#[test]
fn one_stack_that_does_not_load_hides_no_other() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  web:
    imagee: nginx:1
--- b/compose.yaml
services:
  web:
    image: nginx:1
    depends_on: [nobody]
--- c/compose.yaml
services:
  web:
    image: x:1
   bad: indent
--- d/compose.yaml
version: '3'
services:
  web:
    image: x:1
    environment: {A: $NOPE}
    env_file: missing.env
"), @r"
    a/compose.yaml:3:5 error compose/unknown-key: `services.web`: unknown key `imagee`
    b/compose.yaml:4:18 error compose/undefined: `services.web.depends_on.nobody`: refers to the undefined service `nobody`
    c/compose.yaml:4:4 error compose/yaml: while parsing a block mapping, did not find expected key
    d/compose.yaml:1:1 warning compose/obsolete: `version` is obsolete and ignored
    d/compose.yaml:5:22 warning compose/unset-variable: the variable `NOPE` is not set; it counts as blank
    d/compose.yaml:6:5 error compose/unreadable: cannot read `d/missing.env`: no such file: `d/missing.env`
    ");
}

#[test]
fn stacks_are_held_against_each_other() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
name: same
services:
  web: {image: nginx:1, container_name: web, ports: ['80:80', '127.0.0.1:53:53/udp']}
--- b/compose.yaml
name: same
services:
  web: {image: nginx:1, container_name: web, ports: ['80:8080', '127.0.0.2:53:53/udp']}
--- c/compose.yaml
services:
  web: {image: nginx:1, ports: ['80:80']}
--- conductor.yaml
stacks:
  c: {hosts: [other], depends_on: [same, nobody]}
  same: {hosts: [nas], depends_on: [d]}
  d: {depends_on: [same]}
  ghost: {}
--- d/compose.yaml
services:
  x: {image: nginx:1}
"), @r"
    a:0:0 error conductor/project-twins: the project name `same` is that of `a` and `b`
    b:0:0 error conductor/project-twins: the project name `same` is that of `a` and `b`
    b/compose.yaml:3:25 error names/container-name: service `web` of `same` and service `web` of `same` are both named `web`
    b/compose.yaml:3:54 error ports/conflict: service `web` of `same` and service `web` of `same` both publish port 80/tcp
    conductor.yaml:0:0 warning conductor/unknown-stack: `conductor.yaml` names a stack `ghost`, which does not exist
    conductor.yaml:0:0 error conductor/stack-cycle: stacks depend on each other in a circle: d → same → d
    conductor.yaml:0:0 error conductor/stack-dependency: stack `c` depends on `nobody`, which does not exist
    conductor.yaml:0:0 error conductor/stack-dependency: stack `c` depends on `same`, and they share no host
    ");
}

#[test]
fn what_a_service_waits_for_must_be_able_to_come() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  web:
    image: nginx:1
    depends_on:
      db: {condition: service_healthy}
      cache: {condition: service_healthy}
      job: {condition: service_completed_successfully}
      good: {condition: service_healthy}
  db: {image: postgres:16}
  cache: {image: redis:7, healthcheck: {disable: true}}
  job: {image: busybox:1, restart: always}
  good: {image: x:1, healthcheck: {test: curl localhost}}
"), @r"
    a/compose.yaml:5:7 warning health/missing-healthcheck: service `web` waits until `db` is healthy, and `db` has no `healthcheck`
    a/compose.yaml:6:7 error health/disabled-healthcheck: service `web` waits until `cache` is healthy, and its healthcheck is switched off
    a/compose.yaml:7:7 warning health/never-completes: service `web` waits until `job` has ended, and `job` has `restart: always`
    ");
}

#[test]
fn images_and_keys_that_conductor_does_not_carry_out_are_told() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  one: {image: nginx}
  two: {image: 'ghcr.io/x/y:latest'}
  three: {build: .}
  four: {provider: {type: x}}
  five: {image: 'x@sha256:0123456789012345678901234567890123456789012345678901234567890123'}
x-conductor: {prune: true}
"), @r"
    a/compose.yaml:2:9 note images/mutable-tag: the image `nginx` has no tag, which means `latest`
    a/compose.yaml:3:9 note images/mutable-tag: the tag `latest` of image `ghcr.io/x/y:latest` is moved often
    a/compose.yaml:4:11 error conductor/unsupported: service `three` has no `image`, and Conductor does not build one
    a/compose.yaml:5:10 error conductor/unsupported: `services.four.provider` is not supported
    a/compose.yaml:7:15 warning conductor/no-effect: `x-conductor.prune` has no effect: it is not supported yet
    ");
}

#[test]
fn files_that_are_named_must_be_there_and_readable_for_the_container() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  web:
    image: nginx:1
    volumes:
      - ./nginx.conf:/etc/nginx.conf
      - ./data:/data
      - ./conf:/conf
    configs: [app]
    secrets: [plain, sealed]
configs:
  app: {file: ./app.conf}
secrets:
  plain: {file: ./plain.txt}
  sealed: {file: ./sealed.age}
--- a/plain.txt
hunter2
--- a/sealed.age
age-encryption.org/v1
-> X25519 x
--- a/conf/key.age
age-encryption.org/v1
-> X25519 x
"), @r"
    a/compose.yaml:5:9 warning files/bind-missing: service `web` mounts `a/nginx.conf`, which does not exist
    a/compose.yaml:7:9 error secrets/ciphertext: service `web` would get `a/conf/key.age` as it is, and it is encrypted
    a/compose.yaml:11:9 error files/missing: `a/app.conf` of `configs.app` does not exist
    a/compose.yaml:13:11 warning secrets/plaintext-file: the secret `plain` is the file `a/plain.txt`, which is not encrypted
    ");
}

#[test]
fn secrets_in_plain_text_are_told_and_not_shown() {
    let files = "\
--- a/compose.yaml
services:
  web:
    image: nginx:1
    env_file: web.env
    environment:
      DB_PASSWORD: hunter2
      DB_USER: me
      TOKEN: ${TOKEN:-}
--- a/web.env
# PASSWORD=comment
API_TOKEN=hunter2
HOST=x
--- a/.env
export MAIL_PASSWORD='hunter2'
";
    let found = check(files);
    assert!(!printed(files).contains("hunter2"), "{}", printed(files));
    insta::assert_snapshot!(found, @r"
    a/.env:1:1 warning secrets/plaintext: `MAIL_PASSWORD` looks like a secret, and stands here in plain text
    a/compose.yaml:6:7 warning secrets/plaintext: `DB_PASSWORD` of service `web` looks like a secret, and stands here in plain text
    a/web.env:2:1 warning secrets/plaintext: `API_TOKEN` looks like a secret, and stands here in plain text
    ");
}

#[test]
fn an_encrypted_env_file_is_read_past_where_no_identity_fits() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  web: {image: nginx:1, env_file: web.env}
--- a/web.env
TOKEN=ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]
sops_mac=ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]
sops_lastmodified=2024-01-01T00:00:00Z
sops_version=3.9.0
"), @r"
    a/compose.yaml:2:3 note secrets/in-environment: the secret `TOKEN` reaches service `web` as a variable, which the engine keeps in plain text
    a/web.env:0:0 note secrets/not-checked: `a/web.env` is encrypted and was not decrypted
    ");
}

#[test]
fn the_repositorys_own_file_is_checked_too() {
    insta::assert_snapshot!(check("--- conductor.yaml\nstacks:\n  a: {helth_timeout: 3m}\n--- a/compose.yaml\nservices: {x: {image: x:1}}\n--- a/docker-compose.yml\nservices: {}\n"), @r"
    a/docker-compose.yml:0:0 warning conductor/unused-file: not read, because `a/compose.yaml` stands beside it
    conductor.yaml:2:7 error conductor/settings: unknown key `helth_timeout` in `stacks.a`
    ");
}

#[test]
fn what_was_noticed_is_told_also_where_a_stack_cannot_be_loaded() {
    insta::assert_snapshot!(check("\
--- a/compose.yaml
services:
  web: {image: 'nginx:${TAG}'}
  db: {imagee: postgres:16}
"), @r"
    a/compose.yaml:2:16 warning compose/unset-variable: the variable `TAG` is not set; it counts as blank
    a/compose.yaml:3:8 error compose/unknown-key: `services.db`: unknown key `imagee`
    ");
}
