//! A larger collection of files, where it is at hand.

use std::path::{Path, PathBuf};

use super::open;
use crate::model::secret::Secret;
use crate::secrets::formats::Format;
use crate::secrets::tree::get;
use crate::secrets::{KeySource, Keys};
use crate::yaml;

fn corpus() -> PathBuf {
    super::fixture("corpus")
}

/// What came of a case: its name, what `sops` did, what we did, and whether both agree.
struct Row(String, &'static str, String, bool);

#[test]
#[expect(clippy::print_stderr, reason = "the table is the answer")]
fn every_file_of_the_collection_is_decrypted_or_refused_as_sops_does() {
    let corpus = corpus();
    let mut rows = Vec::new();
    for entry in std::fs::read_dir(&corpus).unwrap() {
        let case = entry.unwrap().path();
        if let Some(enc) = find(&case, "enc.") {
            rows.push(check_case(&case, &enc));
        }
    }
    for entry in std::fs::read_dir(corpus.join("negative")).unwrap() {
        let file = entry.unwrap().path();
        if file.to_string_lossy().ends_with(".enc.yaml") {
            rows.push(check_negative(&corpus, &file));
        }
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let line = |Row(name, sops, ours, agree): &Row| {
        format!("{} {name:<42} {sops:<8} {ours}\n", if *agree { "ok  " } else { "FAIL" })
    };
    let table: String = rows.iter().map(line).collect();
    eprintln!("     {:<42} {:<8} conductor\n{table}", "case", "sops");
    assert!(rows.len() > 60, "{} cases", rows.len());
    assert!(rows.iter().all(|row| row.3), "{table}");
}

/// What `sops` feeds to the MAC for a value written `k: SCALAR`, next to what we do.
fn differs(line: &str) -> Option<String> {
    let mut columns = line.split('\t');
    let scalar: String = serde_json::from_str(columns.next()?).ok()?;
    let (kind, wanted) = (columns.next()?, columns.next().unwrap_or_default());
    let wanted = serde_json::from_str::<String>(wanted).ok();
    let loaded = Format::Yaml.load(format!("k: {scalar}\n").as_bytes());
    let got = loaded.as_deref().ok().and_then(|documents| get(&documents[0], "k")?.canonical());
    let accepted = match kind {
        "nil" => loaded.is_ok() && got.is_none(),
        "uint64" => loaded.is_err(),
        _ if kind.starts_with("PARSE ERROR") => loaded.is_err(),
        // Bytes that are not text are refused.
        _ if scalar == "!!binary /+8=" => loaded.is_err(),
        _ => got.as_deref() == wanted.map(String::into_bytes).as_ref(),
    };
    (!accepted).then(|| format!("{scalar:?}: {kind}, {loaded:?}"))
}

#[test]
fn every_scalar_of_the_collection_is_read_as_sops_reads_it() {
    let corpus = corpus();
    let table = std::fs::read_to_string(corpus.join("scalar-table.tsv")).unwrap();
    let yaml: Vec<_> = table.lines().take_while(|line| *line != "# JSON").collect();
    assert!(yaml.len() > 100, "{} scalars", yaml.len());
    let failures: Vec<_> = yaml.into_iter().filter_map(differs).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn find(case: &Path, prefix: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(case).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(prefix) && !name.contains(".as.")
    };
    entries.filter(named).min()
}

/// The identities that a case gives to `sops`.
fn identities(case: &Path) -> Result<Keys, super::super::Error> {
    let about = std::fs::read(case.join("case.json")).unwrap();
    let about: serde_json::Value = serde_json::from_slice(&about).unwrap();
    let given = about["decrypt_env"].as_object().cloned().unwrap_or_default();
    let sources = given.iter().map(|(name, value)| {
        let value = value.as_str().unwrap_or_default();
        if name.ends_with("_FILE") {
            KeySource::file(case.join(value))
        } else {
            KeySource::Text { origin: name.clone(), text: Secret::new(value.into()) }
        }
    });
    Keys::load(&sources.collect::<Vec<_>>())
}

fn check_case(case: &Path, enc: &Path) -> Row {
    let title = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = enc.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let opened = match identities(case) {
        Ok(keys) => open(&keys, &name, &std::fs::read(enc).unwrap()),
        Err(error) => Err(super::told(&error)),
    };
    match (opened, find(case, "decrypted.").map(|file| std::fs::read(file).unwrap())) {
        (Ok(plain), Some(wanted)) if plain == wanted => {
            Row(title, "decrypts", "the same bytes".to_owned(), true)
        }
        (Ok(plain), Some(wanted)) if same(&plain, &wanted, &name) => {
            Row(title, "decrypts", "the same data".to_owned(), true)
        }
        (Err(told), None) => Row(title, "refuses", refusal(&told), true),
        (Ok(_), Some(_)) => Row(title, "decrypts", "another plaintext".to_owned(), false),
        (Err(told), Some(_)) => Row(title, "decrypts", refusal(&told), false),
        (Ok(_), None) => Row(title, "refuses", "decrypts".to_owned(), false),
    }
}

/// The cause of an error in one line.
fn refusal(told: &str) -> String {
    let line = told.lines().find_map(|line| line.strip_prefix("  cause: "));
    let line = line.or_else(|| told.lines().next()).unwrap_or_default();
    format!("refused: {}", line.chars().take(90).collect::<String>())
}

fn check_negative(corpus: &Path, file: &Path) -> Row {
    let keys = Keys::load(&[KeySource::file(corpus.join("keys/age1.txt"))]).unwrap();
    let opened = open(&keys, "x.yaml", &std::fs::read(file).unwrap());
    let name = file.file_name().unwrap_or_default().to_string_lossy().replace(".enc.yaml", "");
    let title = format!("negative/{name}");
    let plain = file.to_string_lossy().replace(".enc.yaml", ".plain");
    match (opened, std::fs::read(plain)) {
        (Err(told), Err(_)) => Row(title, "refuses", refusal(&told), true),
        // To be stricter than `sops` is fine, to see another text is not.
        (Err(told), Ok(_)) => Row(title, "accepts", refusal(&told), true),
        (Ok(got), Ok(wanted)) if same(&got, &wanted, "x.yaml") => {
            Row(title, "accepts", "the same data".to_owned(), true)
        }
        (Ok(_), Ok(_)) => Row(title, "accepts", "another plaintext".to_owned(), false),
        (Ok(_), Err(_)) => Row(title, "refuses", "accepts".to_owned(), false),
    }
}

fn same(got: &[u8], wanted: &[u8], name: &str) -> bool {
    let is = |wanted: &str| Path::new(name).extension().is_some_and(|found| found == wanted);
    let data = |bytes: &[u8]| {
        let documents = yaml::parse_bytes(bytes).ok()?;
        Some(documents.iter().map(yaml::write).collect::<Vec<_>>().join("---\n"))
    };
    if got.trim_ascii_end() == wanted.trim_ascii_end() {
        return true;
    }
    if is("json") {
        let json = |bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        return json(got).is_some() && json(got) == json(wanted);
    }
    is("yaml") && data(got).is_some() && data(got) == data(wanted)
}
