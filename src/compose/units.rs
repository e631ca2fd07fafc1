//! Sizes and durations as Compose files write them.

use super::problem::Problem;

/// A size in bytes: a decimal number with a unit of 1024, in any case, with or without `b` or `ib` behind it.
pub(super) fn bytes(text: &str) -> Result<i64, Problem> {
    parse_bytes(text).ok_or_else(|| Problem::Size { text: text.to_owned() })
}

fn parse_bytes(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    let end = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' '))? + 1;
    let (number, unit) = text.split_at(end);
    let number: f64 = number.strip_suffix(' ').unwrap_or(number).parse().ok()?;
    if number < 0.0 {
        return None;
    }
    let unit = unit.to_ascii_lowercase();
    let mut letters = unit.chars();
    let power = match letters.next() {
        None => 0,
        Some('b') => return letters.next().is_none().then(|| truncated(number)),
        Some(letter) => 1 + "kmgtp".find(letter)?,
    };
    if !matches!(letters.as_str(), "" | "b" | "ib") {
        return None;
    }
    let factor = (0..power).fold(1.0, |factor, _| factor * 1024.0);
    Some(truncated(number * factor))
}

/// Go's conversion of a float to an integer on the machines that matter: what does not fit becomes the smallest one.
#[expect(clippy::cast_possible_truncation, reason = "the fraction is cut on purpose")]
pub(super) fn truncated(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_in_1024s() {
        for (text, wanted) in [
            ("512", Some(512)),
            ("1k", Some(1024)),
            ("1.5g", Some(1_610_612_736)),
            ("1 KB", Some(1024)),
            ("1gib", Some(1 << 30)),
            ("2M", Some(2 << 20)),
            ("-1", Some(-1)),
            ("10b", Some(10)),
            ("1e3", Some(1000)),
            ("+5m", Some(5 << 20)),
            ("10 ", Some(10)),
            (".5k", Some(512)),
            (" 10b", None),
            ("1x", None),
            ("", None),
            ("g", None),
            ("1 k b", None),
            ("-1k", None),
        ] {
            assert_eq!(bytes(text).ok(), wanted, "{text}");
        }
    }
}
