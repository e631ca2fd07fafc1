//! The values of a file in the order in which SOPS takes them, to encrypt and to decrypt them: the MAC covers that order.

use super::rule::Comments;
use super::tree::{Bytes, Document, Item, Value};

/// Where a walk is.
#[derive(Default)]
pub(super) struct Place {
    /// The keys that lead there; list items have none.
    pub(super) path: Vec<String>,
    /// The comments that count there.
    pub(super) comments: Comments,
}

impl Place {
    /// The path as SOPS authenticates it.
    pub(super) fn aad(&self) -> String {
        self.path.join(":") + ":"
    }

    /// The path for people.
    pub(super) fn name(&self) -> String {
        self.path.join(".")
    }
}

/// What is done on the way.
pub(super) trait Visit {
    /// What can go wrong.
    type Error;

    /// Takes a value that holds no others.
    fn leaf(&mut self, place: &Place, value: &mut Value) -> Result<(), Self::Error>;

    /// Takes a comment, and adds it to those that count.
    fn comment(&mut self, place: &mut Place, text: &mut Bytes) -> Result<(), Self::Error>;

    /// Takes a comment that stands among the items of a list.
    fn comment_of_list(&mut self, place: &mut Place, text: &mut Bytes) -> Result<(), Self::Error> {
        self.comment(place, text)
    }
}

/// Walks through all documents.
pub(super) fn walk<V: Visit>(documents: &mut [Document], visit: &mut V) -> Result<(), V::Error> {
    let mut place = Place::default();
    documents.iter_mut().try_for_each(|document| map(document, &mut place, visit))
}

fn map<V: Visit>(items: &mut Document, place: &mut Place, visit: &mut V) -> Result<(), V::Error> {
    place.comments.enter();
    for item in items {
        match item {
            Item::Comment(text) => visit.comment(place, text)?,
            Item::Entry(key, inner) => {
                place.path.push(key.clone());
                value(inner, place, visit)?;
                place.path.pop();
                place.comments.used();
            }
        }
    }
    place.comments.leave();
    Ok(())
}

fn list<V: Visit>(items: &mut [Value], place: &mut Place, visit: &mut V) -> Result<(), V::Error> {
    place.comments.enter();
    for item in items {
        if let Value::Comment(text) = item {
            visit.comment_of_list(place, text)?;
            continue;
        }
        value(item, place, visit)?;
        // An encrypted comment stood there as if it were an item.
        if let Value::Comment(text) = item {
            place.comments.add(text);
        } else {
            place.comments.used();
        }
    }
    place.comments.leave();
    Ok(())
}

fn value<V: Visit>(one: &mut Value, place: &mut Place, visit: &mut V) -> Result<(), V::Error> {
    match one {
        Value::Map(items) => map(items, place, visit),
        Value::List(items) => list(items, place, visit),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Time(_)
        | Value::Text(_)
        | Value::Comment(_) => visit.leaf(place, one),
    }
}
