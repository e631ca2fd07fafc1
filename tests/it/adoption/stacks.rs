//! The table of stacks on an engine: laid out, brought up by one tool, looked at by the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::env::Env;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::process::Ran;
use crate::support::proxy::Proxy;
use crate::support::scene::{containers, remove_project};

use super::table::STACKS;

/// How many projects `docker compose` brings up at once.
const AT_ONCE: usize = 4;

/// The stacks of the table in a directory, each under a name that begins with `prefix`.
struct Laid<'e> {
    dockerd: &'e Dockerd,
    env: Env,
    prefix: &'static str,
}

impl<'e> Laid<'e> {
    fn out(dockerd: &'e Dockerd, prefix: &'static str, subnet: &str) -> Self {
        let laid = Self { dockerd, env: Env::new(), prefix };
        let keys = format!("image: {BUSYBOX}, command: [sleep, '600'], stop_signal: SIGKILL");
        let lines = keys.replace(", ", "\n    ").replace("[sleep\n    '600']", "[sleep, '600']");
        for (name, files) in STACKS {
            for (file, text) in files {
                let text = text.replace("RUN_KEYS", &lines).replace("RUN", &keys);
                let text = text.replace("IMAGE", BUSYBOX).replace("NET.", &format!("{subnet}."));
                let text = text.replace("NAME", &format!("{prefix}-{name}"));
                laid.env.write(&format!("stacks/{prefix}-{name}/{file}"), text);
            }
        }
        laid
    }

    fn directory(&self) -> PathBuf {
        self.env.path("stacks")
    }

    /// The project names: those of the directories, but for the one that has a name of its own.
    fn projects(&self) -> Vec<String> {
        let own =
            |name: &str| if name == "named" { "named-by-name".to_owned() } else { name.into() };
        STACKS.iter().map(|(name, _)| format!("{}-{}", self.prefix, own(name))).collect()
    }

    /// `docker compose up` in each directory.
    fn compose_up(&self) -> Vec<(&'static str, Ran)> {
        let (waiting, ran) = (Mutex::new(STACKS.to_vec()), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _worker in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some((name, _)) = { waiting.lock().unwrap().pop() } {
                        let directory = self.directory().join(format!("{}-{name}", self.prefix));
                        let up = self.up(&directory);
                        ran.lock().unwrap().push((name, up));
                    }
                });
            }
        });
        ran.into_inner().unwrap()
    }

    fn up(&self, directory: &Path) -> Ran {
        self.dockerd.compose(&["--project-directory", directory.to_str().unwrap(), "up", "-d"])
    }

    /// Name and ID of every container of these projects.
    fn containers(&self) -> BTreeMap<String, String> {
        let of = |project: String| {
            containers(self.dockerd, &format!("com.docker.compose.project={project}"))
        };
        self.projects().into_iter().flat_map(of).collect()
    }

    /// Runs Conductor over the directory; gives what it said and the changing calls that the engine got.
    fn conductor(&self, command: &str, more: &[(&str, &str)]) -> (Ran, Vec<String>) {
        let proxy = Proxy::before(&self.dockerd.socket());
        let mut env = self.env.command(&[command, "--source", self.directory().to_str().unwrap()]);
        env.env("DOCKER_HOST", proxy.host()).env("CONDUCTOR_SETTLING", "200ms");
        env.envs(more.iter().copied());
        (crate::support::process::run(&mut env), proxy.take_changes())
    }
}

impl Drop for Laid<'_> {
    fn drop(&mut self) {
        for project in self.projects() {
            remove_project(self.dockerd, &project);
        }
        // Containers may have made files that only root can remove; so is this process.
        fs::remove_dir_all(self.directory()).unwrap_or_default();
    }
}

#[test]
fn what_docker_compose_made_stays_as_it_is() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let laid = Laid::out(dockerd, "kept", "10.213");
    for (name, up) in laid.compose_up() {
        assert_eq!(up.code, Some(0), "{name}: {up}");
    }
    let before = laid.containers();
    assert_eq!(before.len(), 36, "{before:?}");

    let (plan, changes) = laid.conductor("plan", &[]);
    assert_eq!((plan.code, changes), (Some(0), Vec::new()), "{plan}");
    let (adopted, changes) = laid.conductor("adopt", &[]);
    assert_eq!((adopted.code, changes), (Some(0), Vec::new()), "{adopted}");
    assert!(adopted.err.contains("nothing differs"), "{adopted}");
    let (sync, changes) = laid.conductor("sync", &[]);
    assert_eq!((sync.code, changes), (Some(0), Vec::new()), "{sync}");
    assert_eq!(laid.containers(), before);
}

#[test]
fn what_conductor_made_stays_as_it_is() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let laid = Laid::out(dockerd, "made", "10.214");
    let older = [("CONDUCTOR_CONFIG_HASH", "2")];
    let (sync, _changes) = laid.conductor("sync", &older);
    assert_eq!(sync.code, Some(0), "{sync}");
    let before = laid.containers();
    assert_eq!(before.len(), 36, "{before:?}");

    for (name, up) in laid.compose_up() {
        assert_eq!(up.code, Some(0), "{name}: {up}");
        assert!(!up.err.contains("Recreate"), "{name}: {up}");
    }
    assert_eq!(laid.containers(), before);
    // The labels of either version are as good.
    let (plan, changes) = laid.conductor("plan", &[]);
    assert_eq!((plan.code, changes), (Some(0), Vec::new()), "{plan}");
}
