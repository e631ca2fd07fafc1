//! Secrets in plain text, and secrets that reach a container as variables.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::compose::{self, Request};
use crate::secrets::is_encrypted;

use super::finding::Finding;
use super::rule::RuleId;
use super::stack::Look;

/// Ends of names whose values are secret.
const SECRET_NAMES: [&str; 14] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PWD",
    "SECRET",
    "TOKEN",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIALS",
];

/// Looks at the variables of services, as they are written.
pub(super) fn check(look: &Look<'_>, request: &Request, findings: &mut Vec<Finding>) {
    in_environment(look, findings);
    if let Ok(raw) = compose::model(look.tree, look.keys, request) {
        for (service, variable, value) in variables(&raw.model) {
            let path = ["services".to_owned(), service.to_owned(), "environment".to_owned()];
            let secret = raw.secret_paths.iter().any(|leaf| leaf.starts_with(&path));
            if !secret && is_secret(variable, value) {
                let at = ["services", service, "environment", variable];
                let message = format!(
                    "`{variable}` of service `{service}` looks like a secret, and stands here in plain text"
                );
                // The line itself would show it.
                let finding = look.at(RuleId::Plaintext, &at, message);
                findings.push(Finding { excerpt: String::new(), ..finding });
            }
        }
    }
    for file in look.loaded.read.iter().filter(|file| !request.files.contains(file)) {
        env_file(look, file, findings);
    }
}

/// Secrets that are variables of a container: the engine keeps them.
fn in_environment(look: &Look<'_>, findings: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for path in &look.loaded.secret_paths {
        let [kind, service, part, variable] = &path[..] else { continue };
        if kind == "services" && part == "environment" && told.insert((service, variable)) {
            let message = format!(
                "the secret `{variable}` reaches service `{service}` as a variable, which the engine keeps in plain text"
            );
            findings.push(look.at(
                RuleId::InEnvironment,
                &["services", service, "environment", variable],
                message,
            ));
        }
    }
}

/// Each variable that is written with a value: service, name, value.
fn variables(model: &Value) -> Vec<(&str, &str, &str)> {
    let mut all = Vec::new();
    let services = model.get("services").and_then(Value::as_object);
    for (service, spec) in services.into_iter().flatten() {
        match spec.get("environment") {
            Some(Value::Object(members)) => {
                let texts =
                    members.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
                all.extend(texts.map(|(name, value)| (service.as_str(), name.as_str(), value)));
            }
            Some(Value::Array(items)) => {
                let pairs = items.iter().filter_map(|item| item.as_str()?.split_once('='));
                all.extend(pairs.map(|(name, value)| (service.as_str(), name, value)));
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => (),
        }
    }
    all
}

/// Whether a variable holds a secret: by its name, where the value is a value and not a reference.
fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let named = SECRET_NAMES.iter().any(|end| {
        name.strip_suffix(end)
            .is_some_and(|start| start.is_empty() || start.ends_with(['_', '-', '.']))
    });
    let harmless = value.is_empty()
        || value.contains("${")
        || value.starts_with('$') && !value.starts_with("$$")
        || value.starts_with('/')
        || matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "0" | "1" | "none" | "null"
        );
    named && !harmless
}

/// A committed file of variables.
fn env_file(look: &Look<'_>, file: &Path, findings: &mut Vec<Finding>) {
    let Ok(relative) = file.strip_prefix(look.tree.root()) else { return };
    let Ok(bytes) = look.tree.read(file) else { return };
    if is_encrypted(file, &bytes) {
        return;
    }
    let text = String::from_utf8_lossy(&bytes);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start().trim_start_matches("export ");
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        if is_secret(name.trim(), value) {
            let message =
                format!("`{}` looks like a secret, and stands here in plain text", name.trim());
            let mut finding = Finding::file(RuleId::Plaintext, relative, message);
            finding.place.line = u32::try_from(index + 1).unwrap_or(0);
            finding.place.column = 1;
            findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name_and_a_value_of_its_own() {
        for (name, value, wanted) in [
            ("POSTGRES_PASSWORD", "hunter2", true),
            ("DB_PASS", "x", true),
            ("TOKEN", "abc", true),
            ("aws_secret_key", "abc", true),
            ("POSTGRES_PASSWORD", "${DB_PASSWORD}", false),
            ("POSTGRES_PASSWORD", "", false),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/db", false),
            ("PASSWORD_FILE", "x", false),
            ("BYPASS", "x", false),
            ("ALLOW_EMPTY_PASSWORD", "yes", false),
            ("KEY", "x", false),
        ] {
            assert_eq!(is_secret(name, value), wanted, "{name}={value}");
        }
    }
}
