//! What a source has by now.

use tokio_util::sync::CancellationToken;

use super::crew::Crew;
use crate::daemon::event::{Event, Seen, StackFact, Survey, Touched};
use crate::model::failure::Disposition;
use crate::model::name::SourceName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::reconcile::{self, Freshness, LeftAlone, News};

impl Crew {
    /// Asks the remote of a source what it has; another revision is fetched, and looked through.
    pub(super) async fn fetch(
        &self,
        name: SourceName,
        known: Option<Revision>,
        cancel: CancellationToken,
    ) -> Event {
        let seen = self.look_at(&name, known, cancel).await;
        if let Err(trouble) = &seen {
            tracing::debug!(source = %name, error = %trouble.error, "not fetched");
        }
        Event::Fetched(name, seen)
    }

    async fn look_at(
        &self,
        name: &SourceName,
        known: Option<Revision>,
        cancel: CancellationToken,
    ) -> Result<Seen, Trouble> {
        let Some(source) = self.sources(|other| other == name).into_iter().next() else {
            return Err(left(name));
        };
        let (context, terms) = (self.context(), self.quiet_terms(cancel));
        let news = reconcile::news(&context, source.clone(), known, terms).await?;
        let News::Revision { revision, touched } = news else { return Ok(Seen::Same) };
        let listing = reconcile::list(&context, vec![source], Freshness::Known).await?;
        let mut failed = Vec::new();
        for (_, path, trouble) in listing.failed {
            match path {
                Some(path) => failed.push((path, trouble)),
                None => return Err(trouble),
            }
        }
        let is_ours = |stack: &reconcile::Listed| stack.left_alone != Some(LeftAlone::OtherHosts);
        let stacks = listing.stacks.into_iter().filter(is_ours).map(|stack| StackFact {
            project: stack.project,
            path: stack.path,
            left_alone: stack.left_alone,
        });
        let touched = match touched {
            reconcile::Touched::All => Touched::All,
            reconcile::Touched::Some(some) => Touched::Only(some.into_iter().collect()),
        };
        let warnings = listing.warnings;
        let stacks = stacks.collect();
        Ok(Seen::Other(Survey { revision, stacks, touched, failed, warnings }))
    }
}

fn left(name: &SourceName) -> Trouble {
    Trouble {
        error: format!("the source `{name}` is no longer in the settings"),
        causes: Vec::new(),
        excerpt: None,
        hint: None,
        disposition: Disposition::WaitForChange,
    }
}
