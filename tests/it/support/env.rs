//! A person's surroundings: a home, settings, state and runtime directories that go away, and the `conductor` program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::dockerd::Dockerd;
use super::process::{Ran, run};

/// Where `conductor` runs, and with which environment; nothing of the caller's reaches it.
#[derive(Debug)]
pub(crate) struct Env {
    directory: TempDir,
    runtime: TempDir,
    variables: BTreeMap<String, String>,
}

impl Env {
    /// Empty surroundings without an engine.
    pub(crate) fn new() -> Self {
        let directory =
            tempfile::Builder::new().prefix("conductor-env-").tempdir_in("/tmp").unwrap();
        // Secrets are laid out in the runtime directory, which has to be in memory.
        let memory =
            Some(Path::new("/dev/shm")).filter(|path| path.is_dir()).unwrap_or(directory.path());
        let runtime = tempfile::Builder::new().prefix("conductor-run-").tempdir_in(memory).unwrap();
        let mut env = Self { directory, runtime, variables: BTreeMap::new() };
        for name in ["home", "state", "work"] {
            fs::create_dir(env.path(name)).unwrap();
        }
        env.write("config.yaml", "");
        let (home, state, config) = (env.path("home"), env.path("state"), env.path("config.yaml"));
        env.set("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        env.set("HOME", &home.display());
        env.set("CONDUCTOR_STATE_DIR", &state.display());
        env.set("CONDUCTOR_RUNTIME_DIR", &env.runtime.path().display().to_string());
        env.set("CONDUCTOR_CONFIG", &config.display());
        env
    }

    /// The same, with an engine as `DOCKER_HOST`.
    pub(crate) fn on(dockerd: &Dockerd) -> Self {
        let mut env = Self::new();
        env.set("DOCKER_HOST", &dockerd.host());
        env
    }

    /// Sets a variable for the commands that follow.
    pub(crate) fn set(&mut self, name: &str, value: &(impl ToString + ?Sized)) {
        self.variables.insert(name.to_owned(), value.to_string());
    }

    /// Below the directory of these surroundings; `home`, `state`, `work` and `config.yaml` have their meaning.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// The runtime directory, in memory.
    pub(crate) fn runtime(&self) -> &Path {
        self.runtime.path()
    }

    /// Writes a file below the directory of these surroundings, and the directories that it needs.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        file
    }

    /// Runs `conductor` in the directory `work`, to its end.
    pub(crate) fn conductor(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments).stdin(Stdio::null()))
    }

    /// Starts `conductor` with its output piped, for tests that signal it.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The command itself, to be changed further.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conductor"));
        command.env_clear().envs(&self.variables).current_dir(self.path("work")).args(arguments);
        command
    }

    /// Runs a script of the shell as root of mounts of its own; `"$@"` in it is the command line of `conductor`.
    pub(crate) fn within(&self, script: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new("unshare");
        command.env_clear().envs(&self.variables).current_dir(self.path("work"));
        command.args(["--mount", "sh", "-ec", script, "sh", env!("CARGO_BIN_EXE_conductor")]);
        run(command.args(arguments).stdin(Stdio::null()))
    }
}
