//! Against a server that speaks the documented API of the KV engine.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};

use super::Providers;
use crate::model::failure::Failure as _;
use crate::model::provided::{ProvidedValue, Provider};

/// What the server holds, and how often it was asked.
#[derive(Default)]
struct Shelf {
    password: String,
    sealed: bool,
    asked: usize,
}

type Shared = Arc<Mutex<Shelf>>;

async fn answer(
    State(shelf): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> (StatusCode, String) {
    let mut shelf = shelf.lock().unwrap();
    shelf.asked += 1;
    let said = |status, body: Value| (status, body.to_string());
    if shelf.sealed {
        return said(StatusCode::SERVICE_UNAVAILABLE, json!({"errors": ["Vault is sealed"]}));
    }
    if headers.get("x-vault-token").is_none_or(|token| token != "s.token") {
        return said(StatusCode::FORBIDDEN, json!({"errors": ["permission denied"]}));
    }
    match path.as_str() {
        "apps/db" => {
            let data = json!({"password": shelf.password, "port": 5432});
            said(StatusCode::OK, json!({"data": {"data": data, "metadata": {"version": 3}}}))
        }
        "apps/moved" => (StatusCode::TEMPORARY_REDIRECT, String::new()),
        "apps/odd" => (StatusCode::OK, "<html>".to_owned()),
        _ => said(StatusCode::NOT_FOUND, json!({"errors": []})),
    }
}

/// A server, and a host that knows it.
struct Scene {
    shelf: Shared,
    dir: tempfile::TempDir,
    address: String,
    _runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn new() -> Self {
        let shelf = Shared::default();
        shelf.lock().unwrap().password = "first".to_owned();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let app =
            Router::new().route("/v1/kv/data/{*path}", get(answer)).with_state(Arc::clone(&shelf));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("token"), "s.token\n").unwrap();
        Self { shelf, dir, address, _runtime: runtime }
    }

    fn token(&self) -> PathBuf {
        self.dir.path().join("token")
    }

    fn providers(&self, refresh: Duration) -> Providers {
        Providers::new(vec![self.provider(refresh)])
    }

    fn provider(&self, refresh: Duration) -> Provider {
        Provider {
            name: "bao".to_owned(),
            address: self.address.clone(),
            token_file: self.token(),
            mount: "kv".to_owned(),
            namespace: None,
            ca_file: None,
            refresh,
            timeout: Duration::from_secs(20),
        }
    }
}

fn value(path: &str, key: &str) -> ProvidedValue {
    ProvidedValue { provider: "bao".to_owned(), path: path.to_owned(), key: key.to_owned() }
}

/// What one value is, or the error with its hint.
fn fetched(providers: &Providers, wanted: &ProvidedValue) -> String {
    match providers.fetch(&BTreeSet::from([wanted.clone()])) {
        Ok(found) => found[wanted].expose_str().unwrap().to_owned(),
        Err(error) => format!("{error} ({})", error.hint().unwrap_or_default()),
    }
}

#[test]
fn a_value_is_asked_for_once_until_its_time_is_over() {
    let scene = Scene::new();
    let providers = scene.providers(Duration::from_hours(1));
    for _ in 0..3 {
        assert_eq!(fetched(&providers, &value("apps/db", "password")), "first");
        assert_eq!(fetched(&providers, &value("apps/db", "port")), "5432");
    }
    assert_eq!(scene.shelf.lock().unwrap().asked, 1);
}

#[test]
fn a_changed_value_is_seen_when_its_time_is_over() {
    let scene = Scene::new();
    let providers = scene.providers(Duration::ZERO);
    assert_eq!(fetched(&providers, &value("apps/db", "password")), "first");
    scene.shelf.lock().unwrap().password = "second".to_owned();
    assert_eq!(fetched(&providers, &value("apps/db", "password")), "second");
}

#[test]
fn nothing_is_asked_where_nothing_is_wanted() {
    let scene = Scene::new();
    assert!(scene.providers(Duration::ZERO).fetch(&BTreeSet::new()).unwrap().is_empty());
    assert_eq!(scene.shelf.lock().unwrap().asked, 0);
}

#[test]
fn what_goes_wrong_is_told_with_the_way_out() {
    let scene = Scene::new();
    let providers = scene.providers(Duration::ZERO);
    let check = |path, key| fetched(&providers, &value(path, key));
    insta::assert_snapshot!(check("apps/db", "user"), @"the entry `apps/db` of the provider `bao` has no key `user` (the entry has password, port)");
    insta::assert_snapshot!(check("apps/nix", "x"), @"the provider `bao` has no entry `apps/nix` (check the path; it was looked for in the KV engine (version 2) at `kv`)");
    insta::assert_snapshot!(check("../sys/x", "x"), @"`../sys/x` is not a path of the provider `bao` (write it as `apps/db`: without the mount, without `..`, without a `/` at either end)");
    insta::assert_snapshot!(check("apps/moved", "x"), @"the provider `bao` answered `apps/moved` with the status 307 (look into the log of the server)");
    insta::assert_snapshot!(check("apps/odd", "x"), @"the provider `bao` answered `apps/odd` with something that is not JSON (look into the log of the server)");
    std::fs::write(scene.token(), "s.other").unwrap();
    insta::assert_snapshot!(check("apps/db", "x"), @"the provider `bao` does not let its token read `apps/db` (give the token a policy with `read` on `apps/db`, or put a fresh token into `token_file`)");
    scene.shelf.lock().unwrap().sealed = true;
    insta::assert_snapshot!(check("apps/db", "x"), @"the provider `bao` is sealed (unseal it; what runs stays as it is)");
    std::fs::write(scene.token(), "\n").unwrap();
    assert!(check("apps/db", "x").contains("the `token_file` of the provider `bao`"));
    let other = ProvidedValue { provider: "vault".to_owned(), ..value("a", "b") };
    insta::assert_snapshot!(fetched(&providers, &other), @"the settings of this host name no provider `vault` (the settings name bao)");
}

#[test]
fn a_server_that_is_away_or_silent_is_told() {
    let scene = Scene::new();
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = silent.local_addr().unwrap();
    let at = |address: String, timeout| {
        let provider = Provider { address, timeout, ..scene.provider(Duration::ZERO) };
        fetched(&Providers::new(vec![provider]), &value("apps/db", "password"))
    };
    let told = at(format!("http://{address}"), Duration::from_millis(200));
    assert!(told.starts_with("cannot reach the provider `bao` at `http://127.0.0.1:"), "{told}");
    drop(silent);
    let told = at(format!("http://{address}"), Duration::from_secs(20));
    assert!(told.starts_with("cannot reach the provider `bao` at `http://127.0.0.1:"), "{told}");
}
