//! Networks and volumes: look, create, remove, join.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest, VolumeCreateRequest,
};
use bollard::query_parameters::{InspectNetworkOptions, ListNetworksOptions, ListVolumesOptions};
use serde_json::{Value, json};

use crate::model::desired::Desired;
use crate::model::labels;
use crate::model::observed::{ObservedNetwork, ObservedVolume};

use super::access::{segment, with_body, within};
use super::create;
use super::engine::Engine;
use super::error::Error;
use super::task::Task;

impl Engine {
    /// Creates a network of the model; answers its ID.
    pub async fn create_network(&self, desired: &Desired, key: &str) -> Result<String, Error> {
        let Some(network) = desired.project.networks.get(key) else {
            return Err(unknown("network", key));
        };
        let body = create::network(desired, key, network, self.api());
        let docker = with_body(self.docker(), self.api(), &body);
        let task = Task::new("create", "network", network.name.as_str());
        let asked = docker.create_network(NetworkCreateRequest::default());
        Ok(within(task, self.limits().call, asked).await?.id)
    }

    /// Removes a network, by name or ID. One that is gone already is fine.
    pub async fn remove_network(&self, name: &str) -> Result<(), Error> {
        let task = Task::new("remove", "network", name);
        let path = segment(name);
        gone(within(task, self.limits().call, self.docker().remove_network(&path)).await)
    }

    /// Joins a container to a network, with these endpoint settings.
    pub(super) async fn join_network(
        &self,
        network: &str,
        container: &str,
        endpoint: &Value,
    ) -> Result<(), Error> {
        let body = json!({"Container": container, "EndpointConfig": endpoint});
        let docker = with_body(self.docker(), self.api(), &body);
        let task = Task::new("join", "network", network);
        let path = segment(network);
        let asked = docker.connect_network(&path, NetworkConnectRequest::default());
        within(task, self.limits().call, asked).await
    }

    /// Takes a container out of a network. One that is not in it is fine.
    pub async fn disconnect(&self, network: &str, container: &str) -> Result<(), Error> {
        let request =
            NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
        let task = Task::new("leave", "network", network);
        let path = segment(network);
        gone(
            within(task, self.limits().call, self.docker().disconnect_network(&path, request))
                .await,
        )
    }

    /// Creates a volume of the model.
    pub async fn create_volume(&self, desired: &Desired, key: &str) -> Result<(), Error> {
        let Some(volume) = desired.project.volumes.get(key) else {
            return Err(unknown("volume", key));
        };
        let body = create::volume(desired, key, volume);
        let docker = with_body(self.docker(), self.api(), &body);
        let task = Task::new("create", "volume", volume.name.as_str());
        within(task, self.limits().call, docker.create_volume(VolumeCreateRequest::default()))
            .await?;
        Ok(())
    }

    /// The networks of a project, by name. Of several with one name the one with the smallest ID counts.
    pub(super) async fn networks(
        &self,
        project: &str,
    ) -> Result<BTreeMap<String, ObservedNetwork>, Error> {
        let options = ListNetworksOptions { filters: Some(of_project(project)) };
        let task = Task::new("list", "networks", "");
        let listed =
            within(task, self.limits().call, self.docker().list_networks(Some(options))).await?;
        let mut networks = BTreeMap::new();
        for found in listed {
            let network = observed_network(found.id, found.name, found.labels);
            match networks.get(&network.name) {
                Some(ObservedNetwork { id, .. }) if *id < network.id => (),
                Some(_) | None => {
                    networks.insert(network.name.clone(), network);
                }
            }
        }
        Ok(networks)
    }

    /// A network by its name, whoever made it.
    pub(super) async fn network(&self, name: &str) -> Result<Option<ObservedNetwork>, Error> {
        let task = Task::new("inspect", "network", name);
        let path = segment(name);
        let asked = self.docker().inspect_network(&path, None::<InspectNetworkOptions>);
        match within(task, self.limits().call, asked).await {
            Ok(found) => Ok(Some(observed_network(found.id, found.name, found.labels))
                .filter(|network| network.name == name)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The volumes of a project, by name.
    pub(super) async fn volumes(
        &self,
        project: &str,
    ) -> Result<BTreeMap<String, ObservedVolume>, Error> {
        let options = ListVolumesOptions { filters: Some(of_project(project)) };
        let task = Task::new("list", "volumes", "");
        let listed =
            within(task, self.limits().call, self.docker().list_volumes(Some(options))).await?;
        let volumes = listed.volumes.unwrap_or_default().into_iter();
        Ok(volumes.map(|found| (found.name.clone(), observed_volume(found))).collect())
    }

    /// A volume by its name, whoever made it.
    pub(super) async fn volume(&self, name: &str) -> Result<Option<ObservedVolume>, Error> {
        let task = Task::new("inspect", "volume", name);
        let path = segment(name);
        match within(task, self.limits().call, self.docker().inspect_volume(&path)).await {
            Ok(found) => Ok(Some(observed_volume(found))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn of_project(project: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{}={project}", labels::PROJECT)])])
}

fn observed_network(
    id: Option<String>,
    name: Option<String>,
    labels: Option<HashMap<String, String>>,
) -> ObservedNetwork {
    ObservedNetwork {
        id: id.unwrap_or_default(),
        name: name.unwrap_or_default(),
        labels: labels.unwrap_or_default().into_iter().collect(),
        users: Vec::new(),
    }
}

fn observed_volume(found: bollard::models::Volume) -> ObservedVolume {
    ObservedVolume { name: found.name, labels: found.labels.into_iter().collect() }
}

fn unknown(kind: &'static str, key: &str) -> Error {
    let message = format!("the project declares no {kind} `{key}`");
    Error::NotFound {
        task: Task::new("create", kind, key),
        source: super::error::Refusal { status: 404, message },
    }
}

/// What is to be gone and is not there, is gone.
pub(super) fn gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::NotFound { .. }) => Ok(()),
        other => other,
    }
}
