//! A line of text whose parts have a meaning, which a terminal shows as colours.

use unicode_width::UnicodeWidthStr as _;

/// What a part of a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Nothing in particular.
    Plain,
    /// A heading or a name to find.
    Strong,
    /// Of less weight.
    Faint,
    /// Well.
    Good,
    /// Under way, or odd.
    Odd,
    /// Not well.
    Bad,
    /// A hint.
    Hint,
}

impl Style {
    /// All of them.
    const ALL: [Self; 7] =
        [Self::Plain, Self::Strong, Self::Faint, Self::Good, Self::Odd, Self::Bad, Self::Hint];

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Strong => "strong",
            Self::Faint => "faint",
            Self::Good => "good",
            Self::Odd => "odd",
            Self::Bad => "bad",
            Self::Hint => "hint",
        }
    }

    /// The style of a word; plain where it is none.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|style| style.word() == word).unwrap_or(Self::Plain)
    }
}

/// A part of a line. Holds no control characters: what engines and repositories say cannot steer the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it means.
    pub style: Style,
    text: String,
}

impl Span {
    /// A part with a meaning.
    pub fn new(style: Style, text: impl AsRef<str>) -> Self {
        let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        Self { style, text: text.as_ref().chars().map(visible).collect() }
    }

    /// A part without a meaning of its own.
    pub fn plain(text: impl AsRef<str>) -> Self {
        Self::new(Style::Plain, text)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many columns a terminal gives it.
    pub fn width(&self) -> usize {
        self.text.width()
    }
}

/// One line, without its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line(Vec<Span>);

impl Line {
    /// A line of one part.
    pub fn of(style: Style, text: impl AsRef<str>) -> Self {
        Self(vec![Span::new(style, text)])
    }

    /// Appends a part.
    #[must_use]
    pub fn with(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.0.push(Span::new(style, text));
        self
    }

    /// Its parts.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Its text alone.
    pub fn text(&self) -> String {
        self.0.iter().map(Span::text).collect()
    }

    pub(super) fn push(&mut self, span: Span) {
        self.0.push(span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_cannot_reach_a_terminal() {
        assert_eq!(Span::plain("a\x1b[31mb\nc").text(), "a\u{fffd}[31mb\u{fffd}c");
    }
}
