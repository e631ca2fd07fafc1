//! Config hashes as Docker Compose computes them, so that either tool recognises what the other made.
//!
//! A hash is the SHA-256 of the service as Go's `encoding/json` writes it. Both the rules of Compose 5 (5.0.2 and later)
//! and of Compose 2 are known; they differ only in how a bind mount prints `create_host_path`.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::name::ServiceName;
use super::parts::CreateHostPath;
use super::project::{Network, Volume};
use super::service::Service;

/// Whose rules a hash follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Compose 5.0.2 and later; what Conductor writes.
    Compose5,
    /// Compose 5.0.0 and 5.0.1.
    Compose50,
    /// Compose 2.
    Compose2,
}

/// All dialects, the one that is written first.
pub const DIALECTS: [Dialect; 3] = [Dialect::Compose5, Dialect::Compose2, Dialect::Compose50];

/// The config hash of a service. `container_of` names the container ID of a service whose namespace or volumes it
/// shares (`network_mode: service:x`, `volumes_from: [x]`); where it answers `None`, the reference stays as written.
pub fn service_hash(
    service: &Service,
    dialect: Dialect,
    container_of: &dyn Fn(&ServiceName) -> Option<String>,
) -> String {
    sha256_hex(service_text(service, dialect, container_of).as_bytes())
}

/// The config hash of a service as it is declared, before anything is known of an engine: what `config --hash` shows.
/// It is that of the label, unless namespaces or volumes are shared. Compose 2 shows another one than it writes where there
/// is a `label_file`: its `config` has forgotten the file by then. (Both seen on 2.40.3.)
pub fn declared_hash(service: &Service, dialect: Dialect) -> String {
    let mut service = service.clone();
    if dialect == Dialect::Compose2 {
        service.label_file.clear();
    }
    sha256_hex(text_of(service, dialect).as_bytes())
}

/// The text whose digest is the config hash.
pub fn service_text(
    service: &Service,
    dialect: Dialect,
    container_of: &dyn Fn(&ServiceName) -> Option<String>,
) -> String {
    let mut service = service.clone();
    for mode in [&mut service.network_mode, &mut service.ipc, &mut service.pid] {
        if let Some(id) = mode.strip_prefix("service:").and_then(|name| lookup(name, container_of))
        {
            *mode = format!("container:{id}");
        }
    }
    for from in &mut service.volumes_from {
        if let Some(container) = from.strip_prefix("container:") {
            *from = container.to_owned();
        } else if let Some(id) = from.split(':').next().and_then(|name| lookup(name, container_of))
        {
            *from = id;
        }
    }
    text_of(service, dialect)
}

/// The text of a service whose references are as they are hashed.
fn text_of(mut service: Service, dialect: Dialect) -> String {
    service.build = None;
    service.pull_policy = String::new();
    service.scale = None;
    service.depends_on.clear();
    service.profiles.clear();
    if let Some(deploy) = &mut service.deploy {
        deploy.replicas = None;
    }
    if let Some(deploy) = &mut service.deploy {
        in_order(&mut deploy.placement, &PLACEMENT);
        for config in [&mut deploy.update_config, &mut deploy.rollback_config].into_iter().flatten()
        {
            config.as_object_mut().into_iter().for_each(|members| in_order(members, &UPDATE));
        }
    }
    let mut value = to_value(&service);
    for (mount, printed) in service.volumes.iter().zip(mounts_of(&mut value)) {
        if let (Some(bind), Some(printed)) = (&mount.bind, printed.get_mut("bind")) {
            print_create_host_path(printed, bind.create_host_path, dialect);
        }
    }
    go_json(&value)
}

/// Members of `deploy.placement`, in Compose's order.
const PLACEMENT: [&str; 3] = ["constraints", "preferences", "max_replicas_per_node"];
/// Members of `deploy.update_config` and `deploy.rollback_config`, in Compose's order.
const UPDATE: [&str; 6] =
    ["parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order"];

/// Puts the members of an object that we keep as it is into Compose's order.
fn in_order(members: &mut serde_json::Map<String, Value>, order: &[&str]) {
    for key in order {
        if let Some(member) = members.shift_remove(*key) {
            members.insert((*key).to_owned(), member);
        }
    }
}

fn lookup(name: &str, container_of: &dyn Fn(&ServiceName) -> Option<String>) -> Option<String> {
    ServiceName::parse(name).ok().and_then(|name| container_of(&name))
}

/// The printed mounts of a printed service.
fn mounts_of(service: &mut Value) -> impl Iterator<Item = &mut Value> {
    service.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten()
}

/// Writes or removes `create_host_path` as the tool of this dialect prints it, keeping the order of the members.
fn print_create_host_path(bind: &mut Value, written: CreateHostPath, dialect: Dialect) {
    let shown = match (dialect, written) {
        (Dialect::Compose5, CreateHostPath::No)
        | (Dialect::Compose50, CreateHostPath::No | CreateHostPath::Implied) => Some(false),
        (Dialect::Compose2, CreateHostPath::Yes) => Some(true),
        (Dialect::Compose5 | Dialect::Compose50, CreateHostPath::Yes)
        | (Dialect::Compose5 | Dialect::Compose2, CreateHostPath::Implied)
        | (Dialect::Compose2, CreateHostPath::No) => None,
    };
    let Some(members) = bind.as_object_mut() else { return };
    let recursive = members.shift_remove("recursive");
    members.shift_remove("create_host_path");
    if let Some(shown) = shown {
        members.insert("create_host_path".to_owned(), Value::Bool(shown));
    }
    if let Some(recursive) = recursive {
        members.insert("recursive".to_owned(), recursive);
    }
}

/// The config hash of a network, with its name.
pub fn network_hash(network: &Network) -> String {
    sha256_hex(go_json(&to_value(network)).as_bytes())
}

/// The config hash that Compose 2 gives a network: it drops `ipam.options`.
pub fn network_hash_compose2(network: &Network) -> String {
    let mut network = network.clone();
    network.ipam.options.clear();
    network_hash(&network)
}

/// The config hash of a volume, with its name, and `local` where no driver is named.
pub fn volume_hash(volume: &Volume) -> String {
    let mut volume = volume.clone();
    if volume.driver.is_empty() {
        "local".clone_into(&mut volume.driver);
    }
    sha256_hex(go_json(&to_value(&volume)).as_bytes())
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// Our own types serialise to JSON without a way to fail; should one ever, its hash is that of `null`.
fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Compact JSON as Go's `encoding/json` writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped.
pub fn go_json(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, &mut text, None);
    text
}

/// The same over several lines, two blanks a level.
pub fn go_json_lines(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, &mut text, Some(0));
    text
}

/// `depth` is that of the value, where lines are broken.
fn write_json(value: &Value, out: &mut String, depth: Option<usize>) {
    let inner = depth.map(|depth| depth + 1);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, inner);
                write_json(item, out, inner);
            }
            close(out, items.is_empty(), depth);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                separate(out, index, inner);
                write_string(key, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write_json(member, out, inner);
            }
            close(out, members.is_empty(), depth);
            out.push('}');
        }
    }
}

fn separate(out: &mut String, index: usize, depth: Option<usize>) {
    if index > 0 {
        out.push(',');
    }
    close(out, false, depth);
}

fn close(out: &mut String, is_empty: bool, depth: Option<usize>) {
    if let Some(depth) = depth.filter(|_| !is_empty) {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

fn number_text(number: &serde_json::Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    if float == 0.0 || (1e-6..1e21).contains(&float.abs()) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\u{20}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::parts::Deploy;

    #[test]
    fn the_hash_is_the_one_that_compose_writes() {
        let service = Service {
            image: "busybox".to_owned(),
            networks: Some(BTreeMap::from([("default".to_owned(), None)])),
            ..Service::default()
        };
        let none = |_: &ServiceName| None;
        assert_eq!(
            service_text(&service, Dialect::Compose5, &none),
            r#"{"command":null,"entrypoint":null,"image":"busybox","networks":{"default":null}}"#
        );
        assert_eq!(
            service_hash(&service, Dialect::Compose5, &none),
            "2afd7866203dca40993313263173003833e9de9c3ad83f2f59484e32a5605234"
        );
    }

    #[test]
    fn the_path_of_a_label_file_is_part_of_the_label_and_compose_2_shows_a_hash_without_it() {
        let plain = Service { image: "busybox".to_owned(), ..Service::default() };
        let labelled = Service { label_file: vec!["/p/a.label".to_owned()], ..plain.clone() };
        let dialects = [Dialect::Compose5, Dialect::Compose2];
        let is_shown =
            |dialect| declared_hash(&labelled, dialect) != declared_hash(&plain, dialect);
        let written = |service: &Service, dialect| service_hash(service, dialect, &|_| None);
        let is_written = |dialect| written(&labelled, dialect) != written(&plain, dialect);
        assert_eq!(dialects.map(is_shown), [true, false]);
        assert_eq!(dialects.map(is_written), [true, true]);
    }

    #[test]
    fn members_stand_in_composes_order() {
        let update = serde_json::json!({"order": "start-first", "delay": "1s", "parallelism": 2});
        let service = Service {
            deploy: Some(Deploy { update_config: Some(update), ..Deploy::default() }),
            volumes_from: vec!["container:x".to_owned()],
            ..Service::default()
        };
        insta::assert_snapshot!(
            service_text(&service, Dialect::Compose5, &|_: &ServiceName| None),
            @r#"{"command":null,"deploy":{"update_config":{"parallelism":2,"delay":"1s","order":"start-first"},"resources":{},"placement":{}},"entrypoint":null,"volumes_from":["x"]}"#
        );
    }

    #[test]
    fn a_network_is_hashed_with_its_name() {
        let network = Network { name: "p_front".to_owned(), ..Network::default() };
        insta::assert_snapshot!(go_json(&to_value(&network)), @r#"{"name":"p_front","ipam":{}}"#);
        assert_eq!(
            network_hash(&Network {
                name: "nginx-flask-mysql_backnet".to_owned(),
                ..Network::default()
            }),
            "5b16ceb41a52cedce82abad13376914cb772be96eda433f9bec8e8f9a5e142bf"
        );
    }

    #[test]
    fn json_over_several_lines_is_that_of_go() {
        let value =
            serde_json::json!({"a": [1, 2.0, 0.5, 1e21, 1e-7], "b": {}, "c": [], "d": {"e": "<"}});
        insta::assert_snapshot!(go_json_lines(&value), @r#"
        {
          "a": [
            1,
            2,
            0.5,
            1e+21,
            1e-7
          ],
          "b": {},
          "c": [],
          "d": {
            "e": "\u003c"
          }
        }
        "#);
    }

    #[test]
    fn markup_is_escaped_as_go_does() {
        assert_eq!(go_json(&Value::from("<a&b>\u{1}")), r#""\u003ca\u0026b\u003e\u0001""#);
    }
}
