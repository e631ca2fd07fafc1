//! The data key of a file: decrypted with the first identity that fits, or put together from the shares of its key groups.

use zeroize::Zeroizing;

use super::error::Cause;
use super::keys::{Keys, Locked};
use super::leaf::KEY_SIZE;
use super::metadata::{Group, KeyKind, Metadata};
use super::shamir::{self, Share};

/// The fewest groups that a data key is divided among.
const FEWEST: usize = 2;

/// A data key.
pub(super) type DataKey = Zeroizing<[u8; KEY_SIZE]>;

/// Decrypts the data key.
pub(super) fn unlock(metadata: &Metadata, keys: &Keys) -> Result<DataKey, Cause> {
    let key = match metadata.groups.as_slice() {
        [] => return Err(bad("it names no key")),
        [group] => of_group(group, keys)?,
        groups => of_groups(groups, metadata.threshold, keys)?,
    };
    let wrong_size = |_error| bad("its data key has another length");
    <[u8; KEY_SIZE]>::try_from(&**key).map(Zeroizing::new).map_err(wrong_size)
}

fn bad(reason: &str) -> Cause {
    Cause::Metadata { reason: reason.to_owned() }
}

/// The key from as many groups as it takes.
fn of_groups(groups: &[Group], threshold: usize, keys: &Keys) -> Result<Share, Cause> {
    let threshold = if threshold == 0 { groups.len() } else { threshold };
    if threshold < FEWEST || threshold > groups.len() {
        return Err(bad("its `shamir_threshold` does not fit its key groups"));
    }
    let mut shares = Vec::new();
    let mut shut = Vec::new();
    for group in groups {
        match of_group(group, keys) {
            Ok(share) => shares.push(share),
            // Damage is worth more words than a key that is not ours.
            Err(cause @ (Cause::DataKey { .. } | Cause::Identity { .. })) => return Err(cause),
            Err(_) => shut.extend(group.keys.iter().map(ToString::to_string)),
        }
        if shares.len() == threshold {
            return shamir::combine(&shares)
                .ok_or_else(|| bad("the shares of its key groups do not belong together"));
        }
    }
    let (groups, open, own) = (groups.len(), shares.len(), keys.own());
    Err(Cause::KeyGroups { groups, threshold, open, shut, own })
}

/// The key, or the share of it, that one group holds.
fn of_group(group: &Group, keys: &Keys) -> Result<Share, Cause> {
    let names = || group.keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    if group.keys.is_empty() {
        return Err(bad("one of its key groups names no key"));
    }
    let mut usable = false;
    let mut failed = None;
    for key in &group.keys {
        let opened = match key.kind {
            KeyKind::Age => keys.unlock(armour(&key.enc).as_bytes()),
            KeyKind::Pgp => keys.unlock_pgp(armour(&key.enc).as_bytes(), &key.id),
            KeyKind::AwsKms
            | KeyKind::GoogleKms
            | KeyKind::AzureKeyVault
            | KeyKind::VaultTransit
            | KeyKind::HuaweiKms => continue,
        };
        usable = true;
        match opened {
            Ok(plain) => return Ok(plain),
            Err(Locked::NoMatch) => (),
            Err(Locked::Damaged) => failed = Some(Cause::DataKey { recipient: key.to_string() }),
            Err(Locked::Shut { origin, reason }) => {
                failed = Some(Cause::Identity { origin, reason });
            }
        }
    }
    match failed {
        Some(cause) => Err(cause),
        None if !usable => Err(Cause::Unsupported { keys: names() }),
        None if keys.is_empty() => Err(no_keys(keys)),
        None => Err(Cause::NoMatch { recipients: names(), own: keys.own() }),
    }
}

/// What to say when there is no identity that can be used.
pub(super) fn no_keys(keys: &Keys) -> Cause {
    Cause::NoKeys { unusable: keys.unusable() }
}

/// Each line without blanks around it; a last line break.
fn armour(text: &str) -> String {
    let mut lines: String = text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    lines.push('\n');
    lines
}
