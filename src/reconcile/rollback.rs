//! A person brings a stack back to an earlier revision, and holds it there.

use std::collections::BTreeSet;

use crate::config::{Location, Source};
use crate::docker::{self, Engine, Look};
use crate::model::desired::Orphans;
use crate::model::outcome::{Outcome, Trouble};
use crate::model::revision::Revision;

use super::alone::{self, Suspended};
use super::attempt::{Attempt, Images};
use super::back::{Brought, bring, then};
use super::context::Context;
use super::error::Error;
use super::fetch::{self, Terms};
use super::found::{self, Files, Found};
use super::listing::known_stacks;
use super::record::Recording;
use super::remember::{Good, Memory, Print};
use super::render::render;
use super::run::{Conditions, KnownBad, Mode, StackRun, blocking};
use super::trial;

/// What a person wants.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The stack, by project name or path in its source.
    pub stack: String,
    /// The revision; `None` is the last good one before what is in the source.
    pub revision: Option<String>,
}

/// Brings a stack of `sources` back, as they were fetched last. With [`Mode::Plan`] it only says what that would do. The
/// revision that it leaves is not tried again until it changes or somebody asks.
pub async fn roll_back(
    context: &Context,
    engine: &Engine,
    (sources, wish, mode): (Vec<Source>, Wish, Mode),
    terms: Terms,
) -> Result<StackRun, Trouble> {
    let on = (Orphans::Remove, KnownBad::Retry);
    let mut conditions = Conditions::of((context, engine), mode, on, terms);
    let located = context.locate(engine).await?;
    let mut found = find(context, sources, wish.stack).await?;
    alone::mark(context, std::slice::from_mut(&mut found));
    if let Some(Suspended { project, why, .. }) = alone::suspended(&found) {
        return Err(Trouble::of(&Error::Suspended { project, why }));
    }
    let Some(memory) = trial::memory(&conditions, &found) else {
        return Err(Trouble::of(&Error::NoHistory { project: found.project }));
    };
    let left = print_now(&conditions, &found).await;
    let good = match wish.revision {
        Some(text) => named(&conditions, &found, (&memory, text)).await?,
        None => before(&memory, &found, left.as_ref()).await?,
    };
    let recording = (mode != Mode::Plan)
        .then(|| Recording::of(context, &found.at(&good.revision), &conditions.terms));
    if let Some(recording) = &recording {
        conditions.terms = recording.terms();
    }
    let mut done = bring_back(&conditions, &found, (&memory, &good, left)).await;
    if let Ok(run) = &mut done {
        run.warnings.extend(located);
    }
    if let (Some(recording), Ok(run)) = (recording, &done) {
        recording.end(&run.outcome).await;
    }
    done
}

/// Goes to a revision, and holds it against `left`, which the stack leaves.
async fn bring_back(
    conditions: &Conditions,
    found: &Found,
    (memory, good, left): (&Memory, &Good, Option<Print>),
) -> Result<StackRun, Trouble> {
    let rendered = then(conditions, found, &good.revision).await?;
    let coming = BTreeSet::new();
    let images = if good.print.is_some() { Images::Pinned(&good.images) } else { Images::Named };
    let attempt = Attempt { conditions, rendered: &rendered, images, coming: &coming };
    let blocked =
        StackRun::blocked(found.path.clone(), good.revision.clone(), Trouble::of(&Error::Stopped));
    let (project, source) = (Some(found.project.clone()), found.source.clone());
    let mut run = StackRun { project, source, warnings: rendered.warnings.clone(), ..blocked };
    run.outcome = match bring(&attempt, &mut run).await? {
        Brought::There { .. } if conditions.mode == Mode::Plan => Outcome::InSync,
        Brought::There { done, observed } => {
            let print = Print::of(&rendered.desired, &observed);
            let (to, from) = (good.revision.clone(), found.files.revision());
            let (memory, now) = (memory.clone(), conditions.terms.now);
            blocking(move || {
                let applied = memory.mirror.pin(&memory.key.engine, &memory.key.project, &to);
                applied.map_err(|error| Trouble::of(&error))?;
                memory.is_good((&to, &print), (&rendered.desired, &observed), now)?;
                match left.filter(|left| *left != print) {
                    Some(left) => memory.is_unwanted((&from, &left), now),
                    None => Ok(()),
                }
            })
            .await??;
            if done == 0 { Outcome::InSync } else { Outcome::Changed { operations: done } }
        }
        Brought::Not(outcome) => outcome,
    };
    Ok(run)
}

/// The stack in what was fetched last; nobody is asked.
async fn find(context: &Context, sources: Vec<Source>, name: String) -> Result<Found, Trouble> {
    let context = context.clone();
    let stacks: Vec<Found> = blocking(move || {
        sources.iter().flat_map(|source| known_stacks(&context, source)).collect()
    })
    .await?;
    let twins = found::twins(&stacks, &[]);
    let mut chosen = found::select(stacks, &[name]).map_err(|error| Trouble::of(&error))?;
    let chosen = chosen.swap_remove(0);
    match twins.into_iter().find(|(twin, _)| twin.is(&chosen)) {
        Some((_, error)) => Err(Trouble::of(&error)),
        None => Ok(chosen),
    }
}

/// What the revision in the source would be tried with, to be left alone from now on; `None` where it cannot be tried.
async fn print_now(conditions: &Conditions, found: &Found) -> Option<Print> {
    let (context, stack) = (conditions.context.clone(), found.clone());
    let orphans = conditions.orphans_of(found);
    let rendered = blocking(move || render(&context, &stack, orphans)).await.ok()?.ok()?;
    let observed =
        docker::observe(&conditions.engine, &rendered.desired, Look::Engine).await.ok()?;
    Some(Print::of(&rendered.desired, &observed))
}

/// The last good revision that is not the one in the source.
async fn before(memory: &Memory, found: &Found, now: Option<&Print>) -> Result<Good, Trouble> {
    let (memory, now) = (memory.clone(), now.cloned());
    let project = found.project.clone();
    blocking(move || {
        let recall = memory.recall()?;
        let is_now = now.is_some_and(|now| recall.is_good(&now));
        let good = if is_now { memory.earlier()? } else { recall.good };
        good.ok_or_else(|| Trouble::of(&Error::NothingEarlier { project }))
    })
    .await?
}

/// The revision that a person names: one that is here, else one that the source still has.
async fn named(
    conditions: &Conditions,
    found: &Found,
    (memory, text): (&Memory, String),
) -> Result<Good, Trouble> {
    let (memory, origin, context) =
        (memory.clone(), found.origin.clone(), conditions.context.clone());
    let terms = conditions.terms.clone();
    blocking(move || {
        let recall = memory.recall()?;
        let here = memory.mirror.find(&text).map_err(|error| Trouble::of(&error))?;
        let revision = match (here, origin) {
            (Some(revision), _) => revision,
            (None, Some(source)) => fetched(&context, &source, text, &terms)?,
            (None, None) => {
                return Err(Trouble::of(&Error::NothingEarlier { project: memory.key.project }));
            }
        };
        let known = recall.good.filter(|good| good.revision == revision);
        Ok(known.unwrap_or(Good { revision, print: None, images: [].into() }))
    })
    .await?
}

fn fetched(
    context: &Context,
    source: &Source,
    text: String,
    terms: &Terms,
) -> Result<Revision, Trouble> {
    let Location::Git(_) = &source.location else { return Ok(Revision::Directory) };
    let source = Source { reference: Some(text), ..source.clone() };
    match fetch::fetch(context, &source, terms, &mut Vec::new())? {
        Files::Git { revision, .. } => Ok(revision),
        Files::Directory { .. } => Ok(Revision::Directory),
    }
}
