//! Which images are wanted, and which have to be pulled.

use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::{Image, Observed, RegistryAnswer};
use crate::model::pull::PullPolicy;
use crate::model::service::Service;

use super::cause::Cause;
use super::error::Error;
use super::note::Note;
use super::replicas::{Replica, Staff};
use super::verdict::Staffs;

/// An image that has to be pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pull {
    pub(super) reference: String,
    pub(super) platform: Option<String>,
    pub(super) service: ServiceName,
    pub(super) cause: Cause,
    /// The image that is here, and only has to get this name again.
    pub(super) image: Option<String>,
}

/// The local image that containers of a service are to be made from.
pub(super) fn wanted<'a>(
    desired: &Desired,
    observed: &'a Observed,
    name: &ServiceName,
) -> Option<&'a Image> {
    let service = desired.project.services.get(name)?;
    usable(observed.images.get(&desired.project.image_of(name)), service)
}

/// An image of another platform than the one asked for is none; but whoever builds one knows what it is for.
fn usable<'a>(image: Option<&'a Image>, service: &Service) -> Option<&'a Image> {
    let is_any = service.platform.is_empty() || service.build.is_some();
    image.filter(|image| is_any || fits(&image.platform, &service.platform))
}

/// Whether an image's platform is the wanted one; a variant counts only where both name one.
fn fits(platform: &str, wanted: &str) -> bool {
    platform.split('/').zip(wanted.split('/')).all(|(left, right)| left == right)
}

fn policy(name: &ServiceName, service: &Service) -> Result<PullPolicy, Error> {
    PullPolicy::of(service).ok_or_else(|| Error::PullPolicy {
        service: name.clone(),
        policy: service.pull_policy.clone(),
    })
}

/// What the service needs pulled: images that are not here, when containers are to be made, and newer ones where the
/// policy looks for them.
pub(super) fn pulls(
    desired: &Desired,
    observed: &Observed,
    (name, staffs): (&ServiceName, &Staffs),
    now: i64,
    notes: &mut Vec<Note>,
) -> Result<Vec<Pull>, Error> {
    let Some(service) = desired.project.services.get(name) else { return Ok(Vec::new()) };
    let policy = policy(name, service)?;
    let makes_containers = staffs.get(name).is_some_and(Staff::makes_containers);
    let reference = desired.project.image_of(name);
    let platform = Some(service.platform.clone()).filter(|platform| !platform.is_empty());
    let pull = |reference: String, cause| Pull {
        reference,
        platform: platform.clone(),
        service: name.clone(),
        cause,
        image: None,
    };
    let mut pulls = Vec::new();
    if let Some(reason) = observed.damaged.get(&reference) {
        let (service, reason) = (name.clone(), reason.clone());
        if makes_containers {
            return Err(Error::ImageDamaged { service, reference, reason });
        }
        notes.push(Note::ImageDamaged { service, reference, reason });
        return Ok(pulls);
    }
    match usable(observed.images.get(&reference), service) {
        Some(image) if policy.is_due(Some(image), now) => {
            if is_outdated(observed, &reference, image, notes) {
                pulls.push(pull(reference.clone(), Cause::ImageOutdated));
            }
        }
        Some(_) => (),
        None if let Some(image) = nameless((desired, observed), (&reference, service), staffs) => {
            let image = Some(image.id.clone());
            pulls.push(Pull { image, ..pull(reference.clone(), Cause::NameLost) });
        }
        None if makes_containers => {
            forbid(policy, (name, service), &reference)?;
            pulls.push(pull(reference.clone(), Cause::ImageMissing));
        }
        None => notes.push(Note::ImageGone { service: name.clone(), reference: reference.clone() }),
    }
    if makes_containers {
        let mounted = desired.project.images_of(name).into_iter();
        let missing = mounted.filter(|mounted| *mounted != reference);
        let missing = missing.filter(|mounted| !observed.images.contains_key(mounted));
        pulls.extend(missing.map(|mounted| pull(mounted, Cause::ImageMissing)));
    }
    Ok(pulls)
}

/// The image that a reference meant when a container was made that stays as it is, of whichever service, where only the name
/// was lost.
fn nameless<'a>(
    (desired, observed): (&Desired, &'a Observed),
    (reference, service): (&str, &Service),
    staffs: &Staffs,
) -> Option<&'a Image> {
    let image = observed.nameless.get(reference).filter(|_| !reference.contains('@'));
    let image = usable(image, service)?;
    let of_it = staffs.iter().filter(|(name, _)| desired.project.image_of(name) == reference);
    let replicas = of_it.flat_map(|(_, staff)| &staff.replicas);
    let mut staying = replicas.filter_map(Replica::container);
    staying.any(|container| image.has_id(&container.image_id)).then_some(image)
}

/// An error where a missing image must not be pulled. One that the project can build is not looked for elsewhere unless
/// the policy says so.
fn forbid(
    policy: PullPolicy,
    (name, service): (&ServiceName, &Service),
    reference: &str,
) -> Result<(), Error> {
    let is_built = service.build.is_some() && service.pull_policy.is_empty();
    let (service, reference) = (name.clone(), reference.to_owned());
    match policy {
        PullPolicy::Never => Err(Error::NeverPulled { service, reference }),
        PullPolicy::Build => Err(Error::NotBuilt { service, reference }),
        PullPolicy::Missing if is_built => Err(Error::NotBuilt { service, reference }),
        PullPolicy::Missing | PullPolicy::Always | PullPolicy::Every(_) => Ok(()),
    }
}

/// Whether the registry holds another image than the local one. A digest never changes what it means.
fn is_outdated(observed: &Observed, reference: &str, image: &Image, notes: &mut Vec<Note>) -> bool {
    if reference.contains('@') {
        return false;
    }
    match observed.registry.get(reference) {
        Some(RegistryAnswer::Digest(digest)) => {
            let mut known = image.repo_digests.iter().filter_map(|known| known.split('@').nth(1));
            !known.any(|known| known == digest)
        }
        Some(RegistryAnswer::Unreachable(reason)) => {
            let silent =
                Note::RegistrySilent { reference: reference.to_owned(), reason: reason.clone() };
            if !notes.contains(&silent) {
                notes.push(silent);
            }
            false
        }
        None => false,
    }
}
