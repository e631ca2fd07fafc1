//! Everything that can be checked without an engine, over all stacks of a repository, in one go. Pure: a tree in, findings
//! out.
//!
//! `rule` is the table of rules, `finding` what breaks one. `repository` goes over the stacks of a tree; `stack` loads one and
//! looks at it by `loading` (what Compose refuses), `services`, `files` and `secrets`; `among` holds the stacks against each
//! other. `keys` opens what is encrypted, or reads past it where it cannot.

mod rule;
mod finding;
mod keys;
mod repository;
mod stack;
mod loading;
mod services;
mod files;
mod secrets;
mod among;

#[cfg(test)]
mod tests;

pub use finding::{Finding, Place};
pub use repository::{Report, Scope, lint};
pub use rule::{Level, RULES, Rule, RuleId};
