//! Whole loads, by topic.

mod errors;
mod files;
mod merging;
mod models;
mod secrets;
mod short_forms;
mod whole;
