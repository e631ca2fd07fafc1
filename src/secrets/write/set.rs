//! Values put into a tree, and taken out of it.

use crate::secrets::path::{Step, place};
use crate::secrets::tree::{Document, Item, Value};

/// Puts a value at a path; maps and lists on the way are made where they are missing. Answers whether it could.
pub(super) fn set(slot: &mut Value, steps: &[Step], value: Value) -> bool {
    match steps {
        [] => {
            *slot = value;
            true
        }
        [Step::Key(key), rest @ ..] => {
            if matches!(slot, Value::Null) {
                *slot = Value::Map(Document::new());
            }
            let Value::Map(items) = slot else { return false };
            let known =
                items.iter().position(|item| matches!(item, Item::Entry(name, _) if name == key));
            match known.and_then(|index| items.get_mut(index)) {
                Some(Item::Entry(_, inner)) => set(inner, rest, value),
                Some(Item::Comment(_)) | None => {
                    let mut inner = Value::Null;
                    let done = set(&mut inner, rest, value);
                    items.push(Item::Entry(key.clone(), inner));
                    done
                }
            }
        }
        [Step::Index(index), rest @ ..] => {
            if matches!(slot, Value::Null) {
                *slot = Value::List(Vec::new());
            }
            let Value::List(items) = slot else { return false };
            if let Some(at) = place(items, *index) {
                return set(&mut items[at], rest, value);
            }
            let mut inner = Value::Null;
            let done = set(&mut inner, rest, value);
            items.push(inner);
            done
        }
    }
}

/// Takes what stands at a path away. Answers whether there was something.
pub(super) fn unset(slot: &mut Value, steps: &[Step]) -> bool {
    match (steps, slot) {
        ([Step::Key(key), rest @ ..], Value::Map(items)) => {
            let known =
                items.iter().position(|item| matches!(item, Item::Entry(name, _) if name == key));
            match (known, rest) {
                (Some(at), []) => {
                    drop(items.remove(at));
                    true
                }
                (Some(at), rest) => match &mut items[at] {
                    Item::Entry(_, inner) => unset(inner, rest),
                    Item::Comment(_) => false,
                },
                (None, _) => false,
            }
        }
        ([Step::Index(index), rest @ ..], Value::List(items)) => match (place(items, *index), rest)
        {
            (Some(at), []) => {
                drop(items.remove(at));
                true
            }
            (Some(at), rest) => unset(&mut items[at], rest),
            (None, _) => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::path::ValuePath;

    #[test]
    fn setting_makes_what_is_missing_and_unsetting_takes_it_away() {
        let comment = || Item::Comment(b"c".to_vec().into());
        let mut tree = Value::Map(vec![comment()]);
        let steps = ValuePath::parse(r#"["a"]["b"][0]"#).unwrap();
        assert!(set(&mut tree, &steps.0, Value::text("x")));
        assert_eq!(steps.find(tree.as_map().unwrap()), Some(&Value::text("x")));
        assert!(!set(&mut tree, &ValuePath::parse(r#"["a"][0]"#).unwrap().0, Value::Null));
        assert!(unset(&mut tree, &ValuePath::parse("a").unwrap().0));
        assert!(!unset(&mut tree, &ValuePath::parse("a").unwrap().0));
        assert_eq!(tree, Value::Map(vec![comment()]));
    }
}
