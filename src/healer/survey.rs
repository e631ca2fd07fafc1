//! What runs on the engine, and around it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::Value;

use crate::docker::{Answered, Way, ask};
use crate::heal::{Ailing, Ailment, Identity, Survey};
use crate::systemd::{said, up};

use super::host::mount_words;
use super::processes::{lives, shims};

/// How long a question about one container may take.
const ONE: Duration = Duration::from_secs(5);
/// How long other questions may take.
const ALL: Duration = Duration::from_secs(15);
/// How many containers are asked about at once.
const TOGETHER: usize = 4;
/// Where containerd listens: its own unit, and one that Docker runs itself.
pub(super) const CONTAINERDS: [&str; 3] = [
    "/run/containerd/containerd.sock",
    "/var/run/docker/containerd/containerd.sock",
    "/run/docker/containerd/containerd.sock",
];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What is wrong with containers, and the main processes of those that run.
#[derive(Debug, Default)]
pub(super) struct Containers {
    pub(super) ailing: Vec<Ailing>,
    pub(super) pids: Vec<u32>,
}

/// Looks at all containers that are said to run; `None` when the engine could not say.
pub(super) async fn containers(way: &Way) -> Option<Containers> {
    // The processes first: a container that is made in between is then in the list.
    let addresses = CONTAINERDS.map(str::to_owned).to_vec();
    let shims = tokio::task::spawn_blocking(move || shims(&addresses)).await.ok()?;
    let Answered::Good(Value::Array(listed)) = ask(way, "/containers/json?all=1", ALL).await else {
        return None;
    };
    let known = listed.iter().map(|one| text(&one["Id"])).collect::<BTreeSet<_>>();
    let running = listed.iter().filter(|one| one["State"] == "running").map(|one| {
        let name = text(&one["Names"][0]);
        (text(&one["Id"]), name.trim_start_matches('/').to_owned())
    });
    let looks = running.map(|(id, name)| one(way, id, name)).collect::<Vec<_>>();
    let mut looks = futures_util::stream::iter(looks).buffer_unordered(TOGETHER);
    let mut found = Containers::default();
    while let Some(look) = looks.next().await {
        match look {
            Some(Ok(pid)) => found.pids.push(pid),
            Some(Err(ailing)) => found.ailing.push(ailing),
            None => (),
        }
    }
    found.ailing.extend(shims.into_iter().filter(|shim| !known.contains(&shim.container)).map(
        |shim| {
            let name = shim.container.chars().take(12).collect();
            Ailing { id: shim.container, name, ailment: Ailment::Orphan }
        },
    ));
    Some(found)
}

/// Looks at one container that is said to run: its main process, or what is wrong.
async fn one(way: &Way, id: String, name: String) -> Option<Result<u32, Ailing>> {
    match ask(way, &format!("/containers/{id}/json"), ONE).await {
        Answered::TimedOut => Some(Err(Ailing { id, name, ailment: Ailment::Stuck })),
        Answered::Good(told) if told["State"]["Running"] == true => {
            let pid = told["State"]["Pid"].as_u64().and_then(|pid| u32::try_from(pid).ok())?;
            let gone = pid > 0 && !lives(pid);
            Some(if gone { Err(Ailing { id, name, ailment: Ailment::Ghost }) } else { Ok(pid) })
        }
        Answered::Good(_)
        | Answered::Status(_)
        | Answered::Refused
        | Answered::KeptAway
        | Answered::Missing
        | Answered::Broken => None,
    }
}

/// What is there of networks: only what was seen once can be lost.
#[derive(Debug, Default)]
pub(super) struct Networks {
    had: BTreeSet<String>,
}

impl Networks {
    /// Bridges and chains that were there and are gone, though Docker still has the networks that they belong to.
    pub(super) async fn lost(&mut self, way: &Way) -> Option<Vec<String>> {
        let Answered::Good(Value::Array(networks)) = ask(way, "/networks", ALL).await else {
            return None;
        };
        let bridges = networks.iter().filter(|network| network["Driver"] == "bridge");
        let wanted = bridges.map(bridge).collect::<BTreeSet<_>>();
        let mut lost = Vec::new();
        self.had.retain(|name| name.starts_with("chain ") || wanted.contains(name));
        for name in wanted {
            if Path::new("/sys/class/net").join(&name).exists() {
                self.had.insert(name);
            } else if self.had.contains(&name) {
                lost.push(name);
            }
        }
        let line = ["iptables", "-w", "2", "-n", "-t", "nat", "-L", "DOCKER"].map(str::to_owned);
        let chain = "chain DOCKER".to_owned();
        if said(line.to_vec(), ONE).await.is_ok() {
            self.had.insert(chain);
        } else if self.had.contains(&chain) {
            lost.push(chain);
        }
        Some(lost)
    }
}

/// The device of a bridge network.
fn bridge(network: &Value) -> String {
    match network["Options"]["com.docker.network.bridge.name"].as_str() {
        Some(name) => name.to_owned(),
        None => format!("br-{}", text(&network["Id"]).chars().take(12).collect::<String>()),
    }
}

/// Who the engine is, whether its networks are whole, and whether containers outlive it.
pub(super) async fn survey(way: &Way, networks: &mut Networks) -> Option<(Survey, Option<bool>)> {
    let at = up();
    let Answered::Good(info) = ask(way, "/info", ALL).await else { return None };
    let root = text(&info["DockerRootDir"]);
    let identity = Identity {
        id: text(&info["ID"]),
        driver: text(&info["Driver"]),
        mount: mount_words(Path::new(&root)),
        root,
    };
    let network_lost = networks.lost(way).await.unwrap_or_default();
    let survey = Survey { at, identity: Some(identity), network_lost };
    Some((survey, info["LiveRestoreEnabled"].as_bool()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_bridge_that_it_names_or_that_its_id_gives() {
        let named = serde_json::json!({"Id": "0123456789abcdef", "Options": {"com.docker.network.bridge.name": "docker0"}});
        assert_eq!(bridge(&named), "docker0");
        assert_eq!(bridge(&serde_json::json!({"Id": "0123456789abcdef"})), "br-0123456789ab");
    }
}
