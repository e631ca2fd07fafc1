//! The process's surroundings, read once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::error::Error;

/// What the process was started with: variables, directory, user, machine.
#[derive(Clone)]
pub struct Environment {
    /// All variables that are UTF-8.
    pub variables: BTreeMap<String, String>,
    /// The directory it was started in.
    pub working_dir: PathBuf,
    /// The effective user.
    pub uid: u32,
    /// The machine's name.
    pub hostname: String,
    /// Whether it runs in a container.
    pub in_container: bool,
}

impl Environment {
    /// Asks the process. Everything else in Conductor gets its surroundings from this value.
    pub fn of_process() -> Result<Self, Error> {
        let working_dir = std::env::current_dir().map_err(|source| Error::WorkingDir { source })?;
        let variables = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self {
            variables,
            working_dir,
            uid: rustix::process::geteuid().as_raw(),
            hostname: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            in_container: Path::new("/.dockerenv").exists()
                || Path::new("/run/.containerenv").exists(),
        })
    }

    /// A variable; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that holds a path, relative ones taken from the directory the process was started in.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(|value| self.working_dir.join(value))
    }

    /// The user's home directory.
    pub fn home(&self) -> Option<PathBuf> {
        self.path("HOME")
    }

    /// Where the user's settings of all programs are: `XDG_CONFIG_HOME`, else `~/.config`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.path("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    /// Whether the process acts for the whole machine.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("working_dir", &self.working_dir)
            .field("uid", &self.uid)
            .field("hostname", &self.hostname)
            .field("in_container", &self.in_container)
            .finish()
    }
}

#[cfg(test)]
impl Environment {
    /// A user's environment with these variables, in `/work-dir`, for tests.
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        Self {
            variables: variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            working_dir: PathBuf::from("/start"),
            uid: 1000,
            hostname: "nas".to_owned(),
            in_container: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_names_variables_but_never_their_values() {
        let environment = Environment::of(&[("SOPS_AGE_KEY", "AGE-SECRET-KEY-1XYZ")]);
        let shown = format!("{environment:?}");
        assert!(shown.contains("SOPS_AGE_KEY") && !shown.contains("1XYZ"), "{shown}");
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        assert_eq!(Environment::of(&[("CONDUCTOR_HOST", "")]).get("CONDUCTOR_HOST"), None);
    }
}
