//! Images that runs brought: noted when they come, removed when nobody needs them any more.
//!
//! An image is ours when it was not at the engine before a run pulled it. It goes when no container uses it, whoever made
//! that, and no stack may go back to a revision that runs with it: the last good one, or the one before.

use std::collections::BTreeSet;

use crate::docker::Reference;
use crate::journal::{Images, PulledImage, StackKey};
use crate::model::desired::Desired;
use crate::model::observed::{Image, Observed};
use crate::model::outcome::Trouble;
use crate::plan::{self, Action, Brought, Plan};

use super::found::Found;
use super::run::{Conditions, blocking};

/// The images that are here before a pull; none where nobody would remember them.
pub(super) async fn before(conditions: &Conditions) -> Option<BTreeSet<String>> {
    if conditions.context.journal.is_absent() {
        return None;
    }
    conditions.engine.image_ids().await.ok()
}

/// Remembers which of the images that were pulled were not here `before`.
pub(super) async fn note(
    conditions: &Conditions,
    before: Option<BTreeSet<String>>,
    (desired, observed): (&Desired, &Observed),
    pulls: &Plan,
) {
    let Some(before) = before else { return };
    let project = &desired.project;
    // Which images are mounted or run by hooks is no part of what is good: those stay.
    let serving: BTreeSet<String> =
        project.services.keys().map(|name| project.image_of(name)).collect();
    let new = pulls.operations.iter().filter_map(|operation| {
        let Action::PullImage { reference, .. } = &operation.action else { return None };
        let image = observed.images.get(reference).filter(|_| serving.contains(reference))?;
        image.ids().is_disjoint(&before).then(|| PulledImage {
            id: image.lasting_id().to_owned(),
            project: project.name.clone(),
            reference: reference.clone(),
            at: conditions.terms.now,
        })
    });
    let new: Vec<PulledImage> = new.collect();
    if new.is_empty() {
        return;
    }
    let (journal, engine) = (conditions.context.journal.clone(), desired.engine.clone());
    // A forgiving journal keeps what went wrong to itself; an image that is not remembered stays.
    blocking(move || journal.note_pulled(&engine, &new).ok()).await.ok();
}

/// What counts as needed, beside what containers use.
pub(super) struct Needed<'a> {
    /// IDs of containers that are about to go.
    pub(super) leaving: BTreeSet<&'a str>,
    /// IDs of images that the stack is made from.
    pub(super) wanted: BTreeSet<String>,
    /// What the stack may go back to.
    pub(super) back: Back,
}

/// What a stack may go back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    /// What is remembered.
    Both,
    /// What is good now will be the earlier one.
    Last,
    /// Nothing: the stack is gone.
    Nowhere,
}

/// The plan that removes the images which runs of this stack brought, and which nobody needs.
pub(super) async fn unused(
    conditions: &Conditions,
    key: &StackKey,
    needed: Needed<'_>,
) -> Result<Plan, Trouble> {
    let (journal, of) = (conditions.context.journal.clone(), key.clone());
    let known = blocking(move || journal.images(&of)).await?;
    // A forgiving journal keeps what went wrong to itself, and then nothing is known to be ours.
    let Images { pulled, good } = known.unwrap_or_default();
    if pulled.is_empty() {
        return Ok(Plan::default());
    }
    let engine = &conditions.engine;
    let mut brought = Vec::new();
    for image in pulled {
        let found = engine.image(&image.id).await.map_err(|error| Trouble::of(&error))?;
        match found {
            Some(found) => brought.push(described(image, &found)),
            None => forget(conditions, image).await?,
        }
    }
    let in_use = engine.images_in_use().await.map_err(|error| Trouble::of(&error))?;
    let stays = in_use.into_iter().filter(|(id, _)| !needed.leaving.contains(id.as_str()));
    let used: BTreeSet<String> = stays.map(|(_, image)| image).collect();
    let mut pinned = needed.wanted;
    let mut is_last = true;
    for (project, good) in good {
        // The last good one of the stack itself comes before the earlier one.
        let counts = project != key.project
            || match (needed.back, std::mem::replace(&mut is_last, false)) {
                (Back::Both, _) | (Back::Last, true) => true,
                (Back::Last, false) | (Back::Nowhere, _) => false,
            };
        if counts {
            pinned.extend(good.images.into_values().map(|image| image.id));
        }
    }
    Ok(plan::unused(&brought, &used, &pinned))
}

fn described(image: PulledImage, found: &Image) -> Brought {
    let own = Reference::parse(&image.reference).ok();
    let is_own = |tag: &String| *tag == image.reference || Reference::parse(tag).ok() == own;
    Brought {
        is_tagged_by_others: !found.tags.iter().all(is_own),
        ids: found.ids().into_iter().chain([image.id.clone()]).collect(),
        id: image.id,
        reference: image.reference,
    }
}

async fn forget(conditions: &Conditions, image: PulledImage) -> Result<(), Trouble> {
    let journal = conditions.context.journal.clone();
    let engine = conditions.context.settings.engine.name.clone();
    // What cannot be forgotten now is forgotten another time.
    blocking(move || journal.forget_pulled(&engine, &image.id).ok()).await.map(drop)
}

/// The IDs of the images that a stack is made from, as far as they are here.
pub(super) fn wanted(desired: &Desired, observed: &Observed) -> BTreeSet<String> {
    let project = &desired.project;
    let references = project.services.keys().flat_map(|name| project.images_of(name));
    references
        .filter_map(|reference| Some(observed.images.get(&reference)?.ids()))
        .flatten()
        .collect()
}

/// The IDs of the containers that a plan removes.
pub(super) fn leaving<'o>(observed: &'o Observed, plan: &Plan) -> BTreeSet<&'o str> {
    let goes = |name: &str| {
        plan.operations.iter().any(|operation| {
            matches!(&operation.action, Action::RemoveContainer { name: gone, .. } if gone == name)
        })
    };
    let leaving = observed.containers.iter().filter(|container| goes(&container.name));
    leaving.map(|container| container.id.as_str()).collect()
}

/// A stack that changed, and whose images are looked through when all runs of the pass are over.
#[derive(Debug, Clone)]
pub(super) struct Leftover {
    pub(super) found: Found,
    pub(super) wanted: BTreeSet<String>,
}
