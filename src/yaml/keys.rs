//! That no key comes twice.

use std::collections::HashMap;

use super::node::{Entry, Position};

/// The keys of a mapping. Few are looked through, which needs no room; many are found by their hash.
#[derive(Default)]
pub(super) struct Keys(HashMap<String, Position>);

impl Keys {
    /// Where `key` stands already among the `entries` that were read; if nowhere, it is noted as standing `at`.
    pub(super) fn first(&mut self, key: &str, at: Position, entries: &[Entry]) -> Option<Position> {
        const FEW: usize = 8;
        let known = |entry: &Entry| Some((entry.key.text()?.to_owned(), entry.key.at));
        match entries.len() {
            ..FEW => {
                let same = entries.iter().find(|entry| entry.key.text() == Some(key))?;
                return Some(same.key.at);
            }
            FEW => self.0.extend(entries.iter().filter_map(known)),
            _ => (),
        }
        self.0.insert(key.to_owned(), at)
    }
}

#[cfg(test)]
mod tests {
    use crate::yaml::{Kind, parse};

    #[test]
    fn a_key_is_found_again_among_few_and_among_many() {
        for count in 1..40_u32 {
            for again in 0..count {
                let lines: Vec<String> = (0..count).map(|line| format!("k{line}: 1")).collect();
                let text = format!("{}\nk{again}: 2", lines.join("\n"));
                let Kind::DuplicateKey { key, first } = parse(&text).unwrap_err().kind else {
                    panic!("refused for another reason")
                };
                assert_eq!((key, first.line), (format!("k{again}"), again + 1));
            }
        }
    }
}
