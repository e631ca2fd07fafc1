//! What containers need of a tmpfs that a boot has emptied, laid out before Docker starts them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::config::{Location, Source};
use crate::files;
use crate::model::desired::Orphans;
use crate::model::name::ProjectName;
use crate::model::outcome::Trouble;
use crate::model::revision::Revision;
use crate::source::{Links, Mirror};

use super::alone::LeftAlone;
use super::context::{Context, Paths};
use super::found::{self, Files, Found};
use super::render::render;

/// The file in the runtime directory that names the boot in which all was laid out.
const MARK: &str = "secrets.boot";

/// What was laid out ahead.
#[derive(Debug, Default)]
pub struct Ahead {
    /// How many files.
    pub files: usize,
    /// Stacks whose secrets could not be laid out. A run tells of that, too, once Docker is there.
    pub troubles: Vec<(ProjectName, Trouble)>,
}

/// Lays out the secret files of what was applied last, once in each `boot`, by its name. Docker starts containers before
/// any run can, and does not start one again whose file is missing. Takes no longer than `limit`, and goes on with the
/// next start where that was too short; the engine is not asked.
pub async fn lay_out_secrets(context: &Context, boot: &str, limit: Duration) -> Ahead {
    let (context, boot) = (context.clone(), boot.to_owned());
    let is_late = Arc::new(AtomicBool::new(false));
    let late = Arc::clone(&is_late);
    let work = tokio::task::spawn_blocking(move || {
        let mark = Paths::of(&context).places().secrets.with_file_name(MARK);
        if std::fs::read_to_string(&mark).is_ok_and(|marked| marked == boot) {
            return Ahead::default();
        }
        let ahead = lay_out(&context, &late);
        // Without a mark the next start looks again, which takes time and does no harm.
        if !late.load(Ordering::Acquire)
            && let Err(error) = std::fs::write(&mark, boot)
        {
            tracing::debug!(%error, "this boot is not marked");
        }
        ahead
    });
    let ended = tokio::time::timeout(limit, work).await;
    // Nothing is written over what a run lays out later.
    is_late.store(true, Ordering::Release);
    ended.ok().and_then(Result::ok).unwrap_or_default()
}

fn lay_out(context: &Context, is_late: &AtomicBool) -> Ahead {
    let mut ahead = Ahead::default();
    for source in &context.settings.sources {
        for (files, projects) in applied(context, source) {
            let found = found::find(context, source, &files).map(|finding| finding.stacks);
            for found in found.into_iter().flatten() {
                let is_there = projects.as_ref().is_none_or(|all| all.contains(&found.project))
                    && found.left_alone != Some(LeftAlone::OtherHosts);
                if is_there && let Err(trouble) = stack(context, &found, is_late, &mut ahead.files)
                {
                    ahead.troubles.push((found.project, trouble));
                }
            }
        }
    }
    ahead
}

/// The files of each revision that was applied last to something, and to what; all that is in a directory.
fn applied(context: &Context, source: &Source) -> Vec<(Files, Option<Vec<ProjectName>>)> {
    if let Location::Directory(root) = &source.location {
        let files = Files::Directory { root: root.clone(), links: Links::Inside };
        return vec![(files, None)];
    }
    let mirror = Mirror::at(Paths::of(context).mirror(&source.name));
    let mut revisions = BTreeMap::<Revision, Vec<ProjectName>>::new();
    // A mirror that cannot be read is told with the first fetch.
    for (engine, project, revision) in mirror.pins().unwrap_or_default() {
        if engine == context.settings.engine.name {
            revisions.entry(revision).or_default().push(project);
        }
    }
    let files = |revision| Files::Git { mirror: mirror.clone(), revision };
    revisions.into_iter().map(|(revision, all)| (files(revision), Some(all))).collect()
}

fn stack(
    context: &Context,
    found: &Found,
    is_late: &AtomicBool,
    written: &mut usize,
) -> Result<(), Trouble> {
    let rendered = render(context, found, Orphans::Name)?;
    let paths = Paths::of(context);
    let (places, secrets) = (paths.places_of(&rendered.desired), paths.secrets(&found.project));
    for (path, file) in &rendered.desired.files {
        if is_late.load(Ordering::Acquire) {
            break;
        }
        if path.starts_with(&secrets) {
            files::write(path, file, &places).map_err(|error| Trouble::of(&error))?;
            *written += 1;
        }
    }
    Ok(())
}
