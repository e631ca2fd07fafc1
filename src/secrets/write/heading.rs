//! The `sops` entry of a file that is written.

use zeroize::Zeroizing;

use super::recipe::Recipe;
use super::recipient::Recipient;
use super::share;
use crate::secrets::leaf::KEY_SIZE;
use crate::secrets::metadata::{KeyKind, MasterKey, group};
use crate::secrets::tree::{Document, Item, Value, get};

/// The version of SOPS whose format is written.
const VERSION: &str = "3.13.3";

/// The order in which SOPS writes what it notes; what it does not know follows.
const ORDER: [&str; 19] = [
    "shamir_threshold",
    "key_groups",
    "kms",
    "gcp_kms",
    "hckms",
    "azure_kv",
    "hc_vault",
    "age",
    "lastmodified",
    "mac",
    "pgp",
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
    "mac_only_encrypted",
    "version",
];

/// Where keys stand.
const KEYS: [&str; 9] = [
    "shamir_threshold",
    "key_groups",
    "kms",
    "gcp_kms",
    "hckms",
    "azure_kv",
    "hc_vault",
    "age",
    "pgp",
];

/// The copy of a data key, or of a share of it, that one key can decrypt.
#[derive(Debug, Clone)]
pub(super) struct KeyEntry {
    /// Whose it is.
    pub(super) key: MasterKey,
    /// What stands in the file.
    pub(super) entry: Document,
}

/// What a new file notes, but for its keys.
pub(super) fn fresh(recipe: &Recipe) -> Document {
    let mut heading = Document::new();
    let (name, text) = &recipe.rule;
    put(&mut heading, name, Value::text(text));
    if recipe.mac_only_encrypted {
        put(&mut heading, "mac_only_encrypted", Value::Bool(true));
    }
    put(&mut heading, "version", Value::text(VERSION));
    heading
}

/// Notes the time and the MAC.
pub(super) fn stamp(heading: &mut Document, time: &str, mac: Value) {
    put(heading, "lastmodified", Value::text(time));
    put(heading, "mac", mac);
    sort(heading);
}

/// Puts keys in the place of those that are there.
pub(super) fn set_keys(heading: &mut Document, groups: &[Vec<KeyEntry>], threshold: usize) {
    heading.retain(|item| !matches!(item, Item::Entry(key, _) if KEYS.contains(&key.as_str())));
    if groups.len() == 1 {
        for group in groups {
            heading.extend(lists(group));
        }
    } else {
        let threshold = i64::try_from(threshold).unwrap_or(i64::MAX);
        put(heading, "shamir_threshold", Value::Int(threshold));
        let groups = groups.iter().map(|group| Value::Map(lists(group))).collect();
        put(heading, "key_groups", Value::List(groups));
    }
    sort(heading);
}

/// The keys of a group, in a list for each kind.
fn lists(group: &[KeyEntry]) -> Document {
    let mut lists = Document::new();
    for kind in KeyKind::ALL {
        let of_kind = group.iter().filter(|entry| entry.key.kind == kind);
        let entries: Vec<_> = of_kind.map(|entry| Value::Map(entry.entry.clone())).collect();
        if !entries.is_empty() {
            put(&mut lists, kind.list().0, Value::List(entries));
        }
    }
    sort(&mut lists);
    lists
}

/// Encrypts the data key for everybody that a recipe names; `known` are copies that need not be made again, because the
/// file has one group and keeps its key.
pub(super) fn wrap(
    recipe: &Recipe,
    key: &[u8; KEY_SIZE],
    known: &[KeyEntry],
) -> Result<Vec<Vec<KeyEntry>>, String> {
    let groups = &recipe.groups;
    let shares = match groups.as_slice() {
        [_] => vec![Zeroizing::new(key.to_vec())],
        groups => {
            let parts = u8::try_from(groups.len()).map_err(|_error| "too many key groups")?;
            share::split(key, parts, recipe.threshold)
        }
    };
    let known = if groups.len() == 1 { known } else { &[] };
    let group = |(names, share): (&Vec<MasterKey>, &Zeroizing<Vec<u8>>)| {
        names.iter().map(|name| entry(name, share, known)).collect::<Result<Vec<_>, _>>()
    };
    groups.iter().zip(&shares).map(group).collect()
}

fn entry(name: &MasterKey, share: &[u8], known: &[KeyEntry]) -> Result<KeyEntry, String> {
    if let Some(known) = known.iter().find(|known| is_same(name, &known.key)) {
        return Ok(known.clone());
    }
    let enc = Recipient::of(name)?.wrap(share)?;
    let key = name.clone();
    let mut entry = Document::new();
    put(&mut entry, "enc", Value::text(&enc));
    put(&mut entry, "recipient", Value::text(&name.id));
    Ok(KeyEntry { key, entry })
}

/// The copies of the data key that a file of one group has; none of one with several.
pub(super) fn known(heading: &Document) -> Vec<KeyEntry> {
    let keys = group(heading).keys;
    let entries = KeyKind::ALL.iter().flat_map(|kind| {
        let list = get(heading, kind.list().0).and_then(Value::as_list).unwrap_or_default();
        list.iter().filter_map(Value::as_map).cloned()
    });
    keys.into_iter().zip(entries).map(|(key, entry)| KeyEntry { key, entry }).collect()
}

/// Whether two names mean the same key.
pub(super) fn is_same(one: &MasterKey, other: &MasterKey) -> bool {
    one.kind == other.kind && one.id.trim() == other.id.trim()
}

/// Notes a value under a key.
pub(super) fn put(map: &mut Document, key: &str, value: Value) {
    for item in map.iter_mut() {
        if let Item::Entry(name, known) = item
            && name == key
        {
            *known = value;
            return;
        }
    }
    map.push(Item::Entry(key.to_owned(), value));
}

fn sort(map: &mut Document) {
    map.sort_by_key(|item| match item {
        Item::Entry(key, _) => ORDER.iter().position(|name| name == key).unwrap_or(ORDER.len()),
        Item::Comment(_) => ORDER.len(),
    });
}
