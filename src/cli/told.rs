//! What people heard is ill, kept for the daemon that comes after this one: nobody hears of it twice, and everybody hears of
//! its end. What became of runs and of Docker itself is kept with these.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::journal::Journal;
use crate::model::name::{EngineName, ProjectName, SourceName};
use crate::model::notice::{About, Event, Notice};
use crate::model::snapshot::ProblemNow;

/// Under which name it is kept.
const FACT: &str = "told";

/// What is ill, as people heard of it.
type Ill = BTreeMap<About, Notice>;

/// Keeps what people hear of.
#[derive(Debug)]
pub(super) struct Told {
    now: watch::Sender<Ill>,
}

impl Told {
    /// Goes on with what is kept. The work that keeps what changes ends behind the last change, when the other half is dropped.
    pub(super) fn open(
        journal: &Journal,
        engine: &EngineName,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let known = kept(journal, engine);
        let (now, changes) = watch::channel(
            known.into_iter().map(|notice| (notice.about.clone(), notice)).collect(),
        );
        (Self { now }, keep(journal.clone(), engine.clone(), changes))
    }

    /// Takes what people are told.
    pub(super) fn hear(&self, notice: &Notice) {
        if word(&notice.about).is_none() {
            return;
        }
        self.now.send_if_modified(|ill| match (notice.event.is_bad(), ill.get(&notice.about)) {
            (true, Some(known)) if is_same(known, notice) => false,
            (true, _) => {
                ill.insert(notice.about.clone(), notice.clone());
                true
            }
            (false, known) => known.is_some() && ill.remove(&notice.about).is_some(),
        });
    }
}

/// What is kept as ill.
pub(super) fn kept(journal: &Journal, engine: &EngineName) -> Vec<Notice> {
    // A forgiving journal keeps what went wrong to itself, and knows of nothing then.
    let fact = journal.fact(engine, FACT).ok().flatten();
    let all: Value =
        fact.and_then(|(text, _)| serde_json::from_str(&text).ok()).unwrap_or_default();
    all.as_array().into_iter().flatten().filter_map(notice).collect()
}

async fn keep(journal: Journal, engine: EngineName, mut changes: watch::Receiver<Ill>) {
    loop {
        let is_open = changes.changed().await.is_ok();
        let all: Vec<Value> = changes.borrow_and_update().values().map(value).collect();
        let at = super::serve::millis() / 1000;
        let (journal, engine) = (journal.clone(), engine.clone());
        let write = move || journal.note_fact((&engine, FACT), &Value::from(all).to_string(), at);
        // What a forgiving journal could not keep is among its words.
        tokio::task::spawn_blocking(write).await.ok();
        if !is_open {
            return;
        }
    }
}

fn is_same(known: &Notice, notice: &Notice) -> bool {
    let error = |notice: &Notice| notice.problem.as_ref().map(|problem| problem.error.clone());
    known.event == notice.event && error(known) == error(notice)
}

fn word(about: &About) -> Option<(&'static str, &str)> {
    match about {
        About::Health(stack) => Some(("health", stack.as_str())),
        About::Source(source) => Some(("source", source.as_str())),
        About::Engine(engine) => Some(("engine", engine.as_str())),
        // Whether it can be written is seen anew by the next one.
        About::Stack(_) | About::Docker(_) | About::Journal => None,
    }
}

fn value(notice: &Notice) -> Value {
    let about = word(&notice.about);
    json!({
        "about": about.map(|(kind, _)| kind),
        "name": about.map(|(_, name)| name),
        "event": notice.event.word(),
        "at": notice.at,
        "words": notice.words,
        "error": notice.problem.as_ref().map(|problem| &problem.error),
    })
}

fn notice(value: &Value) -> Option<Notice> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let name = text("name")?;
    let about = match text("about")? {
        "health" => About::Health(ProjectName::parse(name).ok()?),
        "source" => About::Source(SourceName::parse(name).ok()?),
        "engine" => About::Engine(EngineName::parse(name).ok()?),
        _ => return None,
    };
    let event = Event::ALL.into_iter().find(|event| Some(event.word()) == text("event"))?;
    let at = value.get("at").and_then(Value::as_i64)?;
    let notice = Notice::of(at, about, event, text("words").unwrap_or_default());
    let problem = text("error").map(|error| ProblemNow {
        error: error.to_owned(),
        causes: Vec::new(),
        hint: None,
    });
    Some(Notice { problem, ..notice })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &str) -> About {
        About::Source(SourceName::parse(name).unwrap())
    }

    fn away(name: &str, error: &str) -> Notice {
        let problem = ProblemNow { error: error.to_owned(), causes: Vec::new(), hint: None };
        Notice::of(7, about(name), Event::Source, "it cannot be fetched").because(problem)
    }

    #[tokio::test]
    async fn what_is_ill_is_known_to_the_next_one_until_it_is_well() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::open(&directory.path().join("journal.db"), 1).unwrap().journal;
        let engine = EngineName::parse("local").unwrap();
        let hear = async |notices: &[Notice]| {
            let (told, keep) = Told::open(&journal, &engine);
            for notice in notices {
                told.hear(notice);
            }
            drop(told);
            keep.await;
            kept(&journal, &engine)
        };
        let health = About::Health(ProjectName::parse("blog").unwrap());
        let ill = Notice::of(8, health.clone(), Event::Unhealthy, "degraded");
        let both = [ill.clone(), away("home", "no route")];
        assert_eq!(hear(&both).await, both);
        assert_eq!(hear(&[]).await, both);
        let well = Notice::of(9, health, Event::Recovered, "healthy");
        assert_eq!(hear(&[well, away("home", "refused")]).await, [away("home", "refused")]);
        assert_eq!(hear(&[Notice::of(9, about("home"), Event::Recovered, "")]).await, []);
    }

    #[tokio::test]
    async fn what_is_ill_as_before_is_not_written_again() {
        let (told, _keep) = Told::open(&Journal::absent(), &EngineName::parse("local").unwrap());
        let changes = told.now.subscribe();
        told.hear(&away("home", "no route"));
        assert!(changes.has_changed().unwrap());
        let mut changes = told.now.subscribe();
        changes.mark_unchanged();
        told.hear(&Notice { at: 99, ..away("home", "no route") });
        told.hear(&Notice::of(9, about("work"), Event::Recovered, ""));
        assert!(!changes.has_changed().unwrap());
    }
}
