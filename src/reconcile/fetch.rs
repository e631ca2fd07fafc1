//! From a source of the settings to its files.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::config::{Credentials, Location, Source};
use crate::journal::Trigger;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::source::{self, Links, Mirror, Remote};

use super::context::{Context, Paths};
use super::cuts::Cuts;
use super::found::Files;
use super::progress::Progress;

/// Under which terms work is done.
#[derive(Clone)]
pub struct Terms {
    /// When it begins, in seconds since 1970.
    pub now: i64,
    /// The same moment, on a clock that nobody sets: what happens later is told by the time that has passed since.
    pub since: Instant,
    /// What asks for it.
    pub trigger: Trigger,
    /// Who asks, such as `alice` or `uid 1000`.
    pub caller: String,
    /// Who hears of each step.
    pub progress: Arc<dyn Progress>,
    /// Ends it after the operations that have begun.
    pub cancel: CancellationToken,
    /// Which runs wait for nothing any more.
    pub cuts: Cuts,
}

impl Terms {
    /// The time by now, in seconds since 1970.
    pub(super) fn by_now(&self) -> i64 {
        self.now.saturating_add(i64::try_from(self.since.elapsed().as_secs()).unwrap_or(0))
    }
}

/// The files of a source: those of a revision that was fetched before, where one is told; else as they are now.
pub(super) fn files(
    context: &Context,
    (source, revision): (&Source, Option<Revision>),
    terms: &Terms,
    warnings: &mut Vec<String>,
) -> Result<Files, Trouble> {
    match (&source.location, revision) {
        (Location::Git(_), Some(revision @ Revision::Commit(_))) => {
            let mirror = Mirror::at(Paths::of(context).mirror(&source.name));
            Ok(Files::Git { mirror, revision })
        }
        (Location::Git(_) | Location::Directory(_), _) => fetch(context, source, terms, warnings),
    }
}

/// The files of a source as they are now: a commit that was just fetched, or the directory.
pub(super) fn fetch(
    context: &Context,
    source: &Source,
    terms: &Terms,
    warnings: &mut Vec<String>,
) -> Result<Files, Trouble> {
    let url = match &source.location {
        Location::Directory(root) => {
            return Ok(Files::Directory { root: root.clone(), links: Links::Inside });
        }
        Location::Git(url) => url.clone(),
    };
    let credentials = source.credentials(warnings).map_err(|error| Trouble::of(&error))?;
    let mirror = Mirror::at(Paths::of(context).mirror(&source.name));
    let remote = remote(source, url, credentials);
    let fetched =
        mirror.fetch(&remote, &|progress| terms.progress.fetching(&source.name, progress), &|| {
            terms.cancel.is_cancelled()
        });
    terms.progress.fetched(&source.name);
    let revision = fetched.map_err(|error| Trouble::of(&error))?;
    Ok(Files::Git { mirror, revision })
}

/// The remote that a source of the settings describes.
pub(super) fn remote(source: &Source, url: String, credentials: Credentials) -> Remote {
    Remote {
        name: source.name.clone(),
        url,
        reference: source.reference.clone(),
        credentials: source::Credentials {
            token: credentials.token,
            username: credentials.username,
            ssh_key: credentials.ssh_key,
            known_hosts: credentials.known_hosts,
            ca_file: credentials.ca_file,
        },
    }
}
