//! A command line to words: blanks separate, quotes and backslashes keep together; nothing is expanded.

/// The words of a line; `None` when a quote is not closed.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn quotes_keep_words_together() {
        let check = |line| split(line).map(|words| words.join("|"));
        assert_eq!(check("pass show  age/key").as_deref(), Some("pass|show|age/key"));
        assert_eq!(check(r#"a "b c" 'd "e' f\ g """#).as_deref(), Some(r#"a|b c|d "e|f g|"#));
        assert_eq!(check(" "), Some(String::new()));
        assert_eq!(check("a 'b"), None);
        assert_eq!(check("a \\"), None);
    }
}
