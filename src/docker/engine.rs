//! The connection to one engine.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::ListContainersOptions;
use tokio::sync::OnceCell;

use crate::model::labels;
use crate::model::name::ProjectName;
use crate::model::observed::{Container, EngineInfo};

use super::access::{Bound, Bounds, Limits, changed, within};
use super::calls::Calls;
use super::containers::container;
use super::endpoint::Endpoint;
use super::error::Error;
use super::ping::ping;
use super::refusal::{io_kind, lost, meaning};
use super::task::Task;
use super::way::{self, Way, was_kept_away};

/// How long an engine may take to say who it is.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// Bollard's own limit, above all of ours.
const FAR: u64 = 24 * 60 * 60;
/// The oldest API that is spoken to.
const OLDEST_API: (u32, u32) = (1, 40);

/// A connection to one engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
    info: Arc<EngineInfo>,
    /// Its own ID, once it was asked for: the answer takes the engine a while.
    id: Arc<OnceCell<String>>,
    limits: Limits,
    calls: Arc<Calls>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Engine {
    /// Reaches the engine and asks who it is.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Error> {
        Self::reach(&Way::to(endpoint.clone())).await
    }

    /// The same on a way where somebody may keep us from it, then and with each call.
    pub async fn reach(way: &Way) -> Result<Self, Error> {
        let docker = client(way)?;
        let info = match tokio::time::timeout(CONNECT_LIMIT, who(&docker, way)).await {
            Ok(info) => info?,
            Err(_elapsed) => {
                let task = Task::new("ask", "the engine", way.endpoint().to_string());
                return Err(Error::TimedOut { task, limit: CONNECT_LIMIT });
            }
        };
        if info.api < OLDEST_API {
            return Err(Error::TooOld { version: info.version, api: info.api });
        }
        let docker = changed(&docker, info.api, |request| request);
        let (info, id) = (Arc::new(info), Arc::default());
        let (limits, calls) = (Limits::default(), Arc::default());
        Ok(Self { docker, info, id, limits, calls })
    }

    /// The same engine with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same engine, whose calls somebody counts.
    #[must_use]
    pub fn counted(self, calls: Arc<Calls>) -> Self {
        Self { calls, ..self }
    }

    pub(super) fn limits(&self) -> Bounds<'_> {
        let Limits { call, pull_stall } = self.limits;
        Bounds { call: self.bound(call), pull_stall }
    }

    /// Another limit for one call.
    pub(super) fn bound(&self, limit: Duration) -> Bound<'_> {
        Bound { limit, calls: &self.calls }
    }

    /// Who the engine is.
    pub fn info(&self) -> &EngineInfo {
        &self.info
    }

    /// The engine's own ID, which outlives restarts. It is asked for once: another engine is another connection.
    pub async fn id(&self) -> Result<String, Error> {
        let ask = async || {
            let task = Task::new("ask", "the engine for its ID", "");
            let said = within(task, self.limits().call, self.docker().info()).await?;
            Ok(said.id.unwrap_or_default())
        };
        self.id.get_or_try_init(ask).await.cloned()
    }

    /// When it last started, in seconds since 1970: it makes its network `bridge` anew each time. Unknown where it has none.
    pub async fn started(&self) -> Option<i64> {
        let task = Task::new("inspect", "network", "bridge");
        let asked = self.docker().inspect_network("bridge", None);
        let found = within(task, self.limits().call, asked).await.ok()?;
        found.created?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }

    /// All containers of Compose projects, ours among them, in every state.
    pub async fn list(&self) -> Result<Vec<Container>, Error> {
        self.containers("label", vec![labels::PROJECT.to_owned()]).await
    }

    /// The containers of one project, in every state.
    pub async fn list_project(&self, project: &ProjectName) -> Result<Vec<Container>, Error> {
        self.containers("label", vec![format!("{}={project}", labels::PROJECT)]).await
    }

    /// The images of all containers that there are, whoever made them: container ID to image ID.
    pub async fn images_in_use(&self) -> Result<BTreeMap<String, String>, Error> {
        let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
        let task = Task::new("list", "containers", "");
        let listed =
            within(task, self.limits().call, self.docker().list_containers(Some(options))).await?;
        let pair = |found: bollard::models::ContainerSummary| {
            (found.id.unwrap_or_default(), found.image_id.unwrap_or_default())
        };
        Ok(listed.into_iter().map(pair).collect())
    }

    /// All containers that pass the filter, in every state.
    pub(super) async fn containers(
        &self,
        filter: &str,
        values: Vec<String>,
    ) -> Result<Vec<Container>, Error> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([(filter.to_owned(), values)])),
            ..ListContainersOptions::default()
        };
        let task = Task::new("list", "containers", "");
        let listed =
            within(task, self.limits().call, self.docker().list_containers(Some(options))).await?;
        Ok(listed.into_iter().map(container).collect())
    }

    pub(super) fn docker(&self) -> &Docker {
        &self.docker
    }

    pub(super) fn api(&self) -> (u32, u32) {
        self.info.api
    }
}

async fn who(docker: &Docker, way: &Way) -> Result<EngineInfo, Error> {
    if let Some(info) = ping(way).await {
        return Ok(info);
    }
    let unreachable = |error| unreachable(way.endpoint(), error);
    let version = docker.version().await.map_err(unreachable)?;
    Ok(EngineInfo {
        api: version.api_version.as_deref().and_then(api).unwrap_or_default(),
        version: version.version.unwrap_or_default(),
    })
}

fn client(way: &Way) -> Result<Docker, Error> {
    if let Endpoint::Unix(path) = way.endpoint()
        && !path.exists()
    {
        return Err(Error::SocketMissing { path: path.clone() });
    }
    way::client(way, FAR).map_err(|error| unreachable(way.endpoint(), error))
}

/// Why an engine cannot be reached at all.
fn unreachable(endpoint: &Endpoint, error: bollard::errors::Error) -> Error {
    let ask = || Task::new("ask", "the engine", endpoint.to_string());
    match (endpoint, io_kind(&error)) {
        _ if was_kept_away(&error) => meaning(ask(), error),
        (Endpoint::Unix(path), Some(std::io::ErrorKind::NotFound)) => {
            Error::SocketMissing { path: path.clone() }
        }
        (Endpoint::Unix(path), Some(std::io::ErrorKind::PermissionDenied)) => {
            Error::SocketDenied { path: path.clone() }
        }
        (Endpoint::Unix(_) | Endpoint::Tcp(_), Some(_)) => {
            Error::Unreachable { endpoint: endpoint.to_string(), source: lost(&error) }
        }
        (Endpoint::Unix(_) | Endpoint::Tcp(_), None) => meaning(ask(), error),
    }
}

/// `1.51` as numbers.
pub(super) fn api(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
