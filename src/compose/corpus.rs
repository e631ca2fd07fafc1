//! Holds the loader to a corpus of cases with the answers of Docker Compose, where such a corpus is present: a directory named
//! by `CONDUCTOR_CORPUS`, or `../shared/corpus`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::model::hash::{Dialect, network_hash, network_hash_compose2, service_hash, volume_hash};
use crate::model::tree::{Entry, Placement, Tree, TreeError};

use super::testing::shown;
use super::{Loaded, Request, load};

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

fn corpus() -> Option<PathBuf> {
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

struct Case {
    path: PathBuf,
    json: Value,
}

impl Case {
    fn texts(&self, key: &str) -> Vec<String> {
        let items = self.json[key].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    }

    /// The expected answer: Compose 5's where it differs.
    fn answer(&self, stem: &str, ending: &str) -> Option<String> {
        let read = |name: String| std::fs::read_to_string(self.path.join(name)).ok();
        let newer = read(format!("{stem}.v5.{ending}"));
        let overruled = stem != "expected-hash"
            && ["expected.v5.json", "expected-error.v5.txt"]
                .iter()
                .any(|name| self.path.join(name).exists());
        newer.or_else(|| if overruled { None } else { read(format!("{stem}.{ending}")) })
    }

    fn load(&self) -> Result<Loaded, super::Error> {
        let path = |name: &String| crate::model::tree::join_clean(&self.path, Path::new(name));
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
        let request = Request {
            project_directory: files[0].parent().unwrap().to_owned(),
            files,
            project_name: self.json["project_name"].as_str().map(str::to_owned),
            environment,
            env_files: (!env_files.is_empty()).then(|| env_files.iter().map(path).collect()),
            profiles: self.texts("profiles"),
            ..Request::default()
        };
        load(&Disk, &super::testing::FakeKeys, &request)
    }

    fn relative(&self, value: &Value) -> Value {
        let mut text = value.to_string();
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
        serde_json::from_str(&text).unwrap()
    }
}

/// The first difference, if any.
fn difference(wanted: &Value, got: &Value, path: &str) -> Option<String> {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            let missing = wanted.keys().find(|key| !got.contains_key(*key));
            let extra = got.keys().find(|key| !wanted.contains_key(*key));
            if let Some(key) = missing {
                return Some(format!("{path}: lacks {key}: {}", wanted[key]));
            }
            if let Some(key) = extra {
                return Some(format!("{path}: has {key}: {}", got[key]));
            }
            wanted
                .iter()
                .find_map(|(key, value)| difference(value, &got[key], &format!("{path}.{key}")))
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            let mut pairs = wanted.iter().zip(got).enumerate();
            pairs.find_map(|(index, (wanted, got))| {
                difference(wanted, got, &format!("{path}[{index}]"))
            })
        }
        (Value::Number(wanted), Value::Number(got)) => {
            let same = (wanted.as_f64().unwrap() - got.as_f64().unwrap()).abs()
                <= 1e-6 * wanted.as_f64().unwrap().abs();
            (!same).then(|| format!("{path}: {wanted}, not {got}"))
        }
        _ => (wanted != got).then(|| format!("{path}: {wanted}, not {got}")),
    }
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &str, problem: Option<String>) {
        match problem {
            None => self.passed += 1,
            Some(problem) => self.failures.push(format!("{case}: {problem}")),
        }
    }

    fn rate(&self) -> f64 {
        let total = u32::try_from(self.passed + self.failures.len()).unwrap();
        f64::from(u32::try_from(self.passed).unwrap()) / f64::from(total.max(1))
    }

    fn report(&self, what: &str) -> String {
        let lines = self.failures.join("\n");
        format!("{lines}\n{what}: {} passed, {} failed", self.passed, self.failures.len())
    }
}

fn check_model(case: &Case, name: &str, models: &mut Tally, refusals: &mut Tally) {
    let wanted = case.answer("expected", "json");
    let refused = case.answer("expected-error", "txt");
    match (wanted, refused, case.load()) {
        (Some(wanted), _, Ok(loaded)) => {
            let wanted = serde_json::from_str(&wanted).unwrap();
            models.add(name, difference(&wanted, &case.relative(&loaded.model), ""));
        }
        (Some(_), _, Err(error)) => models.add(name, Some(shown(&error))),
        (None, Some(wanted), Ok(_)) => {
            refusals.add(name, Some(format!("should fail: {}", wanted.trim())));
        }
        (None, Some(_), Err(_)) => refusals.add(name, None),
        (None, None, _) => (),
    }
}

fn check_hashes(case: &Case, name: &str, hashes: &mut Tally) {
    let Some(wanted) = case.answer("expected-hash", "txt") else { return };
    let Ok(loaded) = case.load() else { return };
    for line in wanted.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (service, hash) = line.split_once(' ').unwrap();
        let got = loaded
            .project
            .services
            .get(service)
            .map(|spec| service_hash(spec, Dialect::Compose5, &|_| None));
        hashes
            .add(name, (got.as_deref() != Some(hash.trim())).then(|| format!("hash of {service}")));
    }
}

/// The hashes in the labels of recorded requests, of Compose 5 where its requests differ, else of both.
fn check_labels(case: &Case, name: &str, hashes: &mut Tally) {
    let read = |file: &str| std::fs::read_to_string(case.path.join(file)).ok();
    let newer = read("expected-create.v5.json");
    let older = read("expected-create.json");
    let Ok(loaded) = case.load() else { return };
    let recorded = [
        (older.as_ref(), Dialect::Compose2),
        (newer.as_ref().or(older.as_ref()), Dialect::Compose5),
    ];
    for (text, dialect) in recorded {
        let Some(Ok(calls)) = text.map(|text| serde_json::from_str::<Value>(text)) else {
            continue;
        };
        let mut wanted = Vec::new();
        for (kind, label) in
            [("containers", "service"), ("networks", "network"), ("volumes", "volume")]
        {
            for (_, call) in calls[kind].as_object().into_iter().flatten() {
                let labels = call.get("body").unwrap_or(call)["Labels"].clone();
                let text = |suffix: &str| {
                    labels[format!("com.docker.compose.{suffix}")]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                };
                wanted.push((kind, text(label), text("config-hash")));
            }
        }
        for (kind, key, hash) in wanted.into_iter().filter(|(_, _, hash)| hash.len() == 64) {
            let got = hash_of(&loaded, kind, &key, dialect);
            hashes.add(
                name,
                (got.as_deref().is_some_and(|got| got != hash))
                    .then(|| format!("{dialect:?} hash of {kind} {key}")),
            );
        }
    }
}

/// A hash, unless it has container IDs in it.
fn hash_of(loaded: &Loaded, kind: &str, key: &str, dialect: Dialect) -> Option<String> {
    let project = &loaded.project;
    match kind {
        "containers" => {
            let service = project.services.get(key)?;
            let shared = [&service.network_mode, &service.ipc, &service.pid];
            let plain = service.volumes_from.is_empty()
                && shared.iter().all(|mode| !mode.starts_with("service:"));
            let late = service.models.is_some() || service.use_api_socket;
            (plain && !late).then(|| service_hash(service, dialect, &|_| None))
        }
        "networks" if dialect == Dialect::Compose2 => {
            project.networks.get(key).map(network_hash_compose2)
        }
        "networks" => project.networks.get(key).map(network_hash),
        _ => project.volumes.get(key).map(volume_hash),
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "tells what was skipped, and the pass rate")]
fn the_corpus_is_answered_as_docker_compose_answers_it() {
    let Some(corpus) = corpus() else {
        eprintln!("skipped: no corpus");
        return;
    };
    let (mut models, mut refusals, mut hashes) =
        (Tally::default(), Tally::default(), Tally::default());
    for path in subdirectories(&corpus).iter().flat_map(|set| subdirectories(set)) {
        let json =
            std::fs::read_to_string(path.join("case.json")).unwrap_or_else(|_| "{}".to_owned());
        let case =
            Case { path: path.canonicalize().unwrap(), json: serde_json::from_str(&json).unwrap() };
        if case.json.get("skip_v5").is_some() {
            continue;
        }
        let name = format!(
            "{}/{}",
            path.parent().unwrap().file_name().unwrap().display(),
            path.file_name().unwrap().display()
        );
        check_model(&case, &name, &mut models, &mut refusals);
        check_hashes(&case, &name, &mut hashes);
        check_labels(&case, &name, &mut hashes);
    }
    let report =
        [models.report("models"), refusals.report("refusals"), hashes.report("hashes")].join("\n");
    eprintln!("{report}");
    assert!(models.rate() > 0.95 && refusals.rate() > 0.95 && hashes.rate() > 0.95, "see above");
}
