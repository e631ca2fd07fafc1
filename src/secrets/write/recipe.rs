//! How a file is to be encrypted: for whom, and what of it.

use crate::secrets::metadata::{DEFAULT_SUFFIX, KeyKind, MasterKey};

/// How a file is to be encrypted.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// The keys; several groups divide the data key.
    pub(super) groups: Vec<Vec<MasterKey>>,
    /// How many groups it takes.
    pub(super) threshold: usize,
    /// The rule that says what is encrypted: its name and its text.
    pub(super) rule: (String, String),
    /// Whether the MAC covers encrypted values only.
    pub(super) mac_only_encrypted: bool,
}

impl Recipe {
    /// For these age recipients and SSH keys, everything.
    pub fn of_recipients(recipients: &[String]) -> Self {
        Self {
            groups: vec![recipients.iter().map(|recipient| age(recipient)).collect()],
            threshold: 0,
            rule: ("unencrypted_suffix".to_owned(), DEFAULT_SUFFIX.to_owned()),
            mac_only_encrypted: false,
        }
    }

    /// For these recipients in place of its own.
    #[must_use]
    pub fn with_recipients(self, recipients: &[String]) -> Self {
        Self { groups: Self::of_recipients(recipients).groups, threshold: 0, ..self }
    }

    /// Those who will be able to decrypt.
    pub fn recipients(&self) -> Vec<String> {
        self.groups.iter().flatten().map(ToString::to_string).collect()
    }
}

/// The name of a key of age, or of an SSH key.
pub(super) fn age(recipient: &str) -> MasterKey {
    let id = recipient.trim().to_owned();
    MasterKey { kind: KeyKind::Age, id, enc: String::new() }
}
