//! The grammar of `.env`, `env_file` and `label_file`.

use super::problem::Problem;
use super::template::{Environment, Lookup, Variable, expand};
use super::value::Taint;

/// A file of variables that cannot be read, and on which of its lines.
#[derive(Debug)]
pub(super) struct Fault {
    /// Line from 1.
    pub(super) line: u32,
    /// What is wrong.
    pub(super) problem: Problem,
}

/// What a file of variables says: values found so far, and names that were used but not set.
pub(super) struct Parsed {
    /// In the file, by name.
    pub(super) variables: Environment,
    /// Used and not set, without a default.
    pub(super) unset: Vec<String>,
    /// Variables of a decrypted file whose values use such a name: it may be a part of a password.
    pub(super) unset_inside: Vec<String>,
}

/// Reads Compose's own grammar. `find` answers before what the file itself has said so far, `earlier` after it; `secret`
/// says that the file was decrypted.
pub(super) fn parse(
    text: &str,
    secret: bool,
    find: &dyn Fn(&str) -> Option<Variable>,
    earlier: &Environment,
) -> Result<Parsed, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut reader = Reader { text: &text, at: 0, secret, find, earlier, size: 0 };
    let mut parsed =
        Parsed { variables: Environment::new(), unset: Vec::new(), unset_inside: Vec::new() };
    while reader.find_statement() {
        let start = reader.at;
        reader.statement(&mut parsed).map_err(|problem| {
            let line = 1 + text[..start].matches('\n').count();
            Fault { line: u32::try_from(line).unwrap_or(u32::MAX), problem }
        })?;
    }
    Ok(parsed)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    secret: bool,
    find: &'t dyn Fn(&str) -> Option<Variable>,
    earlier: &'t Environment,
    /// The length of all values so far.
    size: usize,
}

/// How much text the values of one file may grow to.
const MAX_SIZE: usize = 32 << 20;

/// Space that does not end a line.
fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Skips blank lines and comments; false at the end.
    fn find_statement(&mut self) -> bool {
        loop {
            self.skip(char::is_whitespace);
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn skip(&mut self, is: fn(char) -> bool) {
        self.at += self.rest().len() - self.rest().trim_start_matches(is).len();
    }

    fn statement(&mut self, parsed: &mut Parsed) -> Result<(), Problem> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(is_blank)
        {
            self.at += "export".len();
            self.skip(is_blank);
        }
        let (name, has_value) = self.name()?;
        if !has_value {
            if let Some(value) = self.lookup(&name, parsed) {
                parsed.variables.insert(name, value);
            }
            return Ok(());
        }
        self.skip(is_blank);
        let value = self.value(&name, parsed)?;
        self.size += value.value.len();
        if self.size > MAX_SIZE {
            return Err(Problem::TooLarge);
        }
        parsed.variables.insert(name, value);
        Ok(())
    }

    /// Reads a name and the sign behind it; false when the line ends instead.
    fn name(&mut self) -> Result<(String, bool), Problem> {
        let rest = self.rest();
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        let name = rest[..end].trim_end();
        let allowed = |c: char| {
            c.is_alphanumeric() || is_blank(c) || matches!(c, '_' | '.' | '-' | '[' | ']')
        };
        if let Some(bad) = name.chars().find(|c| !allowed(*c)) {
            return Err(Problem::VariableName { bad, name: name_shown(name, self.secret) });
        }
        if name.contains(is_blank) {
            return Err(Problem::SpaceInVariableName { name: name_shown(name, self.secret) });
        }
        let has_value = rest[end..].starts_with(['=', ':']);
        self.at += end + usize::from(end < rest.len());
        Ok((name.to_owned(), has_value))
    }

    fn value(&mut self, name: &str, parsed: &mut Parsed) -> Result<Variable, Problem> {
        let rest = self.rest();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            let end = rest.find('\n').unwrap_or(rest.len());
            self.at += end;
            return self.expand(name, without_comment(&rest[..end]), parsed);
        };
        let end = closing_quote(rest, quote)
            .ok_or_else(|| Problem::UnterminatedQuote { name: name.to_owned() })?;
        self.at += end + 1;
        let inside = &rest[1..end];
        if quote == '\'' {
            let value = inside.replace("\\'", "'");
            return Ok(Variable { value, secret: self.secret });
        }
        self.expand(name, &unescape(inside), parsed)
    }

    fn lookup(&self, name: &str, parsed: &Parsed) -> Option<Variable> {
        let before = || parsed.variables.get(name).or_else(|| self.earlier.get(name)).cloned();
        (self.find)(name).or_else(before)
    }

    fn expand(&self, name: &str, text: &str, parsed: &mut Parsed) -> Result<Variable, Problem> {
        let find = |name: &str| self.lookup(name, parsed);
        let mut lookup = Lookup::new(&find);
        let expanded = expand(text, &mut lookup).map_err(|problem| {
            let malformed = matches!(problem, Problem::Interpolation { .. });
            let quotes = matches!(problem, Problem::RequiredVariable { .. }) && self.secret;
            if malformed || quotes {
                Problem::VariableInterpolation { name: name.to_owned() }
            } else {
                problem
            }
        })?;
        let unset = lookup.unset;
        if !self.secret {
            parsed.unset.extend(unset);
        } else if !unset.is_empty() {
            parsed.unset_inside.push(name.to_owned());
        }
        let secret = self.secret || expanded.taint == Taint::Secret;
        Ok(Variable { value: expanded.text, secret })
    }
}

/// A name is no secret, but what is taken for one may be the second line of a value.
fn name_shown(name: &str, secret: bool) -> String {
    if secret || name.chars().count() > 40 { "…".to_owned() } else { name.to_owned() }
}

/// The value without an inline comment, which needs a space before its `#`.
fn without_comment(line: &str) -> &str {
    let begins = |(index, _): &(usize, &str)| line[..*index].ends_with(is_blank);
    let end = line.match_indices('#').find(begins).map_or(line.len(), |(index, _)| index);
    line[..end].trim_end()
}

/// Where the quote closes that `text` begins with; a backslash before it keeps it open.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some(index);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// Escapes of double quotes, before variables are put in: an escaped dollar stays one.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let octal = after.len() - after.trim_start_matches(|c: char| c.is_digit(8)).len();
        let plain = match after.chars().next() {
            Some('a') => "\u{7}",
            Some('b') => "\u{8}",
            Some('f') => "\u{c}",
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('v') => "\u{b}",
            Some('\\') => "\\",
            Some('"') => "\"",
            Some('$') => "$$",
            Some('0') if octal >= 2 => {
                let digits = &after[1..octal.min(4)];
                let code = u32::from_str_radix(digits, 8).ok().and_then(char::from_u32);
                out.push(code.unwrap_or('\u{fffd}'));
                rest = &after[1 + digits.len()..];
                continue;
            }
            Some(_) | None => {
                out.push('\\');
                rest = after;
                continue;
            }
        };
        out.push_str(plain);
        rest = &after[1..];
    }
    out.push_str(rest);
    out
}

/// Reads the grammar of `docker run --env-file`: no quotes, no variables, no comments behind a value.
pub(super) fn parse_raw(
    text: &str,
    secret: bool,
    find: &dyn Fn(&str) -> Option<Variable>,
) -> Result<Environment, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut variables = Environment::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (line, None),
        };
        if name.contains([' ', '\t']) || name.is_empty() {
            let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
            return Err(Fault {
                line,
                problem: Problem::SpaceInVariableName { name: name_shown(name, secret) },
            });
        }
        match value {
            Some(value) => {
                let value = Variable { value: value.to_owned(), secret };
                variables.insert(name.to_owned(), value);
            }
            None => {
                if let Some(value) = find(name) {
                    variables.insert(name.to_owned(), value);
                }
            }
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str) -> Option<Variable> {
        (name == "OUT").then(|| Variable { value: "out".to_owned(), secret: false })
    }

    fn show(variables: &Environment) -> String {
        let lines: Vec<String> = variables
            .iter()
            .map(|(name, variable)| format!("{name}={:?}", variable.value))
            .collect();
        lines.join(" ")
    }

    fn check(text: &str) -> String {
        match parse(text, false, &find, &Environment::new()) {
            Ok(parsed) => show(&parsed.variables),
            Err(fault) => format!("line {}: {}", fault.line, fault.problem),
        }
    }

    #[test]
    fn values_are_read_as_compose_reads_them() {
        for (text, wanted) in [
            ("A=1\nexport B = two \nC: 3", r#"A="1" B="two" C="3""#),
            ("A=x#y #z\nB= # none\nC=", "A=\"x#y\" B=\"# none\" C=\"\""),
            ("A=\"l1\nl2\\n\\t\\$X\\q\"", "A=\"l1\\nl2\\n\\t$X\\\\q\""),
            ("A='$OUT it\\'s'\nB=$OUT", r#"A="$OUT it's" B="out""#),
            ("A=1\nB=${A}2\nA=3", r#"A="3" B="12""#),
            ("OUT\nNONE\nA=1", r#"A="1" OUT="out""#),
            ("\u{feff}A=1\r\nB=2\r\n", r#"A="1" B="2""#),
            ("A=\"x\" # c\nB='y'", r#"A="x" B="y""#),
            ("A.b-c[0]=1", r#"A.b-c[0]="1""#),
            ("A=\"\\0101\"", r#"A="A""#),
            ("A=${X:-d} #c", r#"A="d""#),
            ("exporter=1", r#"exporter="1""#),
        ] {
            assert_eq!(check(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_bad_line_is_named_without_its_value() {
        insta::assert_snapshot!(check("A=1\nB C=secret"), @"line 2: the variable name `B C` contains a space");
        insta::assert_snapshot!(check("A%=secret"), @"line 1: unexpected `%` in the variable name `A%`");
        insta::assert_snapshot!(check("\nA='secret"), @"line 2: the quote around the value of `A` is not closed");
        insta::assert_snapshot!(check("A=it${secret"), @"line 1: the value of `A` is not a valid template");
    }

    #[test]
    fn the_raw_format_takes_lines_as_they_are() {
        let text = "# c\n  A='x' #y\nB=$OUT\nOUT\nNONE\n";
        let variables = parse_raw(text, true, &find).unwrap();
        assert_eq!(show(&variables), r#"A="'x' #y" B="$OUT" OUT="out""#);
        assert!(variables["A"].secret && !variables["OUT"].secret);
    }
}
