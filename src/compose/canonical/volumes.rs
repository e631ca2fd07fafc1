//! `volumes` of a service.

use crate::compose::error::{Error, Location};
use crate::compose::load::Step;
use crate::compose::mounts;
use crate::compose::session::Session;
use crate::compose::unique::hidden;
use crate::compose::value::{Data, Item, Map};

/// Writes out the short forms, and cleans the paths in the container.
pub(super) fn volumes(
    value: &mut Item,
    path: &str,
    session: &mut Session<'_>,
) -> Result<(), Error> {
    for (index, item) in value.as_list_mut().into_iter().flatten().enumerate() {
        let Some(text) = item.as_text() else {
            if let Some(target) = item.as_map_mut().and_then(|map| map.get_mut("target"))
                && let Some(text) = target.as_text()
            {
                target.data = Data::Text(clean(text));
            }
            continue;
        };
        let parsed = if session.skips(Step::Interpolation) {
            mounts::parse_template(text)
        } else {
            mounts::parse(text)
        };
        let mount = match parsed {
            Ok(mount) => mount,
            Err(_) if session.skips(Step::Interpolation) => continue,
            Err(problem) => {
                return Err(Error::value(item, format!("{path}[{index}]"), hidden(problem, item)));
            }
        };
        warn(&mount, item, session);
        item.data = Data::Map(long(item, &mount));
    }
    Ok(())
}

fn warn(mount: &mounts::Short, item: &Item, session: &mut Session<'_>) {
    let at = || Location::value(&item.place);
    if mount.drive_letter {
        let text = format!(
            "`{}` is an anonymous volume: a single letter before a colon is taken for a drive",
            item.shown()
        );
        session.warn(at(), text, Some("give the volume a name of two characters or more"));
    }
    for option in &mount.unknown {
        session.warn(
            at(),
            format!("the volume option `{option}` means nothing and is ignored"),
            None,
        );
    }
}

fn long(item: &Item, mount: &mounts::Short) -> Map {
    let text = |text: &str| Item::text_like(item, text);
    let flag = |key: &str| (key.to_owned(), Item::like(item, Data::Bool(true)));
    let mut map = Map::from_iter([
        ("type".to_owned(), text(if mount.bind { "bind" } else { "volume" })),
        ("target".to_owned(), text(&clean(&mount.target))),
    ]);
    if !mount.source.is_empty() {
        map.insert("source".to_owned(), text(&mount.source));
    }
    if mount.read_only {
        map.extend([flag("read_only")]);
    }
    let mut bind = Map::new();
    for (key, option) in [("propagation", &mount.propagation), ("selinux", &mount.selinux)] {
        if !option.is_empty() {
            bind.insert(key.to_owned(), text(option));
        }
    }
    if mount.bind {
        bind.extend([flag("create_host_path")]);
    }
    if !bind.is_empty() {
        map.insert("bind".to_owned(), Item::like(item, Data::Map(bind)));
    }
    let options = if mount.nocopy { Map::from_iter([flag("nocopy")]) } else { Map::new() };
    // The shortest texts skip the step in which Compose fills the options in.
    if mount.nocopy || (!mount.bind && item.as_text().is_some_and(|text| text.len() > 2)) {
        map.insert("volume".to_owned(), Item::like(item, Data::Map(options)));
    }
    map
}

/// A path of a container without `.`, `..`, doubled and trailing slashes.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => (),
            other => parts.push(other),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cleaned_as_go_cleans_it() {
        for (path, wanted) in [
            ("/a//b/./c/", "/a/b/c"),
            ("/a/../..", "/"),
            ("a/..", "."),
            ("../a", "../a"),
            ("", "."),
        ] {
            assert_eq!(clean(path), wanted);
        }
    }
}
