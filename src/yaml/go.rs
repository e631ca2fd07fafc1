//! How Go's YAML library, version 4 with the defaults of version 3, writes strings and numbers.

use super::node::Value;
use super::scalar::resolve;

/// How a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
}

/// How Go's library writes a string.
pub(super) fn style(text: &str) -> Style {
    let found = Signs::of(text);
    let single = if found.single { Style::Single } else { Style::Double };
    if text.contains('\n') {
        let long = text.chars().any(|c| !c.is_whitespace());
        return if long && found.block { Style::Literal } else { Style::Double };
    }
    if is_old_word(text) || is_base_60(text) {
        return single;
    }
    if !matches!(resolve(text), Value::String(_)) {
        return Style::Double;
    }
    if found.plain { Style::Plain } else { single }
}

/// Words that YAML 1.1 reads as a boolean or a merge key.
fn is_old_word(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
            | "<<"
    )
}

/// Numbers to base 60, which YAML 1.1 has: `12:30`.
fn is_base_60(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = body.split(':');
    let head = parts.next().unwrap_or_default();
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !head.starts_with(|c: char| c.is_ascii_digit()) || !digits(head) {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.last_mut() else { return false };
    if let Some((whole, fraction)) = last.split_once('.') {
        if !digits(fraction) {
            return false;
        }
        *last = whole;
    }
    rest.iter().all(|part| match part.as_bytes() {
        [b'0'..=b'9'] => true,
        [b'0'..=b'5', second] => second.is_ascii_digit(),
        _ => false,
    })
}

/// Which ways of writing a string the characters in it allow.
struct Signs {
    plain: bool,
    single: bool,
    block: bool,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut all = Self { plain: true, single: true, block: true };
        all.plain &= !text.starts_with("---") && !text.starts_with("...");
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let after = chars.peek().copied();
            let ends = after.is_none_or(|c| matches!(c, ' ' | '\t'));
            let special = match (c, before) {
                (
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                    | '%' | '@' | '`',
                    None,
                ) => true,
                ('?' | '-', None) | (':', _) => ends,
                ('#', Some(before)) => matches!(before, ' ' | '\t' | '\n' | '\r'),
                _ => false,
            };
            all.plain &= !special;
            if c == '\t' || !is_printable(c) {
                (all.plain, all.single) = (false, false);
                all.block &= c == '\t';
            }
            if c == ' ' {
                all.plain &= before.is_some() && after.is_some();
                all.block &= after.is_some_and(|c| c != '\n');
                if before == Some('\n') || after == Some('\n') {
                    (all.plain, all.single) = (false, false);
                }
            }
            all.plain &= c != '\n';
            before = Some(c);
        }
        all
    }
}

/// Whether Go's library writes the character as it is.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}') && c != '\u{feff}'
}

/// A number as Go's `%v` prints it: the shortest text that reads back, with an exponent where it has seven digits or more.
pub fn go_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_go_prints_them() {
        for (number, text) in [
            (1.0, "1"),
            (1.10, "1.1"),
            (1_234_567.0, "1.234567e+06"),
            (0.000_01, "1e-05"),
            (123_456.0, "123456"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(go_float(number), text);
        }
    }
}
