//! Whole loads, as people write them.

use crate::compose::testing::{part, service};

#[test]
fn an_ordinary_stack_is_loaded() {
    insta::assert_snapshot!(part(
        "
services:
  web:
    image: nginx:${TAG:-1}
    ports: ['8080:80']
    environment: {A: 1, B: null}
    depends_on: [db]
    volumes: ['./html:/usr/share/nginx/html:ro', 'data:/data']
  db:
    image: postgres
    env_file: db.env
volumes:
  data:
--- .env
TAG=2
B=from-dot-env
--- db.env
USER=${TAG}-me
",
        &[]
    ), @r#"{"name":"p","networks":{"default":{"name":"p_default","ipam":{}}},"services":{"db":{"command":null,"entrypoint":null,"environment":{"USER":"2-me"},"image":"postgres","networks":{"default":null}},"web":{"command":null,"depends_on":{"db":{"condition":"service_started","required":true}},"entrypoint":null,"environment":{"A":"1","B":"from-dot-env"},"image":"nginx:2","networks":{"default":null},"ports":[{"mode":"ingress","target":80,"published":"8080","protocol":"tcp"}],"volumes":[{"type":"bind","source":"/p/html","target":"/usr/share/nginx/html","read_only":true,"bind":{}},{"type":"volume","source":"data","target":"/data","volume":{}}]}},"volumes":{"data":{"name":"p_data"}}}"#);
}

#[test]
fn a_typo_is_shown_with_its_place_and_the_nearest_key() {
    insta::assert_snapshot!(service("services:\n  a:\n    imgae: x\n"), @r"
    error: `/p/compose.yaml:3:5`: `services.a`: unknown key `imgae`
      |
    3 |     imgae: x
      |     ^
    hint: did you mean `image`?
    ");
}
