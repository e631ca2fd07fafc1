//! What is wrong with the secrets of a repository: plaintext that looks like one, and encrypted files that do not do their job.
//!
//! A `finding` names a file and a place in it, never a value; `sealed` looks into encrypted files, `plain` into all others.

mod finding;
mod plain;
mod sealed;

pub use finding::{Finding, FindingKind};
pub use plain::check_plain;
pub use sealed::check_sealed;
