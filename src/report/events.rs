//! What happened beside runs, as the journal kept it.

use serde_json::{Value, json};

use super::line::{Line, Span, Style};
use super::moment::moment;
use super::table::Table;
use super::trouble::{SCHEMA, pretty};
use crate::journal::EventRecord;

/// A row per event.
pub fn events_text(events: &[EventRecord]) -> Vec<Line> {
    let mut table = Table::new(&["WHEN", "WHAT", "STACK", "BY", ""]);
    for event in events {
        let style = match event.kind.as_str() {
            "refused" | "journal" | "gap" => Style::Bad,
            "health" | "drift" | "engine" | "source" => Style::Odd,
            _ => Style::Plain,
        };
        let by = match (&event.caller, &event.trigger) {
            (Some(caller), Some(trigger)) => format!("{caller} ({trigger})"),
            (Some(word), None) | (None, Some(word)) => word.clone(),
            (None, None) => "-".to_owned(),
        };
        let times = match event.repeats {
            0 => String::new(),
            more => format!(" ({} times, last {})", more + 1, moment(event.last)),
        };
        table.row(vec![
            Span::plain(moment(event.at)),
            Span::new(style, &event.kind),
            Span::new(Style::Strong, event.project.as_ref().map_or("-", |name| name.as_str())),
            Span::new(Style::Faint, by),
            Span::plain(format!("{}{times}", event.text)),
        ]);
    }
    table.lines()
}

/// Events for programs.
pub fn events_json(events: &[EventRecord]) -> String {
    let events: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "id": event.id,
                "at": event.at,
                "last": event.last,
                "kind": event.kind,
                "stack": event.project.as_ref().map(ToString::to_string),
                "trigger": event.trigger,
                "caller": event.caller,
                "text": event.text,
                "times": event.repeats + 1,
            })
        })
        .collect();
    pretty(&json!({ "schema": SCHEMA, "events": events }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_when_what_whose_and_how_often() {
        let event = EventRecord {
            id: 7,
            at: 1_700_000_000,
            last: 1_700_000_060,
            kind: "refused".to_owned(),
            project: None,
            trigger: Some("api".to_owned()),
            caller: Some("token pipeline".to_owned()),
            text: "suspend none: no stack `none`".to_owned(),
            repeats: 2,
        };
        let lines = events_text(std::slice::from_ref(&event));
        let text = lines.last().unwrap().text();
        assert!(
            text.contains("token pipeline (api)") && text.contains("(3 times, last "),
            "{text}"
        );
        let value: Value = serde_json::from_str(&events_json(&[event])).unwrap();
        assert_eq!(
            (&value["events"][0]["times"], &value["events"][0]["stack"]),
            (&json!(3), &Value::Null)
        );
    }
}
