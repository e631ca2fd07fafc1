//! Which branches and paths count.

use std::collections::BTreeSet;

use super::address::Followed;
use super::verdict::{Move, Push};

/// Whether a moved branch or tag is one that matters: by the hook's own list, else because the source follows it.
pub(super) fn matters(moved: &Move, branches: &[String], source: &Followed, push: &Push) -> bool {
    let full = moved.reference.as_str();
    let branch = full.strip_prefix("refs/heads/");
    if !branches.is_empty() {
        return branches.iter().any(|pattern| {
            if pattern.starts_with("refs/") {
                matches(pattern, full)
            } else {
                branch.is_some_and(|branch| matches(pattern, branch))
            }
        });
    }
    match (&source.reference, &push.default_branch) {
        (Some(followed), _) => {
            full == followed
                || branch == Some(followed)
                || full.strip_prefix("refs/tags/") == Some(followed)
        }
        (None, Some(default)) => branch == Some(default),
        (None, None) => true,
    }
}

/// Whether any of the paths counts. What nobody told may be anything.
pub(super) fn touches(patterns: &[String], paths: Option<&BTreeSet<String>>) -> bool {
    let Some(paths) = paths.filter(|_| !patterns.is_empty()) else { return true };
    patterns.iter().any(|pattern| {
        let below = pattern.trim_end_matches('/');
        paths.iter().any(|path| {
            matches(pattern, path)
                || path.strip_prefix(below).is_some_and(|rest| rest.starts_with('/'))
        })
    })
}

/// Whether a pattern matches a whole text: `*` is anything but `/`, `**` anything, `?` one character.
///
/// Takes a time that grows with the product of both lengths, whatever they hold: the texts come from outside.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    // Which beginnings of the text the pattern so far can have used up.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let star = pattern[at] == b'*';
        let deep = star && pattern.get(at + 1) == Some(&b'*');
        let mut next = vec![false; text.len() + 1];
        if star {
            let mut open = false;
            for place in 0..=text.len() {
                if place > 0 && !deep && text[place - 1] == b'/' {
                    open = false;
                }
                open |= reached[place];
                next[place] = open;
            }
        } else {
            for place in 0..text.len() {
                let fits =
                    pattern[at] == text[place] || (pattern[at] == b'?' && text[place] != b'/');
                next[place + 1] = reached[place] && fits;
            }
        }
        reached = next;
        at += if deep { 2 } else { 1 };
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_a_segment_and_two_do_not() {
        for (pattern, text, expected) in [
            ("main", "main", true),
            ("main", "main2", false),
            ("release/*", "release/1.0", true),
            ("release/*", "release/1.0/rc", false),
            ("release/**", "release/1.0/rc", true),
            ("**/compose.yaml", "web/blog/compose.yaml", true),
            ("v?", "v1", true),
            ("v?", "v", false),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_full_of_stars_does_not_take_for_ever() {
        assert!(!matches(&"**a".repeat(200), &"a".repeat(190)));
    }

    #[test]
    fn a_directory_counts_with_everything_below_it_and_unknown_paths_count_always() {
        let check = |pattern: &str, path: &str| {
            touches(&[pattern.to_owned()], Some(&BTreeSet::from([path.to_owned()])))
        };
        assert!(check("web", "web/compose.yaml"));
        assert!(check("web/", "web/compose.yaml"));
        assert!(!check("web", "website/compose.yaml"));
        assert!(touches(&["web".to_owned()], None));
    }
}
