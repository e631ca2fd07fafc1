//! The container that Conductor itself may live in: what the engine's host calls the files in it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::config::OwnContainer;
use crate::docker::Engine;
use crate::files;
use crate::model::host_paths::{HostPaths, Mounted};
use crate::model::outcome::Trouble;

use super::context::Context;
use super::error::Error;

/// What the engine's host calls our files, once an engine was asked; until then, and on a host, the same as we do.
#[derive(Debug, Clone, Default)]
pub struct Located(Arc<OnceLock<HostPaths>>);

impl Located {
    /// What is known by now.
    pub(super) fn now(&self) -> HostPaths {
        self.0.get().cloned().unwrap_or_default()
    }
}

impl Context {
    /// Asks the engine, once, what its host calls the files of this container; on a host nobody is asked. A warning where the
    /// engine does not know this container.
    pub async fn locate(&self, engine: &Engine) -> Result<Option<String>, Trouble> {
        let Some(own) = self.settings.container.as_ref() else { return Ok(None) };
        if self.located.0.get().is_some() {
            return Ok(None);
        }
        let mounts = engine.mounts_of(&own.id).await.map_err(|error| Trouble::of(&error))?;
        let places = &self.settings.places;
        let needed = [&places.state, &places.runtime];
        let known = mounts.filter(|mounts| is_own(own, mounts, needed));
        let warning = known.is_none().then(|| {
            "the engine does not know the container that Conductor runs in: its host has to see the files of Conductor at the same paths"
                .to_owned()
        });
        // Another pass may have been first: it has heard the same.
        self.located.0.set(known.map_or(HostPaths::Same, HostPaths::Mounted)).unwrap_or_default();
        Ok(warning)
    }

    /// Whether the engine's host sees what Conductor lays out, in a container that it knows; and what should be known.
    pub fn is_seen(&self) -> Result<Vec<String>, Trouble> {
        let host = self.located.now();
        let places = &self.settings.places;
        if host.there(&places.state).is_none() {
            return Err(Trouble::of(&hidden(&places.state, STATE)));
        }
        let Some(runtime) = host.there(&places.runtime) else {
            return Ok(vec![hidden_runtime(&places.runtime, "is not mounted from the host")]);
        };
        let is_disk =
            host.is_in_container() && files::is_memory(&places.runtime).ok() == Some(false);
        let why = format!("is on a disk of the host, at `{}`", runtime.display());
        Ok(is_disk.then(|| hidden_runtime(&places.runtime, &why)).into_iter().collect())
    }
}

/// Where state is on a host.
pub(super) const STATE: &str = "/var/lib/conductor";

/// Where secrets are on a host.
pub(super) const RUNTIME: &str = "/run/conductor";

/// A directory that the host cannot see, and which one of it belongs there.
pub(super) fn hidden(path: &Path, on_host: impl Into<PathBuf>) -> Error {
    Error::Hidden { path: path.to_owned(), on_host: on_host.into() }
}

fn hidden_runtime(path: &Path, why: &str) -> String {
    format!(
        "`{}` {why}: stacks with secrets as files cannot be brought up; mount a directory of the host there that is memory, such as `/run/conductor`",
        path.display()
    )
}

/// Whether these are the mounts of the container that we see from the inside, with those that hold `needed`: containers that
/// share a network share the files by which they are told.
fn is_own(own: &OwnContainer, mounts: &[Mounted], needed: [&PathBuf; 2]) -> bool {
    let is_told = |point: &PathBuf| mounts.iter().any(|mount| mount.here == *point);
    let holds = |point: &&PathBuf| {
        point.parent().is_some() && needed.iter().any(|path| path.starts_with(point))
    };
    mounts.iter().all(|mount| own.mount_points.contains(&mount.here))
        && own.mount_points.iter().filter(holds).all(is_told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_container_that_lends_its_network_is_not_taken_for_our_own() {
        let points =
            ["/", "/etc/hosts", "/var/run/docker.sock", "/var/lib/conductor", "/run/conductor"];
        let own = OwnContainer {
            id: "id".to_owned(),
            mount_points: points.iter().map(PathBuf::from).collect(),
        };
        let check = |mounts: &[&str]| {
            let mounts: Vec<Mounted> = mounts
                .iter()
                .map(|here| Mounted { here: here.into(), there: Some(here.into()) })
                .collect();
            let needed = ["/var/lib/conductor", "/run/conductor"].map(PathBuf::from);
            is_own(&own, &mounts, needed.each_ref())
        };
        assert!(check(&["/var/run/docker.sock", "/var/lib/conductor", "/run/conductor"]));
        assert!(!check(&[]), "one without mounts");
        assert!(!check(&["/var/run/docker.sock"]), "one with some of ours");
        assert!(!check(&["/var/lib/conductor", "/run/conductor", "/data"]), "one with more");
    }
}
