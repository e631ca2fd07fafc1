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
        for (_, object) in members(project, kind) {
            paths.member(object, "file");
        }
    }
    for (_, volume) in members(project, "volumes") {
        let text = |item: Option<&Item>| item.map(Item::printed).unwrap_or_default();
        let options = volume.get("driver_opts");
        let is_bind = text(volume.get("driver")) == "local"
            && text(options.and_then(|options| options.get("o"))) == "bind";
        if is_bind
            && let Some(options) = volume.as_map_mut().and_then(|map| map.get_mut("driver_opts"))
        {
            paths.member(options, "device");
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
            match key.as_str() {
                "build" => self.build(value),
                "env_file" => value
                    .as_list_mut()
                    .into_iter()
                    .flatten()
                    .for_each(|item| self.member(item, "path")),
                "label_file" => {
                    value.as_list_mut().into_iter().flatten().for_each(|item| self.text(item));
                }
                "extends" => self.member(value, "file"),
                "develop" => {
                    let watch = value.as_map_mut().and_then(|map| map.get_mut("watch"));
                    let watches = watch.and_then(Item::as_list_mut).into_iter().flatten();
                    watches.for_each(|item| self.member(item, "path"));
                }
                "volumes" => {
                    for (index, volume) in value.as_list_mut().into_iter().flatten().enumerate() {
                        self.volume(volume, &format!("{path}.volumes[{index}]"))?;
                    }
                }
                _ => (),
            }
        }
        Ok(())
    }

    fn build(&self, build: &mut Item) {
        let Some(build) = build.as_map_mut() else { return };
        if let Some(context) = build.get_mut("context") {
            self.context(context);
        }
        let contexts = build.get_mut("additional_contexts").and_then(Item::as_map_mut);
        contexts.into_iter().flatten().for_each(|(_, context)| self.context(context));
    }

    fn context(&self, context: &mut Item) {
        const ELSEWHERE: [&str; 3] = ["service:", "github.com/", "git@"];
        let text = context.as_text().unwrap_or_default();
        let remote = text.is_empty()
            || text.contains("://")
            || ELSEWHERE.iter().any(|prefix| text.starts_with(prefix));
        if !remote {
            self.text(context);
        }
    }

    fn volume(&self, volume: &mut Item, path: &str) -> Result<(), Error> {
        if volume.get("type").and_then(Item::as_text) != Some("bind") {
            return Ok(());
        }
        if volume.get("source").is_none_or(|source| source.printed().is_empty()) {
            return Err(Error::value(volume, path, Problem::BindWithoutSource));
        }
        self.member(volume, "source");
        Ok(())
    }

    fn member(&self, item: &mut Item, key: &str) {
        if let Some(value) = item.as_map_mut().and_then(|map| map.get_mut(key)) {
            self.text(value);
        }
    }

    fn text(&self, item: &mut Item) {
        if let Some(text) = item.as_text()
            && !is_windows(text)
            && !text.starts_with('/')
        {
            item.data = Data::Text(self.session.absolute(self.base, text).display().to_string());
        }
    }
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
