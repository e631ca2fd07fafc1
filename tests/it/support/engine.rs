//! Which engines there are to test against, and where their programs are.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::missing::Missing;
use super::process::program;

/// The engine of the distribution, or the newer one of `tests/engines.sh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Distribution,
    Newer,
}

impl Version {
    /// The directory of its programs.
    pub(crate) fn programs(self) -> Result<PathBuf, Missing> {
        match self {
            Self::Distribution => {
                Ok(program("dockerd")?.parent().map(Path::to_path_buf).unwrap_or_default())
            }
            Self::Newer => newer_programs(),
        }
    }
}

/// Where `tests/engines.sh` has put the newer engine, its clients and a registry.
pub(crate) fn newer_programs() -> Result<PathBuf, Missing> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/engines/28");
    let directory = std::env::var("CONDUCTOR_TESTS_ENGINE").map_or(default, PathBuf::from);
    if directory.join("complete").is_file() {
        Ok(directory.join("bin"))
    } else {
        Err(Missing("the newer engine (tests/engines.sh)".to_owned()))
    }
}

/// A command of the newer engine's client, `docker` (with `docker compose`), or of Compose, `docker-compose`, for the
/// engine at `socket`.
pub(crate) fn client(name: &str, socket: &Path) -> Result<Command, Missing> {
    let programs = newer_programs()?;
    let mut command = Command::new(programs.join(name));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/nonexistent");
    command.env("DOCKER_CONFIG", programs.with_file_name("config"));
    command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    Ok(command)
}

/// Makes one test per engine: `each_engine! { fn a_sentence(dockerd: &Dockerd) { … } }`.
macro_rules! each_engine {
    ($(#[$meta:meta])* fn $name:ident($engine:ident: &$type:path) $body:block) => {
        mod $name {
            use super::*;

            fn on($engine: &$type) {
                insta::allow_duplicates! { $body }
            }

            $(#[$meta])*
            #[test]
            fn distribution() {
                on($crate::support::missing::part!($crate::support::dockerd::Dockerd::shared(
                    $crate::support::engine::Version::Distribution
                )));
            }

            $(#[$meta])*
            #[test]
            fn newer() {
                on($crate::support::missing::part!($crate::support::dockerd::Dockerd::shared(
                    $crate::support::engine::Version::Newer
                )));
            }
        }
    };
}
pub(crate) use each_engine;
