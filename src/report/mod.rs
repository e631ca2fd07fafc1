//! Plans, outcomes and states in words: text for people, JSON for programs. Pure.
//!
//! `line` is text with the meaning of its colours, `table` aligns it; `run` tells what a pass would do or did, `status`
//! what is there, `stacks` what was found, `lint` and `sarif` what is wrong with it, `history`, `events` and `why` what the journal kept, `trouble` what went wrong.
//! Every JSON answer carries [`SCHEMA`].

mod line;
mod lint;
mod sarif;
mod table;
mod trouble;
mod run;
mod status;
mod stacks;
mod moment;
mod history;
mod events;
mod why;
mod said;
mod prometheus;

pub use events::{events_json, events_text};
pub use history::{Open, history_json, history_text, run_json, run_text};
pub use line::{Line, Span, Style};
pub use lint::{lint_json, lint_text};
pub use moment::{moment, span};
pub use prometheus::{Beside as MetricsBeside, Counted, Process, prometheus};
pub use run::{
    Beside, RunView, SuspendedView, operations, plan_json, plan_text, runs_json, runs_text,
    suspended_text, suspension_json,
};
pub use said::{Ended, Form, PassView, Said, said_of, said_value, warning_text};
pub use sarif::lint_sarif;
pub use stacks::{StackView, Unreadable, stacks_json, stacks_text};
pub use status::{
    Applied, Health, Kept, ServiceStatus, StackStatus, of_containers, status_json, status_text,
};
pub use table::Table;
pub use trouble::{SCHEMA, Severity, trouble_json, trouble_text};
pub use why::{WhyView, why_json, why_text};
