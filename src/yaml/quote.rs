//! How a scalar is spelled, so that every reader of YAML 1.1 or 1.2 takes it for the same.

use std::fmt::Write as _;

use super::node::Value;
use super::scalar::resolve;

/// A number that YAML 1.1 and 1.2 both read as a float.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = format!("{value:?}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    let point = if digits.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{digits}{point}e{sign}{exponent}")
}

/// Writes a string on one line, with quotes where it needs them.
pub(super) fn push_string(out: &mut String, text: &str) {
    if is_plain(text) { out.push_str(text) } else { push_quoted(out, text) }
}

/// Whether every reader takes `text`, without quotes, for that string.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let starts = match first {
        '-' => {
            second.is_some_and(|c| c.is_ascii_alphabetic() || c == '-') && !text.starts_with("---")
        }
        '.' => {
            second.is_some_and(|c| c == '/' || c.is_ascii_alphabetic()) && !text.starts_with("...")
        }
        '/' | '_' | '$' | '(' | '^' => true,
        other => other.is_alphanumeric(),
    };
    let harmless = |c: char| c == ' ' || (!c.is_whitespace() && !c.is_control() && is_printable(c));
    starts
        && text.chars().all(harmless)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && matches!(resolve(text), Value::String(_))
        && !is_word_of_1_1(text)
        && !looks_like_a_number(text)
}

fn is_word_of_1_1(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", ".nan", ".inf", "nan", "inf",
    ];
    WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// Digits with anything that some version of YAML allows in a number, a time or a date.
fn looks_like_a_number(text: &str) -> bool {
    let body = text.trim_start_matches(['-', '+', '.']);
    let allowed = |c: char| {
        c.is_ascii_hexdigit()
            || matches!(
                c,
                '_' | '.'
                    | ','
                    | ':'
                    | '+'
                    | '-'
                    | 'x'
                    | 'X'
                    | 'o'
                    | 'O'
                    | 't'
                    | 'T'
                    | 'z'
                    | 'Z'
                    | ' '
            )
    };
    body.starts_with(|c: char| c.is_ascii_digit()) && body.chars().all(allowed)
}

/// Whether YAML allows the character as it is.
fn is_printable(c: char) -> bool {
    !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{fffe}' | '\u{ffff}')
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        let written = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\t' => out.write_str("\\t"),
            '\r' => out.write_str("\\r"),
            c if c.is_control() || !is_printable(c) => match u32::from(c) {
                code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                code => write!(out, "\\u{code:04x}"),
            },
            c => out.write_char(c),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    out.push('"');
}

/// Whether a string of several lines can stand as a literal block and be read back as it was.
pub(super) fn fits_literal(text: &str) -> bool {
    let harmless = |c: char| c == '\n' || c == '\t' || (!c.is_control() && is_printable(c));
    let blank = |line: &str| !line.is_empty() && line.trim().is_empty();
    text.contains('\n')
        && !text.starts_with(['\n', ' ', '\t'])
        && text.chars().all(harmless)
        && !text.split('\n').any(blank)
}

/// Writes `indent` blanks.
pub(super) fn push_indent(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes a literal block, indented to `indent`, without its last line break.
pub(super) fn push_literal(out: &mut String, indent: usize, text: &str) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            push_indent(out, indent);
            out.push_str(line);
        }
    }
    // The caller ends the last line.
    out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use crate::yaml::parse;
    use crate::yaml::write::to_yaml;

    #[rustfmt::skip]
    const PLAIN: &[&str] = &[
        "web", "nginx:1.27", "/data", "a b", "--flag", "-f", "./x", "a#b", "żółć", "$HOME",
        "10a-web",
    ];
    #[rustfmt::skip]
    const QUOTED: &[&str] = &[
        "", "yes", "No", "ON", "y", "N", "true", "~", "null", "0400", "0o17", "0x1F", "1_000",
        "12:30", "80:80", "190:20:30.15", "2001-12-14", "2001-12-14 21:59:43.10 -5", "1e3", ".5",
        ".inf", "-.INF", "+1", "-1", "3.8", "1,000", "- a", "-", "---", "...", "? a", "a: b", "a:",
        "a #b", "#a", " a", "a ", "*a", "&a", "!a", "|", ">", "@a", "`a", "%a", "{a", "[a", "\"a",
        "'a", ",a", "=", "<<", "NaN", "Null", ":a", "0b1", "685_230.15",
    ];

    #[test]
    fn strings_are_quoted_where_a_reader_could_take_them_for_something_else() {
        for text in PLAIN {
            assert_eq!(to_yaml(&Json::from(*text)), format!("{text}\n"));
        }
        for text in QUOTED {
            let written = to_yaml(&Json::from(*text));
            assert!(written.starts_with('"'), "{written}");
        }
        let rare = ["\u{1}", "a\tb", "\u{85}", "a\r\nb", "\u{feff}", "\\ \""];
        for text in PLAIN.iter().chain(QUOTED).chain(&rare) {
            let read = parse(&to_yaml(&serde_json::json!({*text: [*text]}))).unwrap().remove(0);
            assert_eq!(read.get(text).unwrap().as_sequence().unwrap()[0].as_str(), Some(*text));
        }
    }

    #[test]
    fn several_lines_become_a_literal_block_that_reads_back_the_same() {
        for text in [
            "a\nb",
            "a\nb\n",
            "a\n\n",
            "a\n",
            "\na",
            " a\nb",
            "a\n  b\n",
            "a\n \nb",
            "a\n\n\nb\n\n\n",
            "\n",
            "\n\n",
            "a\n\tb",
            "a \nb ",
            "# a\n# b\n",
            "a\n ",
            "---\na\n",
            "a\r\nb\r\n",
        ] {
            let written =
                to_yaml(&serde_json::json!({"k": [text, {"l": text, "m": 1}], "z": text}));
            let read = parse(&written).unwrap().remove(0);
            assert_eq!(read.get("z").unwrap().as_str(), Some(text), "{written}");
            let items = read.get("k").unwrap().as_sequence().unwrap();
            assert_eq!(items[0].as_str(), Some(text), "{written}");
            assert_eq!(items[1].get("l").unwrap().as_str(), Some(text), "{written}");
        }
    }
}
