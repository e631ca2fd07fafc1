//! Managers that are a few commands: Unraid, Synology's package centre, OpenRC.

use std::path::Path;
use std::time::Duration;

use crate::heal::{Active, Enabled, Restarts, Unit};

use super::command::said;
use super::error::Error;

/// How long a question may take.
const ASK: Duration = Duration::from_secs(10);
/// How long a start or a stop may take.
const ACT: Duration = Duration::from_mins(3);

/// The commands of such a manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// Ends well while Docker should be running: the manager's own mark for "nobody stopped it".
    pub wanted: Wanted,
    /// Starts it.
    pub start: Vec<String>,
    /// Stops it.
    pub stop: Vec<String>,
    /// The file with the number of its main process.
    pub pid_file: String,
    /// The file of its log.
    pub log: String,
}

/// How to tell a Docker that a person stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Unraid: the setting `DOCKER_ENABLED="yes"` in this file.
    Setting(String),
    /// This command ends well while it is wanted.
    Command(Vec<String>),
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The manager that this machine has, if it is one of these.
pub(super) fn detect(root: &Path) -> Option<Commands> {
    let there = |path: &str| root.join(path).exists();
    let commands = |wanted, start: &str, stop: &str, log: &str| {
        let (pid_file, log) = ("/var/run/docker.pid".to_owned(), log.to_owned());
        Some(Commands { wanted, start: words(start), stop: words(stop), pid_file, log })
    };
    if there("etc/rc.d/rc.docker") {
        // Its own stop for good is this setting; "no" also holds while the array is stopped.
        let setting = "/boot/config/docker.cfg".to_owned();
        return commands(
            Wanted::Setting(setting),
            "/etc/rc.d/rc.docker start",
            "/etc/rc.d/rc.docker stop",
            "/var/log/docker.log",
        );
    }
    if there("usr/syno/bin/synopkg") {
        let name =
            if there("var/packages/ContainerManager") { "ContainerManager" } else { "Docker" };
        // The package centre keeps a mark for a package that a person started.
        let enabled = words(&format!("/usr/bin/test -e /var/packages/{name}/enabled"));
        return commands(
            Wanted::Command(enabled),
            &format!("/usr/syno/bin/synopkg start {name}"),
            &format!("/usr/syno/bin/synopkg stop {name}"),
            &format!("/var/packages/{name}/var/docker.log"),
        );
    }
    if there("sbin/openrc-run") && there("etc/init.d/docker") {
        // OpenRC marks what runs; a service that crashed stays marked, one that was stopped does not.
        let started = words("/usr/bin/test -e /run/openrc/started/docker");
        return commands(
            Wanted::Command(started),
            "/sbin/rc-service docker start",
            "/sbin/rc-service docker stop",
            "/var/log/docker.log",
        );
    }
    None
}

impl Commands {
    /// Docker as a unit.
    pub(super) async fn unit(&self) -> Unit {
        let pid = self.pid();
        let wanted = self.is_wanted().await;
        let active = match (pid, wanted) {
            (Some(_), _) => Active::Active,
            // There is no "failed": wanted and gone is what that means here.
            (None, true) => Active::Failed,
            (None, false) => Active::Inactive,
        };
        Unit {
            active,
            restarting: false,
            result: "gone".into(),
            pid,
            restarts: 0,
            enabled: if wanted { Enabled::Enabled } else { Enabled::Disabled },
            policy: Restarts::No,
            began: pid.and_then(started),
            ended: None,
            stopping: false,
            queued: false,
        }
    }

    async fn is_wanted(&self) -> bool {
        match &self.wanted {
            Wanted::Setting(path) => std::fs::read_to_string(path)
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "DOCKER_ENABLED=\"yes\"")),
            Wanted::Command(line) => said(line.clone(), ASK).await.is_ok(),
        }
    }

    fn pid(&self) -> Option<u32> {
        let pid: u32 = std::fs::read_to_string(&self.pid_file).ok()?.trim().parse().ok()?;
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (name.trim() == "dockerd").then_some(pid)
    }

    pub(super) async fn start(&self) -> Result<(), Error> {
        said(self.start.clone(), ACT).await.map(drop)
    }

    pub(super) async fn stop(&self) -> Result<(), Error> {
        said(self.stop.clone(), ACT).await.map(drop)
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) -> Result<(), Error> {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok());
        let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) else {
            return Err(Error::Unable { what: "signal a Docker that does not run" });
        };
        rustix::process::kill_process(pid, signal)
            .map_err(|error| Error::Command { command: "kill".into(), why: error.to_string() })
    }

    pub(super) fn log(&self, lines: usize) -> Option<String> {
        let text = std::fs::read_to_string(&self.log).ok()?;
        let all = text.lines().collect::<Vec<_>>();
        Some(all[all.len().saturating_sub(lines)..].join("\n"))
    }
}

/// When a process began, on the clock since boot.
fn started(pid: u32) -> Option<crate::heal::Up> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = stat.rsplit_once(')')?;
    let ticks: u64 = after.split_whitespace().nth(19)?.parse().ok()?;
    Some(crate::heal::Up(ticks * 10)) // The kernel tells hundredths of seconds.
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_manager_without_systemd_is_found_by_its_files() {
        let check = |files: &[&str]| {
            let root = tempfile::tempdir().unwrap();
            for file in files {
                let path = root.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            detect(root.path())
        };
        assert_eq!(check(&[]), None);
        let unraid = check(&["etc/rc.d/rc.docker"]).unwrap();
        assert_eq!(unraid.start, ["/etc/rc.d/rc.docker", "start"]);
        assert_eq!(unraid.wanted, Wanted::Setting("/boot/config/docker.cfg".into()));
        let synology = check(&["usr/syno/bin/synopkg", "var/packages/ContainerManager/x"]).unwrap();
        assert_eq!(synology.stop, ["/usr/syno/bin/synopkg", "stop", "ContainerManager"]);
        assert_eq!(check(&["usr/syno/bin/synopkg"]).unwrap().stop[2], "Docker");
        let openrc = check(&["sbin/openrc-run", "etc/init.d/docker"]).unwrap();
        assert_eq!(openrc.start, ["/sbin/rc-service", "docker", "start"]);
    }
}
