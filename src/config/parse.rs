//! YAML text into a type, with errors that say where and what instead.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::error::{Error, Problem};

/// Reads `text`; nothing but comments counts as an empty mapping.
pub(super) fn yaml<T: DeserializeOwned + Default>(path: &Path, text: &str) -> Result<T, Error> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(T::default());
    }
    serde_yaml::from_str::<Option<T>>(text)
        .map(Option::unwrap_or_default)
        .map_err(|error| Error::Invalid { path: path.to_owned(), source: problem(&error) })
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
    (text.to_owned(), None)
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
