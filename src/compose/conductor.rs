//! `x-conductor` of a service: what Compose has no word for, read strictly.

use std::time::Duration;

use crate::model::behaviour::{Behaviour, OnConfigChange, Runtime, Update};
use crate::model::scalar::GoDuration;

use super::error::Error;
use super::nearest::nearest;
use super::problem::Problem;
use super::value::{Data, Item};

/// The key of the extension.
pub(super) const KEY: &str = "x-conductor";
/// What it may hold.
const KEYS: [&str; 5] = ["on_config_change", "update", "runtime", "drain", "one_shot"];
/// What may happen when inputs change.
const CHANGES: [&str; 4] = ["recreate", "restart", "signal: SIGHUP", "ignore"];
/// How containers may be replaced.
const UPDATES: [&str; 2] = ["stop-first", "start-first"];
/// What may run a service.
const RUNTIMES: [&str; 1] = ["docker"];
/// The signals that a container can be sent.
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// Reads the extension of the service at `path`, such as `services.web`.
pub(super) fn behaviour(item: &Item, path: &str) -> Result<Behaviour, Error> {
    let path = format!("{path}.{KEY}");
    let mut behaviour = Behaviour::default();
    if matches!(item.data, Data::Null) {
        return Ok(behaviour);
    }
    let Some(map) = item.as_map() else { return Err(kind(item, "a mapping", &path)) };
    for (key, value) in map {
        let parent = &path;
        let path = format!("{path}.{key}");
        match key.as_str() {
            "on_config_change" => behaviour.on_config_change = on_config_change(value, &path)?,
            "update" => behaviour.update = update(value, &path)?,
            "runtime" => behaviour.runtime = runtime(value, &path)?,
            "drain" => behaviour.drain = Some(span(value, &path)?),
            "one_shot" => behaviour.one_shot = Some(truth(value, &path)?),
            _ => return Err(unknown(value, key, &KEYS, parent)),
        }
    }
    Ok(behaviour)
}

fn on_config_change(value: &Item, path: &str) -> Result<OnConfigChange, Error> {
    if let Some(map) = value.as_map() {
        if let Some((key, wrong)) = map.iter().find(|(key, _)| *key != "signal") {
            return Err(unknown(wrong, key, &["signal"], path));
        }
        let Some(name) = map.get("signal") else {
            return Err(Error::value(value, path, Problem::Missing { key: "signal" }));
        };
        return signal(name, text(name, &format!("{path}.signal"))?, path);
    }
    match text(value, path)? {
        "recreate" => Ok(OnConfigChange::Recreate),
        "restart" => Ok(OnConfigChange::Restart),
        "ignore" => Ok(OnConfigChange::Ignore),
        other => match other.strip_prefix("signal:") {
            Some(name) => signal(value, name.trim(), path),
            None => Err(word(value, &CHANGES, path)),
        },
    }
}

fn signal(item: &Item, name: &str, path: &str) -> Result<OnConfigChange, Error> {
    let upper = name.to_uppercase();
    let full = if upper.starts_with("SIG") { upper } else { format!("SIG{upper}") };
    match SIGNALS.iter().find(|known| **known == full) {
        Some(known) => Ok(OnConfigChange::Signal((*known).to_owned())),
        None => Err(word(item, &SIGNALS, path)),
    }
}

fn update(value: &Item, path: &str) -> Result<Update, Error> {
    match text(value, path)? {
        "stop-first" => Ok(Update::StopFirst),
        "start-first" => Ok(Update::StartFirst),
        _ => Err(word(value, &UPDATES, path)),
    }
}

fn runtime(value: &Item, path: &str) -> Result<Runtime, Error> {
    match text(value, path)? {
        "docker" => Ok(Runtime::Docker),
        _ => Err(word(value, &RUNTIMES, path)),
    }
}

/// A span of time, or a number of seconds.
fn span(value: &Item, path: &str) -> Result<Duration, Error> {
    let span = match &value.data {
        Data::Int(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        Data::Text(text) => {
            GoDuration::parse(text).filter(|span| span.0 >= 0).map(GoDuration::to_std)
        }
        Data::Null
        | Data::Bool(_)
        | Data::Float(_)
        | Data::Time(_)
        | Data::List(_)
        | Data::Map(_) => None,
    };
    span.ok_or_else(|| kind(value, "a span of time such as `10s`", path))
}

fn truth(value: &Item, path: &str) -> Result<bool, Error> {
    match &value.data {
        Data::Bool(truth) => Ok(*truth),
        Data::Text(text) if text == "true" || text == "false" => Ok(text == "true"),
        Data::Text(_)
        | Data::Null
        | Data::Int(_)
        | Data::Float(_)
        | Data::Time(_)
        | Data::List(_)
        | Data::Map(_) => Err(kind(value, "`true` or `false`", path)),
    }
}

fn text<'i>(value: &'i Item, path: &str) -> Result<&'i str, Error> {
    value.as_text().ok_or_else(|| kind(value, "text", path))
}

fn kind(value: &Item, wanted: &str, path: &str) -> Error {
    Error::value(value, path, Problem::Kind { wanted: wanted.to_owned(), found: value.kind() })
}

fn word(value: &Item, allowed: &'static [&'static str], path: &str) -> Error {
    let text = value.shown();
    Error::value(value, path, Problem::Word { text, allowed })
}

fn unknown(value: &Item, key: &str, known: &'static [&'static str], path: &str) -> Error {
    let nearest = nearest(key, known.iter().copied());
    Error::key(value, path, Problem::UnknownKey { key: key.to_owned(), nearest })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::testing::try_load;

    /// What a service with this extension is told, or how it is handled.
    fn check(extension: &str) -> String {
        let text = format!("services:\n  a:\n    image: x\n    x-conductor: {extension}\n");
        match try_load(&text) {
            Ok(loaded) => format!("{:?}", loaded.behaviours["a"]),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_it_says_is_read() {
        insta::assert_snapshot!(check("{on_config_change: {signal: hup}, update: start-first, drain: 1m}"), @r#"Behaviour { on_config_change: Signal("SIGHUP"), update: StartFirst, runtime: Docker, drain: Some(60s), one_shot: None }"#);
        insta::assert_snapshot!(check("{on_config_change: 'signal: SIGUSR1', runtime: docker, one_shot: true, drain: 5}"), @r#"Behaviour { on_config_change: Signal("SIGUSR1"), update: StopFirst, runtime: Docker, drain: Some(5s), one_shot: Some(true) }"#);
        insta::assert_snapshot!(check("{on_config_change: ignore}"), @"Behaviour { on_config_change: Ignore, update: StopFirst, runtime: Docker, drain: None, one_shot: None }");
        assert_eq!(check("null"), format!("{:?}", Behaviour::default()));
    }

    #[test]
    fn what_it_cannot_say_is_refused_with_its_place() {
        insta::assert_snapshot!(check("{on_config_changes: restart}"), @"`/p/compose.yaml:4:19`: `services.a.x-conductor`: unknown key `on_config_changes`");
        insta::assert_snapshot!(check("{on_config_change: reload}"), @"`/p/compose.yaml:4:37`: `services.a.x-conductor.on_config_change`: `reload` is not one of `recreate`, `restart`, `signal: SIGHUP`, `ignore`");
        insta::assert_snapshot!(check("{on_config_change: {signals: HUP}}"), @"`/p/compose.yaml:4:38`: `services.a.x-conductor.on_config_change`: unknown key `signals`");
        insta::assert_snapshot!(check("{on_config_change: {signal: SIGNOPE}}").split(" is not one of").next().unwrap(), @"`/p/compose.yaml:4:46`: `services.a.x-conductor.on_config_change`: `SIGNOPE`");
        insta::assert_snapshot!(check("{update: rolling}"), @"`/p/compose.yaml:4:27`: `services.a.x-conductor.update`: `rolling` is not one of `stop-first`, `start-first`");
        insta::assert_snapshot!(check("{runtime: systemd}"), @"`/p/compose.yaml:4:28`: `services.a.x-conductor.runtime`: `systemd` is not one of `docker`");
        insta::assert_snapshot!(check("{drain: soon}"), @"`/p/compose.yaml:4:26`: `services.a.x-conductor.drain`: must be a span of time such as `10s`, found text");
        insta::assert_snapshot!(check("[update]"), @"`/p/compose.yaml:4:18`: `services.a.x-conductor`: must be a mapping, found a list");
    }

    #[test]
    fn the_schema_has_every_key_with_a_sentence() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../docs/service.schema.json")).unwrap();
        let members = schema["properties"].as_object().unwrap();
        let mut known: Vec<&str> = members.keys().map(String::as_str).collect();
        let mut wanted = KEYS.to_vec();
        known.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(known, wanted);
        assert!(members.values().all(|member| member["description"].is_string()));
    }
}
