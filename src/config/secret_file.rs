//! Files that hold credentials.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::error::Error;
use crate::model::secret::Secret;

/// Where Docker and systemd put the secrets of a container or unit; others cannot reach in there.
const PRIVATE_BY_PLACE: [&str; 2] = ["/run/secrets/", "/run/credentials/"];

/// Bytes of a file of settings or credentials at most.
const MAX_FILE: u64 = 16 << 20;

/// Reads a credential; warns when others may read it, too.
pub(super) fn read(
    setting: &str,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<Secret, Error> {
    let fail =
        |source| Error::SecretFile { setting: setting.to_owned(), path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(fail)?;
    let mode = file.metadata().map_err(fail)?.permissions().mode() & 0o777;
    let secret = Secret::new(bounded(file).map_err(fail)?);
    if secret.expose().iter().all(u8::is_ascii_whitespace) {
        return Err(Error::EmptySecretFile { setting: setting.to_owned(), path: path.to_owned() });
    }
    let private = PRIVATE_BY_PLACE.iter().any(|place| path.starts_with(place));
    if mode & 0o077 != 0 && !private {
        warnings.push(format!(
            "others may read `{}`, which `{setting}` names (mode {mode:04o}); `chmod 600` it",
            path.display()
        ));
    }
    Ok(secret)
}

/// Reads a file that is not secret.
pub(super) fn read_text(setting: &str, path: &Path) -> Result<String, Error> {
    let text = fs::File::open(path).and_then(bounded).and_then(|bytes| {
        String::from_utf8(bytes)
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "not UTF-8 text"))
    });
    text.map_err(|source| Error::SecretFile {
        setting: setting.to_owned(),
        path: path.to_owned(),
        source,
    })
}

/// Reads to the end, but not for ever: `/dev/zero` has none. Pipes are fine, shells make them.
pub(super) fn bounded(file: fs::File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        let text = format!("it is larger than {} MiB", MAX_FILE >> 20);
        return Err(io::Error::new(ErrorKind::FileTooLarge, text));
    }
    Ok(bytes)
}

/// The first line of a credential, for those that are one line: editors end files with a line feed.
#[expect(clippy::needless_pass_by_value, reason = "the longer value is wiped here")]
pub(super) fn first_line(secret: Secret) -> Secret {
    let bytes = secret.expose();
    let line = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    Secret::new(line.unwrap_or_default().trim_ascii().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_may_read_is_warned_about_and_an_empty_one_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        fs::write(&path, "s3cret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let mut warnings = Vec::new();
        let secret = read("token_file", &path, &mut warnings).unwrap();
        assert_eq!(first_line(secret).expose(), b"s3cret");
        assert!(
            warnings[0].contains("mode 0644") && !warnings[0].contains("s3cret"),
            "{warnings:?}"
        );

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        warnings.clear();
        read("token_file", &path, &mut warnings).unwrap();
        assert!(warnings.is_empty());

        fs::write(&path, "\n").unwrap();
        assert!(matches!(
            read("token_file", &path, &mut warnings),
            Err(Error::EmptySecretFile { .. })
        ));
    }
}
