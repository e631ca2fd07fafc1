//! What was done, in words or as JSON.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::session::Session;
use crate::report::{Line, Style};

/// The number of the shape of answers.
const SCHEMA: u32 = 1;

/// Tells what became of files: `word` is what was done to those that changed.
pub(super) fn changed(session: &Session, word: &str, files: &[(&Path, bool)]) {
    if session.screen.is_json() {
        let one = |(file, changed): &(&Path, bool)| json!({"file": file, "changed": changed});
        let files: Vec<Value> = files.iter().map(one).collect();
        return document(session, &json!({"files": files}));
    }
    for (file, changed) in files {
        let name = file.display().to_string();
        session.screen.tell(&[if *changed {
            Line::of(Style::Good, word).with(Style::Plain, format!(" {name}"))
        } else {
            Line::of(Style::Faint, "unchanged").with(Style::Plain, format!(" {name}"))
        }]);
    }
}

/// Writes one JSON document, with its schema.
pub(super) fn document(session: &Session, members: &Value) {
    let mut answer = json!({"schema": SCHEMA});
    if let (Value::Object(answer), Value::Object(members)) = (&mut answer, members) {
        answer.extend(members.clone());
    }
    session.screen.raw(&format!("{answer:#}\n"));
}
