//! The parser's events, and what of them needs no context: scalars, tags and positions.

use std::collections::VecDeque;

use granit_parser::{Event, Marker, Parser, Placement, ScalarStyle, ScanError, Span, Tag};

use super::comments::{Comment, Pending};
use super::error::{Error, Kind};
use super::node::{Node, Position, Style, Value};
use super::scalar::{resolve, resolve_tagged};

/// Values, ends and comments that a text may have: what is read stays in memory, a hundred times its text.
const MAX_EVENTS: usize = 500_000;
/// Comments that the parser may hold back.
const MAX_COMMENTS: usize = 1 << 16;

/// Reads all events of a text, the comments apart.
pub(super) fn scan(text: &str) -> Result<(Vec<(Event<'_>, Span)>, Pending), Error> {
    let options = granit_parser::options! { max_buffered_comment_events: MAX_COMMENTS };
    let mut events = Vec::new();
    let mut comments = VecDeque::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let event = event.map_err(|error| syntax(&error))?;
        if events.len() + comments.len() >= MAX_EVENTS {
            return Err(Error::new(mark(&event.1.start), Kind::TooMany));
        }
        match event {
            (Event::Comment(text, placement), span) => {
                let inline = matches!(placement, Placement::Right);
                comments.push_back(Comment {
                    at: mark(&span.start),
                    text: text.trim_end_matches('\r').to_owned(),
                    inline,
                });
            }
            other => events.push(other),
        }
    }
    comments.make_contiguous().sort_by_key(|comment: &Comment| comment.at);
    Ok((events, Pending(comments)))
}

/// Makes a node of a scalar.
pub(super) fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    at: Position,
) -> Result<Node, Error> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    };
    let core = tag.and_then(|tag| tag.suffix_in_namespace(CORE));
    let own = tag.and_then(custom_tag);
    let value = match core {
        Some(name) => {
            resolve_tagged(&format!("!!{name}"), text).map_err(|kind| Error::new(at, kind))?
        }
        None if style == Style::Plain && own.is_none() && tag.is_none() => resolve(text),
        None => Value::String(text.to_owned()),
    };
    let raw = (!matches!(value, Value::String(_) | Value::Timestamp(_))).then(|| text.to_owned());
    // A string by its tag must not become something else when it is written again, nor `!!str <<` a merge key.
    let is_text = matches!(value, Value::String(_)) && tag.is_some() && own.is_none();
    let merge = tag.is_some_and(|tag| tag.suffix_in_namespace(CORE).as_deref() == Some("merge"));
    let style =
        if is_text && !merge && style == Style::Plain { Style::DoubleQuoted } else { style };
    Ok(Node { value, tag: own, at, style, raw, comments: None })
}

/// The namespace of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

/// The tag as written, unless it is one of YAML's own or `!`.
pub(super) fn custom_tag(tag: &Tag) -> Option<String> {
    let own = tag.suffix_in_namespace(CORE).is_some();
    let written = tag.original();
    (!own && written != "!").then_some(written)
}

fn syntax(error: &ScanError) -> Error {
    let said = error.info();
    let kind = if said.contains("recursion limit") { Kind::TooDeep } else { Kind::Syntax(said) };
    Error::new(mark(error.marker()), kind)
}

/// Where a marker points.
pub(super) fn mark(marker: &Marker) -> Position {
    position(marker.line(), marker.col() + 1)
}

/// A position, counted from 1.
pub(super) fn position(line: usize, column: usize) -> Position {
    let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Position { line: narrow(line), column: narrow(column) }
}
