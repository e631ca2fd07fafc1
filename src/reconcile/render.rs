//! From a stack that was found to what is desired.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::compose::{self, Places};
use crate::model::desired::{Desired, Origin, Orphans};
use crate::model::outcome::Trouble;
use crate::model::redactor::Redactor;
use crate::model::tree::{Placement, Tree};

use super::context::{Context, Paths};
use super::error::Error;
use super::footprint::{Footprint, Traced};
use super::found::{Found, rooted};
use super::layout::{Materials, lay_out, wanted};
use super::masked;
use super::socket;
use super::whereabouts;

/// A rendered stack.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    /// What is desired.
    pub(super) desired: Desired,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
    /// How long it may take to become healthy.
    pub(super) health_timeout: Duration,
    /// What masks its secrets in what others say.
    pub(super) redactor: Redactor,
    /// Paths in the model of what came out of encrypted files.
    pub(super) secret_paths: BTreeSet<Vec<String>>,
    /// Where its elements stand.
    pub(super) places: Arc<Places>,
    /// What paths begin with and nobody needs to see.
    pub(super) prefix: Option<String>,
}

/// Renders a stack, and tells which files that took.
pub(super) fn render_traced(
    context: &Context,
    found: &Found,
    orphans: Orphans,
) -> (Result<Rendered, Trouble>, Option<Footprint>) {
    match found.tree(context) {
        Ok(tree) => {
            let tree = Traced::of(tree);
            let rendered = render_from(context, found, (&tree, orphans));
            (rendered, Some(tree.footprint(&found.request.files)))
        }
        Err(trouble) => (Err(trouble), None),
    }
}

/// Renders a stack: reads its files, decrypts, loads, and works out what its containers need on the disk. Files of a
/// commit are told by their paths in the repository.
pub(super) fn render(
    context: &Context,
    found: &Found,
    orphans: Orphans,
) -> Result<Rendered, Trouble> {
    let tree = found.tree(context)?;
    render_from(context, found, (&*tree, orphans))
}

fn render_from(
    context: &Context,
    found: &Found,
    (tree, orphans): (&dyn Tree, Orphans),
) -> Result<Rendered, Trouble> {
    let placement = tree.placement();
    let prefix = match placement {
        Placement::LaidOut => Some(format!("{}/", tree.root().display())),
        Placement::InPlace => None,
    };
    let shown = |text: String| without(&text, prefix.as_deref());
    match render_tree(context, found, (tree, orphans)) {
        Ok(mut rendered) => {
            rendered.warnings = rendered.warnings.into_iter().map(shown).collect();
            rendered.prefix = prefix;
            Ok(rendered)
        }
        Err(trouble) => Err(trouble.map(shown)),
    }
}

/// A text whose paths begin at the root of their repository.
pub(super) fn without(text: &str, prefix: Option<&str>) -> String {
    prefix.map_or_else(|| text.to_owned(), |prefix| text.replace(prefix, ""))
}

fn render_tree(
    context: &Context,
    found: &Found,
    (tree, orphans): (&dyn Tree, Orphans),
) -> Result<Rendered, Trouble> {
    let paths = Paths::of(context);
    let mut request = paths.request(rooted(&found.request, tree.root()), found);
    request.strict = context.strict;
    let mut loaded =
        compose::load(tree, &*context.keys, &request).map_err(|error| Trouble::of(&error))?;
    if loaded.project.name != found.project {
        let (found, rendered) = (found.project.clone(), loaded.project.name);
        return Err(Trouble::of(&Error::Renamed { found, rendered }));
    }
    socket::grant(&mut loaded, &context.keyring);
    let secrets_dir = paths.secrets(&loaded.project.name);
    let provided =
        context.providers.fetch(&wanted(&loaded.project)).map_err(|error| Trouble::of(&error))?;
    let materials = Materials {
        loaded: &loaded,
        tree,
        keys: &context.keys,
        provided: &provided,
        secrets_dir: &secrets_dir,
        unseen_secrets: paths.unseen_secrets(),
    };
    let layout = lay_out(&materials)
        .map_err(|error| whereabouts::of_layout(&error, &materials.loaded.places))?;
    let mut warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    warnings.extend(layout.warnings);
    warnings.extend(without_effect(&loaded));
    let redactor =
        masked::redactor(&loaded, layout.files.values(), layout.copies.values().flatten());
    let desired = Desired {
        engine: context.settings.engine.name.clone(),
        origin: Origin {
            instance: context.settings.instance.clone(),
            source: found.source.clone(),
            stack: found.path.clone(),
            revision: found.files.revision(),
        },
        work: found.work(),
        files: layout.files,
        inputs: layout.inputs,
        objects: layout.objects,
        copies: layout.copies,
        profiles: layout.profiles,
        config_hash: context.settings.config_hash,
        behaviours: loaded.behaviours.clone(),
        orphans,
        project: loaded.project,
    };
    let health_timeout =
        found.settings.health_timeout.unwrap_or(context.settings.limits.health_timeout);
    let (secret_paths, places) = (loaded.secret_paths, Arc::new(loaded.places));
    Ok(Rendered { desired, warnings, health_timeout, redactor, secret_paths, places, prefix: None })
}

/// A word on `x-conductor` at the top level, where nothing is read.
fn without_effect(loaded: &compose::Loaded) -> Vec<String> {
    let word = |value: &Value| {
        let keys: Vec<&str> =
            value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        format!(
            "`x-conductor` of the project ({}) has no effect: it belongs below a service",
            keys.join(", ")
        )
    };
    loaded.extension.iter().map(word).collect()
}
