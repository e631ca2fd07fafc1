//! A command line to words: quotes and backslashes, nothing else of a shell.

use super::problem::Problem;

/// Splits a command line. It ends at the first unquoted `;`, `&`, `|`, `<` or `>`, as it does for Compose.
pub(super) fn split(line: &str) -> Result<Vec<String>, Problem> {
    let mut words = Vec::new();
    let mut word = Word::default();
    for c in line.chars() {
        if word.escaped {
            word.push(c);
            word.escaped = false;
            continue;
        }
        match c {
            '\\' if word.quote == Some('\'') => word.push(c),
            '\\' => word.escaped = true,
            '`' if word.quote.is_none() || word.quote == Some('`') => word.substitute(c),
            '(' if word.quote.is_none() && word.text.ends_with('$') => word.open(c),
            ')' if word.quote == Some('(') => word.close(c),
            '"' | '\'' if word.quote == Some(c) => word.quote = None,
            '"' | '\'' if word.quote.is_none() => {
                word.quote = Some(c);
                word.begun = true;
            }
            ';' | '&' | '|' | '<' | '>' if word.quote.is_none() => {
                word.end(&mut words);
                return Ok(words);
            }
            ' ' | '\t' | '\r' | '\n' if word.quote.is_none() => word.end(&mut words),
            _ => word.push(c),
        }
    }
    if word.escaped || word.quote.is_some() {
        return Err(Problem::CommandLine);
    }
    word.end(&mut words);
    Ok(words)
}

#[derive(Default)]
struct Word {
    text: String,
    begun: bool,
    escaped: bool,
    /// The quote that is open; `(` stands for `$(`.
    quote: Option<char>,
}

impl Word {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.begun = true;
    }

    fn substitute(&mut self, c: char) {
        self.quote = if self.quote.is_none() { Some(c) } else { None };
        self.push(c);
    }

    fn open(&mut self, c: char) {
        self.quote = Some(c);
        self.push(c);
    }

    fn close(&mut self, c: char) {
        self.quote = None;
        self.push(c);
    }

    fn end(&mut self, words: &mut Vec<String>) {
        if self.begun {
            words.push(std::mem::take(&mut self.text));
        }
        self.begun = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_as_compose_splits_it() {
        for (line, wanted) in [
            ("echo 'a b' \"c d\" e\\ f", vec!["echo", "a b", "c d", "e f"]),
            ("sh -c \"echo \\\"x\\\" '$y'\"", vec!["sh", "-c", "echo \"x\" '$y'"]),
            ("a  \n\tb ''", vec!["a", "b", ""]),
            ("a > b", vec!["a"]),
            ("a; b", vec!["a"]),
            ("x $(date +%s) `w x`", vec!["x", "$(date +%s)", "`w x`"]),
            ("", vec![]),
        ] {
            assert_eq!(split(line).unwrap(), wanted, "{line}");
        }
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert!(split("echo 'a").is_err());
        assert!(split("echo a\\").is_err());
    }
}
