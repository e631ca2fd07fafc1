//! Where a value stands inside a file: `["services"]["web"][0]`.

use super::tree::{Item, Value, get};

/// A place inside a file, from its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuePath(pub(super) Vec<Step>);

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a path inside a file")]
pub struct PathError {
    /// What was given.
    text: String,
}

impl ValuePath {
    /// Reads `["key"]["other"][0]`, or a single key as it is.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let text = text.trim();
        let refused = || PathError { text: text.to_owned() };
        if text.is_empty() {
            return Err(refused());
        }
        if !text.starts_with('[') {
            return Ok(Self(vec![Step::Key(text.to_owned())]));
        }
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (step, behind) = step(rest).ok_or_else(refused)?;
            steps.push(step);
            rest = behind.trim_start();
        }
        Ok(Self(steps))
    }

    /// What stands there in a document.
    pub(super) fn find<'d>(&self, document: &'d [Item]) -> Option<&'d Value> {
        let (first, rest) = self.0.split_first()?;
        let Step::Key(first) = first else { return None };
        rest.iter().try_fold(get(document, first)?, |value, step| match (step, value) {
            (Step::Key(key), Value::Map(items)) => get(items, key),
            (Step::Index(index), Value::List(items)) => {
                place(items, *index).and_then(|at| items.get(at))
            }
            _ => None,
        })
    }
}

impl std::fmt::Display for ValuePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Key(key) => write!(f, "[{}]", serde_json::Value::from(key.as_str())),
            Step::Index(index) => write!(f, "[{index}]"),
        })
    }
}

fn step(text: &str) -> Option<(Step, &str)> {
    let inner = text.strip_prefix('[')?.trim_start();
    if let Some(rest) = inner.strip_prefix('\'') {
        let (key, rest) = rest.split_once('\'')?;
        return Some((Step::Key(key.to_owned()), rest.trim_start().strip_prefix(']')?));
    }
    if inner.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(inner).into_iter::<String>();
        let key = values.next()?.ok()?;
        let rest = inner.get(values.byte_offset()..)?;
        return Some((Step::Key(key), rest.trim_start().strip_prefix(']')?));
    }
    let (index, rest) = inner.split_once(']')?;
    Some((Step::Index(index.trim().parse().ok()?), rest))
}

/// The position of the item with this index, where comments are no items.
pub(super) fn place(items: &[Value], index: usize) -> Option<usize> {
    let real = items.iter().enumerate().filter(|(_, item)| !matches!(item, Value::Comment(_)));
    real.map(|(at, _)| at).nth(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_sops_writes_it_or_as_a_single_key() {
        let check = |text: &str| {
            ValuePath::parse(text).map_or_else(|error| error.to_string(), |path| path.to_string())
        };
        assert_eq!(check(r#"["a"]["b c"][0]"#), r#"["a"]["b c"][0]"#);
        assert_eq!(check(r"[ 'a' ] [1]"), r#"["a"][1]"#);
        assert_eq!(check(r#"["a\"]"]"#), r#"["a\"]"]"#);
        assert_eq!(check("DB_PASSWORD"), r#"["DB_PASSWORD"]"#);
        for bad in ["", "[", "[a]", "[\"a\"", "[\"a\"]x", "[-1]"] {
            assert_eq!(check(bad), format!("`{bad}` is not a path inside a file"));
        }
    }
}
