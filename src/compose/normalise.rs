//! What Compose fills in at the end, in the main model only.

use super::canonical::clean;
use super::complete::members;
use super::template::Environment;
use super::value::{Data, Item, Map, Taint};

/// Fills in what a merged and completed model leaves unsaid.
pub(super) fn normalise(project: &mut Map, name: &str, environment: &Environment) {
    let mut uses_default = false;
    for (_, service) in members(project, "services") {
        let like = Item::like(service, Data::Null);
        if let Some(service) = service.as_map_mut() {
            uses_default |= networks(service, &like);
            build(service, environment);
            if let Some(policy) = service
                .get_mut("pull_policy")
                .filter(|policy| policy.as_text() == Some("if_not_present"))
            {
                policy.data = Data::Text("missing".to_owned());
            }
            pre_start(service);
            watches(service, &like);
            implicit_dependencies(service, &like);
            for volume in
                service.get_mut("volumes").and_then(Item::as_list_mut).into_iter().flatten()
            {
                if let Some(target) = volume.as_map_mut().and_then(|map| map.get_mut("target")) {
                    target.data = Data::Text(clean(&target.printed()));
                }
            }
        }
    }
    if uses_default {
        let networks = project
            .entry("networks".to_owned())
            .or_insert_with(|| Item { data: Data::Map(Map::new()), ..Item::default() });
        if let Some(networks) = networks.as_map_mut() {
            networks.entry("default".to_owned()).or_default();
        }
    }
    names(project, name);
}

/// Joins a service to the default network unless it says otherwise; tells whether it is on it.
fn networks(service: &mut Map, like: &Item) -> bool {
    if service.contains_key("network_mode") || service.contains_key("provider") {
        return false;
    }
    let none =
        service.get("networks").is_none_or(|networks| networks.as_map().is_none_or(Map::is_empty));
    if none {
        let networks = Map::from_iter([("default".to_owned(), Item::like(like, Data::Null))]);
        service.insert("networks".to_owned(), Item::like(like, Data::Map(networks)));
    }
    service.get("networks").is_some_and(|networks| networks.get("default").is_some())
}

fn build(service: &mut Map, environment: &Environment) {
    let Some(build) = service.get_mut("build") else { return };
    let dockerfile = Item::text_like(build, "Dockerfile");
    let Some(build) = build.as_map_mut() else { return };
    if !build.contains_key("dockerfile_inline") {
        build.entry("dockerfile".to_owned()).or_insert(dockerfile);
    }
    let Some(args) = build.get_mut("args") else { return };
    let pairs: Map = super::merge::as_sequence(std::mem::take(args))
        .iter()
        .filter_map(|item| argument(item, environment))
        .collect();
    args.data = Data::Map(pairs);
}

/// A build argument with its value; one without a value takes the variable's, or is dropped.
fn argument(item: &Item, environment: &Environment) -> Option<(String, Item)> {
    let text = item.printed();
    if let Some((key, value)) = text.split_once('=') {
        let value = Item::text_like(item, value);
        return Some((key.to_owned(), value));
    }
    let variable = environment.get(&text)?;
    let mut value = Item::text_like(item, variable.value.as_str());
    value.taint = if variable.secret { Taint::Secret } else { Taint::Expanded };
    Some((text, value))
}

/// Every watch prints the command it runs, if only to say that there is none.
fn watches(service: &mut Map, like: &Item) {
    let develop = service.get_mut("develop").and_then(Item::as_map_mut);
    let watches = develop.and_then(|develop| develop.get_mut("watch")).and_then(Item::as_list_mut);
    for watch in watches.into_iter().flatten().filter_map(Item::as_map_mut) {
        let none = Map::from_iter([("command".to_owned(), Item::like(like, Data::Null))]);
        watch.entry("exec".to_owned()).or_insert_with(|| Item::like(like, Data::Map(none)));
    }
}

/// A container run before the first start has the service's image unless it names one.
fn pre_start(service: &mut Map) {
    let Some(image) = service.get("image").cloned() else { return };
    for hook in service.get_mut("pre_start").and_then(Item::as_list_mut).into_iter().flatten() {
        if let Some(hook) = hook.as_map_mut() {
            hook.entry("image".to_owned()).or_insert_with(|| image.clone());
        }
    }
}

fn implicit_dependencies(service: &mut Map, like: &Item) {
    let mut found: Vec<(String, bool)> = Vec::new();
    let texts = |key: &str| -> Vec<String> {
        service.get(key).and_then(Item::as_list).into_iter().flatten().map(Item::printed).collect()
    };
    for link in texts("links") {
        let name = match link.split(':').collect::<Vec<_>>().as_slice() {
            [name, _] => (*name).to_owned(),
            _ => link.clone(),
        };
        found.push((name, true));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let mode = service.get(key).map(Item::printed).unwrap_or_default();
        if let Some(name) = mode.strip_prefix("service:") {
            found.push((name.to_owned(), true));
        }
    }
    for from in texts("volumes_from") {
        if !from.starts_with("container:") {
            found.push((from.split(':').next().unwrap_or_default().to_owned(), false));
        }
    }
    if found.is_empty() {
        return;
    }
    let depends_on = service
        .entry("depends_on".to_owned())
        .or_insert_with(|| Item::like(like, Data::Map(Map::new())));
    let Some(depends_on) = depends_on.as_map_mut() else { return };
    let dependency = |restart: bool| {
        let mut dependency = super::merge::default_dependency(like);
        dependency.insert("restart".to_owned(), Item::like(like, Data::Bool(restart)));
        Item::like(like, Data::Map(dependency))
    };
    // Of several for one name the first counts; what is written out counts before all.
    found.retain(|(name, _)| !depends_on.contains_key(name));
    depends_on.extend(found.into_iter().rev().map(|(name, restart)| (name, dependency(restart))));
}

/// What has no name gets `PROJECT_KEY`, or `KEY` when it is external.
fn names(project: &mut Map, name: &str) {
    for kind in ["networks", "volumes", "configs", "secrets"] {
        for (key, element) in members(project, kind) {
            if element.is_null() {
                element.data = Data::Map(Map::new());
            }
            let like = Item::like(element, Data::Null);
            let Some(element) = element.as_map_mut() else { continue };
            let external =
                element.get("external").is_some_and(|external| external.data == Data::Bool(true));
            if !element.contains_key("name") {
                let text = if external { key.clone() } else { format!("{name}_{key}") };
                element.insert(
                    "name".to_owned(),
                    Item { taint: Taint::Written, ..Item::text_like(&like, text) },
                );
            }
        }
    }
}
