//! What is refused, and whether it is refused for the reason that Docker Compose gives: the same file, the same key, the
//! same kind of fault.

use std::sync::LazyLock;

use regex::Regex;

use crate::compose::testing::shown;

use super::cases::{Case, cases};

/// A part of what Compose says, and the parts of ours of which one must be there.
const REASONS: &[(&str, &[&str])] = &[
    ("neither an image nor a build", &["neither an image nor a build"]),
    ("no such file or directory", &["no such file"]),
    ("depends on undefined service", &["undefined service", "no active profile"]),
    ("cannot extend service", &["that it extends is not defined"]),
    ("additional properties", &["unknown key", "invalid name"]),
    ("refers to undefined", &["refers to the undefined"]),
    ("missing property", &["is missing"]),
    ("target is required", &["needs a `target`"]),
    ("is required", &["is missing"]),
    ("is missing a", &["is missing"]),
    ("must be one of", &["is not one of"]),
    ("must be greater", &["must be at least"]),
    ("one of file", &["must be set"]),
    ("must declare either", &["must be set"]),
    ("must start either by", &["the first item must be"]),
    ("must consist only", &["invalid project name"]),
    ("must be unique", &["is also that of", "allows one container"]),
    ("MUST include", &["must include"]),
    ("must not be empty", &["needs a `source`", "has no name", "must not be empty"]),
    ("must be a", &["must be", "is missing", "found"]),
    ("must be a list", &["must be a list"]),
    ("failed to cast", &["is not a", "must be a"]),
    ("cannot contain a space", &["contains a space"]),
    ("unexpected character", &["unexpected `"]),
    ("unterminated quoted", &["is not closed"]),
    ("in scanner", &["is not valid YAML"]),
    ("construct errors", &["is not valid YAML", "must be a mapping"]),
    ("unknown anchor", &["unknown anchor"]),
    ("invalid leading UTF-8", &["UTF-8"]),
    ("already defined", &["already defined"]),
    ("map merge requires", &["`<<` needs"]),
    ("cycle detected", &["in a circle", "contains it"]),
    ("invalid interpolation", &["invalid interpolation"]),
    ("required variable", &["required variable"]),
    ("empty compose file", &["the file is empty"]),
    ("non-string key", &["is not text"]),
    ("are exclusive", &["exclude each other"]),
    ("mutually exclusive", &["exclude each other"]),
    ("does not match pattern", &["is not a", "is not an"]),
    ("can't set distinct", &["differ"]),
    ("confusing device mapping", &["is not a device"]),
    ("unsupported env_file", &["unknown env_file format"]),
    ("are equal", &["are equal"]),
    ("cannot override", &["cannot be overridden"]),
    ("ip address", &["is not an IP address"]),
    ("invalid proto", &["the protocol of the port"]),
    ("invalid hostPort", &["is not a port"]),
    ("empty section", &["nothing before or between"]),
    ("empty volume spec", &["the volume is empty"]),
    ("too many colons", &["too many colons"]),
    ("already mounted", &["is already mounted"]),
    ("as additional contexts", &["which has no `build`", "undefined service"]),
    ("trailing space", &["is followed by a space"]),
    ("invalid size", &["is not a size"]),
    ("invalid duration", &["is not a duration"]),
    ("missing unit", &["is not a duration"]),
    ("the only value allowed is", &["is not a whole number"]),
    ("invalid command line", &["quote in the command line"]),
    ("invalid additional host", &["is not a host"]),
];

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[([A-Za-z_][\w-]*)\]"));
static COUNTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\.?\[\d*\]|\.\d+\b|'"));
static FILE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$\{CASE\}[\w./:-]*"));
static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(services|networks|volumes|secrets|configs|models)(\.[\w-]+|\[[\w-]+\])(\.?\[?[\w-]+\]?|\.?\[\])*",
    )
});
static QUOTED: LazyLock<Regex> = LazyLock::new(|| pattern(r#"["']([\w$.-]+)["']"#));
static UNDEFINED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"undefined (?:build )?\w+ ([\w./-]+)"));

/// The same element, however the items of its lists are counted: `services.a.ports`.
fn path(text: &str) -> String {
    let named = NAMED.replace_all(text, ".$1");
    COUNTED.replace_all(&named, "").trim_end_matches('.').to_owned()
}

/// What a message names: files of the case, elements of the model, words in quotes.
fn names(message: &str) -> Vec<String> {
    let mut names = Vec::new();
    let files = FILE.find_iter(message).map(|found| found.as_str().trim_end_matches(':'));
    names.extend(files.map(str::to_owned));
    names.extend(ELEMENT.find_iter(message).map(|found| path(found.as_str())));
    for words in [&*QUOTED, &*UNDEFINED] {
        names.extend(words.captures_iter(message).map(|found| found[1].to_owned()));
    }
    names
}

/// What of Compose's message ours lacks.
fn lacking(theirs: &str, ours: &str) -> Option<String> {
    let plain = path(ours);
    let (_, wanted) = REASONS.iter().find(|(part, _)| theirs.contains(part))?;
    if !wanted.iter().any(|part| ours.contains(part)) {
        return Some(format!("the reason, {wanted:?}"));
    }
    // Where a cycle of aliases goes on is told by its place; what came out of a variable is not told at all.
    let theirs = theirs.split("node at path").next().unwrap_or_default();
    let hidden = ours.contains("`***`");
    let named = names(theirs).into_iter().filter(|name| !hidden || name.contains(['.', '/']));
    named.into_iter().find(|name| !ours.contains(name) && !plain.contains(name))
}

/// What ours lacks of every message that Compose may give here.
fn difference(case: &Case, theirs: &str) -> Option<String> {
    let Err(error) = case.load() else { return Some(format!("should fail: {theirs}")) };
    let ours = case.shortened(&shown(&error));
    let mut lacks = Vec::new();
    for variant in theirs.split("\n-- or --\n").map(str::trim) {
        if !REASONS.iter().any(|(part, _)| variant.contains(part)) {
            lacks.push(format!("no rule for `{variant}`"));
            continue;
        }
        lacks.push(lacking(variant, &ours)?);
    }
    Some(format!("{theirs}\n  ours: {ours}\n  lacks: {lacks:?}"))
}

/// Refused by both, but told otherwise, and why.
const OTHERWISE: &[(&str, &str)] = &[(
    "handmade/deploy-scale-container-name",
    "Compose names `services.deploy.replicas`, which is nowhere; we name the container's name",
)];

#[test]
fn what_compose_refuses_is_refused_for_the_same_reason() {
    let Some(cases) = cases() else { return };
    let mut differing = Vec::new();
    for case in &cases {
        let excused = OTHERWISE.iter().any(|(name, _)| *name == case.name);
        if let Some(theirs) = case.answer("expected-error", "txt").filter(|_| !excused)
            && let Some(difference) = difference(case, &theirs)
        {
            differing.push(format!("{}: {difference}", case.name));
        }
    }
    assert!(differing.is_empty(), "{}\n{} differ", differing.join("\n"), differing.len());
}
