//! The container that Conductor itself lives in, where it lives in one.

use std::path::PathBuf;

use bollard::models::{ContainerInspectResponse, MountPoint};

use crate::model::host_paths::Mounted;

use super::access::{segment, within};
use super::engine::Engine;
use super::error::Error;
use super::task::Task;

impl Engine {
    /// What is mounted in a container; `None` where the engine has no such container.
    pub async fn mounts_of(&self, id: &str) -> Result<Option<Vec<Mounted>>, Error> {
        let task = Task::container("inspect", id);
        let id = segment(id);
        let asked = self.docker().inspect_container(&id, None);
        match within(task, self.limits().call, asked).await {
            Ok(found) => Ok(Some(mounts(found))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn mounts(found: ContainerInspectResponse) -> Vec<Mounted> {
    let memory = found.host_config.and_then(|config| config.tmpfs).unwrap_or_default();
    let memory = memory.into_keys().map(|here| Mounted { here: here.into(), there: None });
    found.mounts.unwrap_or_default().into_iter().filter_map(mounted).chain(memory).collect()
}

fn mounted(point: MountPoint) -> Option<Mounted> {
    let on_host = matches!(point.typ.as_deref(), Some("bind" | "volume" | "cluster"));
    let there = point.source.filter(|source| on_host && source.starts_with('/'));
    Some(Mounted { here: point.destination?.into(), there: there.map(PathBuf::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_and_volumes_are_the_hosts_and_memory_is_not() {
        let found: ContainerInspectResponse = serde_json::from_value(serde_json::json!({
            "HostConfig": {"Tmpfs": {"/tmp": ""}},
            "Mounts": [
                {"Type": "bind", "Source": "/srv/a", "Destination": "/a"},
                {"Type": "volume", "Name": "b", "Source": "/var/lib/docker/volumes/b/_data", "Destination": "/b"},
                {"Type": "tmpfs", "Source": "", "Destination": "/c"},
            ],
        }))
        .unwrap();
        let told = mounts(found).into_iter().map(|mount| (mount.here, mount.there));
        let expected = [
            ("/a", Some("/srv/a")),
            ("/b", Some("/var/lib/docker/volumes/b/_data")),
            ("/c", None),
            ("/tmp", None),
        ];
        let expected = expected.map(|(here, there)| (here.into(), there.map(PathBuf::from)));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }
}
