//! The `sops` entry of a file: who can read it, what is encrypted, and its MAC.

use std::fmt;

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
    /// The keys, kind after kind, each in the order of the file.
    pub(super) keys: Vec<MasterKey>,
}

/// The data key, or a share of it, encrypted for one key.
#[derive(Debug, Clone)]
pub(super) struct MasterKey {
    /// What kind of key it is.
    pub(super) kind: KeyKind,
    /// Which key: an age recipient, a PGP fingerprint, the name of a KMS key.
    pub(super) id: String,
    /// What was encrypted for it.
    pub(super) enc: String,
}

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Age,
    Pgp,
    AwsKms,
    GoogleKms,
    AzureKeyVault,
    VaultTransit,
    HuaweiKms,
}

impl KeyKind {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::Age,
        Self::Pgp,
        Self::AwsKms,
        Self::GoogleKms,
        Self::AzureKeyVault,
        Self::VaultTransit,
        Self::HuaweiKms,
    ];

    /// The list of the metadata in which its keys stand, and the members that name a key.
    pub(super) fn list(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Age => ("age", &["recipient"]),
            Self::Pgp => ("pgp", &["fp"]),
            Self::AwsKms => ("kms", &["arn"]),
            Self::GoogleKms => ("gcp_kms", &["resource_id"]),
            Self::AzureKeyVault => ("azure_kv", &["vault_url", "name"]),
            Self::VaultTransit => ("hc_vault", &["vault_address", "engine_path", "key_name"]),
            Self::HuaweiKms => ("hckms", &["key_id"]),
        }
    }
}

impl fmt::Display for MasterKey {
    /// The key, for people: an age recipient as it is, others with their kind; long ones shortened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            KeyKind::Age => "",
            KeyKind::Pgp => "PGP key ",
            KeyKind::AwsKms => "AWS KMS key ",
            KeyKind::GoogleKms => "Google Cloud KMS key ",
            KeyKind::AzureKeyVault => "Azure Key Vault key ",
            KeyKind::VaultTransit => "Vault transit key ",
            KeyKind::HuaweiKms => "Huawei Cloud KMS key ",
        })?;
        f.write_str(&shortened(&self.id))
    }
}

/// Whether a text that should be a public key is a private one, which nobody may see.
pub(super) fn is_private(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("AGE-SECRET-KEY-") || text.starts_with("-----BEGIN")
}

/// A recipient as people can tell it from others: a post-quantum one is 2,000 characters long.
pub(super) fn shortened(recipient: &str) -> String {
    if is_private(recipient) {
        return "a private key".to_owned();
    }
    if recipient.len() <= LONG {
        return recipient.to_owned();
    }
    let (head, tail) = (recipient.chars().take(24), recipient.chars().rev().take(8));
    let tail: String = tail.collect::<Vec<_>>().into_iter().rev().collect();
    format!("{}…{tail}", head.collect::<String>())
}

/// Characters of a recipient that are shown whole.
const LONG: usize = 200;
/// The newest generation of SOPS whose files are known.
const NEWEST: u32 = 3;
/// The rule of a file that names none.
pub(super) const DEFAULT_SUFFIX: &str = "_unencrypted";

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
        check_version(map)?;
        let written = text(map, "lastmodified").ok_or_else(|| bad("`lastmodified` is missing"))?;
        let time = Timestamp::parse(&written).ok_or_else(|| bad("`lastmodified` is not a time"))?;
        let mac = text(map, "mac").filter(|mac| !mac.is_empty()).ok_or(Cause::NoMac)?;
        let whole = group(map);
        let groups = if whole.keys.is_empty() {
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

/// A file of a generation that is not known may mean something else by the same words.
fn check_version(map: &Document) -> Result<(), Cause> {
    let Some(version) = text(map, "version").filter(|version| !version.is_empty()) else {
        return Ok(());
    };
    let number = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    match number.parse::<u32>() {
        Ok(number) if number <= NEWEST => Ok(()),
        Ok(number) => Err(bad(&format!("it was written by SOPS {number}, which is not known"))),
        Err(_) => Err(bad("`version` is not a version")),
    }
}

pub(super) fn group(map: &Document) -> Group {
    let mut keys = Vec::new();
    for kind in KeyKind::ALL {
        let (list, members) = kind.list();
        let entries = get(map, list).and_then(Value::as_list).unwrap_or_default();
        for entry in entries.iter().filter_map(Value::as_map) {
            let id: Vec<_> = members.iter().filter_map(|member| text(entry, member)).collect();
            let enc = text(entry, "enc").unwrap_or_default();
            keys.push(MasterKey { kind, id: id.join("/"), enc });
        }
    }
    Group { keys }
}

pub(super) fn rule(map: &Document) -> Result<Rule, Cause> {
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
