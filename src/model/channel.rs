//! Where people are told what happened, and of what.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;

use super::name::ProjectName;
use super::notice::Event;
use super::secret::Secret;

/// A way to reach people.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its name, for messages about it.
    pub name: String,
    /// What is behind the address.
    pub kind: ChannelKind,
    /// Where it is; part of it may be a secret.
    pub address: Address,
    /// The file that holds the key or token; read again for every message.
    pub secret_file: Option<PathBuf>,
    /// What a message looks like, in the place of the usual form.
    pub template: Option<String>,
    /// What `template` makes.
    pub content_type: String,
    /// What is told.
    pub events: BTreeSet<Event>,
    /// The stacks that are told of; all of them where it is empty.
    pub stacks: BTreeSet<ProjectName>,
}

/// What is behind a channel's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// Any program that takes a signed request.
    Webhook,
    /// A topic of ntfy.
    Ntfy,
}

/// How a channel is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelNow {
    /// Its name.
    pub channel: String,
    /// Messages that arrived.
    pub sent: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Messages that were given up.
    pub lost: u64,
    /// Messages that wait.
    pub waiting: usize,
    /// Why the last try failed, if it did.
    pub trouble: Option<String>,
}

/// Where a channel is.
#[derive(Debug, Clone)]
pub enum Address {
    /// The URL itself.
    Url(Secret),
    /// A file that holds it; read again for every message.
    File(PathBuf),
}
