//! What changed about a container, in names and numbers. Never in values.

use crate::model::desired::InputKind;
use crate::model::memory::Fresh;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Variables, by name.
    Environment(Vec<String>),
    /// A setting, by the path that people know.
    Setting(String),
    /// The contents of an input.
    Input {
        /// What kind of thing it is.
        kind: InputKind,
        /// What people call it.
        name: String,
        /// What became of it.
        fresh: Fresh,
        /// How many lines changed, where that is known.
        lines: Option<usize>,
    },
    /// Some input, nobody knows which.
    Inputs,
}

/// All changes in words: first whatever simply changed, then those that have more to say.
pub(super) fn words(changes: &[Change]) -> String {
    let (mut plain, mut more) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Environment(names) => plain.push(format!("environment {}", names.join(", "))),
            Change::Setting(key) => plain.push(key.clone()),
            Change::Inputs => plain.push("inputs".to_owned()),
            Change::Input { kind, name, fresh: Fresh::Changed, lines: None } => {
                plain.push(format!("{kind} {name}"));
            }
            Change::Input { kind, name, fresh: Fresh::Changed, lines: Some(lines) } => {
                more.push(format!("{kind} {name} changed ({})", count(*lines)));
            }
            Change::Input { kind, name, fresh: Fresh::Added, .. } => {
                more.push(format!("{kind} {name} added"));
            }
            Change::Input { kind, name, fresh: Fresh::Removed, .. } => {
                more.push(format!("{kind} {name} removed"));
            }
        }
    }
    if plain.is_empty() && more.is_empty() {
        return "configuration changed".to_owned();
    }
    let plain = (!plain.is_empty()).then(|| format!("{} changed", plain.join(", ")));
    plain.into_iter().chain(more).collect::<Vec<_>>().join(", ")
}

/// `1 line`, `2 lines`.
pub(super) fn count(lines: usize) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}
