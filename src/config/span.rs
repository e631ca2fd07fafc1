//! Spans of time, counts and plain values as people write them in settings.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::model::hash::Dialect;
use crate::model::scalar::GoDuration;

/// A span of time: `90s`, `3m`, `1h30m`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl Span {
    /// Reads the text of a span.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse() {
            return Some(Self(Duration::from_secs(seconds)));
        }
        GoDuration::parse(text).filter(|span| span.0 >= 0).map(|span| Self(span.to_std()))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span of time such as `90s`, `3m` or `1h30m`")
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
        Ok(Span(Duration::from_secs(seconds)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
        Span::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// A long span of time: `90d`, or a span as [`Span`] has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age(pub(super) Duration);

impl Age {
    pub(super) const WORDS: &'static str = "a span of time such as `90d` or `12h`";

    /// Reads the text of an age.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some(days) = text.strip_suffix('d') else {
            return Span::parse(text).map(|s| Self(s.0));
        };
        let days: u64 = days.parse().ok().filter(|days| *days <= 100_000)?;
        Some(Self(Duration::from_secs(days * 24 * 60 * 60)))
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = Worded { words: Self::WORDS, parse: Self::parse };
        deserializer.deserialize_any(visitor)
    }
}

/// A size in bytes: `256MiB`, `1g`, or a number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size(pub(super) u64);

impl Size {
    pub(super) const WORDS: &'static str = "a size such as `256MiB` or `1g`";

    /// Reads the text of a size.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let scale: u64 = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" | "kib" => 1 << 10,
            "m" | "mb" | "mib" => 1 << 20,
            "g" | "gb" | "gib" => 1 << 30,
            _ => return None,
        };
        digits.parse::<u64>().ok()?.checked_mul(scale).filter(|size| *size > 0).map(Self)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = Worded { words: Self::WORDS, parse: Self::parse };
        deserializer.deserialize_any(visitor)
    }
}

/// Reads what is written as a text with a unit, or as a whole number.
struct Worded<T> {
    words: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Worded<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        let invalid = || E::invalid_value(de::Unexpected::Unsigned(number), &self);
        (self.parse)(&number.to_string()).ok_or_else(invalid)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// A number of things, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(pub(super) usize);

impl Count {
    /// Reads the text of a count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|count| *count > 0).map(Self)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1")
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Count, E> {
        let invalid = || E::invalid_value(de::Unexpected::Unsigned(count), &self);
        usize::try_from(count).ok().filter(|count| *count > 0).map(Count).ok_or_else(invalid)
    }
}

/// The value of a variable in a mapping: text, a whole number or a truth value.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Plain(pub(super) String);

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(***)")
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor)
    }
}

struct PlainVisitor;

impl Visitor<'_> for PlainVisitor {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes, a whole number, `true` or `false`")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Plain, E> {
        Ok(Plain(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Plain, E> {
        Ok(Plain(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Plain, E> {
        Ok(Plain(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Plain, E> {
        Ok(Plain(value.to_owned()))
    }
}

/// Whose config hashes are written: the major version of Docker Compose, 5 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HashDialect(pub(super) Dialect);

impl HashDialect {
    /// Reads the text of a version.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "5" => Some(Self(Dialect::Compose5)),
            "2" => Some(Self(Dialect::Compose2)),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for HashDialect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HashDialectVisitor)
    }
}

struct HashDialectVisitor;

impl Visitor<'_> for HashDialectVisitor {
    type Value = HashDialect;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version of Docker Compose whose hashes are known, `5` or `2`")
    }

    fn visit_u64<E: de::Error>(self, version: u64) -> Result<HashDialect, E> {
        let invalid = || E::invalid_value(de::Unexpected::Unsigned(version), &self);
        HashDialect::parse(&version.to_string()).ok_or_else(invalid)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<HashDialect, E> {
        HashDialect::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_text_with_units_or_a_number_of_seconds() {
        let check = |text: &str| Span::parse(text).map(|span| span.0.as_secs());
        assert_eq!(check("180"), Some(180));
        assert_eq!(check("3m"), Some(180));
        assert_eq!(check("1h30m"), Some(5400));
        assert_eq!(check("-3m"), None);
        assert_eq!(check("soon"), None);
    }

    #[test]
    fn an_age_may_be_told_in_days_and_a_size_in_larger_units() {
        let age = |text: &str| Age::parse(text).map(|age| age.0.as_secs());
        assert_eq!((age("90d"), age("12h"), age("60")), (Some(7_776_000), Some(43_200), Some(60)));
        assert_eq!((age("d"), age("-1d"), age("99999999999999999999d")), (None, None, None));
        let size = |text: &str| Size::parse(text).map(|size| size.0);
        assert_eq!(
            (size("256MiB"), size("1g"), size("4096")),
            (Some(1 << 28), Some(1 << 30), Some(4096))
        );
        assert_eq!(
            (size("0"), size("big"), size("1t"), size("99999999999g")),
            (None, None, None, None)
        );
    }
}
