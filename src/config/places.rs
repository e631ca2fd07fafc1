//! Where settings, state and runtime files are.

use std::path::PathBuf;

use super::environment::Environment;
use super::error::Error;

/// The directories that Conductor writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Mirrors, journal and work directories.
    pub state: PathBuf,
    /// Secrets as files, and sockets; a tmpfs.
    pub runtime: PathBuf,
}

impl Places {
    /// The file of what is remembered.
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.db")
    }

    /// The directories as set, else those of this kind of user.
    pub(super) fn of(
        environment: &Environment,
        state: Option<PathBuf>,
        runtime: Option<PathBuf>,
    ) -> Result<Self, Error> {
        Ok(Self {
            state: state.or_else(|| default_state(environment)).ok_or(Error::NoPlace {
                what: "state",
                variables: "`HOME`, `XDG_STATE_HOME` or `CONDUCTOR_STATE_DIR`",
            })?,
            runtime: runtime.unwrap_or_else(|| default_runtime(environment)),
        })
    }
}

/// The settings file when none is named; `None` when there is no telling where it would be.
pub(super) fn default_settings(environment: &Environment) -> Option<PathBuf> {
    if environment.is_root() {
        return Some(PathBuf::from("/etc/conductor/config.yaml"));
    }
    Some(environment.config_home()?.join("conductor/config.yaml"))
}

fn default_state(environment: &Environment) -> Option<PathBuf> {
    if environment.is_root() {
        return Some(PathBuf::from("/var/lib/conductor"));
    }
    let home = environment
        .path("XDG_STATE_HOME")
        .or_else(|| Some(environment.home()?.join(".local/state")))?;
    Some(home.join("conductor"))
}

fn default_runtime(environment: &Environment) -> PathBuf {
    if environment.is_root() {
        return PathBuf::from("/run/conductor");
    }
    let home = environment
        .path("XDG_RUNTIME_DIR")
        .unwrap_or_else(|| PathBuf::from(format!("/run/user/{}", environment.uid)));
    home.join("conductor")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(uid: u32, variables: &[(&str, &str)]) -> String {
        let environment = Environment { uid, ..Environment::of(variables) };
        let settings = default_settings(&environment);
        match Places::of(&environment, None, None) {
            Ok(places) => format!(
                "{} {} {}",
                settings.unwrap().display(),
                places.state.display(),
                places.runtime.display()
            ),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn root_acts_for_the_machine() {
        insta::assert_snapshot!(check(0, &[("HOME", "/root")]), @"/etc/conductor/config.yaml /var/lib/conductor /run/conductor");
    }

    #[test]
    fn another_user_acts_in_the_home_directory() {
        insta::assert_snapshot!(check(1000, &[("HOME", "/home/me")]), @"/home/me/.config/conductor/config.yaml /home/me/.local/state/conductor /run/user/1000/conductor");
        insta::assert_snapshot!(
            check(1000, &[("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s"), ("XDG_RUNTIME_DIR", "/r")]),
            @"/c/conductor/config.yaml /s/conductor /r/conductor"
        );
    }

    #[test]
    fn a_user_without_a_home_is_told_what_to_set() {
        insta::assert_snapshot!(check(1000, &[]), @"cannot tell where to keep state");
    }
}
