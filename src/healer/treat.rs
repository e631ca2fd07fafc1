//! Carries remedies out.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::docker::{Answered, Way, tell};
use crate::heal::{Ailment, Remedy, Target};
use crate::systemd::Manager;

use super::processes::{end_shim, kill_shim, name, shims};
use super::quarantine::{set_all_aside, set_aside};
use super::survey::CONTAINERDS;

/// How long a container's processes get to end by themselves.
const GRACE: Duration = Duration::from_secs(10);
/// How long a restart of a container may take.
const RESTART: Duration = Duration::from_mins(1);
/// Where containerd keeps its data.
const CONTAINERD: &str = "/var/lib/containerd";
const PID_FILE: &str = "/var/run/docker.pid";

/// What a remedy is carried out with.
pub(super) struct Hands<'a> {
    pub(super) manager: &'a Manager,
    pub(super) way: &'a Way,
    pub(super) root: PathBuf,
    pub(super) evidence: PathBuf,
    pub(super) now: i64,
}

type Done = Result<Option<String>, Box<dyn std::error::Error + Send + Sync>>;

impl Hands<'_> {
    /// Carries a remedy out, and answers with what is worth a line of the incident.
    pub(super) async fn carry_out(&self, remedy: &Remedy) -> Done {
        let manager = self.manager;
        match remedy {
            Remedy::Evidence => {
                let place =
                    super::evidence::collect(manager, &self.evidence, &self.root, self.now).await?;
                return Ok(Some(format!("evidence is in `{}`", place.display())));
            }
            Remedy::Start => manager.start().await?,
            Remedy::Restart => manager.restart().await?,
            Remedy::Kill => manager.kill().await?,
            Remedy::KillContainerd => manager.kill_containerd().await?,
            Remedy::StartContainerd => manager.start_containerd().await?,
            Remedy::RestartSocket => manager.restart_socket().await?,
            Remedy::Reboot => manager.reboot().await?,
            Remedy::RemovePidFile => {
                remove_pid_file(Path::new(PID_FILE))?;
                manager.start().await?;
            }
            Remedy::Container { id, ailment, .. } => self.container(id, *ailment).await?,
            Remedy::Quarantine(target) => return self.quarantine(target).await,
            Remedy::Rebuild => return self.rebuild().await,
        }
        Ok(None)
    }

    async fn container(&self, id: &str, ailment: Ailment) -> Result<(), std::io::Error> {
        if ailment == Ailment::Ghost {
            let path = format!("/containers/{id}/restart?t=2");
            let answered = tell(self.way, &path, RESTART).await;
            if matches!(answered, Answered::Good(_)) {
                return Ok(());
            }
            return Err(std::io::Error::other(format!("the engine answered {answered:?}")));
        }
        let id = id.to_owned();
        let ended = tokio::task::spawn_blocking(move || {
            let addresses = CONTAINERDS.map(str::to_owned);
            for shim in shims(&addresses).iter().filter(|shim| shim.container == id) {
                if ailment == Ailment::Orphan { end_shim(shim, GRACE) } else { kill_shim(shim) }
            }
        });
        ended.await.map_err(std::io::Error::other)
    }

    async fn quarantine(&self, target: &Target) -> Done {
        let manager = self.manager;
        manager.stop().await?;
        if *target == Target::ContainerdDatabase {
            manager.stop_containerd().await?;
        }
        let moved = set_aside(target, &self.root, Path::new(CONTAINERD), self.now);
        if *target == Target::ContainerdDatabase {
            manager.start_containerd().await?;
        }
        manager.start().await?;
        Ok(Some(format!("moved aside as `{}`", moved?.name)))
    }

    async fn rebuild(&self) -> Done {
        self.manager.stop().await?;
        let (root, now) = (self.root.clone(), self.now);
        let moved = tokio::task::spawn_blocking(move || {
            for shim in shims(&CONTAINERDS.map(str::to_owned)) {
                end_shim(&shim, GRACE);
            }
            unmount(&root);
            set_all_aside(&root, now)
        });
        let moved = moved.await?;
        self.manager.start().await?;
        Ok(Some(format!("moved aside as `{}`", moved?.name)))
    }
}

/// Removes a pid file whose process is no engine. One that is would be the second on the same data.
fn remove_pid_file(path: &Path) -> std::io::Result<()> {
    let text = fs::read_to_string(path)?;
    if text.trim().parse().ok().and_then(name).as_deref() == Some("dockerd") {
        return Err(std::io::Error::other("its process is an engine"));
    }
    fs::remove_file(path)
}

/// Unmounts what an engine left behind below its data, the innermost first; volumes stay.
fn unmount(root: &Path) {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let points = text.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    let left = |point: &PathBuf| {
        ["overlay2", "containers", "image"].iter().any(|name| point.starts_with(root.join(name)))
    };
    let points = points.filter(left).collect::<Vec<_>>();
    for point in points.iter().rev() {
        let _stays = rustix::mount::unmount(point, rustix::mount::UnmountFlags::DETACH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_goes_only_if_its_process_is_no_engine() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("docker.pid");
        fs::write(&path, std::process::id().to_string()).unwrap();
        remove_pid_file(&path).unwrap();
        assert!(!path.exists());
    }
}
