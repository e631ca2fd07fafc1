//! What Compose refuses or warns about, as findings.

use std::path::Path;

use crate::compose::{self, Inconsistency, Location, Problem, Warning};
use crate::model::failure::Failure as _;

use super::finding::Finding;
use super::rule::RuleId;

/// One error of loading (of several, each by itself); `None` where a file is only not decrypted, which is told elsewhere.
pub(super) fn error(error: &compose::Error, root: &Path, main: &Path) -> Option<Finding> {
    let rule = match error {
        compose::Error::Read { .. } => RuleId::Unreadable,
        compose::Error::Decrypt { .. } => return None,
        compose::Error::Yaml { .. } => RuleId::Yaml,
        compose::Error::Invalid(invalid) => of_problem(&invalid.problem),
        compose::Error::Project(problem) => of_problem(problem),
        compose::Error::Several(_) | compose::Error::Strict(_) => RuleId::Invalid,
    };
    let whole = Location { file: main.to_owned(), ..Location::default() };
    let at = error.location().filter(|at| **at != Location::default()).unwrap_or(&whole);
    let message = match error {
        compose::Error::Invalid(invalid) if invalid.element.is_empty() => {
            invalid.problem.to_string()
        }
        compose::Error::Invalid(invalid) => {
            format!("`{}`: {}", invalid.element, invalid.problem)
        }
        compose::Error::Yaml { source, .. } => source.kind.to_string(),
        compose::Error::Read { path, source, .. } => {
            format!("cannot read `{}`: {source}", path.display())
        }
        compose::Error::Project(_)
        | compose::Error::Decrypt { .. }
        | compose::Error::Several(_)
        | compose::Error::Strict(_) => error.to_string(),
    };
    Some(Finding::at(rule, at, root, shown(&message, root)).with_hint(error.hint()))
}

/// A text without the root of the tree, which says nothing to anybody.
pub(super) fn shown(text: &str, root: &Path) -> String {
    text.replace(&format!("{}/", root.display()), "")
}

/// A warning of loading.
pub(super) fn warning(warning: &Warning, root: &Path, main: &Path) -> Finding {
    let text = &warning.text;
    let rule = if text.contains("not set") {
        RuleId::UnsetVariable
    } else if text.contains("obsolete") || text.contains("deprecated") {
        RuleId::Obsolete
    } else {
        RuleId::Doubtful
    };
    let whole = Location { file: main.to_owned(), ..Location::default() };
    let at = if warning.at == Location::default() { &whole } else { &warning.at };
    Finding::at(rule, at, root, shown(text, root)).with_hint(warning.hint.clone())
}

/// Tells a problem.
type Test = fn(&Problem) -> bool;

/// Problems with a rule of their own; the others are values that Compose does not accept.
const PROBLEMS: &[(Test, RuleId)] = &[
    (|p| matches!(p, Problem::UnknownKey { .. }), RuleId::UnknownKey),
    (|p| matches!(p, Problem::Interpolation { .. }), RuleId::Variable),
    (|p| matches!(p, Problem::RequiredVariable { .. }), RuleId::Variable),
    (|p| matches!(p, Problem::VariableInterpolation { .. }), RuleId::Variable),
    (|p| matches!(p, Problem::ExtendsUndefined { .. }), RuleId::Undefined),
    (|p| matches!(p, Problem::Inconsistent(Inconsistency::Undefined { .. })), RuleId::Undefined),
    (|p| matches!(p, Problem::Inconsistent(Inconsistency::Disabled { .. })), RuleId::Undefined),
    (|p| matches!(p, Problem::ExtendsCycle { .. } | Problem::IncludeCycle { .. }), RuleId::Cycle),
    (|p| matches!(p, Problem::Inconsistent(Inconsistency::DependencyCycle { .. })), RuleId::Cycle),
    (|p| matches!(p, Problem::Inconsistent(_)), RuleId::Inconsistent),
];

fn of_problem(problem: &Problem) -> RuleId {
    let own = PROBLEMS.iter().find(|(is, _)| is(problem));
    own.map_or(RuleId::Invalid, |(_, rule)| *rule)
}
