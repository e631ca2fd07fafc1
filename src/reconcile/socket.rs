//! `use_api_socket`: a service that gets the engine's socket, and the logins at registries.
//!
//! No engine knows the key: Compose changes the model after it is loaded, and so do we, to the same config hash.

use crate::compose::Loaded;
use crate::docker::Keyring;
use crate::model::parts::{FileReference, Mount};
use crate::model::project::FileObject;

/// The key under which the logins are declared; no Compose file can have it.
const LOGINS: &str = "#apisocket";
/// Where the engine listens, on its host and in the container.
const SOCKET: &str = "/var/run/docker.sock";
/// Where Docker's client finds its settings in the container.
const DIRECTORY: &str = "/run/secrets/docker";
/// The variable that says so.
const VARIABLE: &str = "DOCKER_CONFIG";

/// Gives the socket to the services that ask for it.
pub(super) fn grant(loaded: &mut Loaded, keyring: &Keyring) {
    let mut asking = false;
    for service in loaded.project.services.values_mut().filter(|service| service.use_api_socket) {
        asking = true;
        let (kind, path) = ("bind".to_owned(), SOCKET.to_owned());
        let mount = Mount { r#type: kind, source: path.clone(), target: path, ..Mount::default() };
        service.volumes.push(mount);
        let directory = || Some(DIRECTORY.to_owned());
        service.environment.entry(VARIABLE.to_owned()).or_insert_with(directory);
        service.configs.push(FileReference {
            source: LOGINS.to_owned(),
            target: format!("{DIRECTORY}/config.json"),
            ..FileReference::default()
        });
    }
    if !asking {
        return;
    }
    let (text, is_secret) = match keyring.client_settings() {
        Some(text) => (text.expose_str().map(str::to_owned).unwrap_or_default(), true),
        None => ("{\n\t\"auths\": {}\n}".to_owned(), false),
    };
    let declared = FileObject { content: text, ..FileObject::default() };
    loaded.project.configs.insert(LOGINS.to_owned(), declared);
    if is_secret {
        let path = ["configs", LOGINS, "content"].map(str::to_owned);
        loaded.secret_paths.insert(path.to_vec());
    }
}
