//! A stack of which nothing is desired, and plans about one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::apply;
use crate::model::desired::{Desired, Origin, Orphans};
use crate::model::observed::Observed;
use crate::model::project::Project;
use crate::plan::Plan;

use super::context::Paths;
use super::found::Found;
use super::run::Conditions;

/// Carries out a plan that only takes away.
pub(super) async fn carry_out(
    conditions: &Conditions,
    found: &Found,
    planned: (&Observed, &Plan),
) -> apply::Report {
    let places = Paths::of(&conditions.context).places();
    let desired = nothing(conditions, found);
    let progress = conditions.terms.progress.project(&found.project);
    let cancel = &conditions.terms.cancel;
    apply::apply(conditions.hands(&places), &desired, planned, &*progress, cancel).await
}

/// A project without anything in it.
fn nothing(conditions: &Conditions, found: &Found) -> Desired {
    let settings = &conditions.context.settings;
    Desired {
        engine: settings.engine.name.clone(),
        origin: Origin {
            instance: settings.instance.clone(),
            source: found.source.clone(),
            stack: found.path.clone(),
            revision: found.files.revision(),
        },
        project: Project {
            name: found.project.clone(),
            working_dir: PathBuf::new(),
            config_files: Vec::new(),
            environment_files: Vec::new(),
            services: BTreeMap::new(),
            disabled: BTreeSet::new(),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            configs: BTreeMap::new(),
            secrets: BTreeMap::new(),
            models: BTreeMap::new(),
        },
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        objects: BTreeMap::new(),
        copies: BTreeMap::new(),
        profiles: BTreeMap::new(),
        config_hash: settings.config_hash,
        work: None,
        behaviours: BTreeMap::new(),
        orphans: Orphans::Remove,
    }
}
