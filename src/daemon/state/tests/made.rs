//! Names, requests and troubles for these tests.

use crate::daemon::command::{Command, Request, Scope, Sync};
use crate::journal::Trigger;
use crate::model::failure::Disposition;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::reconcile::{KnownBad, Prune};

pub(super) fn source(name: &str) -> SourceName {
    SourceName::parse(name).unwrap()
}

pub(super) fn project(name: &str) -> ProjectName {
    ProjectName::parse(name).unwrap()
}

/// The revision with this number.
pub(super) fn revision(number: u32) -> Revision {
    Revision::Commit(format!("{number:040}"))
}

pub(super) fn number(revision: &Revision) -> u32 {
    revision.to_string().trim_start_matches('0').parse().unwrap_or(0)
}

pub(super) fn trouble(disposition: Disposition) -> Trouble {
    let error = "it does not work".to_owned();
    Trouble { error, causes: Vec::new(), excerpt: None, hint: None, disposition }
}

pub(super) fn request(command: Command) -> Request {
    Request { command, trigger: Trigger::Api, caller: "alice".to_owned() }
}

pub(super) fn hook(name: &str) -> Request {
    let scope = Scope::Changed(vec![source(name)]);
    let sync = Sync { scope, known_bad: KnownBad::Skip, prune: Prune::Guarded };
    Request { command: Command::Sync(sync), trigger: Trigger::Webhook, caller: "github".to_owned() }
}

pub(super) fn sync(scope: Scope) -> Request {
    let sync = Sync { scope, known_bad: KnownBad::Skip, prune: Prune::Guarded };
    request(Command::Sync(sync))
}
