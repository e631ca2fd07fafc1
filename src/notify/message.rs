//! A message in words, and as the value that templates see.

use serde_json::{Value, json};

use super::decide::{Item, Message};
use crate::model::name::ProjectName;
use crate::model::notice::{About, Event};
use crate::model::snapshot::ProblemNow;

/// The number of the shape of messages.
const SCHEMA: u32 = 1;

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct From<'a> {
    /// The host's name, where it has one.
    pub(super) host: Option<&'a str>,
    /// Which Conductor it is.
    pub(super) instance: &'a str,
    /// The channel.
    pub(super) channel: &'a str,
}

/// How bad a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// Something is ill.
    Failure,
    /// Something is well again, and nothing ill.
    Recovery,
    /// Something changed.
    Change,
}

impl Severity {
    /// In a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Recovery => "recovery",
            Self::Change => "change",
        }
    }
}

/// How bad a message is.
pub(super) fn severity(message: &Message) -> Severity {
    let any = |what: fn(Event) -> bool| message.items.iter().any(|item| what(item.event));
    if any(Event::is_bad) {
        Severity::Failure
    } else if any(|event| event == Event::Recovered) {
        Severity::Recovery
    } else {
        Severity::Change
    }
}

/// The message as templates see it; its shape is documented, and members are only ever added.
pub(super) fn value(from: &From<'_>, message: &Message) -> Value {
    json!({
        "schema": SCHEMA,
        "host": from.host,
        "instance": from.instance,
        "channel": from.channel,
        "severity": severity(message).word(),
        "title": title(from, message),
        "text": text(message),
        "notices": message.items.iter().map(notice).collect::<Vec<_>>(),
        "more": message.more,
    })
}

fn notice(item: &Item) -> Value {
    let notice = &item.notice;
    let (mut source, mut engine) = (None, None);
    match &notice.about {
        About::Stack(_) | About::Health(_) | About::Journal => (),
        About::Source(name) => source = Some(name.as_str()),
        About::Engine(name) | About::Docker(name) => engine = Some(name.as_str()),
    }
    let problem = notice.problem.as_ref();
    json!({
        "event": item.event.word(),
        "about": notice.about.to_string(),
        "stack": notice.about.stack().map(ProjectName::as_str),
        "source": source,
        "engine": engine,
        "at": notice.at,
        "time": time(notice.at),
        "run": notice.run,
        "revision": notice.revision.as_ref().map(ToString::to_string),
        "words": notice.words,
        "error": problem.map(|problem| &problem.error),
        "causes": problem.map(|problem| problem.causes.as_slice()).unwrap_or_default(),
        "hint": problem.and_then(|problem| problem.hint.as_ref()),
        "ill_since": item.ill.map(|(since, _)| time(since)),
        "times": item.ill.map(|(_, times)| times),
    })
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).unwrap_or_default().to_string()
}

fn title(from: &From<'_>, message: &Message) -> String {
    let host = from.host.map(|host| format!("{host}: ")).unwrap_or_default();
    if let ([item], 0) = (message.items.as_slice(), message.more) {
        return format!("{host}{} {}", item.notice.about, told(item.event));
    }
    let mut parts: Vec<String> = Vec::new();
    for event in Event::ALL {
        let count = message.items.iter().filter(|item| item.event == event).count();
        if count > 0 {
            parts.push(format!("{count} {}", told(event)));
        }
    }
    if message.more > 0 {
        parts.push(format!("{} more", message.more));
    }
    format!("{host}{}", parts.join(", "))
}

/// An event in a sentence.
fn told(event: Event) -> &'static str {
    match event {
        Event::Changed => "changed",
        Event::Failed => "failed",
        Event::RolledBack => "rolled back",
        Event::Unhealthy => "unhealthy",
        Event::Source => "cannot be fetched",
        Event::Engine | Event::Journal => "in trouble",
        Event::Recovered => "recovered",
    }
}

fn text(message: &Message) -> String {
    let mut lines: Vec<String> = message.items.iter().map(line).collect();
    if message.more > 0 {
        lines.push(format!("and {} more", message.more));
    }
    lines.join("\n")
}

fn line(item: &Item) -> String {
    let notice = &item.notice;
    let again = if item.event == Event::Recovered && notice.event == Event::Changed {
        "recovered, "
    } else {
        ""
    };
    let mut line = format!("{}: {again}{}", notice.about, notice.words);
    if let Some(ProblemNow { error, causes, hint }) = &notice.problem {
        for part in std::iter::once(error).chain(causes) {
            line += &format!(": {part}");
        }
        if let Some(hint) = hint {
            line += &format!(" ({hint})");
        }
    }
    if let Some((since, times)) = item.ill.filter(|(_, times)| *times > 1) {
        line += &format!(" [{times} times since {}]", time(since));
    }
    line
}

#[cfg(test)]
#[path = "message_tests.rs"]
pub(super) mod tests;
