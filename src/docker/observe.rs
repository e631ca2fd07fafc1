//! What the engine reports about one project, asked in as few calls as possible.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::model::desired::{Desired, replicas};
use crate::model::hash::{DIALECTS, Dialect, service_hash};
use crate::model::labels;
use crate::model::memory::Memory;
use crate::model::name::{ProjectName, ServiceName};
use crate::model::observed::{
    Container, ContainerState, Image, Observed, ObservedNetwork, ObservedVolume, RegistryAnswer,
};
use crate::model::pull::PullPolicy;
use crate::model::service::Service;

use super::credentials::Keyring;
use super::engine::Engine;
use super::error::Error;
use super::spec::image_name;

/// Whether registries are asked, too.
#[derive(Debug, Clone, Copy)]
pub enum Look<'a> {
    /// Only the engine is asked.
    Engine,
    /// Registries are asked, through the engine, for the digests of images that are here and whose pull is due.
    Registries {
        /// Logins.
        keyring: &'a Keyring,
        /// The time, in seconds since 1970.
        now: i64,
    },
}

/// How many calls are under way at once.
const AT_ONCE: usize = 16;

/// What the engine reports about the project. The files are for others to look at.
pub async fn observe(
    engine: &Engine,
    desired: &Desired,
    look: Look<'_>,
) -> Result<Observed, Error> {
    let project = desired.project.name.as_str();
    let references = references(desired);
    let filter = vec![format!("{}={project}", labels::PROJECT)];
    let (containers, networks, volumes, (images, damaged)) = tokio::try_join!(
        engine.containers("label", filter),
        engine.networks(project),
        engine.volumes(project),
        images(engine, &references),
    )?;
    let (containers, networks, volumes, foreign, registry) = tokio::try_join!(
        inspect_where_needed(engine, desired, containers.clone()),
        declared_networks(engine, desired, networks),
        declared_volumes(engine, desired, volumes),
        foreign(engine, desired, &containers),
        async { Ok(registry(engine, desired, &images, look).await) },
    )?;
    let nameless = nameless(engine, desired, (&containers, &images)).await?;
    let engine_started = started_where_needed(engine, &containers).await;
    Ok(Observed {
        engine: engine.info().clone(),
        engine_started,
        containers,
        networks,
        volumes,
        images,
        damaged,
        nameless,
        moved: BTreeSet::new(),
        registry,
        files: BTreeMap::new(),
        foreign,
        memory: Memory::default(),
    })
}

/// The containers of the project alone, as [`observe`] reports them.
pub async fn observe_containers(
    engine: &Engine,
    desired: &Desired,
) -> Result<Vec<Container>, Error> {
    let containers = engine.list_project(&desired.project.name).await?;
    inspect_where_needed(engine, desired, containers).await
}

/// When the engine last started, where a container has ended with 0: it may have been the engine's end that ended it.
async fn started_where_needed(engine: &Engine, containers: &[Container]) -> Option<i64> {
    let ended_well = |container: &Container| {
        let details = container.details.as_ref();
        container.state == ContainerState::Exited
            && details.is_some_and(|details| details.exit_code == 0)
    };
    if containers.iter().any(ended_well) { engine.started().await } else { None }
}

/// What there is of a project of which nothing is desired any more: its containers and networks, with those of other
/// projects that are on them.
pub async fn observe_project(engine: &Engine, project: &ProjectName) -> Result<Observed, Error> {
    let (containers, mut networks) =
        tokio::try_join!(engine.list_project(project), engine.networks(project.as_str()))?;
    for network in networks.values_mut() {
        network.users = users(engine, project, &network.id).await?;
    }
    Ok(Observed { engine: engine.info().clone(), containers, networks, ..Observed::default() })
}

/// The images that the project uses: those of its services, those that are mounted, and those of hooks.
fn references(desired: &Desired) -> BTreeSet<String> {
    desired.project.services.keys().flat_map(|name| desired.project.images_of(name)).collect()
}

/// The images that are here, and those that are damaged.
async fn images(
    engine: &Engine,
    references: &BTreeSet<String>,
) -> Result<(BTreeMap<String, Image>, BTreeMap<String, String>), Error> {
    let found: Vec<_> = stream::iter(references)
        .map(|reference| async move { (reference, engine.image(reference).await) })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (mut images, mut damaged) = (BTreeMap::new(), BTreeMap::new());
    for (reference, image) in found {
        match image {
            Ok(Some(image)) => drop(images.insert(reference.clone(), image)),
            Ok(None) => (),
            Err(error) => match error.lost_layer() {
                Some(words) => drop(damaged.insert(reference.clone(), words.to_owned())),
                None => return Err(error),
            },
        }
    }
    Ok((images, damaged))
}

/// The images of containers whose references mean nothing any more: the engine may have lost its list of names.
async fn nameless(
    engine: &Engine,
    desired: &Desired,
    (containers, known): (&[Container], &BTreeMap<String, Image>),
) -> Result<BTreeMap<String, Image>, Error> {
    let made_from = |container: &Container| {
        let (name, service) = desired.project.services.get_key_value(container.service())?;
        let reference = image_name(desired, name, service);
        let is_lost = !known.contains_key(&reference) && !container.image_id.is_empty();
        is_lost.then(|| (reference, container.image_id.clone()))
    };
    let lost: BTreeMap<String, String> = containers.iter().filter_map(made_from).collect();
    let mut nameless = BTreeMap::new();
    for (reference, id) in lost {
        // An engine that has lost more than the name says so in its own way.
        if let Ok(Some(image)) = engine.image(&id).await {
            nameless.insert(reference, image);
        }
    }
    Ok(nameless)
}

/// Inspects the containers of active services that the list does not explain. One that is gone meanwhile is left out.
async fn inspect_where_needed(
    engine: &Engine,
    desired: &Desired,
    containers: Vec<Container>,
) -> Result<Vec<Container>, Error> {
    let needed: BTreeSet<String> = containers
        .iter()
        .filter(|container| needs_inspection(desired, container, &containers))
        .map(|container| container.id.clone())
        .collect();
    let needed = &needed;
    let looked: Vec<_> = stream::iter(containers)
        .map(|container| async move {
            if !needed.contains(&container.id) {
                return Ok(Some(container));
            }
            match engine.inspect(&container.id).await {
                Ok(inspected) => Ok(Some(Container { image_id: container.image_id, ..inspected })),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(looked.into_iter().flatten().collect())
}

fn needs_inspection(desired: &Desired, container: &Container, all: &[Container]) -> bool {
    let Some((name, service)) = desired.project.services.get_key_value(container.service()) else {
        return false;
    };
    let has_other_name = |one: &Container| {
        one.service() == name.as_str()
            && !one.is_wreck()
            && one.name != final_name(desired, name, service, one.number())
    };
    // One that has another name is left over from a replacement: what it has taken over matters for the rest, too.
    container.state != ContainerState::Running
        || all.iter().any(has_other_name)
        || has_diverged(desired, (name, service), container, all)
}

/// Whether a container was made from something else than what is desired.
fn has_diverged(
    desired: &Desired,
    (name, service): (&ServiceName, &Service),
    container: &Container,
    all: &[Container],
) -> bool {
    let container_of = |parent: &ServiceName| stands_for(parent, all);
    let hash = |dialect| service_hash(service, dialect, &container_of);
    let known = container.label(labels::CONFIG_HASH);
    let spec = container.label(labels::SPEC);
    !DIALECTS.into_iter().any(|dialect| hash(dialect) == known)
        || (!spec.is_empty() && spec != desired.spec(name, &hash(Dialect::Compose5)))
}

/// The container that stands for a service whose namespaces or volumes others share: the first by name.
fn stands_for(service: &ServiceName, all: &[Container]) -> Option<String> {
    all.iter()
        .filter(|one| one.service() == service.as_str() && !one.is_oneoff() && !one.is_wreck())
        .min_by(|one, other| one.name.cmp(&other.name))
        .map(|container| container.id.clone())
}

/// The name that a replica has in the end.
fn final_name(desired: &Desired, name: &ServiceName, service: &Service, number: u32) -> String {
    if service.container_name.is_empty() {
        format!("{}-{name}-{number}", desired.project.name)
    } else {
        service.container_name.clone()
    }
}

/// Adds the networks that are declared, but carry no label of the project: external ones, and foreign ones of the name.
/// Who else is on a network is asked only where its options differ.
async fn declared_networks(
    engine: &Engine,
    desired: &Desired,
    mut known: BTreeMap<String, ObservedNetwork>,
) -> Result<BTreeMap<String, ObservedNetwork>, Error> {
    let declared = desired.project.networks.values().map(|network| network.name.clone());
    let lacking = declared.filter(|name| !known.contains_key(name)).collect::<BTreeSet<_>>();
    let found: Vec<_> = stream::iter(&lacking)
        .map(|name| engine.network(name))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    known.extend(found.into_iter().flatten().map(|network| (network.name.clone(), network)));
    for network in desired.project.networks.values().filter(|network| !network.external) {
        if let Some(found) = known.get_mut(&network.name)
            && !found.has_options(network)
        {
            found.users = users(engine, &desired.project.name, &found.id).await?;
        }
    }
    Ok(known)
}

/// The containers of other projects on a network.
async fn users(engine: &Engine, project: &ProjectName, id: &str) -> Result<Vec<Container>, Error> {
    let mut users = engine.containers("network", vec![id.to_owned()]).await?;
    users.retain(|user| user.label(labels::PROJECT) != project.as_str());
    Ok(users)
}

/// Adds the volumes that are declared, but carry no label of the project.
async fn declared_volumes(
    engine: &Engine,
    desired: &Desired,
    mut known: BTreeMap<String, ObservedVolume>,
) -> Result<BTreeMap<String, ObservedVolume>, Error> {
    let declared = desired.project.volumes.values().map(|volume| volume.name.clone());
    let lacking = declared.filter(|name| !known.contains_key(name)).collect::<BTreeSet<_>>();
    let found: Vec<_> = stream::iter(&lacking)
        .map(|name| engine.volume(name))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    known.extend(found.into_iter().flatten().map(|volume| (volume.name.clone(), volume)));
    Ok(known)
}

/// Containers of others that have names which ours will need. Asked only where one of ours is missing.
async fn foreign(
    engine: &Engine,
    desired: &Desired,
    ours: &[Container],
) -> Result<BTreeMap<String, Option<String>>, Error> {
    let known: BTreeSet<&str> = ours.iter().map(|container| container.name.as_str()).collect();
    let mut wanted = BTreeSet::new();
    for (name, service) in &desired.project.services {
        let own: Vec<u32> = ours
            .iter()
            .filter(|one| one.service() == name.as_str() && !one.is_oneoff() && !one.is_wreck())
            .map(Container::number)
            .collect();
        let lacks = (own.len() as u64) < u64::from(replicas(service));
        if !service.container_name.is_empty() && replicas(service) > 0 {
            wanted.insert(service.container_name.clone());
        } else if lacks {
            let last = own.into_iter().max().unwrap_or(0) + replicas(service);
            wanted.extend((1..=last).map(|number| final_name(desired, name, service, number)));
        }
    }
    wanted.retain(|name| !known.contains(name.as_str()));
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    // The engine matches names as regular expressions.
    let exact = wanted.iter().map(|name| format!("^/{}$", name.replace('.', "\\."))).collect();
    let found = engine.containers("name", exact).await?;
    Ok(found
        .into_iter()
        .filter(|container| {
            wanted.contains(&container.name) && !known.contains(container.name.as_str())
        })
        .map(|mut container| {
            let project = container.labels.remove(labels::PROJECT);
            (container.name, project)
        })
        .collect())
}

/// What registries hold of the images that are here and whose pull is due.
async fn registry(
    engine: &Engine,
    desired: &Desired,
    images: &BTreeMap<String, Image>,
    look: Look<'_>,
) -> BTreeMap<String, RegistryAnswer> {
    let Look::Registries { keyring, now } = look else { return BTreeMap::new() };
    let due: BTreeSet<String> = desired
        .project
        .services
        .iter()
        .filter_map(|(name, service)| {
            let reference = image_name(desired, name, service);
            let image = images.get(&reference)?;
            PullPolicy::of(service)?.is_due(Some(image), now).then_some(reference)
        })
        .collect();
    stream::iter(due)
        .map(|reference| async move {
            let answer = engine.registry_digest(&reference, keyring).await;
            (reference, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}
