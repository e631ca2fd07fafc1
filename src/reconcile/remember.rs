//! What is remembered of a stack: the revision that was good, and those that failed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::journal::{BadRevision, Journal, LastGood, PinnedImage, StackKey};
use crate::model::desired::Desired;
use crate::model::hash::sha256_hex;
use crate::model::name::{ServiceName, SourceName};
use crate::model::observed::Observed;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::source::{Keep, Mirror};

/// What a try is made from, by digest: a revision with other secrets or images is another try, and the same stack in a
/// later commit the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Print {
    /// Digest of everything that was rendered.
    spec: String,
    /// The ID of each image that is here, by reference.
    images: BTreeMap<String, String>,
}

impl Print {
    /// Takes what is desired, with the images that are here.
    pub(super) fn of(desired: &Desired, observed: &Observed) -> Self {
        let project = &desired.project;
        let mut text = String::new();
        for (name, service) in &project.services {
            let model = serde_json::to_string(service).unwrap_or_default();
            text.push_str(&format!("{name} {}\n", desired.spec(name, &model)));
        }
        for (key, network) in &project.networks {
            let model = serde_json::to_string(network).unwrap_or_default();
            text.push_str(&format!("network {key} {model}\n"));
        }
        for (key, volume) in &project.volumes {
            let model = serde_json::to_string(volume).unwrap_or_default();
            text.push_str(&format!("volume {key} {model}\n"));
        }
        let references = project.services.keys().flat_map(|name| project.images_of(name));
        let images = references.filter_map(|reference| {
            let id = observed.images.get(&reference)?.id.clone();
            Some((reference, id))
        });
        Self { spec: sha256_hex(text.as_bytes()), images: images.collect() }
    }

    /// Whether it is the same try as `known`: the same spec, and no image that is known to be another one.
    fn is(&self, known: &Self) -> bool {
        let same = |(reference, id): (&String, &String)| {
            self.images.get(reference).is_none_or(|now| now == id)
        };
        self.spec == known.spec && known.images.iter().all(same)
    }

    fn to_text(&self) -> String {
        let lines = self.images.iter().map(|(reference, id)| format!("\n{reference} {id}"));
        lines.fold(self.spec.clone(), |text, line| text + &line)
    }

    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let spec = lines.next().unwrap_or_default().to_owned();
        let image = |line: &str| {
            let (reference, id) = line.split_once(' ')?;
            Some((reference.to_owned(), id.to_owned()))
        };
        Self { spec, images: lines.filter_map(image).collect() }
    }
}

/// A revision to go back to.
#[derive(Debug, Clone)]
pub(super) struct Good {
    pub(super) revision: Revision,
    /// What it was made from, where that is known.
    pub(super) print: Option<Print>,
    /// The images that it ran, by reference.
    pub(super) images: BTreeMap<String, String>,
}

impl Good {
    fn of(good: LastGood) -> Self {
        let images = good.images.into_values();
        Self {
            revision: good.revision,
            print: Some(Print::parse(&good.fingerprint)),
            images: images.map(|image| (image.reference, image.id)).collect(),
        }
    }
}

/// Whose memory it is, and where it is kept.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pub(super) journal: Journal,
    pub(super) key: StackKey,
    pub(super) source: Option<SourceName>,
    pub(super) stack: PathBuf,
    pub(super) mirror: Mirror,
}

/// What is remembered.
#[derive(Debug, Clone, Default)]
pub(super) struct Recall {
    /// The last good revision.
    pub(super) good: Option<Good>,
    bad: Vec<BadRevision>,
}

impl Recall {
    /// Whether this is what was good last.
    pub(super) fn is_good(&self, print: &Print) -> bool {
        let known = self.good.as_ref().and_then(|good| good.print.as_ref());
        known.is_some_and(|known| print.is(known))
    }

    /// Holds nothing against any revision any more.
    pub(super) fn forgive(&mut self) {
        self.bad.clear();
    }

    /// What is known against this.
    pub(super) fn against(&self, print: &Print) -> Option<&BadRevision> {
        self.bad.iter().find(|bad| print.is(&Print::parse(&bad.fingerprint)))
    }
}

/// Why a person holds a stack at an earlier revision, as it is remembered.
const BY_HAND: &str = "a person rolled it back";

/// Whether a person holds the stack at an earlier revision.
pub(super) fn is_by_hand(bad: &BadRevision) -> bool {
    bad.reason == BY_HAND
}

/// Why a revision is bad, as far as it is remembered.
pub(super) fn trouble(bad: &BadRevision) -> Trouble {
    Trouble {
        error: bad.reason.clone(),
        causes: Vec::new(),
        excerpt: None,
        hint: None,
        disposition: crate::model::failure::Disposition::WaitForChange,
    }
}

impl Memory {
    /// What is remembered of the stack.
    pub(super) fn recall(&self) -> Result<Recall, Trouble> {
        let fail = |error| Trouble::of(&error);
        let good = match self.journal.last_good(&self.key).map_err(fail)? {
            Some(good) if good.source == self.source => Some(Good::of(good)),
            Some(_) | None => self.kept(Keep::Good)?,
        };
        Ok(Recall { good, bad: self.journal.bad_revisions(&self.key).map_err(fail)? })
    }

    /// The good revision before the last one.
    pub(super) fn earlier(&self) -> Result<Option<Good>, Trouble> {
        let known = self.journal.earlier_good(&self.key);
        match known.map_err(|error| Trouble::of(&error))? {
            Some(good) if good.source == self.source => Ok(Some(Good::of(good))),
            Some(_) | None => self.kept(Keep::Earlier),
        }
    }

    /// A revision that the mirror keeps; which images it ran is not known.
    fn kept(&self, keep: Keep) -> Result<Option<Good>, Trouble> {
        let kept = self.mirror.kept(keep, (&self.key.engine, &self.key.project));
        let kept = kept.map_err(|error| Trouble::of(&error))?;
        Ok(kept.map(|revision| Good { revision, print: None, images: BTreeMap::new() }))
    }

    /// Remembers that a revision is good. Nothing is held against any revision from then on.
    pub(super) fn is_good(
        &self,
        (revision, print): (&Revision, &Print),
        (desired, observed): (&Desired, &Observed),
        now: i64,
    ) -> Result<(), Trouble> {
        let of = (&self.key.engine, &self.key.project);
        let known = self.recall()?;
        if let Some(before) = known.good.filter(|good| good.print.as_ref() != Some(print)) {
            // One that the mirror has lost cannot be kept.
            self.mirror.keep(Keep::Earlier, of, &before.revision).ok();
        }
        self.mirror.keep(Keep::Good, of, revision).map_err(|error| Trouble::of(&error))?;
        let good = LastGood {
            source: self.source.clone(),
            stack: self.stack.clone(),
            revision: revision.clone(),
            fingerprint: print.to_text(),
            images: images(desired, observed),
            inputs: inputs(desired),
            at: now,
        };
        self.journal
            .set_last_good(&self.key, &good)
            .and_then(|()| self.journal.forgive(&self.key).map(drop))
            .map_err(|error| Trouble::of(&error))
    }

    /// Remembers that a revision failed.
    pub(super) fn is_bad(
        &self,
        (revision, print): (&Revision, &Print),
        trouble: &Trouble,
        now: i64,
    ) -> Result<(), Trouble> {
        self.note_bad((revision, print), trouble.error.clone(), now)
    }

    /// Remembers that a person does not want a revision.
    pub(super) fn is_unwanted(
        &self,
        (revision, print): (&Revision, &Print),
        now: i64,
    ) -> Result<(), Trouble> {
        self.note_bad((revision, print), BY_HAND.to_owned(), now)
    }

    fn note_bad(
        &self,
        (revision, print): (&Revision, &Print),
        reason: String,
        now: i64,
    ) -> Result<(), Trouble> {
        let (revision, fingerprint) = (revision.clone(), print.to_text());
        let bad = BadRevision { revision, fingerprint, reason, run: None, at: now };
        self.journal.note_bad(&self.key, &bad).map_err(|error| Trouble::of(&error))
    }
}

/// The images that the services of a stack run.
fn images(desired: &Desired, observed: &Observed) -> BTreeMap<ServiceName, PinnedImage> {
    let pinned = desired.project.services.keys().filter_map(|name| {
        let reference = desired.project.image_of(name);
        let image = observed.images.get(&reference)?;
        let id = image.lasting_id().to_owned();
        Some((name.clone(), PinnedImage { reference, id }))
    });
    pinned.collect()
}

/// What the services of a stack get from the repository, by digest.
fn inputs(desired: &Desired) -> BTreeMap<ServiceName, BTreeMap<String, String>> {
    let told = desired.inputs.iter().map(|(service, inputs)| {
        let inputs = inputs.iter().map(|input| {
            // Not the digest itself: that of a short secret could be guessed.
            let digest =
                sha256_hex(format!("{service}\n{}\n{}", input.name, input.digest).as_bytes());
            (format!("{} {}", input.kind, input.name), digest)
        });
        (service.clone(), inputs.collect())
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(spec: &str, images: &[(&str, &str)]) -> Print {
        let images = images.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned()));
        Print { spec: spec.to_owned(), images: images.collect() }
    }

    #[test]
    fn a_try_is_known_by_what_it_was_made_from() {
        let known = print("a", &[("web:1", "sha256:1"), ("db:1", "sha256:2")]);
        assert_eq!(Print::parse(&known.to_text()), known);
        assert!(known.is(&known));
        assert!(!print("b", &[("web:1", "sha256:1")]).is(&known), "another spec");
        assert!(!print("a", &[("web:1", "sha256:3")]).is(&known), "another image");
        assert!(
            print("a", &[("db:1", "sha256:2")]).is(&known),
            "an image that is not here tells nothing"
        );
    }

    #[test]
    fn what_a_person_left_is_told_from_what_failed() {
        let bad = |reason: &str| BadRevision {
            revision: Revision::Directory,
            fingerprint: print("a", &[]).to_text(),
            reason: reason.to_owned(),
            run: None,
            at: 0,
        };
        assert!(is_by_hand(&bad(BY_HAND)) && !is_by_hand(&bad("it crashed")));
        let recall = Recall { good: None, bad: vec![bad("it crashed")] };
        assert_eq!(
            recall.against(&print("a", &[])).map(|bad| trouble(bad).error),
            Some("it crashed".to_owned())
        );
        assert!(recall.against(&print("b", &[])).is_none() && !recall.is_good(&print("a", &[])));
    }
}
