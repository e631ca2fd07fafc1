//! The borders inside the package: who may use whom, where foreign crates live, how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which modules a module may use. A change here is a change of design: give the reason in the commit.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("yaml", &[]),
    // `yaml` for the places of what is wrong.
    ("config", &["model", "yaml"]),
    ("web", &["model"]),
    ("source", &["model"]),
    ("secrets", &["model", "yaml", "web"]),
    ("compose", &["model", "yaml", "secrets"]),
    ("plan", &["model"]),
    ("docker", &["model"]),
    ("files", &["model"]),
    ("journal", &["model"]),
    ("apply", &["model", "plan", "docker", "files"]),
    (
        "reconcile",
        &[
            "model", "config", "source", "secrets", "compose", "docker", "files", "journal",
            "plan", "apply",
        ],
    ),
    ("heal", &["model"]),
    // `heal` for the facts that it is judged from.
    ("systemd", &["model", "heal"]),
    ("healer", &["model", "docker", "heal", "systemd", "journal"]),
    // `docker` for the one question whether its mapping refuses a key: the list of those is there.
    ("lint", &["model", "config", "source", "secrets", "compose", "docker"]),
    // `reconcile` for the values of a pass: they are told the same here and through the daemon.
    ("report", &["model", "plan", "journal", "lint", "reconcile"]),
    ("notify", &["model", "web"]),
    // `report` for the one sorting of containers into stacks and services.
    (
        "daemon",
        &[
            "model",
            "config",
            "source",
            "docker",
            "files",
            "journal",
            "plan",
            "apply",
            "reconcile",
            "report",
        ],
    ),
    ("http", &["model", "config", "journal", "reconcile", "daemon", "report"]),
    (
        "cli",
        &[
            "model",
            "yaml",
            "config",
            "source",
            "secrets",
            "compose",
            "plan",
            "docker",
            "files",
            "journal",
            "apply",
            "reconcile",
            "lint",
            "report",
            "daemon",
            "heal",
            "systemd",
            "healer",
            "http",
            "notify",
        ],
    ),
];

/// Foreign crates that one module alone may know.
const HOMES: &[(&str, &str)] = &[
    ("bollard", "docker"),
    ("git2", "source"),
    ("libgit2_sys", "source"),
    ("age", "secrets"),
    ("age_core", "secrets"),
    ("bech32", "secrets"),
    ("pgp", "secrets"),
    ("hpke", "secrets"),
    ("reqwest", "web"),
    ("minijinja", "notify"),
    ("rusqlite", "journal"),
    ("aes_gcm", "secrets"),
    ("granit_parser", "yaml"),
    ("serde_yaml", "config"),
    ("subtle", "http"),
    ("utoipa", "http"),
    ("clap", "cli"),
    ("zbus", "systemd"),
    ("indicatif", "cli"),
    ("sd_notify", "systemd"),
];

/// Lines that a file may have, tests included.
const BUDGET: usize = 400;

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut offences = BTreeSet::new();
    for (module, may_use) in MAY_USE {
        for (file, code) in rust_files(&format!("src/{module}")) {
            for used in after(&code, "crate::") {
                let known = MAY_USE.iter().any(|(name, _)| *name == used);
                if known && used != *module && !may_use.contains(&used.as_str()) {
                    offences.insert(format!("{module} must not use {used}: {file}"));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn every_module_is_in_the_table() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let declared = map
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub mod "))
        .map(|name| name.trim_end_matches(';'));
    let listed = MAY_USE.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>();

    assert_eq!(declared.collect::<BTreeSet<_>>(), listed);
}

#[test]
fn foreign_crates_stay_at_home() {
    let mut offences = BTreeSet::new();
    for (file, code) in rust_files("src") {
        for (foreign, home) in HOMES {
            if names_crate(&code, foreign) && !file.starts_with(&format!("src/{home}/")) {
                offences.insert(format!("{foreign} belongs to {home}: {file}"));
            }
        }
    }
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_program_itself_only_calls_the_command_line() {
    let main = code(&fs::read_to_string(root().join("src/main.rs")).unwrap());
    let used = after(&main, "conductor::");

    assert!(used.iter().all(|name| name == "cli"), "{used:?}");
    assert!(main.lines().count() <= 40);
}

#[test]
fn no_file_is_longer_than_its_budget() {
    let long = ["src", "tests", "benches"].iter().flat_map(|top| rust_files(top));
    let long = long.filter_map(|(file, code)| {
        let lines = code.lines().count();
        (lines > BUDGET).then(|| format!("{file}: {lines} lines"))
    });
    let long = long.collect::<Vec<_>>();

    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn a_reference_in_a_comment_is_not_a_use() {
    let text = "//! crate::docker\nuse crate::model::Name; // crate::plan\nlet x = crate::yaml::parse();\nbollard::f(); my_age::f();";
    let code = code(text);

    assert_eq!(after(&code, "crate::"), ["model", "yaml"]);
    assert!(names_crate(&code, "bollard") && !names_crate(&code, "age"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a directory: path from the root, and code without comments.
fn rust_files(directory: &str) -> Vec<(String, String)> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(directory), &mut found);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, code(&fs::read_to_string(&path).unwrap()))
    };
    found.into_iter().map(read).collect()
}

/// The text with its comments made empty; the lines stay.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code).to_owned() + "\n")
        .collect()
}

/// The names that follow a prefix, and those of a group: `crate::{a::b, c}`.
fn after(code: &str, prefix: &str) -> Vec<String> {
    let name = |text: &str| {
        text.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect::<String>()
    };
    let starts = code
        .match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let mut names = Vec::new();
    for (at, _) in starts {
        match code[at + prefix.len()..].strip_prefix('{') {
            None => names.push(name(&code[at + prefix.len()..])),
            Some(group) => {
                names.extend(group_heads(group).iter().map(|text| name(text.trim_start())));
            }
        }
    }
    names
}

/// The parts of a `{a::b, c::{d, e}}` group, after its opening brace.
fn group_heads(group: &str) -> Vec<&str> {
    let (mut depth, mut from, mut heads) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(&group[from..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(&group[from..at]);
                from = at + 1;
            }
            _ => (),
        }
    }
    heads
}

/// Whether code names a crate: `bollard::…` or `use bollard;`, but not `my_bollard::…`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let inner = before.is_alphanumeric()
            || before == '_'
            || code[..at].ends_with("::")
            || code[..at].ends_with('.');
        let rest = &code[at + name.len()..];
        !inner
            && (rest.starts_with("::")
                || (code[..at].ends_with("use ") && rest.starts_with([';', ' '])))
    })
}
