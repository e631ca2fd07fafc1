//! YAML text into a type, with errors that say where and what instead.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::{Error, Problem};
use crate::yaml;

/// Reads `text`; nothing but comments counts as an empty mapping.
pub(super) fn yaml<T: DeserializeOwned + Default>(path: &Path, text: &str) -> Result<T, Error> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(T::default());
    }
    // Its errors of syntax say more, and where the first of two equal keys is.
    yaml::parse(text)
        .map_err(|error| Error::Invalid { path: path.to_owned(), source: syntax(&error) })?;
    serde_yaml::from_str::<Option<T>>(text)
        .map(Option::unwrap_or_default)
        .map_err(|error| Error::Invalid { path: path.to_owned(), source: problem(&error) })
}

fn syntax(error: &yaml::Error) -> Problem {
    let [line, column] =
        [error.at.line, error.at.column].map(|it| usize::try_from(it).unwrap_or(0));
    let hint = Some(error.kind.hint().to_owned());
    Problem { line, column, text: error.kind.to_string(), hint }
}

/// Says an error of the YAML crate in our words.
fn problem(error: &serde_yaml::Error) -> Problem {
    let (line, column) =
        error.location().map_or((0, 0), |location| (location.line(), location.column()));
    let mut text = error.to_string();
    let suffix = format!(" at line {line} column {column}");
    if let Some(cut) = text.strip_suffix(&suffix) {
        text.truncate(cut.len());
    }
    let (text, hint) = in_our_words(&text);
    Problem { line, column, text, hint }
}

/// Turns `sources[0]: unknown field `x`, expected one of `a`, `b`` into our text and a hint.
fn in_our_words(text: &str) -> (String, Option<String>) {
    for (marker, word) in [("unknown field ", "key"), ("unknown variant ", "value")] {
        let Some((place, rest)) = text.split_once(marker) else { continue };
        let mut names = rest.split('`').skip(1).step_by(2);
        let Some(wrong) = names.next() else { continue };
        let known: Vec<&str> = names.collect();
        let place = place.trim_end_matches(": ").trim_end_matches(": ");
        let inside = if place.is_empty() { String::new() } else { format!(" in `{place}`") };
        return (format!("unknown {word} `{wrong}`{inside}"), Some(suggestion(wrong, &known)));
    }
    for marker in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some((place, rest)) = text.split_once(marker) else { continue };
        let Some((found, wanted)) = rest.split_once(", expected ") else { continue };
        let place = place.trim_end_matches(": ");
        let place = if place.is_empty() { String::new() } else { format!("`{place}` ") };
        let found = kind(found).map(|kind| format!(", found {kind}")).unwrap_or_default();
        return (format!("{place}must be {}{found}", plain(wanted)), None);
    }
    if let Some((place, name)) = text.split_once("missing field `") {
        let place = place.trim_end_matches(": ");
        let place = if place.is_empty() { String::new() } else { format!(" in `{place}`") };
        return (format!("the key `{}` is missing{place}", name.trim_end_matches('`')), None);
    }
    (text.to_owned(), None)
}

/// What people call a kind of value, without the value itself; nothing where the text does not begin with a kind.
fn kind(found: &str) -> Option<&'static str> {
    let kinds = [
        ("string", "text"),
        ("boolean", "a boolean"),
        ("integer", "a whole number"),
        ("floating point", "a number"),
        ("sequence", "a list"),
        ("map", "a mapping"),
        ("unit", "nothing"),
        ("null", "nothing"),
    ];
    kinds.into_iter().find_map(|(theirs, ours)| found.starts_with(theirs).then_some(ours))
}

/// What is wanted, in words that people use.
fn plain(wanted: &str) -> &str {
    match wanted {
        "a sequence" => "a list",
        "a map" => "a mapping",
        "a string" | "path string" => "text",
        "a boolean" => "`true` or `false`",
        "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number",
        other => other,
    }
}

/// "did you mean", or all that is known.
fn suggestion(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known.join(", ")),
    }
}

/// The known name that `wrong` was probably meant to be.
pub(super) fn nearest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), *name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_types_are_told_in_our_words_and_without_values() {
        for (theirs, ours) in [
            (
                "stacks.a.hosts: invalid type: string \"hunter2\", expected a sequence",
                "`stacks.a.hosts` must be a list, found text",
            ),
            (
                "prune: invalid type: string \"maybe\", expected a boolean",
                "`prune` must be `true` or `false`, found text",
            ),
            ("invalid type: sequence, expected a mapping", "must be a mapping, found a list"),
            (
                "limits.poll: invalid value: string \"soon\", expected a span of time such as `90s`",
                "`limits.poll` must be a span of time such as `90s`, found text",
            ),
            ("sources[0]: missing field `url`", "the key `url` is missing in `sources[0]`"),
        ] {
            assert_eq!(in_our_words(theirs).0, ours);
        }
    }
}
