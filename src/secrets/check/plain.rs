//! Secrets that were forgotten in plain files, as far as they can be told.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::finding::{Finding, FindingKind};
use crate::secrets::write::Policy;

/// Bytes of a file that is looked into.
const LARGEST: usize = 1 << 20;
/// Characters of a value that may be a secret.
const SHORTEST: usize = 6;

/// Text that is a credential wherever it stands, and what it is.
const TOKENS: [(&str, &str); 9] = [
    (r"AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]{20}", "an age identity"),
    (r"-----BEGIN ([A-Z]+ )*PRIVATE KEY", "a private key"),
    (r"\bA(KIA|SIA)[0-9A-Z]{16}\b", "an AWS access key"),
    (r"\bgh[pousr]_[0-9A-Za-z]{36}", "a GitHub token"),
    (r"\bgithub_pat_[0-9A-Za-z_]{40}", "a GitHub token"),
    (r"\bglpat-[0-9A-Za-z_-]{20}", "a GitLab token"),
    (r"\bxox[abprs]-[0-9A-Za-z-]{20}", "a Slack token"),
    (r"\b[rs]k_live_[0-9A-Za-z]{20}", "a Stripe key"),
    (r"://[^/\s:@$]+:[^/\s:@$*]{3,}@", "a password in a URL"),
];

static CREDENTIALS: LazyLock<Vec<(Option<Regex>, &str)>> =
    LazyLock::new(|| TOKENS.iter().map(|(regex, what)| (Regex::new(regex).ok(), *what)).collect());

/// A key that holds a secret, and its value, in YAML, JSON, INI and env files.
static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|credential)[\w.-]*";
    Regex::new(&format!(r#"(?i)^[\s\-\{{,]*(?:export\s+)?["']?({name})["']?\s*[:=]\s*(.*)$"#)).ok()
});

/// Looks for secrets in a file that is not encrypted.
pub fn check_plain(file: &Path, bytes: &[u8], policy: Option<&Policy>) -> Vec<Finding> {
    let mut found = Vec::new();
    if policy.is_some_and(|policy| policy.names(file)) {
        found.push(Finding {
            file: file.to_owned(),
            line: None,
            kind: FindingKind::NotEncrypted,
            text: "a rule of `.sops.yaml` is for this file, but it is not encrypted".to_owned(),
        });
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return found };
    if bytes.len() > LARGEST || bytes.contains(&0) {
        return found;
    }
    for (index, line) in text.lines().enumerate() {
        if let Some(text) = credential(line).or_else(|| assignment(file, line)) {
            let (file, line) = (file.to_owned(), Some(index + 1));
            found.push(Finding { file, line, kind: FindingKind::Plaintext, text });
        }
    }
    found
}

fn credential(line: &str) -> Option<String> {
    let found = CREDENTIALS
        .iter()
        .find(|(regex, _)| regex.as_ref().is_some_and(|regex| regex.is_match(line)))?;
    Some(format!("{} in plain text", found.1))
}

fn assignment(file: &Path, line: &str) -> Option<String> {
    if !has_values(file) {
        return None;
    }
    let parts = ASSIGNMENT.as_ref()?.captures(line)?;
    let (key, value) = (parts.get(1)?.as_str(), parts.get(2)?.as_str());
    (!names_a_place(key) && is_secret(value)).then(|| format!("`{key}` is in plain text"))
}

/// Whether a value of this key is no secret, whatever the key is called.
pub(super) fn names_a_place(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "_file", "-file", "_path", "_name", "_dir", "_url", "_ttl", "_length", ".file", "tokens",
        "secrets",
    ]
    .iter()
    .any(|end| key.ends_with(end))
}

/// Whether a key is called like a secret.
pub(super) fn is_secret_name(key: &str) -> bool {
    let line = format!("{key}=x");
    !names_a_place(key) && ASSIGNMENT.as_ref().is_some_and(|regex| regex.is_match(&line))
}

/// Whether a value is text that nothing is put in place of.
pub(super) fn is_secret(value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
    let value = value.split(" #").next().unwrap_or_default().trim();
    let lower = value.to_ascii_lowercase();
    let placeholder = ["change", "example", "replace", "your", "todo", "placeholder", "xxx", "***"];
    let literal = ["true", "false", "null", "none", "yes", "required", "optional", "string"];
    value.chars().count() >= SHORTEST
        && !value.starts_with(['$', '/', '<', '{', '[', '|', '>', '*', '&', '!', '%', '~'])
        && !value.starts_with("./")
        && !value.contains("${")
        && !value.contains(' ')
        && !literal.contains(&lower.as_str())
        && !placeholder.iter().any(|word| lower.contains(word))
}

/// Whether a file of this name holds keys and values.
fn has_values(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let extension = name.rsplit('.').next().unwrap_or_default();
    ["yaml", "yml", "json", "env", "ini", "conf", "cfg", "toml", "properties"].contains(&extension)
        || name.starts_with(".env")
        || name.ends_with("env")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str) -> String {
        let found = check_plain(Path::new(name), text.as_bytes(), None);
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn plaintext_that_looks_like_a_secret_is_named_without_its_value() {
        let text = "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: hunter2hunter2\n      - API_TOKEN=abcdef123456\n";
        insta::assert_snapshot!(check("compose.yaml", text), @"
        compose.yaml:4: `POSTGRES_PASSWORD` is in plain text [plaintext]
        compose.yaml:5: `API_TOKEN` is in plain text [plaintext]
        ");
        insta::assert_snapshot!(check("x.json", r#"{"apiKey": "abcdef123456",}"#), @"x.json:1: `apiKey` is in plain text [plaintext]");
        insta::assert_snapshot!(check(".env", "export DB_PASSWD='abcdef123456'"), @".env:1: `DB_PASSWD` is in plain text [plaintext]");
    }

    #[test]
    fn credentials_are_known_by_their_look_in_any_file() {
        insta::assert_snapshot!(check("notes.md", "-----BEGIN OPENSSH PRIVATE KEY-----"), @"notes.md:1: a private key in plain text [plaintext]");
        let age = "AGE-SECRET-KEY-1THE2G0FLNFPNUKFQUC9EK8MJYSHWCMHNK630DQ8M0MLMMYJGN0RSJ7Z8E8";
        insta::assert_snapshot!(check("key.txt", age), @"key.txt:1: an age identity in plain text [plaintext]");
        insta::assert_snapshot!(check("x", "postgres://me:hunter2@db/x"), @"x:1: a password in a URL in plain text [plaintext]");
    }

    #[test]
    fn what_stands_for_a_secret_is_none() {
        for line in [
            "PASSWORD=${DB_PASSWORD}",
            "PASSWORD=$DB_PASSWORD",
            "PASSWORD_FILE=/run/secrets/x",
            "POSTGRES_PASSWORD_FILE: /run/secrets/db",
            "password: changeme",
            "secrets: [db_password]",
            "secret: db",
            "token: ENC[AES256_GCM,data:x] ",
            "url: postgres://me:${PW}@db/x",
            "PASSWORD=",
            "# nothing",
        ] {
            let line = line.replace("ENC[", "[");
            assert_eq!(check("x.yaml", &line), "", "{line}");
        }
        assert_eq!(check("readme.md", "password: abcdefgh"), "");
        assert_eq!(check("x.yaml", "\0password: abcdefgh"), "");
    }
}
