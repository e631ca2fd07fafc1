//! The cases of a corpus: what is loaded, and what Docker Compose answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::compose::{Error, Loaded, Request, load, testing};
use crate::model::hash::Dialect;
use crate::model::tree::{Entry, Placement, Tree, TreeError, join_clean};

/// The host's files.
struct Disk;

impl Tree for Disk {
    fn root(&self) -> &Path {
        Path::new("/")
    }

    fn placement(&self) -> Placement {
        Placement::InPlace
    }

    fn entry(&self, path: &Path) -> Result<Option<Entry>, TreeError> {
        let Ok(meta) = std::fs::metadata(path) else { return Ok(None) };
        Ok(Some(if meta.is_dir() {
            Entry::Directory
        } else if meta.is_file() {
            Entry::File { executable: false }
        } else {
            Entry::Other
        }))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, TreeError> {
        if !path.exists() {
            return Err(TreeError::Missing { path: path.to_owned() });
        }
        if !path.is_file() {
            return Err(TreeError::NotAFile { path: path.to_owned() });
        }
        std::fs::read(path)
            .map_err(|source| TreeError::Io { path: path.to_owned(), source: source.into() })
    }

    fn list(&self, _: &Path) -> Result<Vec<(String, Entry)>, TreeError> {
        Ok(Vec::new())
    }
}

pub(super) fn corpus() -> Option<PathBuf> {
    let named = std::env::vars_os()
        .find(|(name, _)| name == "CONDUCTOR_CORPUS")
        .map(|(_, value)| PathBuf::from(value));
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    named.into_iter().chain([beside]).find(|path| path.is_dir())
}

fn subdirectories(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.is_dir() && !path.ends_with("__pycache__")).collect();
    paths.sort();
    paths
}

/// One case.
pub(super) struct Case {
    /// `SET/CASE`.
    pub(super) name: String,
    /// Its directory.
    pub(super) path: PathBuf,
    json: Value,
}

impl Case {
    fn texts(&self, key: &str) -> Vec<String> {
        let items = self.json[key].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    }

    /// The request that it stands for.
    fn request(&self) -> Request {
        let path = |name: &String| join_clean(&self.path, Path::new(name));
        let mut environment = BTreeMap::from([
            ("HOME".to_owned(), "/home/corpus".to_owned()),
            ("PWD".to_owned(), self.path.display().to_string()),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
        ]);
        for (name, value) in self.json["env"].as_object().into_iter().flatten() {
            environment.insert(name.clone(), value.as_str().unwrap().to_owned());
        }
        let mut files = self.texts("files");
        if files.is_empty() {
            files.push("compose.yaml".to_owned());
        }
        let env_files = self.texts("env_files");
        let files: Vec<PathBuf> = files.iter().map(path).collect();
        Request {
            project_directory: files[0].parent().unwrap().to_owned(),
            files,
            project_name: self.json["project_name"].as_str().map(str::to_owned),
            environment,
            env_files: (!env_files.is_empty()).then(|| env_files.iter().map(path).collect()),
            profiles: self.texts("profiles"),
            ..Request::default()
        }
    }

    /// The expected answer: Compose 5's where it differs.
    pub(super) fn answer(&self, stem: &str, ending: &str) -> Option<String> {
        let read = |name: String| std::fs::read_to_string(self.path.join(name)).ok();
        let newer = read(format!("{stem}.v5.{ending}"));
        let overruled = stem != "expected-hash"
            && ["expected.v5.json", "expected-error.v5.txt"]
                .iter()
                .any(|name| self.path.join(name).exists());
        newer.or_else(|| if overruled { None } else { read(format!("{stem}.{ending}")) })
    }

    /// Loads it.
    pub(super) fn load(&self) -> Result<Loaded, Error> {
        self.load_as(Dialect::Compose5)
    }

    /// Loads it as that Compose does.
    pub(super) fn load_as(&self, dialect: Dialect) -> Result<Loaded, Error> {
        let mut request = self.request();
        request.read_as(dialect);
        load(&Disk, &testing::FakeKeys, &request)
    }

    /// Paths below the case as the answers write them.
    pub(super) fn relative(&self, value: &Value) -> Value {
        serde_json::from_str(&self.shortened(&value.to_string())).unwrap()
    }

    /// The same in a text.
    pub(super) fn shortened(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let (mut path, mut up) = (self.path.as_path(), "${CASE}".to_owned());
        for _ in 0..3 {
            let found = path.display().to_string();
            let mut out = String::new();
            let mut rest = text.as_str();
            while let Some(at) = rest.find(&found) {
                let after = &rest[at + found.len()..];
                let whole = !after
                    .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
                out.push_str(&rest[..at]);
                out.push_str(if whole { &up } else { &found });
                rest = after;
            }
            out.push_str(rest);
            text = out;
            path = path.parent().unwrap();
            up.push_str("/..");
        }
        text
    }
}

/// All cases that Compose 5 has an answer to; `None`, said aloud, where there is no corpus.
#[expect(clippy::print_stderr, reason = "tells what was skipped")]
pub(super) fn cases() -> Option<Vec<Case>> {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: no corpus");
        return None;
    };
    let mut cases = Vec::new();
    for path in subdirectories(&corpus).iter().flat_map(|set| subdirectories(set)) {
        let json =
            std::fs::read_to_string(path.join("case.json")).unwrap_or_else(|_| "{}".to_owned());
        let json: Value = serde_json::from_str(&json).unwrap();
        if json.get("skip_v5").is_some() {
            continue;
        }
        let part = |path: &Path| path.file_name().unwrap().display().to_string();
        let name = format!("{}/{}", part(path.parent().unwrap()), part(&path));
        cases.push(Case { name, path: path.canonicalize().unwrap(), json });
    }
    Some(cases)
}
