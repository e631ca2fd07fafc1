//! Those for whom something is encrypted.

use std::io::Write as _;

use age::Encryptor;
use age::armor::{ArmoredWriter, Format};

use super::hybrid;
use crate::secrets::metadata::{KeyKind, MasterKey, is_private};

/// Somebody who can decrypt.
pub(super) enum Recipient {
    Age(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
    Hybrid(Box<hybrid::Recipient>),
}

impl Recipient {
    /// Whoever a key means; otherwise says why nothing can be encrypted for it.
    pub(super) fn of(key: &MasterKey) -> Result<Self, String> {
        if key.kind != KeyKind::Age {
            return Err(format!("nothing can be encrypted for {key}, only for age and SSH keys"));
        }
        let refused = |reason| format!("nothing can be encrypted for `{key}`: {reason}");
        Self::parse(&key.id).map_err(refused)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("ssh-") {
            return text
                .parse()
                .map(Self::Ssh)
                .map_err(|_error| "it is not an SSH key that age knows".to_owned());
        }
        if text.starts_with(hybrid::PREFIX) {
            let hybrid =
                hybrid::Recipient::parse(text).map(|recipient| Self::Hybrid(Box::new(recipient)));
            return hybrid.ok_or_else(|| "it is not a post-quantum age recipient".to_owned());
        }
        if is_private(text) {
            return Err("it is a private key; name the public one".to_owned());
        }
        let plugin = text.rsplit_once('1').is_some_and(|(name, _)| name.starts_with("age1"));
        text.parse().map(Self::Age).map_err(|_error| {
            if plugin { "it needs an age plugin" } else { "it is not an age recipient" }.to_owned()
        })
    }

    /// Encrypts a short text for this one, as SOPS keeps it.
    pub(super) fn wrap(&self, plain: &[u8]) -> Result<String, String> {
        let bytes = seal_text(&[self], plain)?;
        String::from_utf8(bytes).map_err(|_error| "age wrote no text".to_owned())
    }

    fn inner(&self) -> &dyn age::Recipient {
        match self {
            Self::Age(recipient) => recipient,
            Self::Ssh(recipient) => recipient,
            Self::Hybrid(recipient) => &**recipient,
        }
    }
}

/// Encrypts bytes for several, as an age file of text.
pub(super) fn seal_text(recipients: &[&Recipient], plain: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let inner = recipients.iter().map(|recipient| recipient.inner());
    let encryptor = Encryptor::with_recipients(inner).map_err(|error| error.to_string())?;
    let write = || {
        let armour = ArmoredWriter::wrap_output(&mut out, Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armour)?;
        writer.write_all(plain)?;
        writer.finish()?.finish()?;
        Ok::<_, std::io::Error>(())
    };
    write().map_err(|error| error.to_string())?;
    Ok(out)
}
