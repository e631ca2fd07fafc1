//! JSON-like values as YAML text in the style of Docker Compose 5, byte for byte.
//!
//! Block style, two blanks a level; lists are indented below their key. A string stands plain where it may; in double quotes
//! where a reader would take it for something else; in single quotes where YAML's signs are in the way or YAML 1.1 would read
//! it differently; as a literal block where it has several lines. Long lines are folded at blanks.

use serde_json::Value as Json;

use super::go::{Style, go_float, is_printable, style};
use super::quote::push_indent;

/// The column from which on a blank breaks the line.
const WIDTH: usize = 80;

/// Writes a value as a YAML document, its members in their order.
pub fn print(value: &Json) -> String {
    let mut out = String::new();
    match value {
        Json::Object(members) if !members.is_empty() => mapping(&mut out, 0, members),
        Json::Array(items) if !items.is_empty() => sequence(&mut out, 0, items),
        Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::String(_)
        | Json::Array(_)
        | Json::Object(_) => {
            scalar(&mut out, 0, value);
        }
    }
    out
}

/// `begun` mappings and lists stand behind a `- `, so their first entry needs no indent.
fn begin(out: &mut String, indent: usize) {
    if out.is_empty() || out.ends_with('\n') {
        push_indent(out, indent);
    }
}

fn mapping(out: &mut String, indent: usize, members: &serde_json::Map<String, Json>) {
    for (key, value) in members {
        begin(out, indent);
        simple(out, key);
        out.push(':');
        match value {
            Json::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                mapping(out, indent + 2, inner);
            }
            Json::Array(items) if !items.is_empty() => {
                out.push('\n');
                sequence(out, indent + 2, items);
            }
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::String(_)
            | Json::Array(_)
            | Json::Object(_) => {
                out.push(' ');
                scalar(out, indent + 2, value);
            }
        }
    }
}

fn sequence(out: &mut String, indent: usize, items: &[Json]) {
    for item in items {
        begin(out, indent);
        out.push_str("- ");
        match item {
            Json::Object(inner) if !inner.is_empty() => mapping(out, indent + 2, inner),
            Json::Array(inner) if !inner.is_empty() => sequence(out, indent + 2, inner),
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::String(_)
            | Json::Array(_)
            | Json::Object(_) => {
                scalar(out, indent + 2, item);
            }
        }
    }
}

/// A scalar or something empty, with the end of its line; what is folded goes on at `indent`.
fn scalar(out: &mut String, indent: usize, value: &Json) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number_text(number)),
        Json::Array(_) => out.push_str("[]"),
        Json::Object(_) => out.push_str("{}"),
        Json::String(text) => match style(text) {
            Style::Plain => fold(out, text, indent),
            Style::Single => single(out, text, Some(indent)),
            Style::Double => double(out, text, Some(indent)),
            Style::Literal => return literal(out, text, indent),
        },
    }
    out.push('\n');
}

/// A key: on one line.
fn simple(out: &mut String, text: &str) {
    match style(text) {
        Style::Plain => out.push_str(text),
        Style::Single => single(out, text, None),
        Style::Double | Style::Literal => double(out, text, None),
    }
}

/// Writes text without escapes, broken at blanks where the line is long.
fn fold(out: &mut String, text: &str, indent: usize) {
    let mut column = column(out);
    let (mut blank, mut chars) = (false, text.chars().enumerate().peekable());
    while let Some((_, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if c == ' ' && !blank && column > WIDTH && next != Some(' ') {
            line_break(out, indent, &mut column);
        } else {
            out.push(c);
            column += 1;
        }
        blank = c == ' ';
    }
}

fn line_break(out: &mut String, indent: usize, column: &mut usize) {
    out.push('\n');
    push_indent(out, indent);
    *column = indent;
}

/// How many characters the last line has so far.
fn column(out: &str) -> usize {
    let line = out.rfind('\n').map_or(out, |at| &out[at + 1..]);
    line.chars().count()
}

fn single(out: &mut String, text: &str, indent: Option<usize>) {
    out.push('\'');
    let (mut column, mut blank) = (column(out), false);
    let mut chars = text.chars().enumerate().peekable();
    while let Some((index, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        let inner = index > 0 && next.is_some_and(|next| next != ' ');
        match indent {
            Some(indent) if c == ' ' && !blank && inner && column > WIDTH => {
                line_break(out, indent, &mut column);
            }
            Some(_) | None => {
                if c == '\'' {
                    out.push('\'');
                    column += 1;
                }
                out.push(c);
                column += 1;
            }
        }
        blank = c == ' ';
    }
    out.push('\'');
}

fn double(out: &mut String, text: &str, indent: Option<usize>) {
    out.push('"');
    let (mut column, mut blank) = (column(out), false);
    let mut chars = text.chars().enumerate().peekable();
    while let Some((index, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        match indent {
            Some(indent) if c == ' ' && !blank && index > 0 && next.is_some() && column > WIDTH => {
                line_break(out, indent, &mut column);
                if next == Some(' ') {
                    out.push('\\');
                    column += 1;
                }
            }
            Some(_) | None => {
                let before = out.len();
                push_escaped(out, c);
                column += out[before..].chars().count();
            }
        }
        blank = c == ' ';
    }
    out.push('"');
}

fn push_escaped(out: &mut String, c: char) {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c if is_printable(c) => return out.push(c),
        c => {
            out.push_str(&match u32::from(c) {
                code @ 0..=0xff => format!("\\x{code:02X}"),
                code @ 0x100..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            });
            return;
        }
    };
    out.push('\\');
    out.push(letter);
}

/// A literal block, with the end of its last line.
fn literal(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    // A reader would take the first line that is not empty for the measure of all.
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => "-",
        1 => "",
        _ => "+",
    });
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            push_indent(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn number_text(number: &serde_json::Number) -> String {
    if number.is_i64() || number.is_u64() {
        number.to_string()
    } else {
        go_float(number.as_f64().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::yaml::parse;

    #[test]
    fn a_model_is_written_in_block_style_in_its_order() {
        let model = json!({
            "name": "shop",
            "services": {"web": {
                "command": ["sh", "-c", "echo hi\necho ho\n"],
                "ports": [{"target": 80, "published": "8080"}],
                "empty": {}, "none": [], "nothing": null, "ratio": 0.5, "nested": [[1, 2], [{"a": true}]],
            }},
        });
        insta::assert_snapshot!(print(&model), @r#"
        name: shop
        services:
          web:
            command:
              - sh
              - -c
              - |
                echo hi
                echo ho
            ports:
              - target: 80
                published: "8080"
            empty: {}
            none: []
            nothing: null
            ratio: 0.5
            nested:
              - - 1
                - 2
              - - a: true
        "#);
    }

    #[test]
    fn quotes_are_those_of_compose() {
        for (text, wanted) in [
            ("nginx:1.27", "nginx:1.27"),
            ("80:80", "80:80"),
            ("22:22", "'22:22'"),
            ("yes", "'yes'"),
            ("<<", "'<<'"),
            ("true", "\"true\""),
            ("3.8", "\"3.8\""),
            ("0755", "\"0755\""),
            ("2001-12-14", "\"2001-12-14\""),
            ("", "\"\""),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("it's", "it's"),
            ("'q'", "'''q'''"),
            ("*", "'*'"),
            ("- a", "'- a'"),
            ("-a", "-a"),
            ("a ", "'a '"),
            ("a\tb", "\"a\\tb\""),
            ("\u{1f600}", "\"\\U0001F600\""),
            ("\n", "\"\\n\""),
            ("a \nb", "\"a \\nb\""),
            ("😀 x", "\"\\U0001F600 x\""),
            ("żółć", "żółć"),
            ("a\nb", "|-\n  a\n  b"),
            (" a\nb\n\n", "|2+\n   a\n  b\n"),
            ("\n  a\n", "|2\n\n    a"),
        ] {
            assert_eq!(
                print(&json!(text)),
                format!("{wanted}\n").replace("\n  ", "\n"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn long_lines_are_folded_at_blanks() {
        let long = "word ".repeat(20) + "end";
        let model = json!({"a": {"b": long, "c": format!("# {long}"), "d": format!("{long}\t")}});
        insta::assert_snapshot!(print(&model), @r##"
        a:
          b: word word word word word word word word word word word word word word word word
            word word word word end
          c: '# word word word word word word word word word word word word word word word
            word word word word word end'
          d: "word word word word word word word word word word word word word word word word
            word word word word end\t"
        "##);
        for text in [
            format!("{long}  {long}"),
            format!("# {long} it's  {long}"),
            format!("{long}\t  {long} \""),
        ] {
            let read = parse(&print(&json!({"a": [text]}))).unwrap().remove(0);
            assert_eq!(
                read.get("a").unwrap().as_sequence().unwrap()[0].as_str(),
                Some(text.as_str())
            );
        }
    }
}
