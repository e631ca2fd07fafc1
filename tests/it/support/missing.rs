//! What a test does where a real part is absent: it says so, or fails where all parts are required.

use std::fmt;

/// A part that this machine lacks.
#[derive(Debug, Clone)]
pub(crate) struct Missing(pub(crate) String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says that the running test is skipped; panics where `CONDUCTOR_TESTS_REQUIRE=all` promises every part.
pub(crate) fn skip(missing: &Missing) {
    assert!(std::env::var("CONDUCTOR_TESTS_REQUIRE").as_deref() != Ok("all"), "missing: {missing}");
    println!("skipped: {missing}");
}

/// The same for a part that no installation brings: the rights to boot a machine.
pub(crate) fn skip_in_any_case(missing: &Missing) {
    println!("skipped: {missing}");
}

/// The part, or the end of the test: `let git = part!(GitServer::start());`.
macro_rules! part {
    ($part:expr) => {
        match $part {
            Ok(part) => part,
            Err(missing) => {
                $crate::support::missing::skip(&missing);
                return;
            }
        }
    };
}
pub(crate) use part;
