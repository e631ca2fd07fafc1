//! The daemon in a container, made as `compose/conductor/compose.yaml` says, and what its mounts have to be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::image;
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::env::Env;
use crate::support::images;
use crate::support::missing::{Missing, part};
use crate::support::process::{Ran, program, run, wait_for, wait_until};
use crate::support::repository::Repository;
use crate::support::scene::files_with;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const IMAGE: &str = "conductor-test/contained:1";
const DAEMON: &str = "conductor-conductor-1";
/// Of the example, which no registry has.
const EXAMPLE: &str = "conductor-example/busybox:1";
const LIMIT: Duration = Duration::from_mins(2);

/// A machine with an engine, a directory of settings with the repository of the example in it, and the image.
struct House {
    dockerd: Dockerd,
    env: Env,
    repository: Repository,
}

impl House {
    fn new() -> Result<Self, Missing> {
        let strip = program("strip")?;
        let dockerd = Dockerd::start(Version::Newer)?;
        image::build(&dockerd, &strip, IMAGE);
        images::import(&dockerd, EXAMPLE, &[]);
        let repository = Repository::new()?;
        let example = Path::new(ROOT).join("compose/example");
        for part in [".sops.yaml", "web", "app", "migrate"] {
            let copy = ["-R", &example.join(part).display().to_string()].map(str::to_owned);
            let _copied =
                run(std::process::Command::new("cp").args(copy).arg(repository.work())).stdout();
        }
        repository.commit(&[]);
        let house = Self { env: Env::on(&dockerd), dockerd, repository };
        let settings = house.settings();
        let key = settings.join("age.key");
        fs::copy(example.join("age.key"), &key).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(
            settings.join("config.yaml"),
            "host: here\npoll: 1s\nlimits: {settling: 1s}\n\
             sources: [{name: example, url: /etc/conductor/stacks.git}]\n\
             secrets: {age_key_files: [/etc/conductor/age.key]}\n",
        )
        .unwrap();
        Ok(house)
    }

    /// What is mounted as `/etc/conductor`.
    fn settings(&self) -> PathBuf {
        self.repository.path().parent().unwrap().to_owned()
    }

    /// Starts a container of the image with these mounts beside the socket and the settings.
    fn serve(&self, how: &[&str], mounts: &[&str]) -> Ran {
        let socket = format!("-v={}:/var/run/docker.sock", self.dockerd.socket().display());
        let settings = format!("-v={}:/etc/conductor:ro", self.settings().display());
        let own = ["--name", DAEMON, &socket, &settings];
        self.dockerd.docker(&[&["run"], how, &own, mounts, &[IMAGE]].concat())
    }

    fn inspect(&self, name: &str) -> Value {
        self.dockerd.get(&format!("/containers/{name}/json"))
    }

    fn exists(&self, name: &str) -> bool {
        let asked = self.dockerd.send(&format!("GET /containers/{name}/json"), None);
        asked.unwrap().status == 200
    }

    fn wait_for_health(&self, name: &str) {
        let healthy = || self.inspect(name)["State"]["Health"]["Status"] == "healthy";
        let log = || self.dockerd.docker(&["logs", DAEMON]);
        let is = std::time::Instant::now();
        while !healthy() {
            assert!(is.elapsed() < LIMIT, "{name} is not healthy\n{}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Which container it is, and since when it runs.
    fn life(&self, name: &str) -> (Value, Value) {
        let mut found = self.inspect(name);
        (found["Id"].take(), found["State"]["StartedAt"].take())
    }

    /// Where the host has what is mounted in a container.
    fn source(&self, name: &str, target: &str) -> PathBuf {
        let found = self.inspect(name);
        let mounts = found["Mounts"].as_array().unwrap().iter();
        let mut mount = mounts.filter(|mount| mount["Destination"] == target);
        let source = mount.next().and_then(|mount| mount["Source"].as_str());
        source.unwrap_or_else(|| panic!("nothing at {target}: {found:#}")).into()
    }

    fn exec(&self, name: &str, command: &[&str]) -> String {
        self.dockerd.docker(&[&["exec", name], command].concat()).out
    }

    /// What the web server of the example answers.
    fn page(&self) -> String {
        self.exec("web-web-1", &["wget", "-q", "-O", "-", "http://127.0.0.1:8080/"])
    }
}

#[test]
fn as_the_compose_file_says_it_runs_the_example_whose_mounts_are_relative() {
    let house = part!(House::new());
    // Other directories of the host than those in the container, as on many a NAS.
    let (state, runtime) = (house.env.path("appdata"), house.env.runtime().join("elsewhere"));
    let variables = house.env.write(
        "variables",
        format!(
            "CONDUCTOR_IMAGE={IMAGE}\nCONDUCTOR_HOST=here\nDOCKER_SOCKET={}\nSTATE={}\nRUNTIME={}\nSETTINGS={}\n",
            house.dockerd.socket().display(),
            state.display(),
            runtime.display(),
            house.settings().display(),
        ),
    );
    let (file, variables) =
        (format!("{ROOT}/compose/conductor/compose.yaml"), variables.display().to_string());
    let up = ["sync", "-f", &file, "--env-file", &variables];
    let _healthy = house.env.conductor(&up).stdout();
    for name in ["web-web-1", "app-store-1", "app-app-1"] {
        house.wait_for_health(name);
    }
    wait_until("migration", LIMIT, || {
        let state = house.inspect("migrate-migrate-1")["State"].take();
        state["Status"] == "exited" && state["ExitCode"] == 0
    });

    // What is bound is what the host has, and what the daemon laid out.
    let pages = house.source("web-web-1", "/www");
    assert_eq!(pages, state.join("work/local/web/web/www"));
    assert!(fs::read_to_string(pages.join("index.html")).unwrap().contains("It runs"));
    assert!(house.page().contains("It runs"));
    let label = &house.inspect("web-web-1")["Config"]["Labels"];
    let directory = &label["com.docker.compose.project.working_dir"];
    assert_eq!(directory.as_str(), state.join("work/local/web/web").to_str());

    is_in_memory_alone(&house, (&state, &runtime));

    // A push changes what is bound; nothing else is touched.
    let [app, store, web] = ["app-app-1", "app-store-1", "web-web-1"].map(|name| house.life(name));
    house.repository.commit(&[("web/www/index.html", "<h1>It was pushed</h1>\n")]);
    wait_until("page of the push", LIMIT, || {
        house.page().contains("It was pushed") && house.life("web-web-1") != web
    });
    assert_eq!((house.life("app-app-1"), house.life("app-store-1")), (app, store));

    // The daemon goes, and comes again: what runs does not hear of it.
    house.wait_for_health("web-web-1");
    let names = ["web-web-1", "app-app-1", "app-store-1", "migrate-migrate-1"];
    let before = names.map(|name| house.life(name));
    let _killed = house.dockerd.docker(&["kill", DAEMON]).stdout();
    let _started = house.dockerd.docker(&["start", DAEMON]).stdout();
    house.wait_for_health(DAEMON);
    house
        .repository
        .commit(&[("app/app.sh", "#!/bin/sh\ntouch /tmp/healthy /tmp/new; exec sleep 999\n")]);
    let is_new = |name: &str| house.exec(name, &["ls", "/tmp"]).contains("new");
    wait_until("app of the push", LIMIT, || is_new("app-app-1"));
    let after = names.map(|name| house.life(name));
    for at in [0, 2, 3] {
        assert_eq!(after[at], before[at], "{}", names[at]);
    }
    assert!(house.env.conductor(&up).stdout().contains("in sync"));
}

/// The secret of the app is in memory, and nowhere else.
fn is_in_memory_alone(house: &House, (state, runtime): (&Path, &Path)) {
    let secret = house.source("app-app-1", "/run/secrets/credentials");
    assert!(secret.starts_with(runtime), "{}", secret.display());
    let text = house.exec("app-app-1", &["cat", "/run/secrets/credentials"]);
    let password = text.lines().find_map(|line| line.strip_prefix("store_password: ")).unwrap();
    assert!(!files_with(runtime, password).is_empty());
    for disk in [state, &house.settings(), &house.dockerd.data_root()] {
        let found = files_with(disk, password);
        // The store writes it into its own container.
        let others = found.iter().filter(|file| !file.ends_with("tmp/httpd.conf"));
        assert_eq!(others.collect::<Vec<_>>(), [""; 0], "{}", disk.display());
    }
}

#[test]
fn a_volume_holds_the_state_as_well_and_what_the_host_cannot_see_is_refused_with_the_mount_that_is_missing()
 {
    let house = part!(House::new());
    let runtime = format!("-v={}:/run/conductor", house.env.runtime().display());

    // Without a mount for the state: said at the start, and nothing is made.
    let ran = house.serve(&["--rm"], &[&runtime]);
    insta::assert_snapshot!(ran.failed(2), @r"
    error: the engine's host cannot see `/var/lib/conductor`: it is part of this container alone

    hint: mount a directory of the host there, such as `-v /var/lib/conductor:/var/lib/conductor`
    ");
    assert!(!house.exists("web-web-1"));

    // A volume is a directory of the host, too. Without memory of the host, stacks with secrets wait.
    let state = "-v=conductor-state:/var/lib/conductor";
    let _id = house.serve(&["--detach"], &[state]).stdout();
    wait_until("page", LIMIT, || house.page().contains("It runs"));
    let pages = house.source("web-web-1", "/www");
    assert!(pages.starts_with(house.dockerd.data_root().join("volumes/conductor-state/_data")));
    let log = || house.dockerd.docker(&["logs", DAEMON]);
    let why = "the engine's host cannot see `/run/conductor`";
    let said = wait_for("refusal of the app", LIMIT, || {
        let said = log();
        (said.err.contains(why) || said.out.contains(why)).then_some(said)
    });
    let warned = "stacks with secrets as files cannot be brought up";
    assert!(said.err.contains(warned) || said.out.contains(warned), "{said}");
    assert!(!house.exists("app-app-1") && !house.exists("app-store-1"));
}
