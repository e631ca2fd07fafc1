//! What went wrong, why, and the way out.

use serde_json::{Value, json};

use super::line::{Line, Style};
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;

/// The version of the shape of all JSON answers.
pub const SCHEMA: u32 = 1;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It failed.
    Error,
    /// It goes on.
    Warning,
}

/// `error:`, a `cause:` each, the lines that show it, a blank line and `hint:`. Texts of several lines keep their alignment.
pub fn trouble_text(severity: Severity, trouble: &Trouble) -> Vec<Line> {
    let head = match severity {
        Severity::Error => (Style::Bad, "error: "),
        Severity::Warning => (Style::Odd, "warning: "),
    };
    let mut lines = Vec::new();
    labelled(&mut lines, "", head, &trouble.error);
    for cause in &trouble.causes {
        labelled(&mut lines, "  ", (Style::Faint, "cause: "), cause);
    }
    for line in trouble.excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
        lines.push(Line::of(Style::Plain, format!("    {line}")));
    }
    if let Some(hint) = &trouble.hint {
        lines.push(Line::default());
        labelled(&mut lines, "", (Style::Hint, "hint: "), hint);
    }
    lines
}

/// The same for programs.
pub fn trouble_json(trouble: &Trouble) -> String {
    let mut answer = json!({ "schema": SCHEMA });
    merge(&mut answer, value(trouble));
    pretty(&answer)
}

pub(super) fn value(trouble: &Trouble) -> Value {
    let (next, seconds) = match trouble.disposition {
        Disposition::RetryAfter(pause) => ("retry", Some(pause.as_secs())),
        Disposition::WaitForChange => ("wait for change", None),
        Disposition::Fatal => ("fatal", None),
    };
    json!({
        "error": trouble.error,
        "causes": trouble.causes,
        "excerpt": trouble.excerpt,
        "hint": trouble.hint,
        "next": next,
        "retry_after_seconds": seconds,
    })
}

pub(super) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// JSON text that ends with a line feed.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn labelled(lines: &mut Vec<Line>, indent: &str, label: (Style, &str), text: &str) {
    let mut parts = text.lines();
    let first = parts.next().unwrap_or_default();
    lines.push(Line::of(Style::Plain, indent).with(label.0, label.1).with(Style::Plain, first));
    for part in parts {
        lines.push(if part.is_empty() {
            Line::default()
        } else {
            Line::of(Style::Plain, format!("    {part}"))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble() -> Trouble {
        Trouble {
            error: "invalid Compose file `compose.yaml`".to_owned(),
            causes: vec!["line 3: unknown key `imagee`".to_owned()],
            excerpt: Some("3 |     imagee: nginx\n  |     ^^^^^^".to_owned()),
            hint: Some("did you mean `image`?".to_owned()),
            disposition: Disposition::WaitForChange,
        }
    }

    #[test]
    fn people_get_error_cause_and_hint_with_the_excerpt_aligned() {
        let lines = trouble_text(Severity::Error, &trouble());
        let text: Vec<String> = lines.iter().map(Line::text).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        error: invalid Compose file `compose.yaml`
          cause: line 3: unknown key `imagee`
            3 |     imagee: nginx
              |     ^^^^^^

        hint: did you mean `image`?
        ");
    }

    #[test]
    fn programs_get_the_same_with_a_schema_number() {
        insta::assert_snapshot!(trouble_json(&trouble()), @r#"
        {
          "schema": 1,
          "error": "invalid Compose file `compose.yaml`",
          "causes": [
            "line 3: unknown key `imagee`"
          ],
          "excerpt": "3 |     imagee: nginx\n  |     ^^^^^^",
          "hint": "did you mean `image`?",
          "next": "wait for change",
          "retry_after_seconds": null
        }
        "#);
    }
}
