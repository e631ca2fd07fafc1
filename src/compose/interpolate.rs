//! Variables in the values of a Compose file, and the types that some values then take.

use super::error::{Error, Location};
use super::problem::Problem;
use super::session::Session;
use super::template::{Environment, Lookup, expand};
use super::value::{Data, Item, Taint};

/// What a text at some places becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cast {
    Int,
    Float,
    Flag,
}

/// Puts variables into every text below `item`, never into keys, then casts by place. Goes on after a fault, and tells all.
pub(super) fn interpolate(
    item: &mut Item,
    environment: &Environment,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let mut faults = Vec::new();
    below(item, &mut Vec::new(), &mut faults, &mut |item, path| {
        text(item, path, environment, session)
    });
    Error::of_all(faults)
}

/// What is done with a text at a place.
type Visit<'v> = dyn FnMut(&mut Item, &[&str]) -> Result<(), Error> + 'v;

/// Every text below `item`, and where it stands.
fn below<'i>(
    item: &'i mut Item,
    path: &mut Vec<&'i str>,
    faults: &mut Vec<Error>,
    text: &mut Visit<'_>,
) {
    if item.as_text().is_some() {
        faults.extend(text(item, path).err());
        return;
    }
    match &mut item.data {
        Data::Map(map) => {
            for (key, value) in map {
                path.push(key);
                below(value, path, faults, text);
                path.pop();
            }
        }
        Data::List(items) => {
            path.push("[]");
            for value in items {
                below(value, path, faults, text);
            }
            path.pop();
        }
        Data::Null
        | Data::Bool(_)
        | Data::Int(_)
        | Data::Float(_)
        | Data::Time(_)
        | Data::Text(_) => (),
    }
}

fn text(
    item: &mut Item,
    path: &[&str],
    environment: &Environment,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    let written = item.as_text().unwrap_or_default();
    if written.contains('$') {
        let find = |name: &str| environment.get(name).cloned();
        let mut lookup = Lookup::new(&find);
        let expanded = expand(written, &mut lookup)
            .map_err(|problem| Error::value(item, shown(path), hidden(problem, item.taint)))?;
        session
            .spend(0, expanded.text.len())
            .map_err(|problem| Error::value(item, shown(path), problem))?;
        for name in lookup.unset {
            // In a decrypted file, what looks like a variable may be a part of a password.
            let text = if item.taint == Taint::Secret {
                format!("`{}` uses a variable that is not set; it counts as blank", shown(path))
            } else {
                format!("the variable `{name}` is not set; it counts as blank")
            };
            session.warn(
                Location::value(&item.place),
                text,
                Some(
                    "set it in `.env` or in an env file, or give it a default: `${NAME:-default}`",
                ),
            );
        }
        item.data = Data::Text(expanded.text);
        item.taint = item.taint.max(expanded.taint);
    }
    if let Some(cast) = cast_at(path) {
        let text = item.as_text().unwrap_or_default().to_owned();
        item.data = apply(cast, &text).ok_or_else(|| {
            Error::value(
                item,
                shown(path),
                Problem::Cast { text: item.shown(), wanted: wanted(cast) },
            )
        })?;
        if cast == Cast::Flag && !matches!(text.to_ascii_lowercase().as_str(), "true" | "false") {
            let text = if item.taint == Taint::Written { text.as_str() } else { "***" };
            let text = format!("`{text}` is read as a boolean");
            session.warn(Location::value(&item.place), text, Some("write `true` or `false`"));
        }
    }
    Ok(())
}

fn hidden(problem: Problem, taint: Taint) -> Problem {
    if taint == Taint::Secret { problem.hidden() } else { problem }
}

/// A path for people: `services.web.ports[]`.
fn shown(path: &[&str]) -> String {
    path.join(".").replace(".[]", "[]")
}

fn wanted(cast: Cast) -> &'static str {
    match cast {
        Cast::Int => "a whole number",
        Cast::Float => "a number",
        Cast::Flag => "a boolean",
    }
}

fn apply(cast: Cast, text: &str) -> Option<Data> {
    match cast {
        Cast::Int => text.parse::<i64>().ok().map(|number| Data::Int(i128::from(number))),
        Cast::Float => text.parse().ok().map(Data::Float),
        Cast::Flag => flag(text).map(Data::Bool),
    }
}

/// A boolean as Compose reads it from text.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Some(true),
        "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn cast_at(path: &[&str]) -> Option<Cast> {
    match path {
        ["services", _, rest @ ..] => service_cast(rest),
        ["networks", _, "external" | "internal" | "attachable" | "enable_ipv4" | "enable_ipv6"]
        | ["volumes" | "secrets" | "configs", _, "external"] => Some(Cast::Flag),
        _ => None,
    }
}

fn service_cast(path: &[&str]) -> Option<Cast> {
    match path {
        [
            "cpu_count" | "cpu_period" | "cpu_quota" | "cpu_rt_period" | "cpu_rt_runtime"
            | "cpu_shares" | "oom_score_adj" | "pids_limit" | "scale",
        ]
        | ["deploy", "replicas"]
        | ["deploy", "update_config" | "rollback_config", "parallelism"]
        | ["deploy", "restart_policy", "max_attempts"]
        | ["deploy", "placement", "max_replicas_per_node"]
        | ["healthcheck", "retries"]
        | ["ports", "[]", "target"]
        | ["ulimits", _]
        | ["ulimits", _, "soft" | "hard"] => Some(Cast::Int),
        ["cpu_percent" | "cpus"]
        | ["deploy", "update_config" | "rollback_config", "max_failure_ratio"]
        | ["deploy", "resources", "limits" | "reservations", "cpus"] => Some(Cast::Float),
        ["init" | "oom_kill_disable" | "privileged" | "read_only" | "stdin_open" | "tty"]
        | ["healthcheck", "disable"]
        | ["volumes", "[]", "read_only"]
        | ["volumes", "[]", "volume", "nocopy"]
        | ["volumes", "[]", "bind", "create_host_path"]
        | ["env_file", "[]", "required"]
        | ["depends_on", _, "required" | "restart"] => Some(Cast::Flag),
        _ => None,
    }
}
