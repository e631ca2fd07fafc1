//! Processes, as the kernel tells of them. Everything here blocks.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How many parts of a second the kernel counts the time of processes in; the same on every machine.
const TICKS: u64 = 100;

/// The parent of a container's processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shim {
    /// Its process.
    pub(super) pid: u32,
    /// The container's ID.
    pub(super) container: String,
}

/// The parents of Docker's containers on this machine: those of containerd's name space `moby`, in our own view of processes
/// and of files, so that an engine inside of a container is not taken for ours. `address`: containerd's socket.
pub(super) fn shims(addresses: &[String]) -> Vec<Shim> {
    let own = |name: &str| fs::read_link(format!("/proc/self/ns/{name}")).ok();
    let (pids, mounts) = (own("pid"), fs::read_link("/proc/1/ns/mnt").ok());
    let numbers = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter_map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let container = shim_of(&line, addresses)?;
            let space = |name: &str| fs::read_link(format!("/proc/{pid}/ns/{name}")).ok();
            (space("pid") == pids && space("mnt") == mounts).then_some(Shim { pid, container })
        })
        .collect()
}

/// The container of a command line, if it is a shim's.
fn shim_of(line: &[u8], addresses: &[String]) -> Option<String> {
    let parts = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect::<Vec<_>>();
    let program = Path::new(parts.first()?.as_ref()).file_name()?.to_str()?.to_owned();
    let after = |name: &str| {
        let at = parts.iter().position(|part| part == name)?;
        parts.get(at + 1).map(ToString::to_string)
    };
    let ours = after("-address").is_some_and(|address| addresses.contains(&address));
    let moby = after("-namespace").as_deref() == Some("moby");
    (program.starts_with("containerd-shim") && moby && ours).then(|| after("-id")).flatten()
}

/// Whether there is such a process.
pub(super) fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether a process waits in the kernel where no signal reaches it.
pub(super) fn held(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('D'))
}

/// Whether Docker runs on this machine, by the file that names its process.
pub fn docker_runs() -> bool {
    let text = fs::read_to_string("/var/run/docker.pid").unwrap_or_default();
    text.trim().parse().ok().and_then(name).as_deref() == Some("dockerd")
}

/// What a process is called.
pub(super) fn name(pid: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

fn children(pid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|part| part.parse().ok()).collect()
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone = kill_process(pid, signal);
    }
}

/// Kills the parent of a container alone: Docker sees the exit at once.
pub(super) fn kill_shim(shim: &Shim) {
    signal(shim.pid, Signal::KILL);
}

/// Ends a container's processes and then their parent: in order at first, then by force.
pub(super) fn end_shim(shim: &Shim, grace: Duration) {
    let children = children(shim.pid);
    for pid in &children {
        signal(*pid, Signal::TERM);
    }
    let began = Instant::now();
    while began.elapsed() < grace && children.iter().any(|pid| lives(*pid)) {
        std::thread::sleep(Duration::from_millis(100));
    }
    for pid in &children {
        signal(*pid, Signal::KILL);
    }
    signal(shim.pid, Signal::KILL);
}

/// The processor time that a process has used.
pub(super) fn used(pid: u32) -> Option<Duration> {
    ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// User and system time; the name before them may hold anything.
fn ticks(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system).saturating_mul(1000 / TICKS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shim_of_this_docker_is_told_from_others() {
        let check = |line: &str, address: &str| {
            let line = line.replace(' ', "\0");
            shim_of(line.as_bytes(), &[address.to_owned()])
        };
        let line = "/usr/bin/containerd-shim-runc-v2 -namespace moby -id abc -address /run/containerd/containerd.sock";
        assert_eq!(check(line, "/run/containerd/containerd.sock").as_deref(), Some("abc"));
        assert_eq!(check(line, "/elsewhere.sock"), None);
        assert_eq!(check(&line.replace("moby", "k8s.io"), "/run/containerd/containerd.sock"), None);
        assert_eq!(check("/bin/sh -id abc", "/run/containerd/containerd.sock"), None);
    }

    #[test]
    fn this_process_lives_and_is_not_held() {
        let pid = std::process::id();
        assert!(lives(pid) && !held(pid));
        assert!(name(pid).is_some_and(|name| !name.is_empty()));
    }

    #[test]
    fn the_time_of_a_process_is_read_behind_its_name() {
        let stat = format!("7 (a) (b c) S 1 7 7 0 -1 0 1 2 3 4 {TICKS} {TICKS} 0 0 20 0");
        assert_eq!(ticks(&stat), Some(Duration::from_secs(2)));
        assert_eq!(ticks("7 (a"), None);
        assert!(used(std::process::id()).is_some());
    }
}
