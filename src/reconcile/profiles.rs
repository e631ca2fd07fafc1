//! Seccomp profiles that a service names as files: read with the revision, and handed to the engine as text.

use std::path::Path;

use crate::model::desired::{Input, InputKind};
use crate::model::hash::sha256_hex;
use crate::model::name::ServiceName;
use crate::model::tree::join_clean;

use super::error::Error;
use super::layout::{Layout, Materials};

/// Reads the profile in `file`, a path from the project directory. It counts as an input of the service.
pub(super) fn add(
    materials: &Materials,
    service: &ServiceName,
    file: &str,
    layout: &mut Layout,
) -> Result<(), Error> {
    let path = join_clean(&materials.loaded.project.working_dir, Path::new(file));
    let bytes = materials.tree.read(&path).map_err(|source| Error::Input {
        service: service.clone(),
        kind: InputKind::File,
        name: file.to_owned(),
        source,
    })?;
    let wrong = || Error::Profile { service: service.clone(), name: file.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    let _valid: serde_json::Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let text = compact(text);
    let digest = sha256_hex(text.as_bytes());
    let input = Input { kind: InputKind::File, name: file.to_owned(), path: None, digest };
    layout.input(service, input);
    layout.profiles.insert(file.to_owned(), text);
    Ok(())
}

/// JSON without the blanks between its parts; everything else stays as it was written.
fn compact(text: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for character in text.chars() {
        if quoted {
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if matches!(character, ' ' | '\t' | '\r' | '\n') {
            continue;
        } else {
            quoted = character == '"';
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn only_blanks_between_the_parts_go() {
        let text = "{ \"a b\\\" c\" : [ 1.0,\n\t2e5 ] , \"d\\\\\": null }\n";
        assert_eq!(compact(text), r#"{"a b\" c":[1.0,2e5],"d\\":null}"#);
    }
}
