//! Files that hold credentials.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::settings::Settings;
use crate::model::channel::{Address, Channel};
use crate::model::provided::Provider;
use crate::model::secret::{Secret, others_may_read};

/// Bytes of a file of settings or credentials at most.
const MAX_FILE: usize = 16 << 20;

/// Reads a credential; warns when others may read it, too.
pub(super) fn read(
    setting: &str,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<Secret, Error> {
    let fail =
        |source| Error::SecretFile { setting: setting.to_owned(), path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(fail)?;
    let mode = file.metadata().map_err(fail)?.permissions().mode();
    let secret = Secret::read(file, MAX_FILE).map_err(fail)?;
    if secret.expose().iter().all(u8::is_ascii_whitespace) {
        return Err(Error::EmptySecretFile { setting: setting.to_owned(), path: path.to_owned() });
    }
    warnings.extend(others_may_read(setting, path, mode));
    Ok(secret)
}

/// Reads a file that people write, to its end, but not for ever: `/dev/zero` has none. Pipes are fine, shells make them.
pub(super) fn bounded(file: fs::File) -> io::Result<Secret> {
    Secret::read(file, MAX_FILE)
}

/// Reads a file that is not secret.
pub(super) fn read_text(setting: &str, path: &Path) -> Result<String, Error> {
    let text = fs::File::open(path).and_then(bounded).and_then(|bytes| {
        let text = bytes.expose_str().map(str::to_owned);
        text.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "not UTF-8 text"))
    });
    text.map_err(|source| Error::SecretFile {
        setting: setting.to_owned(),
        path: path.to_owned(),
        source,
    })
}

impl Settings {
    /// Warnings about files with credentials that others may read, of those that are read only when they are needed.
    pub fn exposed_files(&self) -> Vec<String> {
        let of_provider = |provider: &Provider| {
            let setting = format!("secrets: providers: {}: token_file", provider.name);
            vec![(setting, provider.token_file.clone())]
        };
        let of_channel = |channel: &Channel| {
            let named = |setting: &str| format!("notifications: {}: {setting}", channel.name);
            let address = match &channel.address {
                Address::File(path) => Some((named("url_file"), path.clone())),
                Address::Url(_) => None,
            };
            let secret = channel.secret_file.clone().map(|path| (named("secret_file"), path));
            address.into_iter().chain(secret).collect::<Vec<_>>()
        };
        let files = self.secrets.providers.iter().flat_map(of_provider);
        let files = files.chain(self.notifications.iter().flat_map(of_channel));
        let warning = |(setting, path): (String, PathBuf)| {
            let mode = fs::metadata(&path).ok()?.permissions().mode();
            others_may_read(&setting, &path, mode)
        };
        files.filter_map(warning).collect()
    }
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
        assert_eq!(secret.first_line().expose(), b"s3cret");
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
