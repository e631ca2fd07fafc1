//! `.sops.yaml`: how the files of a repository are to be encrypted.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::error::Error;
use super::recipe;
use super::recipe::Recipe;
use crate::secrets::formats::Indent;
use crate::secrets::metadata::{self, DEFAULT_SUFFIX, KeyKind, MasterKey};
use crate::secrets::tree::{Item, Value};
use crate::yaml::{self, Node};

/// What the file is called.
pub const POLICY_FILE: &str = ".sops.yaml";

/// The rules by which a file says what is encrypted.
const RULES: [&str; 6] = [
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
];

/// Kinds of keys: the kind, its member in a rule, and its member in a key group.
const KINDS: [(KeyKind, &str, &str); 7] = [
    (KeyKind::Age, "age", "age"),
    (KeyKind::Pgp, "pgp", "pgp"),
    (KeyKind::AwsKms, "kms", "kms"),
    (KeyKind::GoogleKms, "gcp_kms", "gcp_kms"),
    (KeyKind::AzureKeyVault, "azure_keyvault", "azure_keyvault"),
    (KeyKind::VaultTransit, "hc_vault_transit_uri", "hc_vault"),
    (KeyKind::HuaweiKms, "hckms", "hckms"),
];

/// A `.sops.yaml`.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The directory that paths are relative to.
    directory: PathBuf,
    file: PathBuf,
    rules: Vec<(Option<Regex>, Recipe)>,
    indent: Indent,
}

impl Policy {
    /// Reads the text of the file at `file`.
    pub fn parse(file: &Path, text: &[u8]) -> Result<Self, Error> {
        let failed = |source| Error::PolicyYaml { file: file.to_owned(), source };
        let documents = yaml::parse_bytes(text).map_err(failed)?;
        let directory = file.parent().unwrap_or(Path::new("")).to_owned();
        let mut policy =
            Self { directory, file: file.to_owned(), rules: Vec::new(), indent: Indent::default() };
        let Some(root) = documents.first() else { return Ok(policy) };
        policy.indent = indent(root);
        let rules = root.get("creation_rules").and_then(Node::as_sequence).unwrap_or_default();
        for rule in rules {
            let read = read_rule(rule);
            policy.rules.push(read.map_err(|(at, reason)| Error::Policy {
                file: file.to_owned(),
                line: at,
                reason,
            })?);
        }
        Ok(policy)
    }

    /// How a file is indented.
    pub fn indent(&self) -> Indent {
        self.indent
    }

    /// Where it stands.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether the first rule that fits the file at `path` names paths, so that the file is meant.
    pub(in crate::secrets) fn names(&self, path: &Path) -> bool {
        let relative = path.strip_prefix(&self.directory).unwrap_or(path).to_string_lossy();
        let fits =
            |regex: &Option<Regex>| regex.as_ref().is_none_or(|regex| regex.is_match(&relative));
        self.rules.iter().find(|(regex, _)| fits(regex)).is_some_and(|(regex, _)| regex.is_some())
    }

    /// How the file at `path` is to be encrypted: by the first rule that fits.
    pub fn recipe(&self, path: &Path) -> Result<&Recipe, Error> {
        let relative = path.strip_prefix(&self.directory).unwrap_or(path).to_string_lossy();
        let fits =
            |regex: &Option<Regex>| regex.as_ref().is_none_or(|regex| regex.is_match(&relative));
        let rule = self.rules.iter().find(|(regex, _)| fits(regex));
        rule.map(|(_, recipe)| recipe)
            .ok_or_else(|| Error::NoRule { file: path.to_owned(), policy: Some(self.file.clone()) })
    }
}

/// What is wrong, and on which line.
type Wrong = (u32, String);

fn indent(root: &Node) -> Indent {
    let of = |store: &str| {
        let number = root.get("stores")?.get(store)?.get("indent")?;
        if let yaml::Value::Int(blanks) = number.value {
            usize::try_from(blanks).ok()
        } else {
            None
        }
    };
    let default = Indent::default();
    Indent {
        yaml: of("yaml").filter(|blanks| *blanks > 0).unwrap_or(default.yaml),
        json: of("json"),
        binary: of("json_binary"),
    }
}

fn read_rule(rule: &Node) -> Result<(Option<Regex>, Recipe), Wrong> {
    let wrong = |reason: &str| (rule.at.line, reason.to_owned());
    let text = |key: &str| rule.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    let regex = text("path_regex").map(Regex::new).transpose();
    let regex = regex.map_err(|_error| wrong("`path_regex` is not a regular expression"))?;
    let mut named = RULES.iter().filter_map(|name| Some((*name, text(name)?)));
    let (name, what) = named.next().unwrap_or((RULES[0], DEFAULT_SUFFIX));
    if named.next().is_some() {
        return Err(wrong("more than one member says what is encrypted"));
    }
    let item = Item::Entry(name.to_owned(), Value::text(what));
    if metadata::rule(&vec![item]).is_err() {
        return Err(wrong(&format!("`{name}` is not a regular expression")));
    }
    let groups = match rule.get("key_groups").and_then(Node::as_sequence) {
        Some(groups) if !groups.is_empty() => {
            groups.iter().map(key_group).collect::<Result<Vec<_>, _>>()?
        }
        Some(_) | None => vec![keys(rule, |(_, in_rule, _)| in_rule)?],
    };
    if groups.iter().any(Vec::is_empty) {
        return Err(wrong("it names no key"));
    }
    let threshold = threshold(rule, groups.len()).map_err(wrong)?;
    let only = rule.get("mac_only_encrypted").map(|node| &node.value);
    let mac_only_encrypted = only == Some(&yaml::Value::Bool(true));
    let rule = (name.to_owned(), what.to_owned());
    Ok((regex, Recipe { groups, threshold, rule, mac_only_encrypted }))
}

fn threshold(rule: &Node, groups: usize) -> Result<usize, &'static str> {
    let written = match rule.get("shamir_threshold").map(|node| &node.value) {
        Some(yaml::Value::Int(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        Some(_) => return Err("`shamir_threshold` is not a number"),
        None => 0,
    };
    match (groups, written) {
        (1, _) => Ok(0),
        (groups, 0) => Ok(groups),
        (_, 1) => Err("`shamir_threshold` must be at least 2"),
        (groups, written) if written > groups => {
            Err("`shamir_threshold` is larger than the number of key groups")
        }
        (_, written) => Ok(written),
    }
}

/// A group with those that it merges.
fn key_group(group: &Node) -> Result<Vec<MasterKey>, Wrong> {
    let mut found = Vec::new();
    for merged in group.get("merge").and_then(Node::as_sequence).unwrap_or_default() {
        found.extend(key_group(merged)?);
    }
    found.extend(keys(group, |(_, _, in_group)| in_group)?);
    let mut unique: Vec<MasterKey> = Vec::new();
    for key in found {
        if !unique.iter().any(|known| super::heading::is_same(known, &key)) {
            unique.push(key);
        }
    }
    Ok(unique)
}

fn keys(
    map: &Node,
    member: impl Fn((KeyKind, &'static str, &'static str)) -> &'static str,
) -> Result<Vec<MasterKey>, Wrong> {
    let mut keys = Vec::new();
    for kind in KINDS {
        let Some(node) = map.get(member(kind)) else { continue };
        let wrong =
            |node: &Node| (node.at.line, format!("`{}` is not a list of keys", member(kind)));
        let texts: Vec<&str> = match &node.value {
            yaml::Value::Null => Vec::new(),
            yaml::Value::String(text) => vec![text],
            yaml::Value::Sequence(items) => items
                .iter()
                .map(|item| name(item).ok_or_else(|| wrong(item)))
                .collect::<Result<_, _>>()?,
            yaml::Value::Bool(_)
            | yaml::Value::Int(_)
            | yaml::Value::Uint(_)
            | yaml::Value::Float(_)
            | yaml::Value::Timestamp(_)
            | yaml::Value::Mapping(_) => return Err(wrong(node)),
        };
        let names = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            if metadata::is_private(name) {
                let reason = format!("`{}` holds a private key; name the public one", member(kind));
                return Err((node.at.line, reason));
            }
            keys.push(MasterKey { kind: kind.0, ..recipe::age(name) });
        }
    }
    Ok(keys)
}

/// A key that is text, or a mapping with the member that names it.
fn name(item: &Node) -> Option<&str> {
    let members = ["arn", "resource_id", "key_id", "key"];
    item.as_str().or_else(|| members.iter().find_map(|member| item.get(member)?.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &str) -> String {
        let policy = match Policy::parse(Path::new("/r/.sops.yaml"), text.as_bytes()) {
            Ok(policy) => policy,
            Err(error) => return error.to_string(),
        };
        match policy.recipe(&Path::new("/r").join(path)) {
            Ok(recipe) => format!(
                "{:?} of {}, {}={}{}",
                recipe.recipients(),
                recipe.threshold,
                recipe.rule.0,
                recipe.rule.1,
                if recipe.mac_only_encrypted { ", mac only" } else { "" }
            ),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_first_rule_that_fits_the_path_from_the_file_decides() {
        let text = "creation_rules:\n  - path_regex: ^prod/.*\\.yaml$\n    age: age1a, age1b\n    encrypted_regex: ^data$\n    mac_only_encrypted: true\n  - age: [age1c, 'ssh-ed25519 AAAA me@host']\n    pgp: FBC7\n";
        insta::assert_snapshot!(check(text, "prod/x.yaml"), @r#"["age1a", "age1b"] of 0, encrypted_regex=^data$, mac only"#);
        insta::assert_snapshot!(check(text, "other/prod/x.yaml"), @r#"["age1c", "ssh-ed25519 AAAA me@host", "PGP key FBC7"] of 0, unencrypted_suffix=_unencrypted"#);
    }

    #[test]
    fn key_groups_merge_and_have_a_threshold() {
        let text = "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - merge: [{age: [age1a]}, {age: [age1a, age1b]}]\n        age: [age1b]\n      - age: [age1c]\n      - kms: [{arn: 'arn:aws'}]\n";
        insta::assert_snapshot!(check(text, "x"), @r#"["age1a", "age1b", "age1c", "AWS KMS key arn:aws"] of 2, unencrypted_suffix=_unencrypted"#);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        insta::assert_snapshot!(check("creation_rules:\n  - path_regex: a\n    age: age1a\n", "b"), @"no rule of `/r/.sops.yaml` fits `/r/b`");
        insta::assert_snapshot!(check("creation_rules:\n  - path_regex: '('\n", "b"), @"line 2 of `/r/.sops.yaml`: `path_regex` is not a regular expression");
        insta::assert_snapshot!(check("creation_rules:\n  - age: age1a\n    encrypted_regex: a\n    encrypted_suffix: b\n", "b"), @"line 2 of `/r/.sops.yaml`: more than one member says what is encrypted");
        insta::assert_snapshot!(check("creation_rules:\n  - age: 7\n", "b"), @"line 2 of `/r/.sops.yaml`: `age` is not a list of keys");
        insta::assert_snapshot!(check("creation_rules:\n  - age: [AGE-SECRET-KEY-1QQ]\n", "b"), @"line 2 of `/r/.sops.yaml`: `age` holds a private key; name the public one");
        insta::assert_snapshot!(check("creation_rules:\n  - {}\n", "b"), @"line 2 of `/r/.sops.yaml`: it names no key");
        insta::assert_snapshot!(check("creation_rules:\n  - key_groups: [{age: [a]}, {age: [b]}]\n    shamir_threshold: 1\n", "b"), @"line 2 of `/r/.sops.yaml`: `shamir_threshold` must be at least 2");
        insta::assert_snapshot!(check("a: [\n", "b"), @"`/r/.sops.yaml` is not valid YAML");
    }
}
