//! New settings, or the ones before where the new ones are wrong.

use super::crew::Crew;
use crate::config::Settings;
use crate::daemon::command::RequestId;
use crate::daemon::event::Event;
use crate::daemon::terms::Terms;
use crate::model::failure::Disposition;
use crate::model::outcome::Trouble;
use crate::reconcile::Context;

impl Crew {
    /// Reads the settings again. Passes that go on keep those they began with.
    pub(super) async fn reload(&self, id: Option<RequestId>) -> Event {
        let (load, before) = (self.load.clone(), self.context());
        let read = tokio::task::spawn_blocking(move || {
            let (settings, mut warnings) = load()?;
            stays(&before.settings, &settings)?;
            let context = Context::open(settings, &mut warnings)?;
            for warning in &warnings {
                tracing::warn!("{warning}");
            }
            Ok(before.with_settings_of(context))
        });
        let read = read.await.unwrap_or_else(|error| Err(fixed(&error.to_string())));
        let taken = match read {
            Ok(context) => {
                let terms = Terms::of(&context.settings);
                self.context.send_replace(context);
                self.give_up_engine().await;
                tracing::info!("the settings were read again");
                Ok(terms)
            }
            Err(trouble) => {
                tracing::error!(error = %trouble.error, "the settings stay as they were");
                Err(trouble)
            }
        };
        Event::Reloaded(id, taken)
    }
}

/// What cannot change while the daemon runs.
fn stays(before: &Settings, after: &Settings) -> Result<(), Trouble> {
    let same = [
        ("state_dir", before.places.state == after.places.state),
        ("runtime_dir", before.places.runtime == after.places.runtime),
        ("instance", before.instance == after.instance),
        ("engines", before.engine == after.engine),
    ];
    match same.iter().find(|(_, same)| !same) {
        Some((setting, _)) => Err(fixed(&format!("`{setting}` has another value"))),
        None => Ok(()),
    }
}

fn fixed(why: &str) -> Trouble {
    Trouble {
        error: "the settings cannot be taken while the daemon runs".to_owned(),
        causes: vec![why.to_owned()],
        excerpt: None,
        hint: Some("restart the daemon".to_owned()),
        disposition: Disposition::Fatal,
    }
}
