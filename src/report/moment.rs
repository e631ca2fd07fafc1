//! Times and spans for people.

use std::time::Duration;

/// A moment, in seconds since 1970: `2026-11-21 13:45:00Z`.
pub fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_error| seconds.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
    )
}

/// A span of time in the unit that suits it: `420 ms`, `3.2 s`, `2 min 5 s`, `1 h 3 min`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} ms", span.as_millis()),
        1..60 => format!("{}.{} s", seconds, span.subsec_millis() / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_the_unit_that_suits_it() {
        let check = |millis| span(Duration::from_millis(millis));
        assert_eq!(check(420), "420 ms");
        assert_eq!(check(3_250), "3.2 s");
        assert_eq!(check(125_000), "2 min 5 s");
        assert_eq!(check(3_780_000), "1 h 3 min");
    }

    #[test]
    fn a_moment_is_told_in_utc() {
        assert_eq!(moment(1_795_268_700), "2026-11-21 13:45:00Z");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }
}
