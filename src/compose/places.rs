//! Where the elements of a model stand.

use std::fmt;

use super::error::Location;
use super::value::{Item, Map};

/// Where the elements of a loaded model stand.
#[derive(Default)]
pub struct Places(pub(super) Map);

impl fmt::Debug for Places {
    /// Only what cannot be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").finish_non_exhaustive()
    }
}

impl Places {
    /// Where an element stands, or the nearest one around it that stands in a file.
    pub fn of(&self, path: &[&str]) -> Location {
        location(&self.0, path)
    }
}

/// Where an element stands, or the nearest one around it that stands somewhere.
pub(super) fn location(map: &Map, path: &[&str]) -> Location {
    let mut found = Location::default();
    let (mut current, mut rest) =
        (path.first().and_then(|key| map.get(*key)), path.get(1..).unwrap_or_default());
    while let Some(item) = current {
        if item.place.source.is_some() {
            found = Location::key(&item.place);
        }
        let Some((key, after)) = rest.split_first() else { break };
        let by_index = || item.as_list()?.get(key.parse::<usize>().ok()?);
        let by_pair = || {
            let is =
                |item: &&Item| item.as_text().and_then(|text| text.split('=').next()) == Some(*key);
            item.as_list()?.iter().find(is)
        };
        current = item.get(key).or_else(by_index).or_else(by_pair);
        rest = after;
    }
    found
}
