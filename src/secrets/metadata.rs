//! The `sops` entry of a file: who can read it, what is encrypted, and its MAC.

use regex::Regex;

use super::error::Cause;
use super::rule::Rule;
use super::tree::{Document, Item, Value, get};
use crate::yaml::Timestamp;

/// What SOPS notes in a file.
#[derive(Debug)]
pub(super) struct Metadata {
    /// When it was last changed, as the MAC is bound to it.
    pub(super) last_modified: String,
    /// The encrypted MAC.
    pub(super) mac: String,
    /// Whether the MAC covers encrypted values only.
    pub(super) mac_only_encrypted: bool,
    /// What is encrypted.
    pub(super) rule: Rule,
    /// The key groups; one, unless the data key is shared out.
    pub(super) groups: Vec<Group>,
    /// How many groups are needed; 0 means all.
    pub(super) threshold: usize,
}

/// The keys of which any one is enough.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) age: Vec<AgeKey>,
    /// Keys of other kinds, each with its kind, for people.
    pub(super) others: Vec<String>,
}

/// The data key, encrypted for one age recipient.
#[derive(Debug)]
pub(super) struct AgeKey {
    pub(super) recipient: String,
    pub(super) enc: String,
}

/// Kinds of keys that are not age: the list's name, the kind for people, the member that names the key.
const OTHERS: [(&str, &str, &str); 6] = [
    ("pgp", "PGP key", "fp"),
    ("kms", "AWS KMS key", "arn"),
    ("gcp_kms", "Google KMS key", "resource_id"),
    ("azure_kv", "Azure key", "name"),
    ("hc_vault", "Vault key", "key_name"),
    ("hckms", "Huawei KMS key", "key_id"),
];

/// The rule of a file that names none.
const DEFAULT_SUFFIX: &str = "_unencrypted";

/// Whether a top-level value is SOPS's metadata.
pub(super) fn is_metadata(value: &Value) -> bool {
    value
        .as_map()
        .is_some_and(|map| get(map, "mac").is_some() || get(map, "lastmodified").is_some())
}

impl Metadata {
    /// Reads the `sops` entry.
    pub(super) fn read(value: &Value) -> Result<Self, Cause> {
        let map = value.as_map().ok_or_else(|| bad("not a mapping"))?;
        let written = text(map, "lastmodified").ok_or_else(|| bad("`lastmodified` is missing"))?;
        let time = Timestamp::parse(&written).ok_or_else(|| bad("`lastmodified` is not a time"))?;
        let mac = text(map, "mac").filter(|mac| !mac.is_empty()).ok_or(Cause::NoMac)?;
        let whole = group(map);
        let groups = if whole.age.is_empty() && whole.others.is_empty() {
            let listed = get(map, "key_groups").and_then(Value::as_list).unwrap_or_default();
            listed.iter().filter_map(Value::as_map).map(group).collect()
        } else {
            vec![whole]
        };
        Ok(Self {
            last_modified: time.rfc3339_seconds(),
            mac,
            mac_only_encrypted: text(map, "mac_only_encrypted").as_deref() == Some("true"),
            rule: rule(map)?,
            groups,
            threshold: threshold(map)?,
        })
    }
}

fn bad(reason: &str) -> Cause {
    Cause::Metadata { reason: reason.to_owned() }
}

fn text(map: &Document, key: &str) -> Option<String> {
    get(map, key)?.as_text()
}

/// Old dotenv and INI files hold it as `2.000000`.
fn threshold(map: &Document) -> Result<usize, Cause> {
    let Some(text) = text(map, "shamir_threshold") else { return Ok(0) };
    let whole = text.split_once('.').map_or(&*text, |(whole, _)| whole);
    whole.parse().map_err(|_error| bad("`shamir_threshold` is not a number"))
}

fn group(map: &Document) -> Group {
    let members = |name: &str| {
        let list = get(map, name).and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_map).collect::<Vec<_>>()
    };
    let age_key = |key: &Document| {
        Some(AgeKey {
            recipient: text(key, "recipient").unwrap_or_default(),
            enc: text(key, "enc")?,
        })
    };
    let mut others = Vec::new();
    for (name, kind, member) in OTHERS {
        for key in members(name) {
            others.push(format!("{kind} {}", text(key, member).unwrap_or_default()));
        }
    }
    Group { age: members("age").into_iter().filter_map(age_key).collect(), others }
}

fn rule(map: &Document) -> Result<Rule, Cause> {
    let compile = |text: String| {
        Regex::new(&text).map_err(|_error| bad("the pattern of its rule cannot be read"))
    };
    let mut rules = Vec::new();
    for item in map {
        let Item::Entry(name, value) = item else { continue };
        let Some(text) = value.as_text().filter(|text| !text.is_empty()) else { continue };
        rules.push(match name.as_str() {
            "unencrypted_suffix" => Rule::UnencryptedSuffix(text),
            "encrypted_suffix" => Rule::EncryptedSuffix(text),
            "unencrypted_regex" => Rule::UnencryptedRegex(compile(text)?),
            "encrypted_regex" => Rule::EncryptedRegex(compile(text)?),
            "unencrypted_comment_regex" => Rule::UnencryptedCommentRegex(compile(text)?),
            "encrypted_comment_regex" => Rule::EncryptedCommentRegex(compile(text)?),
            _ => continue,
        });
    }
    if rules.len() > 1 {
        return Err(bad("more than one rule says what is encrypted"));
    }
    Ok(rules.pop().unwrap_or_else(|| Rule::UnencryptedSuffix(DEFAULT_SUFFIX.to_owned())))
}
