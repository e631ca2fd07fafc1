//! What the engine's host calls the paths of this process, which may live in a container.

use std::path::{Path, PathBuf};

/// What the engine's host calls the paths of this process.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum HostPaths {
    /// The same as this process: it lives on the host.
    #[default]
    Same,
    /// It lives in a container with these mounts; whatever lies in none of them is hidden from the host.
    Mounted(Vec<Mounted>),
}

/// A mount of the container that this process lives in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// Where it stands in the container.
    pub here: PathBuf,
    /// What the host calls it; `None` for the container's own memory.
    pub there: Option<PathBuf>,
}

impl HostPaths {
    /// Whether this process lives in a container that the engine knows.
    pub fn is_in_container(&self) -> bool {
        match self {
            Self::Same => false,
            Self::Mounted(_) => true,
        }
    }

    /// What the host calls a path of ours; `None` where it cannot see it.
    pub fn there(&self, path: &Path) -> Option<PathBuf> {
        let mounts = match self {
            Self::Same => return Some(path.to_owned()),
            Self::Mounted(mounts) => mounts,
        };
        let around = mounts.iter().filter(|mount| path.starts_with(&mount.here));
        let mount = around.max_by_key(|mount| mount.here.components().count())?;
        Some(moved(path, &mount.here, mount.there.as_deref()?))
    }

    /// Where a path of the host stands for us; `None` where we cannot see it.
    pub fn here(&self, path: &Path) -> Option<PathBuf> {
        let mounts = match self {
            Self::Same => return Some(path.to_owned()),
            Self::Mounted(mounts) => mounts,
        };
        let below = |mount: &Mounted| {
            let there = mount.there.as_deref().filter(|there| path.starts_with(there))?;
            Some((there.components().count(), moved(path, there, &mount.here)))
        };
        // Something else may be mounted on top of it.
        let seen = mounts.iter().filter_map(below);
        let seen = seen.filter(|(_, here)| self.there(here).as_deref() == Some(path));
        seen.max_by_key(|(depth, _)| *depth).map(|(_, here)| here)
    }
}

/// `path` below `to` in place of `from`.
fn moved(path: &Path, from: &Path, to: &Path) -> PathBuf {
    match path.strip_prefix(from) {
        Ok(inner) if inner != Path::new("") => to.join(inner),
        Ok(_) | Err(_) => to.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts() -> HostPaths {
        let mount = |here: &str, there: Option<&str>| Mounted {
            here: here.into(),
            there: there.map(PathBuf::from),
        };
        HostPaths::Mounted(vec![
            mount("/var/lib/conductor", Some("/mnt/user/appdata/conductor")),
            mount("/run/conductor", Some("/run/conductor")),
            mount("/var/lib/conductor/work/local/big", Some("/mnt/big")),
            mount("/var/lib/conductor/scratch", None),
        ])
    }

    fn check(path: &str) -> String {
        let mounts = mounts();
        let Some(there) = mounts.there(Path::new(path)) else { return "hidden".to_owned() };
        assert_eq!(mounts.here(&there).as_deref(), Some(Path::new(path)));
        there.display().to_string()
    }

    #[test]
    fn the_innermost_mount_tells_what_the_host_calls_a_path() {
        assert_eq!(check("/var/lib/conductor"), "/mnt/user/appdata/conductor");
        assert_eq!(check("/var/lib/conductor/work/a"), "/mnt/user/appdata/conductor/work/a");
        assert_eq!(check("/var/lib/conductor/work/local/big/f"), "/mnt/big/f");
        assert_eq!(check("/run/conductor/secrets"), "/run/conductor/secrets");
    }

    #[test]
    fn what_is_in_no_mount_is_hidden_from_the_host() {
        for path in ["/", "/var/lib", "/var/lib/conductors/a", "/var/lib/conductor/scratch/a"] {
            assert_eq!(check(path), "hidden");
        }
    }

    #[test]
    fn what_something_else_is_mounted_on_top_of_is_not_seen_here() {
        let mounts = mounts();
        let covered = "/mnt/user/appdata/conductor/work/local/big/f";
        assert_eq!(mounts.here(Path::new(covered)), None);
        assert_eq!(mounts.here(Path::new("/etc/passwd")), None);
    }

    #[test]
    fn on_the_host_every_path_is_what_it_is() {
        let path = Path::new("/anything/at/all");
        assert_eq!(HostPaths::Same.there(path).as_deref(), Some(path));
        assert_eq!(HostPaths::Same.here(path).as_deref(), Some(path));
    }
}
