//! Variables in text: `$NAME`, `${NAME}` and the operators of `${NAME…}`.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::raw::Used;
use super::value::Taint;

/// The value of a variable.
#[derive(Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its text.
    pub value: String,
    /// Whether it came out of an encrypted file.
    pub secret: bool,
}

/// Variables by name.
pub(super) type Environment = BTreeMap<String, Variable>;

/// A text whose variables have been put in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub(super) text: String,
    /// Whether it may be shown.
    pub(super) taint: Taint,
}

/// How values are found, and who hears of variables that are not set.
pub(super) struct Lookup<'l> {
    /// Finds the value of a name.
    pub(super) find: &'l dyn Fn(&str) -> Option<Variable>,
    /// Names that were used, were not set and had no default.
    pub(super) unset: Vec<String>,
}

impl<'l> Lookup<'l> {
    /// Looks names up with `find`.
    pub(super) fn new(find: &'l dyn Fn(&str) -> Option<Variable>) -> Self {
        Self { find, unset: Vec::new() }
    }
}

/// How long one text may become.
const MAX_TEXT: usize = 16 << 20;

/// Operators in the order in which a tie at one place of the text is decided.
const OPERATORS: [&str; 6] = [":?", ":-", ":+", "?", "-", "+"];

/// Puts the values of variables into `text`.
pub(super) fn expand(text: &str, lookup: &mut Lookup<'_>) -> Result<Expanded, Problem> {
    let mut expanded = Expanded::default();
    let mut rest = text;
    while expanded.text.len() <= MAX_TEXT
        && let Some(dollar) = rest.find('$')
    {
        expanded.text.push_str(&rest[..dollar]);
        rest = one(&rest[dollar..], text, &mut expanded, lookup)?;
    }
    expanded.text.push_str(rest);
    if expanded.text.len() > MAX_TEXT { Err(Problem::TooLarge) } else { Ok(expanded) }
}

/// Handles what begins with the `$` at the start of `at`; returns what follows it.
fn one<'t>(
    at: &'t str,
    whole: &str,
    expanded: &mut Expanded,
    lookup: &mut Lookup<'_>,
) -> Result<&'t str, Problem> {
    let after = &at[1..];
    if let Some(rest) = after.strip_prefix('$') {
        expanded.text.push('$');
        return Ok(rest);
    }
    if after.starts_with('{') {
        let end = closing_brace(after).ok_or_else(|| invalid(whole))?;
        let (name, operator) = split(&after[1..end]).ok_or_else(|| invalid(whole))?;
        braced(name, operator, expanded, lookup)?;
        return Ok(&after[end + 1..]);
    }
    let end = name_end(after);
    if end == 0 {
        expanded.text.push('$');
    } else {
        braced(&after[..end], None, expanded, lookup)?;
    }
    Ok(&after[end..])
}

/// The length of the name that `text` begins with.
fn name_end(text: &str) -> usize {
    let is_start = |byte: u8| byte == b'_' || byte.is_ascii_alphabetic();
    let is_rest = |byte: &u8| *byte == b'_' || byte.is_ascii_alphanumeric();
    match text.bytes().next() {
        Some(first) if is_start(first) => text.bytes().take_while(|byte| is_rest(byte)).count(),
        Some(_) | None => 0,
    }
}

/// Where the brace closes that `text` begins with; only `${` opens another one, and all must stand on one line.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 1_usize;
    let bytes = text.as_bytes();
    let mut index = 1;
    while index < bytes.len() {
        match bytes[index] {
            b'\n' => return None,
            b'}' if depth == 1 => return Some(index),
            b'}' => depth -= 1,
            b'$' if bytes.get(index + 1) == Some(&b'{') => {
                depth += 1;
                index += 1;
            }
            _ => (),
        }
        index += 1;
    }
    None
}

/// The name, the operator and its argument of what stood between the braces.
fn split(inside: &str) -> Option<(&str, Option<(&'static str, &str)>)> {
    let end = name_end(inside);
    let (name, rest) = inside.split_at(end);
    if name.is_empty() {
        return None;
    }
    if rest.is_empty() {
        return Some((name, None));
    }
    let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator))?;
    Some((name, Some((operator, &rest[operator.len()..]))))
}

fn braced(
    name: &str,
    operator: Option<(&'static str, &str)>,
    expanded: &mut Expanded,
    lookup: &mut Lookup<'_>,
) -> Result<(), Problem> {
    let value = (lookup.find)(name);
    let Some((operator, argument)) = operator else {
        match value {
            Some(value) => push(expanded, &value),
            None => lookup.unset.push(name.to_owned()),
        }
        return Ok(());
    };
    let colon = operator.starts_with(':');
    let counts = value.as_ref().is_some_and(|value| !colon || !value.value.is_empty());
    match operator.trim_start_matches(':') {
        "+" if counts => push_argument(argument, expanded, lookup),
        "+" => Ok(()),
        _ if counts => {
            if let Some(value) = value {
                push(expanded, &value);
            }
            Ok(())
        }
        "-" => push_argument(argument, expanded, lookup),
        _ => {
            let message = expand(argument, lookup)?;
            let message =
                if message.taint == Taint::Written { message.text } else { argument.to_owned() };
            Err(Problem::RequiredVariable { name: name.to_owned(), message })
        }
    }
}

fn push(expanded: &mut Expanded, value: &Variable) {
    expanded.text.push_str(&value.value);
    let taint = if value.secret { Taint::Secret } else { Taint::Expanded };
    expanded.taint = expanded.taint.max(taint);
}

fn push_argument(
    argument: &str,
    expanded: &mut Expanded,
    lookup: &mut Lookup<'_>,
) -> Result<(), Problem> {
    let inner = expand(argument, lookup)?;
    expanded.text.push_str(&inner.text);
    expanded.taint = expanded.taint.max(inner.taint);
    Ok(())
}

/// The variables that a text uses, those within defaults and alternates too.
pub(super) fn uses(text: &str) -> Vec<(&str, Used)> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let after = &rest[dollar + 1..];
        let plain = name_end(after);
        if let Some(escaped) = after.strip_prefix('$') {
            rest = escaped;
        } else if let Some(end) = closing_brace(after).filter(|_| after.starts_with('{')) {
            if let Some((name, operator)) = split(&after[1..end]) {
                let argument = operator.map_or("", |(_, argument)| argument);
                let mut used = Used::default();
                match operator.map(|(operator, _)| operator.trim_start_matches(':')) {
                    Some("?") => used.required = true,
                    Some("+") => argument.clone_into(&mut used.alternate),
                    Some(_) => argument.clone_into(&mut used.default),
                    None => (),
                }
                let inner = if used.required { Vec::new() } else { uses(argument) };
                all.push((name, used));
                all.extend(inner);
            }
            rest = &after[end + 1..];
        } else {
            if plain > 0 {
                all.push((&after[..plain], Used::default()));
            }
            rest = &after[plain..];
        }
    }
    all
}

fn invalid(whole: &str) -> Problem {
    Problem::Interpolation { text: whole.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        let find = |name: &str| {
            let value = match name {
                "A" => "a",
                "EMPTY" => "",
                "B" => "b",
                _ => return None,
            };
            Some(Variable { value: value.to_owned(), secret: name == "B" })
        };
        let mut lookup = Lookup::new(&find);
        match expand(text, &mut lookup) {
            Ok(expanded) => {
                let unset = if lookup.unset.is_empty() {
                    String::new()
                } else {
                    format!(" unset {:?}", lookup.unset)
                };
                format!("{}{unset}", expanded.text)
            }
            Err(problem) => format!("error: {problem}"),
        }
    }

    #[test]
    fn every_operator_does_what_compose_does() {
        for (text, wanted) in [
            ("$A ${A} $$A $${A}", "a a $A ${A}"),
            ("${A}b$A.c", "aba.c"),
            ("${X:-d} ${EMPTY:-d} ${A:-d}", "d d a"),
            ("${X-d} ${EMPTY-d}|", "d |"),
            ("${X:+r} ${EMPTY:+r} ${A:+r}|", "  r|"),
            ("${X+r} ${EMPTY+r}", " r"),
            ("${A:?no}", "a"),
            ("${EMPTY?no}|", "|"),
            ("${X:-${Y:-${A}z}}", "az"),
            ("${X:-http://h/?q=1+2}", "http://h/?q=1+2"),
            ("${X-b:-c}", "b:-c"),
            ("${A:-${NEVER:?x}}", "a"),
            ("echo $1 a$ $(date) $ a", "echo $1 a$ $(date) $ a"),
            ("${X:-{\"a\":1}}", "{\"a\":1}"),
        ] {
            assert_eq!(check(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_not_set_is_blank_and_told() {
        assert_eq!(check("<$X>"), "<> unset [\"X\"]");
        assert_eq!(check("${X:-$Y}"), " unset [\"Y\"]");
    }

    #[test]
    fn a_bad_template_is_an_error() {
        for text in ["${}", "${1x}", "${A!}", "${A", "${X:-a\nb}"] {
            assert!(
                check(text).starts_with("error: invalid interpolation"),
                "{text}: {}",
                check(text)
            );
        }
    }

    #[test]
    fn a_required_variable_says_which_and_why() {
        assert_eq!(
            check("${X:?set it}"),
            "error: required variable `X` is missing a value: set it"
        );
        assert_eq!(check("${EMPTY:?}"), "error: required variable `EMPTY` is missing a value");
        assert_eq!(check("${X?${B}}"), "error: required variable `X` is missing a value: ${B}");
    }

    #[test]
    fn a_secret_taints_what_it_goes_into() {
        let find = |name: &str| Some(Variable { value: "s".to_owned(), secret: name == "S" });
        let taint = |text| expand(text, &mut Lookup::new(&find)).unwrap().taint;
        assert_eq!(taint("x"), Taint::Written);
        assert_eq!(taint("x$P"), Taint::Expanded);
        assert_eq!(taint("$P${P:+${S}}"), Taint::Secret);
    }
}
