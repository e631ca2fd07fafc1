//! A machine that follows a repository: surroundings, an engine behind a recording proxy, and a source in git.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use super::dockerd::Dockerd;
use super::engine::newer_programs;
use super::env::Env;
use super::http::encode;
use super::images::BUSYBOX;
use super::missing::Missing;
use super::process::{Ran, wait_until};
use super::proxy::{Moment, Proxy};
use super::repository::Repository;

/// How long anything that is awaited may take.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// Files encrypted by the real `sops`, and the keys for them.
pub(crate) const SOPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sops");

/// A `conductor` that follows one repository and acts on one engine. Choose project names that no other test has.
#[derive(Debug)]
pub(crate) struct Scene<'e> {
    pub(crate) dockerd: &'e Dockerd,
    pub(crate) proxy: Proxy,
    pub(crate) env: Env,
    pub(crate) repository: Repository,
    instance: String,
}

impl<'e> Scene<'e> {
    /// A repository with one commit of these files, followed by a Conductor that nothing has been asked of yet.
    pub(crate) fn new(dockerd: &'e Dockerd, files: &[(&str, &str)]) -> Result<Self, Missing> {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let _clients = newer_programs()?;
        let repository = Repository::with(files)?;
        let proxy = Proxy::before(&dockerd.socket());
        let instance = format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut env = Env::new();
        env.set("DOCKER_HOST", &proxy.host());
        env.set("CONDUCTOR_SOURCE_URL", &repository.url());
        env.set("CONDUCTOR_INSTANCE", &instance);
        // A container that dies at once has died by then.
        env.set("CONDUCTOR_SETTLING", "200ms");
        env.set("CONDUCTOR_HEALTH_TIMEOUT", "30s");
        Ok(Self { dockerd, proxy, env, repository, instance })
    }

    /// Gives this machine the identity that the files of `tests/fixtures/sops` are encrypted for.
    pub(crate) fn with_key(mut self) -> Self {
        let key = self.env.write("age.txt", sops("keys/age1.txt"));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        self.env.set("SOPS_AGE_KEY_FILE", &key.display());
        self
    }

    /// Runs a command to its end.
    pub(crate) fn conductor(&self, arguments: &[&str]) -> Ran {
        self.env.conductor(arguments)
    }

    /// Runs `sync`, which has to succeed; gives the changing calls that the engine got.
    pub(crate) fn sync(&self, arguments: &[&str]) -> Vec<String> {
        let _before = self.proxy.take();
        let _out = self.conductor(&[&["sync"], arguments].concat()).stdout();
        self.proxy.take_changes()
    }

    /// Starts `sync`, and waits until the engine has got a request that holds these words.
    pub(crate) fn sync_until(&self, words: &str) -> Child {
        let _before = self.proxy.take();
        let child = self.env.spawn(&["sync"]);
        wait_until(words, SOON, || self.proxy.seen().iter().any(|request| request.contains(words)));
        child
    }

    /// Starts `sync` and kills it at this changing call; false where it made fewer and came to its end.
    pub(crate) fn sync_killed_at(&self, number: usize, moment: Moment) -> bool {
        let _before = self.proxy.take();
        self.proxy.trap(number, moment);
        let mut child = self.env.spawn(&["sync"]);
        let mut has_ended = false;
        wait_until("call", SOON, || {
            has_ended = child.try_wait().unwrap().is_some();
            has_ended || self.proxy.is_sprung()
        });
        // Fails where it has ended, which is fine.
        let _killed = child.kill();
        let _ended = child.wait().unwrap();
        self.proxy.disarm();
        !has_ended
    }

    /// What `plan` would do: a line per operation with its cause, then the notes. Its exit code has to agree, and the
    /// engine must get no changing call.
    pub(crate) fn plan(&self, arguments: &[&str]) -> String {
        let _before = self.proxy.take();
        let ran = self.conductor(&[&["plan", "--format", "json"], arguments].concat());
        assert_eq!(self.proxy.take_changes(), [""; 0], "{ran}");
        let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"));
        let stacks = answer["stacks"].as_array().unwrap_or_else(|| panic!("{ran}"));
        let all = |member: &str| -> Vec<&Value> {
            stacks.iter().filter_map(|stack| stack["plan"][member].as_array()).flatten().collect()
        };
        let (operations, notes) = (all("operations"), all("notes"));
        let expected = if operations.is_empty() { 0 } else { 3 };
        assert_eq!(ran.code, Some(expected), "{ran}");
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        let operation = |operation: &&Value| {
            let part = |key: &str| word(&operation[key]);
            format!("{} {}: {}", part("verb"), part("subject"), part("cause"))
        };
        let mut lines: Vec<String> = operations.iter().map(operation).collect();
        lines.extend(notes.iter().map(|note| format!("note: {}", word(note))));
        lines.join("\n")
    }

    /// All containers of this Conductor: name and ID.
    pub(crate) fn containers(&self) -> BTreeMap<String, String> {
        containers(self.dockerd, &format!("dev.conductor.instance={}", self.instance))
    }

    /// Their names, in one line.
    pub(crate) fn names(&self) -> String {
        self.containers().into_keys().collect::<Vec<_>>().join(" ")
    }

    /// The containers whose IDs are others than they were, were not there, or are gone.
    pub(crate) fn changed_since(&self, before: &BTreeMap<String, String>) -> Vec<String> {
        let now = self.containers();
        let all = before.keys().chain(now.keys()).collect::<std::collections::BTreeSet<_>>();
        all.into_iter().filter(|name| before.get(*name) != now.get(*name)).cloned().collect()
    }

    /// What the engine knows about a container.
    pub(crate) fn inspect(&self, name: &str) -> Value {
        self.dockerd.get(&format!("/containers/{name}/json"))
    }

    /// What the engine says about a container, if there is one of this name right now.
    pub(crate) fn look(&self, name: &str) -> Option<Value> {
        let answer = self.dockerd.send(&format!("GET /containers/{name}/json"), None).unwrap();
        (answer.status != 404).then(|| answer.json())
    }

    /// `running`, `exited` and so on.
    pub(crate) fn state(&self, name: &str) -> String {
        self.inspect(name)["State"]["Status"].as_str().unwrap().to_owned()
    }

    /// What a command prints that is run in a container.
    pub(crate) fn exec(&self, name: &str, command: &[&str]) -> String {
        self.dockerd.docker(&[&["exec", name], command].concat()).stdout()
    }

    /// A variable that the processes of a container have.
    pub(crate) fn variable(&self, name: &str, key: &str) -> String {
        self.exec(name, &["sh", "-c", &format!("echo ${key}")]).trim().to_owned()
    }

    /// The work directory of a stack.
    pub(crate) fn work(&self, project: &str) -> PathBuf {
        self.env.state().join("work/local").join(project)
    }

    /// All that a command said, with paths and revisions of this run by name, and its exit code at the end.
    pub(crate) fn said(&self, ran: &Ran) -> String {
        let Ran { code, out, err, .. } = ran;
        let err: String =
            err.lines().map(|line| format!("! {line}").trim_end().to_owned() + "\n").collect();
        let revision = self.repository.git(&["rev-parse", "HEAD"]);
        let text = format!("{out}{err}[{}]", code.unwrap_or(-1));
        let text = text.replace(&revision, "[REVISION]").replace(&revision[..12], "[REVISION]");
        let text = text.replace(&self.repository.path().display().to_string(), "[REPOSITORY]");
        let text = text.replace(&self.repository.work().display().to_string(), "[DIRECTORY]");
        text.replace(&self.env.path("").display().to_string(), "[ENV]/")
    }

    /// What a command says that has to leave everything as it was: no changing call, nothing new in the work directories.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let (before, files) = (self.containers(), tree(&self.env.state().join("work")));
        let _before = self.proxy.take();
        let ran = self.conductor(arguments);
        assert_eq!(self.proxy.take_changes(), [""; 0], "{ran}");
        assert_eq!(self.containers(), before, "{ran}");
        assert_eq!(tree(&self.env.state().join("work")), files, "{ran}");
        assert_ne!(ran.code, Some(0), "{ran}");
        self.said(&ran)
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        let label = format!("dev.conductor.instance={}", self.instance);
        let mut projects: Vec<String> =
            labelled(self.dockerd, &label).iter().filter_map(project_of).collect();
        projects.sort();
        projects.dedup();
        for project in projects {
            remove_project(self.dockerd, &project);
        }
    }
}

/// Removes the containers, networks and volumes of a project.
pub(crate) fn remove_project(dockerd: &Dockerd, project: &str) {
    let label = format!("com.docker.compose.project={project}");
    let delete = |path: String| drop(dockerd.send(&format!("DELETE {path}"), None));
    for id in containers(dockerd, &label).into_values() {
        delete(format!("/containers/{id}?force=1&v=1"));
    }
    let filters = encode(&serde_json::json!({"label": [label]}).to_string());
    let networks = dockerd.get(&format!("/networks?filters={filters}"));
    for network in networks.as_array().into_iter().flatten() {
        delete(format!("/networks/{}", network["Id"].as_str().unwrap()));
    }
    let volumes = dockerd.get(&format!("/volumes?filters={filters}"));
    for volume in volumes["Volumes"].as_array().into_iter().flatten() {
        delete(format!("/volumes/{}?force=1", volume["Name"].as_str().unwrap()));
    }
}

/// The containers with a label: name and ID.
pub(crate) fn containers(dockerd: &Dockerd, label: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().trim_start_matches('/').to_owned();
    let named = |container: &Value| (text(&container["Names"][0]), text(&container["Id"]));
    labelled(dockerd, label).iter().map(named).collect()
}

fn labelled(dockerd: &Dockerd, label: &str) -> Vec<Value> {
    let filters = encode(&serde_json::json!({"label": [label]}).to_string());
    let list = dockerd.get(&format!("/containers/json?all=1&filters={filters}"));
    list.as_array().cloned().unwrap_or_default()
}

fn project_of(container: &Value) -> Option<String> {
    container["Labels"]["com.docker.compose.project"].as_str().map(str::to_owned)
}

/// A file of the fixtures.
pub(crate) fn sops(name: &str) -> String {
    fs::read_to_string(Path::new(SOPS).join(name)).unwrap()
}

/// A service that runs until it is stopped, which takes no time; `more` is further keys of it.
pub(crate) fn sleeper(more: &str) -> String {
    format!("{{image: {BUSYBOX}, command: [sleep, '600'], stop_signal: SIGKILL, {more}}}")
}

/// A service that runs a script of the shell; `more` is further keys of it.
pub(crate) fn script(script: &str, more: &str) -> String {
    let script = Value::from(script.replace('$', "$$"));
    format!("{{image: {BUSYBOX}, command: [sh, -c, {script}], stop_signal: SIGKILL, {more}}}")
}

/// A Compose file of these services.
pub(crate) fn services(services: &[(&str, String)]) -> String {
    let line = |(name, service): &(&str, String)| format!("  {name}: {service}\n");
    format!("services:\n{}", services.iter().map(line).collect::<String>())
}

/// All files below a directory, relative to it, each in a line.
pub(crate) fn tree(directory: &Path) -> String {
    let (mut files, mut open) = (Vec::new(), vec![directory.to_path_buf()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else {
                files.push(path.strip_prefix(directory).unwrap().display().to_string());
            }
        }
    }
    files.sort();
    files.join("\n")
}

/// The files below a directory whose bytes hold these.
pub(crate) fn files_with(directory: &Path, bytes: &str) -> Vec<String> {
    let holds = |name: &&str| {
        let content = fs::read(directory.join(name)).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes.as_bytes())
    };
    tree(directory).lines().filter(holds).map(str::to_owned).collect()
}
