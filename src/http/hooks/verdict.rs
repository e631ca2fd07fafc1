//! What comes out of looking at a webhook.

use std::collections::BTreeSet;

use crate::model::name::SourceName;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// What a webhook means here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The provider tries whether somebody is there.
    Ping,
    /// A run is asked for.
    Asked(Asked),
    /// It is genuine, and nothing follows from it.
    Ignored {
        /// Why not.
        why: String,
    },
    /// It is not let in.
    Refused {
        /// The status of the answer.
        status: u16,
        /// What is wrong with it, and how to put it right; holds no secret.
        why: String,
    },
}

/// What a run is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The sources that may have something new.
    pub sources: Vec<SourceName>,
    /// The branch or tag that moved, as `refs/…`.
    pub reference: Option<String>,
    /// Where it moved to.
    pub commit: Option<String>,
    /// What changed, where all of it was told.
    pub paths: Option<BTreeSet<String>>,
    /// The images that were pushed; empty for a push to a repository of git.
    pub images: Vec<Image>,
}

/// An image that a registry has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, with the registry where it is told.
    pub repository: String,
    /// Its tag.
    pub tag: String,
}

/// What counts once: a signed body, or the id of a signed message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// Its digest.
    pub digest: Digest,
    /// From when on it need not be remembered, in seconds since 1970.
    pub until: i64,
}

/// What a provider says, before anybody asks whether it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    Ping,
    Push(Push),
    Images(Vec<Image>),
    Ignored(String),
}

/// Branches or tags of a repository that moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Push {
    /// As the provider calls the repository: `me/stacks`.
    pub(super) names: Vec<String>,
    /// Where it can be cloned or looked at.
    pub(super) urls: Vec<String>,
    /// The branch that is followed when a source names none.
    pub(super) default_branch: Option<String>,
    /// What moved, and where to.
    pub(super) moves: Vec<Move>,
    /// What changed, where all of it was told.
    pub(super) paths: Option<BTreeSet<String>>,
}

/// One branch or tag that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    /// `refs/heads/main`, `refs/tags/v1`.
    pub(super) reference: String,
    pub(super) commit: Option<String>,
}

/// Why a webhook is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) why: String,
}

impl Refusal {
    /// It does not prove who sends it.
    pub(super) fn unproven(why: impl Into<String>) -> Self {
        Self { status: 401, why: why.into() }
    }

    /// It cannot be understood.
    pub(super) fn malformed(why: impl Into<String>) -> Self {
        Self { status: 400, why: why.into() }
    }
}
