//! Secrets that a manager of secrets keeps, which answers as the documented API of the KV engine does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

/// What is kept: the password of one entry, or nothing while it is sealed.
type Kept = Arc<Mutex<Option<&'static str>>>;

/// A server with one entry, `apps/db`, for whoever has the token.
fn server(kept: &Kept) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let kept = Arc::clone(kept);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let lines: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let asked =
                lines.first().is_some_and(|line| line.starts_with("GET /v1/kv/data/apps/db "));
            let known =
                lines.iter().any(|line| line.eq_ignore_ascii_case("x-vault-token: s.token"));
            let (status, body) = match (*kept.lock().unwrap(), asked && known) {
                (Some(password), true) => (
                    "200 OK",
                    format!(r#"{{"data":{{"data":{{"password":"{password}"}},"metadata":{{}}}}}}"#),
                ),
                (None, _) => {
                    ("503 Service Unavailable", r#"{"errors":["Vault is sealed"]}"#.to_owned())
                }
                (Some(_), false) => {
                    ("403 Forbidden", r#"{"errors":["permission denied"]}"#.to_owned())
                }
            };
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            )
            .ok();
        }
    });
    address
}

/// The newest engine alone: what is tested here is the same on all of them.
#[test]
fn a_value_that_was_changed_in_a_manager_of_secrets_replaces_the_container_that_has_it() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let stack = services(&[("web", sleeper("secrets: [db]")), ("other", sleeper(""))])
        + "secrets: {db: {x-conductor: {provider: bao, path: apps/db, key: password}, file: ./none}}\n";
    let scene = part!(Scene::new(dockerd, &[("provided/compose.yaml", &stack)]));
    let kept: Kept = Arc::new(Mutex::new(Some("first-of-the-kept")));
    let address = server(&kept);
    let token = scene.env.write("token", "s.token\n");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    scene.env.write("config.yaml", format!(
        "secrets: {{providers: [{{name: bao, address: '{address}', token_file: token, mount: kv, refresh: 0s}}]}}\n"
    ));
    let password = || scene.exec("provided-web-1", &["cat", "/run/secrets/db"]);

    let _first = scene.sync(&[]);
    assert_eq!(password(), "first-of-the-kept");
    assert_eq!(scene.sync(&[]), [""; 0]);

    let before = scene.containers();
    *kept.lock().unwrap() = Some("second-of-the-kept");
    let plan = scene.plan(&[]);
    assert!(plan.contains("provided-web-1: secret db changed"), "{plan}");
    let _second = scene.sync(&[]);
    assert_eq!(scene.changed_since(&before), ["provided-web-1"]);
    assert_eq!(password(), "second-of-the-kept");

    *kept.lock().unwrap() = None;
    let said = scene.refused(&["sync"]);
    assert!(said.contains("the provider `bao` is sealed") && said.ends_with("[1]"), "{said}");
    assert!(!said.contains("of-the-kept") && !said.contains("s.token"), "{said}");
    assert_eq!(password(), "second-of-the-kept");
}
