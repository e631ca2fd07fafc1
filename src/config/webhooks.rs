//! The entries of `webhooks`: who may ask for a run, and what proves it.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::Error;
use super::fragment::{BasicFragment, WebhookFragment};
use super::listen::{credential, missing};
use super::secret_file;
use crate::model::name::SourceName;
use crate::model::secret::Secret;
use crate::model::webhook::Provider;

/// Secrets that may be valid at a time: the one that goes, and the one that comes.
const MAX_SECRETS: usize = 2;
/// Bytes that a secret has at least: shorter ones can be guessed.
const MIN_SECRET: usize = 8;

/// A webhook that is expected; its secrets are named, not held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Who calls.
    pub provider: Provider,
    /// The source that it is for.
    pub source: Option<SourceName>,
    /// Files with what signs, or with the token.
    pub secret_files: Vec<PathBuf>,
    /// Files with what stands in the path.
    pub path_secret_files: Vec<PathBuf>,
    /// A user, and files with passwords.
    pub basic: Option<(String, Vec<PathBuf>)>,
    /// Branches that count.
    pub branches: Vec<String>,
    /// Paths that count.
    pub paths: Vec<String>,
}

/// What the files of a [`Webhook`] hold.
#[derive(Debug, Clone, Default)]
pub struct WebhookSecrets {
    /// What signs, or the token.
    pub secrets: Vec<Secret>,
    /// What stands in the path.
    pub path_secrets: Vec<Secret>,
    /// The user and the passwords.
    pub basic: Option<(String, Vec<Secret>)>,
}

impl Webhook {
    pub(super) fn of(
        fragment: WebhookFragment,
        number: usize,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let setting = |member: &str| format!("webhooks: number {number}: {member}");
        let word = fragment.provider.ok_or_else(|| missing(&setting("provider")))?;
        let Some(provider) = Provider::parse(&word) else {
            let known = Provider::ALL.map(Provider::word).join(", ");
            let problem = format!("`{word}` is none of {known}");
            let hint = "use `generic` for a sender that is not listed";
            return Err(Error::Listen { setting: setting("provider"), problem, hint });
        };
        let files = |member: &str, files: Vec<PathBuf>| {
            if files.len() > MAX_SECRETS {
                let problem = format!("at most {MAX_SECRETS} are valid at a time");
                let hint = "keep the secret that goes and the one that comes";
                return Err(Error::Listen { setting: setting(member), problem, hint });
            }
            files.into_iter().map(|file| credential(file, environment)).collect()
        };
        let basic = match fragment.basic {
            None => None,
            Some(BasicFragment { username, password_files }) => {
                let username = username.ok_or_else(|| missing(&setting("basic: username")))?;
                if password_files.is_empty() {
                    return Err(missing(&setting("basic: password_files")));
                }
                Some((username, files("basic: password_files", password_files)?))
            }
        };
        let hook = Self {
            provider,
            source: fragment.source,
            secret_files: files("secret_files", fragment.secret_files)?,
            path_secret_files: files("path_secret_files", fragment.path_secret_files)?,
            basic,
            branches: fragment.branches,
            paths: fragment.paths,
        };
        hook.proves(&setting)?;
        Ok(hook)
    }

    /// Refuses a webhook that anybody could send.
    fn proves(&self, setting: &dyn Fn(&str) -> String) -> Result<(), Error> {
        if self.provider.has_secret() {
            // A registry may have nothing but a user and a password, or an address that nobody guesses.
            let other = !self.path_secret_files.is_empty() || self.basic.is_some();
            if self.secret_files.is_empty() && !(self.provider == Provider::Distribution && other) {
                return Err(missing(&setting("secret_files")));
            }
            return Ok(());
        }
        let problem = format!("{} signs nothing", self.provider);
        let hint = "set `path_secret_files`, or `basic` with `username` and `password_files`";
        if !self.secret_files.is_empty() {
            return Err(Error::Listen { setting: setting("secret_files"), problem, hint });
        }
        if self.path_secret_files.is_empty() && self.basic.is_none() {
            return Err(Error::Listen { setting: setting("path_secret_files"), problem, hint });
        }
        Ok(())
    }

    /// Reads its secrets, now. Warnings are about who else may read them, and about short ones.
    pub fn secrets(&self, warnings: &mut Vec<String>) -> Result<WebhookSecrets, Error> {
        let mut read = |member: &str, files: &[PathBuf]| {
            let setting = format!("webhooks: {}: {member}", self.provider);
            let mut all = Vec::new();
            for file in files {
                let secret = secret_file::read(&setting, file, warnings)?.first_line();
                if secret.expose().len() < MIN_SECRET {
                    let file = file.display();
                    warnings.push(format!("the secret in `{file}`, which `{setting}` names, is shorter than {MIN_SECRET} bytes"));
                }
                all.push(secret);
            }
            Ok(all)
        };
        Ok(WebhookSecrets {
            secrets: read("secret_files", &self.secret_files)?,
            path_secrets: read("path_secret_files", &self.path_secret_files)?,
            basic: match &self.basic {
                None => None,
                Some((user, files)) => Some((user.clone(), read("basic: password_files", files)?)),
            },
        })
    }
}
