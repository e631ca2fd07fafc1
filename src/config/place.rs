//! Where in the settings file something stands that is wrong with it as a whole.

use std::path::Path;

use super::error::{Error, Problem};
use crate::model::failure::Failure as _;
use crate::yaml::{self, Node};

/// The same error, said of the settings file where what it means stands there: the rest came from variables or flags.
pub(super) fn located(error: Error, path: Option<&Path>, text: &str) -> Error {
    let tree = yaml::parse(text).unwrap_or_default();
    let (Some(path), Some(root)) = (path, tree.first()) else { return error };
    let Some(at) = place(&error, root).map(|node| node.at) else { return error };
    let [line, column] = [at.line, at.column].map(|it| usize::try_from(it).unwrap_or(0));
    let source = Problem { line, column, text: error.to_string(), hint: error.hint() };
    Error::Invalid { path: path.to_owned(), source }
}

fn place<'n>(error: &Error, root: &'n Node) -> Option<&'n Node> {
    match error {
        Error::SourceWithoutName { number } => items(root, "sources")?.get(number.checked_sub(1)?),
        Error::SourceWithoutUrl { name } | Error::SshFile { name, .. } => {
            named(root, "sources", name, 0)
        }
        Error::PasswordInUrl { name } => named(root, "sources", name, 0)?.get("url"),
        Error::Twice { what, name } => named(root, what, name, 1),
        Error::Endpoint { .. } => items(root, "engines")?.first()?.get("endpoint"),
        Error::Registry { host, .. } => named(root, "registries", host, 0),
        Error::Provider { name, .. } => named(root, "providers", name, 0),
        Error::Notification { name, .. } => named(root, "notifications", name, 0),
        Error::Listen { setting, .. } => walked(root, setting),
        // These name a file, or come from elsewhere.
        Error::WorkingDir { .. }
        | Error::Read { .. }
        | Error::Invalid { .. }
        | Error::Variable { .. }
        | Error::Name { .. }
        | Error::NoSuchSource { .. }
        | Error::PathOutside { .. }
        | Error::ProjectDirectory { .. }
        | Error::Unsupported { .. }
        | Error::NoPlace { .. }
        | Error::SecretFile { .. }
        | Error::EmptySecretFile { .. }
        | Error::NoHost { .. } => None,
    }
}

fn items<'n>(root: &'n Node, list: &str) -> Option<&'n [Node]> {
    let parent = if list == "providers" { root.get("secrets")? } else { root };
    parent.get(list)?.as_sequence()
}

/// The entry of a list with this name, behind so many others.
fn named<'n>(root: &'n Node, list: &str, name: &str, behind: usize) -> Option<&'n Node> {
    let key = if list == "registries" { "host" } else { "name" };
    let called = |node: &&Node| node.get(key).and_then(Node::as_str) == Some(name);
    items(root, list)?.iter().filter(called).nth(behind)
}

/// As far as the words of a setting lead (`webhooks: number 2: provider`): what is missing is said of what lacks it.
fn walked<'n>(root: &'n Node, setting: &str) -> Option<&'n Node> {
    let mut found = None;
    for word in setting.split(": ") {
        let node = found.unwrap_or(root);
        let next = match word.strip_prefix("number ") {
            Some(number) => node.as_sequence()?.get(number.parse::<usize>().ok()?.checked_sub(1)?),
            None => node.get(word),
        };
        let Some(next) = next else { break };
        found = Some(next);
    }
    found
}
