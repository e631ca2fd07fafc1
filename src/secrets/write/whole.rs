//! Files that age encrypts as a whole.

use std::path::Path;

use super::error::Error;
use super::recipe::Recipe;
use super::recipient::{Recipient, seal_text};

/// Encrypts bytes for the recipients of a recipe, as an age file of text.
pub fn encrypt_whole(file: &Path, plain: &[u8], recipe: &Recipe) -> Result<Vec<u8>, Error> {
    let refused = |reason| Error::Recipient { file: file.to_owned(), reason };
    let [group] = recipe.groups.as_slice() else {
        return Err(refused("age alone has no key groups".to_owned()));
    };
    let recipients = group.iter().map(Recipient::of).collect::<Result<Vec<_>, _>>();
    let recipients = recipients.map_err(refused)?;
    let borrowed: Vec<&Recipient> = recipients.iter().collect();
    seal_text(&borrowed, plain).map_err(refused)
}
