//! "Did you mean": the known name that is most like a wrong one.

/// The known name nearest to `name`, if any is near: one letter in three may be wrong, three at most, none of two.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_lowercase();
    let allowed = (name.chars().count() / 3).min(3);
    known
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_not() {
        let known = || ["image", "init", "links"].into_iter();
        assert_eq!(nearest("imgae", known()), Some("image"));
        assert_eq!(nearest("Image", known()), Some("image"));
        assert_eq!(nearest("platform", known()), None);
        assert_eq!(nearest("b", ["a"].into_iter()), None);
    }
}
