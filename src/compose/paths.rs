//! Relative paths to absolute ones.

use std::path::Path;

use super::complete::members;
use super::error::Error;
use super::problem::Problem;
use super::session::Session;
use super::value::{Data, Item, Map};

/// Makes every path of a model absolute against `base`.
pub(super) fn resolve(project: &mut Map, base: &Path, session: &Session<'_>) -> Result<(), Error> {
    let paths = Paths { base, session };
    for (name, service) in members(project, "services") {
        if let Some(service) = service.as_map_mut() {
            paths.service(service, &format!("services.{name}"))?;
        }
    }
    for kind in ["configs", "secrets"] {
        for (name, object) in members(project, kind) {
            paths.member(object, "file", &format!("{kind}.{name}"))?;
        }
    }
    for (name, volume) in members(project, "volumes") {
        let text = |item: Option<&Item>| item.map(Item::printed).unwrap_or_default();
        let options = volume.get("driver_opts");
        let is_bind = text(volume.get("driver")) == "local"
            && text(options.and_then(|options| options.get("o"))) == "bind";
        if is_bind
            && let Some(options) = volume.as_map_mut().and_then(|map| map.get_mut("driver_opts"))
        {
            paths.member(options, "device", &format!("volumes.{name}.driver_opts"))?;
        }
    }
    Ok(())
}

struct Paths<'p> {
    base: &'p Path,
    session: &'p Session<'p>,
}

impl Paths<'_> {
    fn service(&self, service: &mut Map, path: &str) -> Result<(), Error> {
        for (key, value) in service.iter_mut() {
            let path = format!("{path}.{key}");
            match key.as_str() {
                "build" => self.build(value, &path)?,
                "env_file" => {
                    each(value, &path, |item, path| self.member(item, "path", path))?;
                }
                "label_file" => each(value, &path, |item, path| self.text(item, path))?,
                "volumes" => each(value, &path, |item, path| self.volume(item, path))?,
                "extends" => self.member(value, "file", &path)?,
                "develop" => {
                    if let Some(watch) = value.as_map_mut().and_then(|map| map.get_mut("watch")) {
                        let path = format!("{path}.watch");
                        each(watch, &path, |item, path| self.member(item, "path", path))?;
                    }
                }
                _ => (),
            }
        }
        Ok(())
    }

    fn build(&self, build: &mut Item, path: &str) -> Result<(), Error> {
        let Some(build) = build.as_map_mut() else { return Ok(()) };
        if let Some(context) = build.get_mut("context") {
            self.context(context, &format!("{path}.context"))?;
        }
        for (name, context) in map(build, "additional_contexts") {
            self.context(context, &format!("{path}.additional_contexts.{name}"))?;
        }
        for (name, key) in map(build, "ssh") {
            self.text(key, &format!("{path}.ssh.{name}"))?;
        }
        Ok(())
    }

    fn context(&self, context: &mut Item, path: &str) -> Result<(), Error> {
        const ELSEWHERE: [&str; 3] = ["service:", "github.com/", "git@"];
        let text = context.as_text().unwrap_or_default();
        let remote = text.is_empty()
            || text.contains("://")
            || ELSEWHERE.iter().any(|prefix| text.starts_with(prefix));
        if remote { Ok(()) } else { self.text(context, path) }
    }

    fn volume(&self, volume: &mut Item, path: &str) -> Result<(), Error> {
        if volume.get("type").and_then(Item::as_text) != Some("bind") {
            return Ok(());
        }
        if volume.get("source").is_none_or(|source| source.printed().is_empty()) {
            return Err(Error::value(volume, path, Problem::BindWithoutSource));
        }
        self.member(volume, "source", path)
    }

    fn member(&self, item: &mut Item, key: &str, path: &str) -> Result<(), Error> {
        match item.as_map_mut().and_then(|map| map.get_mut(key)) {
            Some(value) => self.text(value, &format!("{path}.{key}")),
            None => Ok(()),
        }
    }

    /// Absolute paths stay to the letter, a trailing slash too: they are part of the config hash.
    fn text(&self, item: &mut Item, path: &str) -> Result<(), Error> {
        if let Some(text) = item.as_text()
            && !is_windows(text)
            && !text.starts_with('/')
        {
            let absolute = self.session.absolute(self.base, text);
            let absolute = absolute.map_err(|problem| Error::value(item, path, problem))?;
            item.data = Data::Text(absolute.display().to_string());
        }
        Ok(())
    }
}

fn each(
    list: &mut Item,
    path: &str,
    run: impl Fn(&mut Item, &str) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut items = list.as_list_mut().into_iter().flatten().enumerate();
    items.try_for_each(|(index, item)| run(item, &format!("{path}[{index}]")))
}

fn map<'m>(build: &'m mut Map, key: &str) -> impl Iterator<Item = (&'m String, &'m mut Item)> {
    build.get_mut(key).and_then(Item::as_map_mut).into_iter().flatten()
}

/// Whether a path is absolute on Windows: it is left as it is.
fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with("\\\\")
        || (bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && matches!(bytes[2], b'\\' | b'/'))
}
