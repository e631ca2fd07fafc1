//! Notes for the journal.

use super::crew::Crew;
use crate::daemon::effect::{Fact, Note};
use crate::daemon::event::Event;
use crate::journal::StackKey;
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;
use crate::reconcile::Context;

impl Crew {
    /// Notes a fact about a stack; what is asked for by somebody has to be kept.
    pub(super) async fn note(&self, note: Note) -> Event {
        let (context, written) = (self.context(), note.clone());
        let noted = tokio::task::spawn_blocking(move || write(&context, &written)).await;
        let noted = noted.unwrap_or_else(|error| Err(not_kept(error.to_string())));
        if let Err(trouble) = &noted {
            tracing::warn!(stack = %note.project, error = %trouble.error, "not noted");
        }
        Event::Noted(note, noted)
    }
}

fn write(context: &Context, note: &Note) -> Result<(), Trouble> {
    let engine = context.settings.engine.name.clone();
    let key = StackKey { engine, project: note.project.clone() };
    if context.journal.is_absent() {
        return Err(not_kept("no journal is kept".to_owned()));
    }
    let journal = context.journal.strict();
    let keep = || match &note.fact {
        Fact::Suspended(suspension) => journal.suspend(&key, suspension),
        Fact::Resumed => journal.resume(&key).map(drop),
        Fact::Witnessed(_) => Ok(()),
    };
    if let Fact::Witnessed(fact) = &note.fact {
        return context.witness(&note.project, fact);
    }
    let kept = match keep() {
        Err(error) if error.is_damage() => {
            // A fresh one begins.
            context.journal.take_failure(error);
            keep()
        }
        kept => kept,
    };
    kept.map_err(|error| {
        let why = error.in_words();
        context.journal.take_failure(error);
        not_kept(why)
    })
}

fn not_kept(why: String) -> Trouble {
    Trouble {
        error: "it cannot be written to the journal".to_owned(),
        causes: Some(why).into_iter().filter(|why| !why.is_empty()).collect(),
        excerpt: None,
        hint: Some("see that the state directory can be written to and has room".to_owned()),
        disposition: Disposition::WaitForChange,
    }
}
