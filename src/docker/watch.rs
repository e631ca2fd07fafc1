//! Listening to an engine: what happens to the containers of Compose projects.

use std::collections::HashMap;
use std::pin::Pin;
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptions;
use futures_util::{Stream, StreamExt as _};

use super::engine::Engine;
use super::error::{Error, Lost};
use super::refusal::meaning;
use super::task::Task;
use crate::model::labels;

/// How long the engine may say nothing before it is asked whether it is there.
const SILENCE: Duration = Duration::from_mins(1);
/// How long it may take to answer that.
const PATIENCE: Duration = Duration::from_secs(20);

/// Something that happened to a container of a Compose project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEvent {
    /// Its project.
    pub project: String,
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The value of the label that says whose it is.
    pub instance: String,
    /// What happened.
    pub what: Occurrence,
    /// When, in milliseconds since 1970, by the engine's clock.
    pub at: i64,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// It was started.
    Started,
    /// Its process ended.
    Died,
    /// A call stopped it.
    Stopped,
    /// It was removed.
    Removed,
    /// Its health check says something new.
    Health,
    /// Something else changed: it was paused, renamed, created.
    Other,
}

type Events = Pin<Box<dyn Stream<Item = Result<EventMessage, bollard::errors::Error>> + Send>>;

/// An engine that is listened to.
pub struct Watch {
    engine: Engine,
    events: Events,
}

impl Engine {
    /// Listens from `since` on (in seconds since 1970), as far as the engine still knows, else from now on.
    pub fn watch(&self, since: Option<i64>) -> Watch {
        let filters = HashMap::from([
            ("type".to_owned(), vec!["container".to_owned()]),
            ("label".to_owned(), vec![labels::PROJECT.to_owned()]),
        ]);
        let since = since.map(|since| since.to_string());
        let options = EventsOptions { since, until: None, filters: Some(filters) };
        let docker = self.docker().clone();
        Watch { engine: self.clone(), events: Box::pin(docker.events(Some(options))) }
    }
}

impl Watch {
    /// The next thing that happens. While nothing does, the engine is asked every minute whether it is there; one that
    /// does not answer, and one that ends the stream, is an error, and what happened meanwhile was missed.
    pub async fn next(&mut self) -> Result<ContainerEvent, Error> {
        loop {
            match tokio::time::timeout(SILENCE, self.events.next()).await {
                Ok(Some(Ok(message))) => {
                    if let Some(event) = event(message) {
                        return Ok(event);
                    }
                }
                Ok(Some(Err(error))) => return Err(meaning(task(), error)),
                Ok(None) => {
                    let source = Lost("the engine ended the stream".to_owned());
                    return Err(Error::NoAnswer { task: task(), source });
                }
                Err(_silent) => is_there(&self.engine).await?,
            }
        }
    }
}

async fn is_there(engine: &Engine) -> Result<(), Error> {
    match tokio::time::timeout(PATIENCE, engine.docker().ping()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(meaning(task(), error)),
        Err(_elapsed) => Err(Error::TimedOut { task: task(), limit: PATIENCE }),
    }
}

fn task() -> Task {
    Task::new("hear", "the engine's events", "")
}

/// What an event means; none where it is about nothing of ours, or too odd.
fn event(message: EventMessage) -> Option<ContainerEvent> {
    let actor = message.actor?;
    let attributes = actor.attributes.unwrap_or_default();
    let text = |key: &str| attributes.get(key).cloned().unwrap_or_default();
    let millis = message.time_nano.map(|nanos| nanos.div_euclid(1_000_000));
    Some(ContainerEvent {
        project: attributes.get(labels::PROJECT)?.clone(),
        id: actor.id?,
        name: text("name"),
        instance: text(labels::INSTANCE),
        what: occurrence(&message.action?)?,
        at: millis.or(message.time.map(|seconds| seconds.saturating_mul(1000)))?,
    })
}

/// An action in the engine's words; those that change nothing are none.
fn occurrence(action: &str) -> Option<Occurrence> {
    // `health_status: healthy`, `exec_start: /bin/sh -c …`
    match action.split(':').next().unwrap_or_default() {
        "start" | "restart" => Some(Occurrence::Started),
        "die" => Some(Occurrence::Died),
        "stop" => Some(Occurrence::Stopped),
        "destroy" => Some(Occurrence::Removed),
        "health_status" => Some(Occurrence::Health),
        "create" | "pause" | "unpause" | "rename" | "update" => Some(Occurrence::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::EventActor;

    use super::*;

    fn check(action: &str) -> String {
        let label = (labels::PROJECT.to_owned(), "blog".to_owned());
        let name = ("name".to_owned(), "blog-web-1".to_owned());
        let actor = EventActor {
            id: Some("abc".to_owned()),
            attributes: Some(HashMap::from([label, name])),
        };
        let message = EventMessage {
            action: Some(action.to_owned()),
            actor: Some(actor),
            time_nano: Some(1_700_000_000_123_456_789),
            ..EventMessage::default()
        };
        event(message).map_or("nothing".to_owned(), |event| {
            format!("{} of {}: {:?} at {}", event.name, event.project, event.what, event.at)
        })
    }

    #[test]
    fn an_event_is_told_in_our_words() {
        insta::assert_snapshot!(check("die"), @"blog-web-1 of blog: Died at 1700000000123");
        insta::assert_snapshot!(check("health_status: unhealthy"), @"blog-web-1 of blog: Health at 1700000000123");
        insta::assert_snapshot!(check("destroy"), @"blog-web-1 of blog: Removed at 1700000000123");
        insta::assert_snapshot!(check("exec_create: sh -c 'die'"), @"nothing");
        insta::assert_snapshot!(check("top"), @"nothing");
    }
}
