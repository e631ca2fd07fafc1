//! A command line to words: quotes and backslashes, nothing else of a shell.

use super::problem::Problem;

/// Splits a command line. It ends at the first unquoted `;`, `&`, `|`, `<` or `>`, as it does for Compose.
pub(super) fn split(line: &str) -> Result<Vec<String>, Problem> {
    let mut splitter = Splitter::default();
    for c in line.chars() {
        if splitter.take(c)? {
            break;
        }
    }
    if splitter.escaped || splitter.single || splitter.double || splitter.back || splitter.dollar {
        return Err(Problem::CommandLine);
    }
    splitter.end();
    Ok(splitter.words)
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "quotes of several kinds may be open at once")]
struct Splitter {
    words: Vec<String>,
    text: String,
    /// Whether there is a word, be it empty.
    begun: bool,
    escaped: bool,
    single: bool,
    double: bool,
    back: bool,
    /// Inside `$(…)`, which is kept as text.
    dollar: bool,
}

impl Splitter {
    /// Takes one character; true at the end of the command.
    fn take(&mut self, c: char) -> Result<bool, Problem> {
        let quoted = self.single || self.double || self.back || self.dollar;
        if self.escaped {
            self.escaped = false;
            self.push(c);
            return Ok(false);
        }
        match c {
            '\\' if !self.single => self.escaped = true,
            ' ' | '\t' | '\r' | '\n' if !quoted => self.end(),
            ' ' | '\t' | '\r' | '\n' => self.text.push(c),
            '"' if !self.single && !self.dollar => {
                self.begun |= self.double;
                self.double = !self.double;
            }
            '\'' if !self.double && !self.dollar => {
                self.begun |= self.single;
                self.single = !self.single;
            }
            ';' | '&' | '|' | '<' | '>' if !quoted => {
                // A number before `>` names a stream.
                if c == '>' && self.text.starts_with(|first: char| first.is_ascii_digit()) {
                    self.begun = false;
                }
                return Ok(true);
            }
            _ => self.bracket(c)?,
        }
        Ok(false)
    }

    /// Takes a character that stays in the word, and may open or close a substitution.
    fn bracket(&mut self, c: char) -> Result<(), Problem> {
        let plain = !self.single && !self.double;
        match c {
            '`' if plain && !self.dollar => self.back = !self.back,
            ')' if plain && !self.back => self.dollar = !self.dollar,
            '(' if plain && !self.back => {
                if self.dollar || !self.text.ends_with('$') {
                    return Err(Problem::CommandLine);
                }
                self.dollar = true;
                // Upstream does not count this as the beginning of a word, but what follows does.
                self.text.push('(');
                return Ok(());
            }
            _ => (),
        }
        self.push(c);
        Ok(())
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        self.begun = true;
    }

    fn end(&mut self) {
        if self.begun {
            self.words.push(std::mem::take(&mut self.text));
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
            ("a 2>b", vec!["a"]),
            ("ab>c", vec!["ab"]),
            ("x $(date +%s) `w \"x y\"`", vec!["x", "$(date +%s)", "`w x y`"]),
            ("a\\nb\\ c", vec!["anb c"]),
            ("", vec![]),
        ] {
            assert_eq!(split(line).unwrap(), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_left_open_is_an_error() {
        for line in ["echo 'a", "echo a\\", "(a b)", "a ) b", "`a"] {
            assert!(split(line).is_err(), "{line}");
        }
    }
}
