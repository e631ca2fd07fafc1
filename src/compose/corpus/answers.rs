//! What is printed and hashed, beside what Docker Compose prints and hashes.

use serde_json::Value;

use crate::compose::Loaded;
use crate::compose::testing::shown;
use crate::model::hash::{
    Dialect, declared_hash, network_hash, network_hash_compose2, service_hash, volume_hash,
};

use super::cases::{Case, cases};

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

fn check_model(case: &Case, models: &mut Tally, refusals: &mut Tally) {
    let wanted = case.answer("expected", "json");
    let refused = case.answer("expected-error", "txt");
    match (wanted, refused, case.load()) {
        (Some(wanted), _, Ok(loaded)) => {
            let wanted = serde_json::from_str(&wanted).unwrap();
            models.add(&case.name, difference(&wanted, &case.relative(&loaded.model().model), ""));
        }
        (Some(_), _, Err(error)) => models.add(&case.name, Some(shown(&error))),
        (None, Some(wanted), Ok(_)) => {
            refusals.add(&case.name, Some(format!("should fail: {}", wanted.trim())));
        }
        (None, Some(_), Err(_)) => refusals.add(&case.name, None),
        (None, None, _) => (),
    }
}

fn check_hashes(case: &Case, hashes: &mut Tally) {
    let Some(wanted) = case.answer("expected-hash", "txt") else { return };
    let Ok(loaded) = case.load() else { return };
    for line in wanted.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (service, hash) = line.split_once(' ').unwrap();
        let got =
            loaded.project.services.get(service).map(|spec| declared_hash(spec, Dialect::Compose5));
        hashes.add(
            &case.name,
            (got.as_deref() != Some(hash.trim())).then(|| format!("hash of {service}")),
        );
    }
}

/// The hashes in the labels of recorded requests, of Compose 5 where its requests differ, else of both.
fn check_labels(case: &Case, hashes: &mut Tally) {
    let read = |file: &str| std::fs::read_to_string(case.path.join(file)).ok();
    let newer = read("expected-create.v5.json");
    let older = read("expected-create.json");
    let recorded = [
        (older.as_ref(), Dialect::Compose2),
        (newer.as_ref().or(older.as_ref()), Dialect::Compose5),
    ];
    for (text, dialect) in recorded {
        let Some(Ok(calls)) = text.map(|text| serde_json::from_str::<Value>(text)) else {
            continue;
        };
        let Ok(loaded) = case.load_as(dialect) else { continue };
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
                &case.name,
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
            // Paths of label files are hashed, and were others where the answers were recorded.
            let located = !service.label_file.is_empty();
            let late = service.models.is_some() || service.use_api_socket || located;
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
#[expect(clippy::print_stderr, reason = "tells the pass rate")]
fn the_corpus_is_answered_as_docker_compose_answers_it() {
    let Some(cases) = cases() else { return };
    let (mut models, mut refusals, mut hashes) =
        (Tally::default(), Tally::default(), Tally::default());
    for case in &cases {
        check_model(case, &mut models, &mut refusals);
        check_hashes(case, &mut hashes);
        check_labels(case, &mut hashes);
    }
    let report =
        [models.report("models"), refusals.report("refusals"), hashes.report("hashes")].join("\n");
    eprintln!("{report}");
    assert!(models.rate() > 0.995 && refusals.rate() > 0.98 && hashes.failures.is_empty());
}
