//! Text to nodes: aliases expanded within a budget, keys unique, comments kept.

use std::collections::HashMap;

use granit_parser::{Event, Span, StructureStyle};

use super::comments::{Pending, attach};
use super::error::{Error, Kind};
use super::events::{custom_tag, mark, position, scalar, scan};
use super::keys::Keys;
use super::node::{Entry, Node, Position, Value};

/// Lists and mappings inside each other at most.
const MAX_DEPTH: usize = 128;
/// What aliases may expand to in one text: nodes, a long string counting for several.
const MAX_EXPANDED: usize = 400_000;
/// Bytes of a string that count as one node.
const BYTES_PER_NODE: usize = 64;

/// Reads the documents of a YAML text; a byte order mark is skipped.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::new(text)?;
    let mut documents = Vec::new();
    while let Some((event, _)) = builder.events.get(builder.next) {
        if matches!(event, Event::DocumentStart(..)) {
            builder.next += 1;
            documents.push(builder.document()?);
        } else {
            builder.next += 1;
        }
    }
    Ok(documents)
}

/// Reads the documents of a YAML file, which must be UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Vec<Node>, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = valid.matches('\n').count() + 1;
            let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            Err(Error::new(position(line, column), Kind::NotUtf8))
        }
    }
}

/// Where the node of an anchor begins, and whether it is still being read.
struct Anchor {
    event: usize,
    open: bool,
}

struct Builder<'t> {
    events: Vec<(Event<'t>, Span)>,
    next: usize,
    comments: Pending,
    anchors: HashMap<usize, Anchor>,
    /// How many aliases are being expanded inside each other.
    replays: usize,
    expanded: usize,
    depth: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Result<Self, Error> {
        let (events, comments) = scan(text)?;
        let anchors = HashMap::new();
        Ok(Self { events, next: 0, comments, anchors, replays: 0, expanded: 0, depth: 0 })
    }

    fn document(&mut self) -> Result<Node, Error> {
        self.anchors.clear();
        let mut root = self.node()?;
        let end = self.events[self.next..]
            .iter()
            .find(|(event, _)| matches!(event, Event::DocumentStart(..)))
            .map(|(_, span)| mark(&span.start));
        let rest = self.comments.until(end);
        attach(&mut root, Vec::new(), rest);
        Ok(root)
    }

    fn node(&mut self) -> Result<Node, Error> {
        let index = self.next;
        self.next += 1;
        let Some((event, span)) = self.events.get(index) else {
            return Err(Error::new(Position::default(), Kind::Syntax("unexpected end".to_owned())));
        };
        let at = mark(&span.start);
        let anchor = event.anchor_id();
        if let Event::Alias(id) = event {
            let id = *id;
            return self.alias(id, at);
        }
        if let Some(id) = anchor {
            self.anchors.insert(id, Anchor { event: index, open: true });
        }
        let node = self.content(index, at)?;
        if let Some(anchor) = anchor.and_then(|id| self.anchors.get_mut(&id)) {
            anchor.open = false;
        }
        Ok(node)
    }

    fn content(&mut self, index: usize, at: Position) -> Result<Node, Error> {
        let (event, _) = &self.events[index];
        if let Event::Scalar(text, style, _, tag) = event {
            let node = scalar(text, *style, tag.as_deref(), at)?;
            let weight = text.len();
            self.spend(weight, at)?;
            return Ok(node);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(at, Kind::TooDeep));
        }
        self.spend(0, at)?;
        let tag = self.events[index].0.tag().and_then(custom_tag);
        let (value, tail) = if let Event::SequenceStart(style, ..) = self.events[index].0 {
            self.sequence(style, at)?
        } else if let Event::MappingStart(style, ..) = self.events[index].0 {
            self.mapping(style, at)?
        } else {
            return Err(Error::new(at, Kind::Syntax("a value was expected".to_owned())));
        };
        self.depth -= 1;
        let mut node = Node { tag, at, ..Node::new(value) };
        attach(&mut node, Vec::new(), tail);
        Ok(node)
    }

    fn alias(&mut self, id: usize, at: Position) -> Result<Node, Error> {
        let Some(anchor) = self.anchors.get(&id) else {
            return Err(Error::new(at, Kind::Syntax("unknown anchor".to_owned())));
        };
        if anchor.open {
            return Err(Error::new(at, Kind::AliasCycle));
        }
        let back = std::mem::replace(&mut self.next, anchor.event);
        self.replays += 1;
        let node = self.node();
        self.replays -= 1;
        self.next = back;
        node
    }

    /// Counts what an alias brings.
    fn spend(&mut self, bytes: usize, at: Position) -> Result<(), Error> {
        if self.replays > 0 {
            self.expanded += 1 + bytes / BYTES_PER_NODE;
        }
        if self.expanded > MAX_EXPANDED { Err(Error::new(at, Kind::TooLarge)) } else { Ok(()) }
    }

    fn sequence(
        &mut self,
        style: StructureStyle,
        at: Position,
    ) -> Result<(Value, Vec<String>), Error> {
        let mut items = Vec::new();
        while !self.at_end(&Event::SequenceEnd) {
            let mut before = self.comments_before();
            let mut item = self.node()?;
            before.extend(self.comments_behind(item.at.line));
            attach(&mut item, before, Vec::new());
            items.push(item);
        }
        items.shrink_to_fit();
        Ok((Value::Sequence(items), self.close(style, at)))
    }

    fn mapping(
        &mut self,
        style: StructureStyle,
        at: Position,
    ) -> Result<(Value, Vec<String>), Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut keys = Keys::default();
        while !self.at_end(&Event::MappingEnd) {
            let mut before = self.comments_before();
            let mut key = self.node()?;
            if let Some(text) = key.text()
                && let Some(first) = keys.first(text, key.at, &entries)
            {
                return Err(Error::new(key.at, Kind::DuplicateKey { key: text.to_owned(), first }));
            }
            if self.position().is_some_and(|value| value.line > key.at.line) {
                before.extend(self.comments_behind(key.at.line));
            }
            let value = self.node()?;
            before.extend(self.comments_behind(key.at.line));
            attach(&mut key, before, Vec::new());
            entries.push(Entry { key, value });
        }
        entries.shrink_to_fit();
        Ok((Value::Mapping(entries), self.close(style, at)))
    }

    /// Steps behind the end of a collection and takes the comments that close it.
    fn close(&mut self, style: StructureStyle, at: Position) -> Vec<String> {
        let end = self.position();
        self.next += 1;
        if self.replays > 0 {
            return Vec::new();
        }
        match style {
            StructureStyle::Flow => self.comments.until(end),
            StructureStyle::Block => {
                let next = self.events[self.next..].iter().find(|(event, _)| {
                    event.is_node()
                        || matches!(event, Event::DocumentEnd | Event::DocumentStart(..))
                });
                let next = next.filter(|(event, _)| event.is_node());
                let next = next.map(|(_, span)| mark(&span.start));
                match next {
                    Some(next) => self.comments.tail(at.column, Some(next)),
                    None => self.last_tail(at),
                }
            }
        }
    }

    /// The comments that close a block at the end of a document.
    fn last_tail(&mut self, at: Position) -> Vec<String> {
        let start = self.events[self.next..]
            .iter()
            .find(|(event, _)| matches!(event, Event::DocumentStart(..)))
            .map(|(_, span)| Position { column: 0, ..mark(&span.start) });
        self.comments.tail(at.column, start)
    }

    fn at_end(&self, end: &Event<'_>) -> bool {
        self.events.get(self.next).is_none_or(|(event, _)| event == end)
    }

    fn position(&self) -> Option<Position> {
        self.events.get(self.next).map(|(_, span)| mark(&span.start))
    }

    /// Comments before the next event.
    fn comments_before(&mut self) -> Vec<String> {
        match self.position() {
            Some(at) if self.replays == 0 => self.comments.before(at),
            _ => Vec::new(),
        }
    }

    /// Comments behind what was read last, which began on line `first`.
    fn comments_behind(&mut self, first: u32) -> Vec<String> {
        if self.replays > 0 {
            return Vec::new();
        }
        let next = self.position();
        self.comments.behind(first, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Style, excerpt, write};

    fn fails(text: &str) -> String {
        let error = parse(text).unwrap_err();
        format!("{error}\n{}", excerpt(text, error.at))
    }

    #[test]
    fn nodes_know_their_place_tag_style_and_text() {
        let text = "\u{feff}a: 0400\r\nb:\r\n  - !reset null\r\n  - \"0400\"\r\n";
        let root = parse(text).unwrap().remove(0);
        let a = root.get("a").unwrap();
        assert_eq!((&a.value, a.raw.as_deref()), (&Value::Int(256), Some("0400")));
        assert_eq!(a.at, Position { line: 1, column: 4 });
        let [reset, quoted] = root.get("b").unwrap().as_sequence().unwrap() else { panic!("two") };
        assert_eq!(reset.tag.as_deref(), Some("!reset"));
        assert_eq!((quoted.as_str(), quoted.style), (Some("0400"), Style::DoubleQuoted));
        assert_eq!(quoted.at, Position { line: 4, column: 5 });
    }

    #[test]
    fn several_documents_and_none() {
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(parse("").unwrap().len(), 0);
        assert_eq!(parse("# only a comment\n").unwrap().len(), 0);
        assert!(parse("---\n").unwrap()[0].is_null());
    }

    #[test]
    fn a_duplicate_key_names_both_lines() {
        insta::assert_snapshot!(fails("a:\n  image: x\n  image: y\n"), @r"
        line 3, column 3: key `image` is already defined at line 2
          |
        3 |   image: y
          |   ^
        ");
        assert!(parse("a: {<<: {x: 1}, <<: {y: 1}}").is_err());
    }

    #[test]
    fn what_is_not_yaml_is_refused_with_its_place() {
        insta::assert_snapshot!(fails("a: [1,\nb: @x\n"), @r"
        line 2, column 4: unexpected character: `@'
          |
        2 | b: @x
          |    ^
        ");
        insta::assert_snapshot!(fails("a:\n\t- b\n"), @r"
        line 2, column 2: tabs disallowed within this context (block indentation)
          |
        2 |  - b
          |  ^
        ");
        insta::assert_snapshot!(fails("a: *nowhere\n"), @r"
        line 1, column 4: while parsing node, found unknown anchor
          |
        1 | a: *nowhere
          |    ^
        ");
        insta::assert_snapshot!(fails("a: !!bool yes\n"), @r"
        line 1, column 11: the value does not fit its tag `!!bool`
          |
        1 | a: !!bool yes
          |           ^
        ");
        let error = parse_bytes(b"a: 1\nb: \xff\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 4: not UTF-8 text");
    }

    #[test]
    fn aliases_expand_but_not_for_ever() {
        let root = parse("a: &a [1, {b: 2}]\nc: *a\n").unwrap().remove(0);
        assert_eq!(root.get("a").unwrap().value, root.get("c").unwrap().value);
        insta::assert_snapshot!(fails("a: &a\n  b: *a\n"), @r"
        line 2, column 6: an alias refers to the node that contains it
          |
        2 |   b: *a
          |      ^
        ");
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let item = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [item.as_str(); 10].join(", "));
        }
        assert_eq!(parse(&bomb).unwrap_err().kind, Kind::TooLarge);
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), ["*a"; 1000].join(", "));
        assert_eq!(parse(&long).unwrap_err().kind, Kind::TooLarge);
        let many = format!("[{}]", "1,".repeat(600_000));
        assert_eq!(parse(&many).unwrap_err().kind, Kind::TooMany);
        assert_eq!(parse(&"#\n".repeat(600_000)).unwrap_err().kind, Kind::TooMany);
        assert_eq!(parse(&"[".repeat(20_000)).unwrap_err().at.line, 1);
        assert_eq!(
            parse(&format!("{}1{}", "[".repeat(200), "]".repeat(200))).unwrap_err().kind,
            Kind::TooDeep
        );
    }

    #[test]
    fn comments_stay_with_their_entry() {
        let text = "# head\n\n# above a\na: 1 # inline a\nb: # of b\n  # before c\n  c: x\n  # foot of c\n\
                    # between\nlist: # of list\n  # before 1\n  - one # inline 1\n  # foot of list\nd: |\n  text\n  # text\n# end\n";
        let root = parse(text).unwrap().remove(0);
        insta::assert_snapshot!(write(&root), @r"
        # head
        # above a
        # inline a
        a: 1
        # of b
        b:
          # before c
          c: x
          # foot of c
        # between
        # of list
        list:
          # before 1
          # inline 1
          - one
          # foot of list
        d: |
          text
          # text
        # end
        ");
    }
}
