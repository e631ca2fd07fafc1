//! Whether what a rebuild needs is within reach: what git holds, here, and registries, over the network.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a registry may take to be there.
const LIMIT: Duration = Duration::from_secs(5);
/// Where images without a registry in their name come from.
const USUAL: &str = "registry-1.docker.io:443";

/// Whether a source is on this machine, so that what was deployed can be made anew without a network.
pub(super) fn has_git(places: &[PathBuf]) -> bool {
    places.iter().any(|place| place.is_dir())
}

/// The registries of the images that an engine has, by its list of names. It may be damaged: then nothing is known.
pub(super) fn registries(root: &Path) -> BTreeSet<String> {
    let lists = fs::read_dir(root.join("image")).into_iter().flatten().flatten();
    let lists = lists.filter_map(|entry| fs::read(entry.path().join("repositories.json")).ok());
    let lists = lists.filter_map(|text| serde_json::from_slice::<Value>(&text).ok());
    lists.flat_map(|list| names(&list)).map(|name| address(&name)).collect()
}

fn names(list: &Value) -> Vec<String> {
    let names = list["Repositories"].as_object().map(|names| names.keys().cloned().collect());
    names.unwrap_or_default()
}

/// Where the registry of an image's name listens.
fn address(image: &str) -> String {
    let Some((host, _)) = image.split_once('/') else { return USUAL.to_owned() };
    match host {
        "docker.io" => USUAL.to_owned(),
        _ if host.contains(':') => host.to_owned(),
        _ if host.contains('.') || host == "localhost" => format!("{host}:443"),
        _ => USUAL.to_owned(),
    }
}

/// Those of the addresses that cannot be reached.
pub(super) async fn unreached(addresses: &BTreeSet<String>) -> Vec<String> {
    let tries = addresses.iter().map(async |address| {
        let connected = timeout(LIMIT, TcpStream::connect(address.as_str())).await;
        (!matches!(connected, Ok(Ok(_)))).then(|| address.clone())
    });
    join_all(tries).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_where_its_images_say() {
        let check = |image, at: &str| assert_eq!(address(image), at);
        check("nginx", USUAL);
        check("library/nginx", USUAL);
        check("docker.io/library/nginx", USUAL);
        check("ghcr.io/owner/app", "ghcr.io:443");
        check("127.0.0.1:5000/stand-in", "127.0.0.1:5000");
    }

    #[test]
    fn a_damaged_list_of_images_names_no_registry() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().join("image/overlay2");
        fs::create_dir_all(&place).unwrap();
        let list = place.join("repositories.json");
        fs::write(&list, r#"{"Repositories": {"a.example/b": {}, "nginx": {}}}"#).unwrap();
        let known = BTreeSet::from(["a.example:443".to_owned(), USUAL.to_owned()]);
        assert_eq!(registries(root.path()), known);
        fs::write(&list, "{").unwrap();
        assert_eq!(registries(root.path()), BTreeSet::new());
    }

    #[tokio::test]
    async fn a_registry_that_nobody_serves_is_not_reached() {
        let there = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = there.local_addr().unwrap().to_string();
        let both = BTreeSet::from([address.clone(), "127.0.0.1:1".to_owned()]);
        assert_eq!(unreached(&both).await, ["127.0.0.1:1"]);
    }
}
