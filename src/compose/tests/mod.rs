//! Whole loads, by topic.

mod dialect;
mod errors;
mod files;
mod generated;
mod merging;
mod models;
mod secrets;
mod several;
mod short_forms;
mod whole;
