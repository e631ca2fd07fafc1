//! Dates and times of YAML, as Go's YAML library recognises and prints them.

use std::fmt::Write as _;

/// A date or time read from a plain scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Minutes east of UTC; 0 also where no zone was written.
    offset: i32,
}

impl Timestamp {
    /// Reads `2001-12-14`, `2001-12-14 21:59:43.1` and `2001-12-14T21:59:43-05:00`; months, days, hours, minutes and
    /// seconds may have one digit.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Rest(text);
        let year = rest.digits(4, 4)?;
        let month = rest.expect('-')?.digits(1, 2)?;
        let day = rest.expect('-')?.digits(1, 2)?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        let mut stamp =
            Self { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset: 0 };
        if rest.0.is_empty() {
            return Some(stamp);
        }
        let zoned = match rest.next()? {
            'T' | 't' => true,
            ' ' => false,
            _ => return None,
        };
        stamp.hour = rest.digits(1, 2).filter(|hour| *hour < 24)?;
        stamp.minute = rest.expect(':')?.digits(1, 2).filter(|minute| *minute < 60)?;
        stamp.second = rest.expect(':')?.digits(1, 2).filter(|second| *second < 60)?;
        stamp.nanosecond = rest.fraction();
        if zoned {
            stamp.offset = rest.zone()?;
        }
        rest.0.is_empty().then_some(stamp)
    }

    /// RFC 3339 with as many decimals as needed; `Z` for UTC.
    pub fn rfc3339(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        let mut text = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}",
            self.decimals()
        );
        if self.offset == 0 {
            text.push('Z');
        } else {
            self.push_offset(&mut text, ":");
        }
        text
    }

    /// RFC 3339 without decimals.
    pub fn rfc3339_seconds(&self) -> String {
        Self { nanosecond: 0, ..*self }.rfc3339()
    }

    /// As Go prints a time: `2020-01-02 00:00:00 +0000 UTC`.
    pub fn go_string(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        let mut text = format!(
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{} ",
            self.decimals()
        );
        self.push_offset(&mut text, "");
        if self.offset == 0 {
            text.push_str(" UTC");
        } else {
            text.push(' ');
            self.push_offset(&mut text, "");
        }
        text
    }

    fn decimals(&self) -> String {
        if self.nanosecond == 0 {
            return String::new();
        }
        format!(".{:09}", self.nanosecond).trim_end_matches('0').to_owned()
    }

    fn push_offset(&self, text: &mut String, colon: &str) {
        let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs());
        let written = write!(text, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60);
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
}

/// What of the text is still to be read.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    fn next(&mut self) -> Option<char> {
        let first = self.0.chars().next()?;
        self.0 = &self.0[first.len_utf8()..];
        Some(first)
    }

    fn expect(&mut self, wanted: char) -> Option<&mut Self> {
        (self.next()? == wanted).then_some(self)
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits.parse().ok()
    }

    /// Nanoseconds behind a point or comma; nothing is read where no digit follows it.
    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.0.strip_prefix(['.', ',']) else { return 0 };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        let (digits, rest) = digits.split_at(count);
        self.0 = rest;
        format!("{digits:0<9.9}").parse().unwrap_or(0)
    }

    fn zone(&mut self) -> Option<i32> {
        let sign = match self.next()? {
            'Z' => return Some(0),
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let hours = self.digits(2, 2).filter(|hours| *hours <= 24)?;
        let minutes = self.expect(':')?.digits(2, 2).filter(|minutes| *minutes < 60)?;
        i32::try_from(hours * 60 + minutes).ok().map(|offset| sign * offset)
    }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_prints_as_rfc_3339_and_as_go_does() {
        let check = |text| Timestamp::parse(text).map(|at| (at.rfc3339(), at.go_string()));
        let both = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            check("2020-01-02"),
            both("2020-01-02T00:00:00Z", "2020-01-02 00:00:00 +0000 UTC")
        );
        assert_eq!(
            check("2001-12-14t21:59:43.10-05:00"),
            both("2001-12-14T21:59:43.1-05:00", "2001-12-14 21:59:43.1 -0500 -0500")
        );
        assert_eq!(
            check("2001-1-1 2:3:4").map(|pair| pair.0).as_deref(),
            Some("2001-01-01T02:03:04Z")
        );
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for text in [
            "2001-12-14 21:59:43.10 -5",
            "2001-02-29",
            "2001-13-01",
            "20011214",
            "2001-12-14T21:59:43",
            "2001-12-14 24:00:00",
            "2001-12-14x",
            "12-12-12",
            "",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
