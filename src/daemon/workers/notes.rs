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
    let journal = &context.journal;
    let kept = match &note.fact {
        Fact::Suspended(suspension) => journal.suspend(&key, suspension),
        Fact::Resumed => journal.resume(&key).map(drop),
        Fact::Witnessed(fact) => return context.witness(&note.project, fact),
    };
    kept.map_err(|error| Trouble::of(&error))?;
    // A forgiving journal keeps what went wrong to itself; here it counts.
    match journal.words() {
        words if words.is_empty() && !journal.is_absent() => Ok(()),
        words => Err(not_kept(words.join("; "))),
    }
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
