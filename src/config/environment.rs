//! The process's surroundings, read once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::error::Error;

/// What a list of mounts takes on most machines, in bytes.
const MOUNTS: usize = 16 << 10;

/// What the process was started with: variables, directory, user, machine.
#[derive(Clone)]
pub struct Environment {
    /// All variables that are UTF-8.
    pub variables: BTreeMap<String, String>,
    /// The directory it was started in.
    pub working_dir: PathBuf,
    /// The effective user.
    pub uid: u32,
    /// The machine's name.
    pub hostname: String,
    /// Whether it runs in a container.
    pub in_container: bool,
    /// Which container, as far as it can be told.
    pub container: Option<OwnContainer>,
    /// Names of variables that are left out, because their values are not UTF-8.
    pub unreadable: Vec<String>,
}

/// The container that the process lives in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnContainer {
    /// Its ID, as the files tell it that its engine mounts into it.
    pub id: String,
    /// Where anything is mounted in it.
    pub mount_points: BTreeSet<PathBuf>,
}

impl Environment {
    /// Asks the process. Everything else in Conductor gets its surroundings from this value.
    pub fn of_process() -> Result<Self, Error> {
        let working_dir = std::env::current_dir().map_err(|source| Error::WorkingDir { source })?;
        let (mut variables, mut unreadable) = (BTreeMap::new(), Vec::new());
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => {
                    variables.insert(name, value);
                }
                (Ok(name), Err(_)) => unreadable.push(name),
                (Err(name), _) => unreadable.push(name.to_string_lossy().into_owned()),
            }
        }
        Ok(Self {
            variables,
            working_dir,
            uid: rustix::process::geteuid().as_raw(),
            hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            in_container: in_container(Path::new("/")),
            container: own_container(Path::new("/")),
            unreadable,
        })
    }

    /// A variable; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds a path, relative ones taken from the directory the process was started in.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(|value| self.working_dir.join(value))
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// Where the user's settings of all programs are: `XDG_CONFIG_HOME`, else `~/.config`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.path("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    /// Who acts, for people: the user's name, and through whom (`alice through sudo`), else `uid 1000`.
    pub fn caller(&self) -> String {
        if let Some(user) = self.get("SUDO_USER").filter(|_| self.is_root()) {
            return format!("{user} through sudo");
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        user_name(&users, self.uid).unwrap_or_else(|| format!("uid {}", self.uid))
    }

    /// Whether the process acts for the whole machine.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }
}

/// The name of a user in the text of `/etc/passwd`.
fn user_name(users: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("working_dir", &self.working_dir)
            .field("uid", &self.uid)
            .field("hostname", &self.hostname)
            .field("in_container", &self.in_container)
            .field("container", &self.container)
            .field("unreadable", &self.unreadable)
            .finish()
    }
}

/// Whether an engine made this root: it left its mark, and it still mounts what it makes for its containers. The mark alone
/// says little: a machine may have been made from an image.
fn in_container(root: &Path) -> bool {
    let is_marked = [".dockerenv", "run/.containerenv"].iter().any(|mark| root.join(mark).exists());
    is_marked && mounts(root).map_or(true, |text| mounts_of_an_engine(&text))
}

/// The mounts of this process: the kernel writes the list anew for each part of it that is read.
fn mounts(root: &Path) -> std::io::Result<String> {
    let mut text = String::with_capacity(MOUNTS);
    std::fs::File::open(root.join("proc/self/mountinfo"))?.read_to_string(&mut text)?;
    Ok(text)
}

/// Which container it is, if it is one.
fn own_container(root: &Path) -> Option<OwnContainer> {
    if !in_container(root) {
        return None;
    }
    let mountinfo = std::fs::read_to_string(root.join("proc/self/mountinfo")).ok()?;
    let mounts = || mountinfo.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let id = mounts().find_map(|fields| {
        let (from, at) = (fields.get(3)?, fields.get(4)?);
        FILES_OF_AN_ENGINE.contains(at).then(|| from.split('/').find(|part| is_id(part)))?
    })?;
    let points = mounts().filter_map(|fields| fields.get(4).map(|at| unescaped(at)));
    Some(OwnContainer { id: id.to_owned(), mount_points: points.collect() })
}

/// Whether a name is the whole ID of a container.
fn is_id(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path as the kernel writes it: what would end a field is told by its number.
fn unescaped(field: &str) -> PathBuf {
    let pairs = [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", r"\")];
    PathBuf::from(
        pairs.iter().fold(field.to_owned(), |text, (code, means)| text.replace(code, means)),
    )
}

/// Files that every engine mounts into its containers.
const FILES_OF_AN_ENGINE: &[&str] =
    &["/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/run/.containerenv"];

/// Whether there is one of the files that every engine mounts into its containers.
fn mounts_of_an_engine(mountinfo: &str) -> bool {
    let mut mounted = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    mounted.any(|point| FILES_OF_AN_ENGINE.contains(&point))
}

#[cfg(test)]
impl Environment {
    /// A user's environment with these variables, in `/work-dir`, for tests.
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        Self {
            variables: variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            working_dir: PathBuf::from("/start"),
            uid: 1000,
            hostname: "nas".to_owned(),
            in_container: false,
            container: None,
            unreadable: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_names_variables_but_never_their_values() {
        let environment = Environment::of(&[("SOPS_AGE_KEY", "AGE-SECRET-KEY-1XYZ")]);
        let shown = format!("{environment:?}");
        assert!(shown.contains("SOPS_AGE_KEY") && !shown.contains("1XYZ"), "{shown}");
    }

    #[test]
    fn a_container_is_told_by_its_mark_and_its_mounts() {
        let check = |mark: &str, mountinfo: &str| {
            let root = tempfile::tempdir().unwrap();
            for directory in ["run", "proc/self"] {
                std::fs::create_dir_all(root.path().join(directory)).unwrap();
            }
            std::fs::write(root.path().join("proc/self/mountinfo"), mountinfo).unwrap();
            std::fs::write(root.path().join(mark), "").unwrap();
            in_container(root.path())
        };
        let plain = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";
        let hosts =
            "9 8 254:0 /var/lib/docker/containers/1/hosts /etc/hosts rw - ext4 /dev/vda rw\n";
        assert!(check(".dockerenv", &format!("{plain}{hosts}")));
        assert!(check("run/.containerenv", &format!("{plain}{hosts}")));
        assert!(!check(".dockerenv", plain));
        assert!(!check("run/nothing", &format!("{plain}{hosts}")));
    }

    #[test]
    fn which_container_it_is_is_told_by_what_its_engine_mounts() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("proc/self")).unwrap();
        std::fs::write(root.path().join(".dockerenv"), "").unwrap();
        let id = "3f".repeat(32);
        let mounts = format!(
            "1 0 0:1 / / rw - overlay overlay rw\n\
             2 1 254:0 /srv/my\\040data /var/lib/conductor rw - ext4 /dev/vda rw\n\
             3 1 254:0 /var/lib/docker/containers/{id}/hosts /etc/hosts rw - ext4 /dev/vda rw\n\
             4 1 254:0 /x /mnt/my\\040data rw - ext4 /dev/vda rw\n"
        );
        std::fs::write(root.path().join("proc/self/mountinfo"), mounts).unwrap();
        let own = own_container(root.path()).unwrap();
        assert_eq!(own.id, id);
        let points = ["/", "/etc/hosts", "/mnt/my data", "/var/lib/conductor"].map(PathBuf::from);
        assert_eq!(own.mount_points, BTreeSet::from(points));
        std::fs::remove_file(root.path().join(".dockerenv")).unwrap();
        assert_eq!(own_container(root.path()), None);
    }

    #[test]
    fn who_acts_is_told_by_name() {
        let users = "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nodd\n";
        assert_eq!(user_name(users, 1000).as_deref(), Some("alice"));
        assert_eq!(user_name(users, 1001), None);
        let sudo = Environment { uid: 0, ..Environment::of(&[("SUDO_USER", "alice")]) };
        assert_eq!(sudo.caller(), "alice through sudo");
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        assert_eq!(Environment::of(&[("CONDUCTOR_HOST", "")]).get("CONDUCTOR_HOST"), None);
    }
}
