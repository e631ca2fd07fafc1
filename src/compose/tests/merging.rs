//! Files over files, `extends`, `include`, and the tags.

use crate::compose::testing::{indented, part, service};

fn over(base: &str, over: &str) -> String {
    let text = format!(
        "services:\n  a:\n    image: x\n{}\n--- override.yaml\nservices:\n  a:\n{}\n",
        indented(base, 4),
        indented(over, 4)
    );
    let text = service(&text);
    text.replace(r#""command":null,"#, "")
        .replace(r#""entrypoint":null,"#, "")
        .replace(r#","networks":{"default":null}"#, "")
}

#[test]
fn an_override_replaces_adds_or_merges_by_key() {
    insta::assert_snapshot!(over("command: a b\nports: ['80:80']", "command: [c]\nports: ['80:80', '81:80']"), @r#"{"command":["c"],"image":"x","ports":[{"mode":"ingress","target":80,"published":"80","protocol":"tcp"},{"mode":"ingress","target":80,"published":"81","protocol":"tcp"}]}"#);
    insta::assert_snapshot!(over("environment: {A: 1, B: 2}", "environment: [B=3, C]"), @r#"{"environment":{"A":"1","B":"3","C":null},"image":"x"}"#);
    insta::assert_snapshot!(over("volumes: ['./a:/x', 'b:/y']", "volumes: ['./c:/x']").replace("named `b`", ""), @r#"{"image":"x","volumes":[{"type":"bind","source":"/p/c","target":"/x","bind":{}},{"type":"volume","target":"b:/y","volume":{}}]}"#);
    insta::assert_snapshot!(over("labels: [a=1]\nenvironment: {A: 1}", "labels: {a: 2, b: }\nenvironment: "), @r#"{"environment":{"A":"1"},"image":"x","labels":{"a":"2","b":""}}"#);
    insta::assert_snapshot!(over("logging: {driver: json-file, options: {a: 1}}", "logging: {driver: json-file, options: {b: 2}}"), @r#"{"image":"x","logging":{"driver":"json-file","options":{"a":"1","b":"2"}}}"#);
    insta::assert_snapshot!(over("logging: {driver: json-file, options: {a: 1}}", "logging: {driver: syslog}"), @r#"{"image":"x","logging":{"driver":"syslog"}}"#);
    insta::assert_snapshot!(over("dns: 1.1.1.1\ncap_add: [A]", "dns: [8.8.8.8, 1.1.1.1]\ncap_add: [B, A]"), @r#"{"cap_add":["A","B"],"dns":["1.1.1.1","8.8.8.8"],"image":"x"}"#);
    insta::assert_snapshot!(over("build: .", "build: {args: {X: 1}}"), @r#"{"build":{"context":"/p","dockerfile":"Dockerfile","args":{"X":"1"}},"image":"x"}"#);
    insta::assert_snapshot!(over("extra_hosts: ['h:1.1.1.1']", "extra_hosts: {i: 2.2.2.2}"), @r#"{"extra_hosts":["h=1.1.1.1","i=2.2.2.2"],"image":"x"}"#);
    insta::assert_snapshot!(over("ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5, nproc: 6}"), @r#"{"image":"x","ulimits":{"nofile":5,"nproc":6}}"#);
    insta::assert_snapshot!(over("command: a", "command: "), @r#"{"image":"x"}"#);
    insta::assert_snapshot!(over("networks: {default: {aliases: [b]}}", "networks: other"), @r#"{"image":"x","networks":{"default":{"aliases":["b"]}}}"#);
    insta::assert_snapshot!(over("ports: ['80']", "ports: {}"), @r"
        error: `/p/override.yaml:3:12`: `services.a.ports`: cannot be overridden by a mapping
          |
        3 |     ports: {}
          |            ^
        ");
}

#[test]
fn tags_reset_and_replace() {
    insta::assert_snapshot!(over("ports: ['80:80']\nuser: me", "ports: !reset []\nuser: !reset null"), @r#"{"image":"x"}"#);
    insta::assert_snapshot!(over("ports: ['80:80']\nenvironment: {A: 1}", "ports: !override ['81:81']\nenvironment: !override {B: 2}"), @r#"{"environment":{"B":"2"},"image":"x","ports":[{"mode":"ingress","target":81,"published":"81","protocol":"tcp"}]}"#);
    insta::assert_snapshot!(over("environment: {A: 1, B: 2}", "environment: {A: !reset null, C: 3}"), @r#"{"environment":{"B":"2","C":"3"},"image":"x"}"#);
    insta::assert_snapshot!(part("services:\n  a: {image: x}\n  b: {image: y}\n--- override.yaml\nservices:\n  b: !reset null\n", &["services"]), @r#"{"a":{"command":null,"entrypoint":null,"image":"x","networks":{"default":null}}}"#);
}

#[test]
fn a_service_is_laid_over_what_it_extends() {
    let base = "--- sub/base.yaml
services:
  base:
    extends: root
    volumes: ['./data:/data']
    env_file: base.env
  root:
    image: root
    environment: {A: root, B: root}
--- sub/base.env
C=base
";
    let text = format!(
        "services:\n  a:\n    extends: {{file: sub/base.yaml, service: base}}\n    environment: [B=a]\n{base}"
    );
    insta::assert_snapshot!(service(&text), @r#"{"command":null,"entrypoint":null,"environment":{"A":"root","B":"a","C":"base"},"image":"root","networks":{"default":null},"volumes":[{"type":"bind","source":"/p/sub/data","target":"/data","bind":{}}]}"#);
    let text = format!(
        "services:\n  a:\n    extends: {{file: sub/base.yaml, service: base}}\n    environment: !reset {{}}\n    volumes: !override ['./own:/data']\n{base}"
    );
    insta::assert_snapshot!(service(&text), @r#"{"command":null,"entrypoint":null,"environment":{"C":"base"},"image":"root","networks":{"default":null},"volumes":[{"type":"bind","source":"/p/own","target":"/data","bind":{}}]}"#);
}

#[test]
fn an_included_model_has_its_own_directory_and_variables() {
    let text = "
include: [sub/compose.yaml]
services:
  a: {image: 'a:${TAG:-none}', depends_on: [b]}
  b: {labels: {own: 1}}
--- .env
BOTH=outer
--- sub/compose.yaml
services:
  b:
    image: b:${TAG}-${BOTH}
    volumes: ['./data:/data', 'named:/n']
    ports: ['80:80']
volumes: {named: }
--- sub/.env
TAG=inner
BOTH=inner
";
    insta::assert_snapshot!(part(text, &[]), @r#"{"name":"p","networks":{"default":{"name":"p_default","ipam":{}}},"services":{"a":{"command":null,"depends_on":{"b":{"condition":"service_started","required":true}},"entrypoint":null,"image":"a:none","networks":{"default":null}},"b":{"command":null,"entrypoint":null,"image":"b:inner-outer","labels":{"own":"1"},"networks":{"default":null},"ports":[{"mode":"ingress","target":80,"published":"80","protocol":"tcp"}],"volumes":[{"type":"bind","source":"/p/sub/data","target":"/data","bind":{}},{"type":"volume","source":"named","target":"/n","volume":{}}]}},"volumes":{"named":{"name":"p_named"}}}"#);
}

#[test]
fn files_that_include_each_other_are_refused() {
    let text = "
include: [b.yaml]
services: {}
--- b.yaml
include: [compose.yaml]
services: {}
";
    insta::assert_snapshot!(part(text, &[]), @r"
        error: `/p/b.yaml:1:11`: `include`: files include each other in a circle: /p/compose.yaml → /p/b.yaml → /p/compose.yaml
          |
        1 | include: [compose.yaml]
          |           ^
        hint: remove one of these links
        ");
}

#[test]
fn an_included_service_can_be_extended() {
    let text = "
include: [sub/compose.yaml]
services:
  a: {extends: b, environment: {X: 1}}
--- sub/compose.yaml
services:
  b: {image: x, working_dir: /w}
";
    insta::assert_snapshot!(service(text), @r#"{"command":null,"entrypoint":null,"environment":{"X":"1"},"image":"x","networks":{"default":null},"working_dir":"/w"}"#);
}
