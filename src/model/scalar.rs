//! Numbers with units, as Compose prints them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A size in bytes; printed as a decimal string. `-1` means unlimited where Compose allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bytes(pub i64);

impl Bytes {
    /// Whether it counts as absent (Go's zero value).
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

/// A span of time in nanoseconds; printed as Go prints it (`1m30s`). The canonical form is that text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GoDuration(pub i64);

impl GoDuration {
    /// The span as an unsigned duration; a negative one counts as none.
    pub fn to_std(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    /// Reads Go's syntax (`1h5m30s20ms`), with Compose's `d` (24 h) and `w` (7 d) on top.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let (nanos, after) = one_part(rest)?;
            total = total.checked_add(nanos)?;
            rest = after;
        }
        i64::try_from(if negative { -total } else { total }).ok().map(Self)
    }
}

/// One number with its unit, in nanoseconds, and the text behind it.
fn one_part(text: &str) -> Option<(i128, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_end);
    let scale: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => 86_400_000_000_000,
        "w" => 604_800_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut nanos =
        if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()?.checked_mul(scale)? };
    let mut place = scale;
    for digit in fraction.chars() {
        place /= 10;
        nanos += i128::from(digit.to_digit(10)?) * place;
    }
    Some((nanos, rest))
}

impl fmt::Display for GoDuration {
    /// Go's `Duration.String`: hours, minutes and seconds, or the largest smaller unit that shows the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        match nanos {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => write!(f, "{}µs", decimal(nanos, 1_000)),
            1_000_000..1_000_000_000 => write!(f, "{}ms", decimal(nanos, 1_000_000)),
            _ => {
                let (hours, minutes) = (nanos / 3_600_000_000_000, nanos / 60_000_000_000 % 60);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                write!(f, "{}s", decimal(nanos % 60_000_000_000, 1_000_000_000))
            }
        }
    }
}

/// `value / unit` with as many decimals as it needs.
fn decimal(value: u64, unit: u64) -> String {
    let fraction = value % unit;
    if fraction == 0 {
        return (value / unit).to_string();
    }
    let width = unit.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    format!("{}.{}", value / unit, digits.trim_end_matches('0'))
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("invalid duration `{text}`")))
    }
}

/// A 32-bit float, as Compose keeps CPU shares; printed in the shortest form that Go prints (`1`, `0.5`).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Float(pub f32);

impl Serialize for Float {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^24 is checked before")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 16_777_216.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            // Through its shortest text: widened as it is, 0.1 would become 0.10000000149011612.
            serializer.serialize_f64(self.0.to_string().parse().unwrap_or(f64::from(self.0)))
        }
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f32::deserialize(deserializer).map(Self)
    }
}

/// Permission bits of a file; printed as four octal digits (`0440`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileMode(pub u32);

impl Serialize for FileMode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:#04o}", Octal(self.0)))
    }
}

struct Octal(u32);

impl fmt::Octal for Octal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0{:o}", self.0)
    }
}

impl<'de> Deserialize<'de> for FileMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 8).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_go_prints_them() {
        let check = |text: &str| GoDuration::parse(text).map(|duration| duration.to_string());
        assert_eq!(check("90s").unwrap(), "1m30s");
        assert_eq!(check("1w2d3h").unwrap(), "219h0m0s");
        assert_eq!(check("1.5s").unwrap(), "1.5s");
        assert_eq!(check("20ms").unwrap(), "20ms");
        assert_eq!(check("0s").unwrap(), "0s");
        assert_eq!(check("30"), None);
        assert_eq!(check("s"), None);
    }

    #[test]
    fn a_float_prints_its_shortest_form() {
        let check = |number: f32| serde_json::to_value(Float(number)).unwrap().to_string();
        assert_eq!(check(0.1), "0.1");
        assert_eq!(check(0.0001), "0.0001");
        assert_eq!(check(2.0), "2");
        assert_eq!(check(1.5), "1.5");
    }

    #[test]
    fn a_file_mode_prints_with_a_leading_zero() {
        assert_eq!(serde_json::to_string(&FileMode(0o440)).unwrap(), "\"0440\"");
    }
}
