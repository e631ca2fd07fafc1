//! The data key of a file: decrypted with the first identity that fits.

use zeroize::Zeroizing;

use super::error::Cause;
use super::keys::{Keys, Locked};
use super::leaf::KEY_SIZE;
use super::metadata::{Group, Metadata};

/// Decrypts the data key.
pub(super) fn unlock(metadata: &Metadata, keys: &Keys) -> Result<Zeroizing<[u8; KEY_SIZE]>, Cause> {
    match metadata.groups.as_slice() {
        [] => Err(Cause::Metadata { reason: "it names no key".to_owned() }),
        [group] => of_group(group, keys),
        groups => {
            let threshold = if metadata.threshold == 0 { groups.len() } else { metadata.threshold };
            Err(Cause::KeyGroups { groups: groups.len(), threshold })
        }
    }
}

fn of_group(group: &Group, keys: &Keys) -> Result<Zeroizing<[u8; KEY_SIZE]>, Cause> {
    let usable: Vec<_> =
        group.age.iter().filter(|key| !key.recipient.starts_with("age1pq1")).collect();
    if usable.is_empty() {
        return Err(unsupported(group));
    }
    if keys.is_empty() {
        return Err(no_keys(keys));
    }
    let mut damaged = None;
    for key in usable {
        match keys.unlock(armour(&key.enc).as_bytes()) {
            Ok(plain) => {
                let size = |_error| Cause::DataKey { recipient: key.recipient.clone() };
                return <[u8; KEY_SIZE]>::try_from(&**plain).map(Zeroizing::new).map_err(size);
            }
            Err(Locked::NoMatch) => (),
            Err(Locked::Damaged) => damaged = Some(key.recipient.clone()),
        }
    }
    if let Some(recipient) = damaged {
        return Err(Cause::DataKey { recipient });
    }
    let recipients = group.age.iter().map(|key| key.recipient.clone());
    let recipients = recipients.chain(group.others.iter().cloned()).collect();
    Err(Cause::NoMatch { recipients, own: keys.recipients().to_vec() })
}

/// What to say when there is no identity that can be used.
pub(super) fn no_keys(keys: &Keys) -> Cause {
    if keys.unsupported().is_empty() {
        Cause::NoKeys
    } else {
        Cause::Unsupported { keys: keys.unsupported().to_vec() }
    }
}

fn unsupported(group: &Group) -> Cause {
    let short = |recipient: &str| recipient.chars().take(20).collect::<String>();
    let age = group
        .age
        .iter()
        .map(|key| format!("post-quantum age recipient {}…", short(&key.recipient)));
    let keys: Vec<_> = age.chain(group.others.iter().cloned()).collect();
    if keys.is_empty() {
        Cause::Metadata { reason: "it names no key".to_owned() }
    } else {
        Cause::Unsupported { keys }
    }
}

/// Each line without blanks around it; a last line break.
fn armour(text: &str) -> String {
    let mut lines: String = text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    lines.push('\n');
    lines
}
