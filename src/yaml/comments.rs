//! Which comment belongs to which entry.
//!
//! As Go's YAML library does it, so far as the order of things matters: a comment on a line of its own belongs to the entry
//! that follows, unless it is indented deeper than that entry, then it closes the block that it is indented for; a comment
//! behind something belongs to the entry on that line.

use std::collections::VecDeque;

use super::node::{Comments, Node, Position};

/// A comment of the text, without its `#`.
pub(super) struct Comment {
    pub(super) at: Position,
    pub(super) text: String,
    /// Whether something stands before it on its line.
    pub(super) inline: bool,
}

/// The comments that no entry has taken yet, in the order of the text.
#[derive(Default)]
pub(super) struct Pending(pub(super) VecDeque<Comment>);

impl Pending {
    /// Takes what stands before `at`.
    pub(super) fn before(&mut self, at: Position) -> Vec<String> {
        self.take(|comment| comment.at < at)
    }

    /// Takes what stands behind something on the line `first` or later, before `next`.
    pub(super) fn behind(&mut self, first: u32, next: Option<Position>) -> Vec<String> {
        self.take(|comment| {
            comment.inline && comment.at.line >= first && next.is_none_or(|next| comment.at < next)
        })
    }

    /// Takes what closes a block indented to `column`, when `next` is the next entry behind it.
    pub(super) fn tail(&mut self, column: u32, next: Option<Position>) -> Vec<String> {
        self.take(|comment| match next {
            Some(next) => {
                comment.at < next && comment.at.column >= column && comment.at.column > next.column
            }
            None => comment.at.column >= column,
        })
    }

    /// Takes what stands before `end`, or everything.
    pub(super) fn until(&mut self, end: Option<Position>) -> Vec<String> {
        self.take(|comment| end.is_none_or(|end| comment.at < end))
    }

    fn take(&mut self, wanted: impl Fn(&Comment) -> bool) -> Vec<String> {
        let mut taken = Vec::new();
        while let Some(comment) = self.0.pop_front_if(|comment| wanted(comment)) {
            taken.push(comment.text);
        }
        taken
    }
}

/// Puts comments on a node, if there are any.
pub(super) fn attach(node: &mut Node, before: Vec<String>, tail: Vec<String>) {
    if before.is_empty() && tail.is_empty() {
        return;
    }
    let comments = node.comments.get_or_insert_with(|| Box::new(Comments::default()));
    comments.before.extend(before);
    comments.tail.extend(tail);
}
