//! Files that age encrypts as a whole.

use std::path::Path;

use super::error::Error;
use super::recipe::Recipe;
use super::recipient::{Recipient, seal_text};
use crate::secrets::metadata::KeyKind;

/// Encrypts bytes for the recipients of a recipe, as an age file of text.
pub fn encrypt_whole(file: &Path, plain: &[u8], recipe: &Recipe) -> Result<Vec<u8>, Error> {
    let refused = |reason| Error::Recipient { file: file.to_owned(), reason };
    let [group] = recipe.groups.as_slice() else {
        return Err(refused("age alone has no key groups".to_owned()));
    };
    let parse = |key: &crate::secrets::metadata::MasterKey| {
        if key.kind != KeyKind::Age {
            return Err(format!("cannot encrypt for {key}: only age and SSH keys are supported"));
        }
        Recipient::parse(&key.id).map_err(|reason| format!("cannot encrypt for `{key}`: {reason}"))
    };
    let recipients = group.iter().map(parse).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let borrowed: Vec<&Recipient> = recipients.iter().collect();
    seal_text(&borrowed, plain).map_err(refused)
}
