//! Plans, outcomes and states in words: text for people, JSON for programs. Pure.
//!
//! `line` is text with the meaning of its colours, `table` aligns it; `run` tells what a pass would do or did, `status`
//! what is there, `stacks` what was found, `trouble` what went wrong. Every JSON answer carries [`SCHEMA`].

mod line;
mod table;
mod trouble;
mod run;
mod status;
mod stacks;

pub use line::{Line, Span, Style};
pub use run::{RunView, operations, plan_json, plan_text, runs_json, runs_text};
pub use stacks::{StackView, Unreadable, stacks_json, stacks_text};
pub use status::{
    Applied, Health, ServiceStatus, StackStatus, of_containers, status_json, status_text,
};
pub use table::Table;
pub use trouble::{SCHEMA, Severity, trouble_json, trouble_text};
