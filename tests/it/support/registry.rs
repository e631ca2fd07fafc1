//! A real registry with a password, in the network of a private engine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::background::Background;
use super::dockerd::Dockerd;
use super::engine::{client, newer_programs};
use super::missing::Missing;
use super::process::{program, run, wait_until};

/// A registry that only its engine can reach, at an address that engines trust without TLS.
#[derive(Debug)]
pub(crate) struct Registry {
    server: Background,
    port: u16,
}

impl Registry {
    /// Who may read and write.
    pub(crate) const USER: &str = "puller";
    /// With this password.
    pub(crate) const PASSWORD: &str = "battery-staple";

    /// Starts a registry in the engine's network.
    pub(crate) fn start_in(dockerd: &Dockerd) -> Result<Self, Missing> {
        static PORT: AtomicU16 = AtomicU16::new(5000);
        let port = PORT.fetch_add(1, Ordering::Relaxed);
        let (registry, htpasswd) =
            (newer_programs()?.join("docker-registry"), program("htpasswd")?);
        let directory = Background::directory();
        let users = run(Command::new(htpasswd).args(["-Bbn", Self::USER, Self::PASSWORD])).stdout();
        fs::write(directory.join("users"), users).unwrap();
        let auth = STANDARD.encode(format!("{}:{}", Self::USER, Self::PASSWORD));
        let config = serde_json::json!({"auths": {format!("127.0.0.1:{port}"): {"auth": auth}}});
        fs::write(directory.join("config.json"), config.to_string()).unwrap();
        let settings = directory.join("registry.yml");
        fs::write(&settings, registry_settings(&directory, port)).unwrap();
        let server =
            Background::start(dockerd.inside(registry).arg("serve").arg(settings), directory);
        let url = format!("http://127.0.0.1:{port}/v2/");
        wait_until("registry", Duration::from_secs(20), || {
            run(dockerd.inside("busybox").args(["wget", "-qO-", &url])).err.contains("401")
        });
        Ok(Self { server, port })
    }

    /// Its address, as image names begin.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A directory for `DOCKER_CONFIG`: a `config.json` with the password.
    pub(crate) fn login(&self) -> &Path {
        self.server.path()
    }

    /// Pushes an image of the engine as `NAME:TAG` of this registry; gives its full name.
    pub(crate) fn push(&self, dockerd: &Dockerd, image: &str, name: &str) -> String {
        let full = format!("{}/{name}", self.address());
        let _tagged = dockerd.docker(&["tag", image, &full]).stdout();
        let mut docker =
            client("docker", &dockerd.socket()).unwrap_or_else(|missing| panic!("{missing}"));
        let _pushed =
            run(docker.env("DOCKER_CONFIG", self.login()).args(["push", "-q", &full])).stdout();
        full
    }

    /// What the registry has said.
    pub(crate) fn log(&self) -> String {
        self.server.log()
    }
}

fn registry_settings(directory: &Path, port: u16) -> String {
    let at = directory.display();
    format!(
        "version: 0.1\n\
         log: {{level: info}}\n\
         storage: {{filesystem: {{rootdirectory: {at}/data}}, delete: {{enabled: true}}}}\n\
         http: {{addr: '127.0.0.1:{port}'}}\n\
         auth: {{htpasswd: {{realm: test, path: {at}/users}}}}\n"
    )
}
