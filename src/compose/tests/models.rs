//! The typed project and its hashes.

use crate::compose::testing::try_load;
use crate::model::hash::{Dialect, service_text};
use crate::model::parts::CreateHostPath;

#[test]
fn who_decided_about_a_missing_source_is_remembered() {
    let text = "
services:
  a:
    image: x
    volumes:
      - ./a:/a
      - {type: bind, source: ./b, target: /b, bind: {create_host_path: true}}
      - {type: bind, source: ./c, target: /c, bind: {create_host_path: false}}
      - {type: bind, source: ./d, target: /d, bind: {}}
      - {type: bind, source: ./e, target: /e}
";
    let loaded = try_load(text).unwrap();
    let service = &loaded.project.services["a"];
    let written: Vec<Option<CreateHostPath>> = service
        .volumes
        .iter()
        .map(|mount| mount.bind.as_ref().map(|bind| bind.create_host_path))
        .collect();
    let (yes, no, implied) = (CreateHostPath::Yes, CreateHostPath::No, CreateHostPath::Implied);
    assert_eq!(written, [Some(yes), Some(yes), Some(no), Some(implied), None]);
    let text = |dialect| service_text(service, dialect, &|_| None);
    insta::assert_snapshot!(text(Dialect::Compose5), @r#"{"command":null,"entrypoint":null,"image":"x","networks":{"default":null},"volumes":[{"type":"bind","source":"/p/a","target":"/a","bind":{}},{"type":"bind","source":"/p/b","target":"/b","bind":{}},{"type":"bind","source":"/p/c","target":"/c","bind":{"create_host_path":false}},{"type":"bind","source":"/p/d","target":"/d","bind":{}},{"type":"bind","source":"/p/e","target":"/e"}]}"#);
    insta::assert_snapshot!(text(Dialect::Compose2), @r#"{"command":null,"entrypoint":null,"image":"x","networks":{"default":null},"volumes":[{"type":"bind","source":"/p/a","target":"/a","bind":{"create_host_path":true}},{"type":"bind","source":"/p/b","target":"/b","bind":{"create_host_path":true}},{"type":"bind","source":"/p/c","target":"/c","bind":{}},{"type":"bind","source":"/p/d","target":"/d","bind":{}},{"type":"bind","source":"/p/e","target":"/e"}]}"#);
    insta::assert_snapshot!(text(Dialect::Compose50), @r#"{"command":null,"entrypoint":null,"image":"x","networks":{"default":null},"volumes":[{"type":"bind","source":"/p/a","target":"/a","bind":{}},{"type":"bind","source":"/p/b","target":"/b","bind":{}},{"type":"bind","source":"/p/c","target":"/c","bind":{"create_host_path":false}},{"type":"bind","source":"/p/d","target":"/d","bind":{"create_host_path":false}},{"type":"bind","source":"/p/e","target":"/e"}]}"#);
}

#[test]
fn extensions_of_conductor_are_kept_apart() {
    let text = "
x-conductor: {a: 1}
x-other: [1]
services:
  a: {image: x, x-conductor: {runtime: docker}, x-foo: 1}
";
    let loaded = try_load(text).unwrap();
    assert_eq!(loaded.extension.as_ref().unwrap().to_string(), r#"{"a":1}"#);
    assert_eq!(loaded.service_extensions["a"].to_string(), r#"{"runtime":"docker"}"#);
    assert_eq!(loaded.model().model["x-other"].to_string(), "[1]");
    assert!(loaded.model().model["services"]["a"].get("x-foo").is_none());
}
