//! What keeps an engine from starting, read from its log.

use serde::{Deserialize, Serialize};

/// What keeps an engine from starting. The texts were seen on Docker 20.10, 26 and 28 with faults made on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Blocker {
    /// A pid file that names another process, because numbers are used again.
    StalePid,
    /// The database of networks is damaged.
    NetworkDatabase,
    /// The database of volumes is damaged; the volumes themselves are not.
    VolumeDatabase,
    /// The list of image names is damaged.
    ImageNames,
    /// containerd's database is damaged.
    ContainerdDatabase,
    /// `daemon.json` or a flag cannot be read; only a person can say what it should be.
    Configuration,
    /// The storage driver does not fit the data, or cannot be used.
    StorageDriver,
    /// No space or inodes.
    NoSpace,
    /// A file system that takes no writes.
    ReadOnly,
    /// Another engine runs on the same data.
    AlreadyRunning,
    /// The log says something that is not known.
    Unknown(String),
}

/// Each blocker and what its line contains; the first that fits counts. Disk before data: a full disk makes databases look
/// damaged. All of a row's texts have to be in the same line.
const PATTERNS: &[(&[&str], Blocker)] = &[
    (&["no space left on device"], Blocker::NoSpace),
    (&["disk quota exceeded"], Blocker::NoSpace),
    (&["read-only file system"], Blocker::ReadOnly),
    (&["input/output error"], Blocker::ReadOnly),
    (&["pid file found, ensure docker is not running"], Blocker::StalePid),
    (&["process with pid", "is still running"], Blocker::StalePid),
    (&["unable to configure the docker daemon with file"], Blocker::Configuration),
    (&["unknown flag"], Blocker::Configuration),
    (&["conflicting options"], Blocker::Configuration),
    (
        &["directives are specified both as a flag and in the configuration file"],
        Blocker::Configuration,
    ),
    (&["unknown service containerd.services"], Blocker::ContainerdDatabase),
    (&["volume store metadata database"], Blocker::VolumeDatabase),
    (&["couldn't create reference store repository"], Blocker::ImageNames),
    (&["couldn't create tag store repositories"], Blocker::ImageNames),
    (&["error obtaining controller instance"], Blocker::NetworkDatabase),
    (&["error initializing network controller", "invalid database"], Blocker::NetworkDatabase),
    (&["network controller", "invalid database"], Blocker::NetworkDatabase),
    (&["local-kv.db"], Blocker::NetworkDatabase),
    (&["contains several valid graphdrivers"], Blocker::StorageDriver),
    (&["error initializing graphdriver"], Blocker::StorageDriver),
    (&["driver not supported"], Blocker::StorageDriver),
    (&["failed to mount overlay"], Blocker::StorageDriver),
];

/// Marks of the line that ends a start.
const LAST_WORDS: &[&str] = &["failed to start daemon", "failed to start cluster component"];
/// Marks of the bolt database's own end. No path stands beside them; below them is a trace of calls.
const BOLT: &[&str] = &[
    "unexpected fault address",
    "panic: invalid freelist page",
    "panic: invalid page type",
    "panic: freepages: failed to get all reachable pages",
    "panic: page",
];
/// In a trace of calls, who opened the database.
const OPENERS: &[(&str, Blocker)] = &[
    ("libnetwork", Blocker::NetworkDatabase),
    ("volume/service", Blocker::VolumeDatabase),
    ("containerd/metadata", Blocker::ContainerdDatabase),
];

impl Blocker {
    /// What the log of one failed start says; `None` when it says nothing about one.
    pub fn read(log: &str) -> Option<Self> {
        let lower = log.to_lowercase();
        for line in lower.lines() {
            let marked = LAST_WORDS.iter().any(|words| line.contains(words))
                || line.contains("unable to configure the docker daemon");
            if !marked {
                continue;
            }
            if let Some(known) = by_pattern(line) {
                return Some(known);
            }
            return Some(Self::Unknown(shortened(line)));
        }
        if BOLT.iter().any(|words| lower.contains(words)) {
            let opener = OPENERS.iter().find(|(words, _)| lower.contains(words));
            // dockerd opens the networks' database in its own process; the volumes' one it only opens behind it.
            return Some(opener.map_or(Self::NetworkDatabase, |(_, blocker)| blocker.clone()));
        }
        None
    }

    /// What it is, in words that follow "because".
    pub fn words(&self) -> String {
        match self {
            Self::StalePid => "a pid file names a process that is not Docker".into(),
            Self::NetworkDatabase => "the database of its networks is damaged".into(),
            Self::VolumeDatabase => "the database of its volumes is damaged".into(),
            Self::ImageNames => "the list of its image names is damaged".into(),
            Self::ContainerdDatabase => "the database of containerd is damaged".into(),
            Self::Configuration => "its configuration cannot be read".into(),
            Self::StorageDriver => "its storage driver cannot be used".into(),
            Self::NoSpace => "there is no space left".into(),
            Self::ReadOnly => "its file system takes no writes".into(),
            Self::AlreadyRunning => "another engine runs on the same data".into(),
            Self::Unknown(line) => format!("its log says `{line}`"),
        }
    }
}

fn by_pattern(line: &str) -> Option<Blocker> {
    PATTERNS
        .iter()
        .find(|(texts, _)| texts.iter().all(|text| line.contains(text)))
        .map(|(_, blocker)| blocker.clone())
}

fn shortened(line: &str) -> String {
    let begin = LAST_WORDS.iter().find_map(|words| line.find(words)).unwrap_or(0);
    line[begin..].chars().take(200).collect()
}
