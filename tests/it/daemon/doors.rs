//! Who comes in by the doors of a daemon, and what follows from it.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use hmac::{Hmac, Mac as _};
use native_tls::{Certificate, TlsConnector, TlsStream};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};
use serde_json::Value;
use sha2::Sha256;

use super::api::everything_is_as_described;
use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::http;
use crate::support::missing::part;
use crate::support::process::wait_until;
use crate::support::scene::{Scene, script, services};

const SECRET: &str = "a secret that GitHub knows, too";

fn word(word: &str) -> String {
    let says =
        script("echo says $WORD; exec sleep 600", &format!("environment: {{WORD: '{word}'}}"));
    services(&[("web", says)])
}

/// The word that a service has.
fn now(scene: &Scene, container: &str) -> String {
    let environment = scene.inspect(container)["Config"]["Env"].to_string();
    let (_, rest) = environment.split_once("WORD=").unwrap_or_default();
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// A file that others may not read.
fn secret(scene: &Scene, name: &str, text: &str) -> String {
    let file = scene.env.write(name, text);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    file.display().to_string()
}

/// Where the daemon listens for something.
pub(super) fn address(serving: &Serving, what: &str) -> String {
    let words = format!("listening for {what} address=");
    serving.logs(&words);
    let log = serving.log();
    let (_, rest) = log.rsplit_once(&words).unwrap();
    rest.lines().next().unwrap().trim().to_owned()
}

/// Sends `head` (the request line, then headers) and the body; gives the status and the body of the answer.
pub(super) fn exchange<S: Read + Write>(stream: S, head: &str, body: &str) -> (u16, String) {
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers = headers.lines().fold(String::new(), |all, header| all + header + "\r\n");
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    answer_to(stream, &text)
}

/// Sends a text; gives the status and the body of the answer.
fn answer_to<S: Read + Write>(mut stream: S, text: &str) -> (u16, String) {
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// GitHub, which signs.
struct GitHub {
    address: String,
}

impl GitHub {
    fn at(serving: &Serving) -> Self {
        Self { address: address(serving, "webhooks") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    fn send(&self, (event, query): (&str, &str), body: &str, secret: &str) -> (u16, String) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let digest = mac.finalize().into_bytes();
        let signature: String =
            digest.iter().fold(String::new(), |all, byte| all + &format!("{byte:02x}"));
        let head = format!(
            "POST /hooks/github{query}\nx-github-event: {event}\nx-hub-signature-256: sha256={signature}"
        );
        exchange(self.connect(), &head, body)
    }

    fn push(&self, body: &str) -> (u16, String) {
        self.send(("push", "?wait=true"), body, SECRET)
    }
}

fn push(branch: &str, revision: &str) -> String {
    format!(
        r#"{{"ref":"refs/heads/{branch}","after":"{revision}","repository":{{"full_name":"me/stacks"}},"commits":[]}}"#
    )
}

/// Reads to the end of a connection that the daemon has to end.
fn is_cut(mut stream: TcpStream) {
    match stream.read_to_end(&mut Vec::new()) {
        Ok(_) => (),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
}

#[test]
fn a_signed_push_is_deployed_once_whatever_else_knocks() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "hooked/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &word("one"))]));
    scene.env.set("CONDUCTOR_POLL", "0");
    scene.env.set("CONDUCTOR_SOURCE_REF", "main");
    let secret = secret(&scene, "github", SECRET);
    let settings = format!(
        "listen: {{webhooks: '127.0.0.1:0', api: off, metrics: off}}
webhooks: [{{provider: github, source: default, secret_files: [{secret}]}}]\n"
    );
    scene.env.write("config.yaml", settings);
    let mut serving = Serving::start(&scene);
    serving.logs("hooked changed at");
    let github = GitHub::at(&serving);

    // Two that never come to an end; everybody else is served meanwhile.
    let (mut headers, mut body) = (github.connect(), github.connect());
    headers.write_all(b"POST /hooks/github HTTP/1.1\r\nhost: x\r\nx-slow: ").unwrap();
    body.write_all(b"POST /hooks/github HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nslow")
        .unwrap();

    let second = push("main", &scene.repository.commit(&[(file, &word("two"))]));
    let (status, answer) = github.send(("push", ""), &second, "a guess");
    assert_eq!(status, 401, "{answer}");
    assert_eq!(now(&scene, "hooked-web-1"), "one");
    let (status, answer) = github.push(&second);
    assert_eq!(status, 200, "{answer}");
    let outcome: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(outcome["well"], true, "{answer}");
    assert_eq!(now(&scene, "hooked-web-1"), "two");

    let zen = r#"{"zen":"Approachable is better than simple."}"#;
    // Refused by what it says; none of it has to be sent.
    let large = "POST /hooks/github HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n";
    let elsewhere = push("elsewhere", "1f0c2d3e");
    for (what, (status, answer), expected) in [
        ("a ping", github.send(("ping", ""), zen, SECRET), (200, "pong")),
        ("another branch", github.push(&elsewhere), (200, "ignored")),
        ("the same once more", github.push(&second), (200, "duplicate")),
        ("too much", answer_to(github.connect(), large), (413, "larger")),
    ] {
        assert_eq!((status, answer.contains(expected.1)), (expected.0, true), "{what}: {answer}");
    }
    is_cut(headers);
    is_cut(body);

    serving.signal("TERM");
    assert!(serving.ended().success());
    drop(serving);
    let serving = Serving::start(&scene);
    let github = GitHub::at(&serving);
    let (status, answer) = github.push(&second);
    assert_eq!((status, answer.contains("duplicate")), (200, true), "after a restart: {answer}");
    // By default 120 in a minute, from one address.
    let statuses: Vec<u16> = (0..400)
        .map(|_| github.send(("ping", ""), zen, SECRET).0)
        .take_while(|s| *s != 429)
        .collect();
    assert!((100..400).contains(&statuses.len()), "{} were taken", statuses.len());
}

/// A certificate of its own for `127.0.0.1`, and its key.
fn certificate(scene: &Scene) -> (String, String) {
    let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&curve).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "conductor").unwrap();
    let (name, mut made) = (name.build(), X509::builder().unwrap());
    made.set_version(2).unwrap();
    made.set_subject_name(&name).unwrap();
    made.set_issuer_name(&name).unwrap();
    made.set_pubkey(&key).unwrap();
    made.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    made.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
    made.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    let mut address = SubjectAlternativeName::new();
    let address = address.ip("127.0.0.1").build(&made.x509v3_context(None, None)).unwrap();
    made.append_extension(address).unwrap();
    made.sign(&key, MessageDigest::sha256()).unwrap();
    let text = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    let certificate = scene.env.write("api.pem", text(made.build().to_pem().unwrap()));
    let key = secret(scene, "api.key", &text(key.private_key_to_pem_pkcs8().unwrap()));
    (certificate.display().to_string(), key)
}

/// The API over TLS.
struct Api {
    address: String,
    connector: TlsConnector,
}

impl Api {
    fn connect(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        self.connector.connect("127.0.0.1", stream).unwrap()
    }

    fn send(&self, request: &str, token: &str) -> (u16, String) {
        let head = format!("{request}\nauthorization: Bearer {token}");
        exchange(self.connect(), &head, "")
    }
}

#[test]
fn programs_come_in_by_their_tokens_and_the_command_line_through_the_socket() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "asked/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &word("one"))]));
    scene.env.set("CONDUCTOR_POLL", "0");
    let (certificate, key) = certificate(&scene);
    let (looks, works) =
        (secret(&scene, "looks", "token-that-looks"), secret(&scene, "works", "token-that-works"));
    let settings = format!(
        "listen: {{webhooks: off, api: '127.0.0.1:0', metrics: off}}
api:
  tokens: [{{name: dashboard, file: {looks}}}, {{name: pipeline, file: {works}, role: operate}}]
  certificate_file: {certificate}
  key_file: {key}\n"
    );
    scene.env.write("config.yaml", settings);
    let serving = Serving::start(&scene);
    serving.logs("asked changed at");
    let authority = Certificate::from_pem(&fs::read(&certificate).unwrap()).unwrap();
    let api = Api {
        address: address(&serving, "the API"),
        connector: TlsConnector::builder().add_root_certificate(authority).build().unwrap(),
    };
    assert_eq!(api.send("GET /api/v1/status", "a-guess").0, 401);
    assert_eq!(api.send("GET /api/v1/status", "token-that-looks").0, 200);
    assert_eq!(api.send("POST /api/v1/sync", "token-that-looks").0, 403);

    scene.repository.commit(&[(file, &word("two"))]);
    let (status, answer) = api.send("POST /api/v1/sync?wait=true", "token-that-works");
    assert_eq!((status, now(&scene, "asked-web-1").as_str()), (200, "two"), "{answer}");
    let logs = "GET /api/v1/stacks/asked/services/web/logs";
    assert_eq!(api.send(logs, "token-that-looks").0, 403, "logs may hold anything");
    wait_until("the log", LIMIT, || {
        let (status, answer) = api.send(logs, "token-that-works");
        status == 200 && answer.contains(r#""stream":"stdout""#) && answer.contains("says two")
    });
    everything_is_as_described(&scene.env.runtime().join("conductor.sock"), ("asked", "web"));

    // The command line asks the daemon: another process has no right to act beside it.
    scene.repository.commit(&[(file, &word("three"))]);
    let said = scene.conductor(&["sync"]).stdout();
    assert_eq!(now(&scene, "asked-web-1"), "three", "{said}");
    let said = scene.conductor(&["suspend", "asked", "--reason", "moving house"]);
    assert!(said.code == Some(0) && said.err.contains("moving house"), "{said}");
    scene.repository.commit(&[(file, &word("four"))]);
    let _left = scene.conductor(&["sync"]);
    assert_eq!(now(&scene, "asked-web-1"), "three", "it is suspended");
    assert!(scene.conductor(&["status"]).out.contains("moving house"));
    let _resumed = scene.conductor(&["resume", "asked"]).stdout();
    let _said = scene.conductor(&["sync", "asked"]).stdout();
    assert_eq!(now(&scene, "asked-web-1"), "four");
    let said = scene.conductor(&["rollback", "asked"]).stdout();
    assert_eq!(now(&scene, "asked-web-1"), "three", "{said}");

    let history = scene.conductor(&["history", "asked", "--format", "json"]).stdout();
    let history: Value = serde_json::from_str(&history).unwrap();
    let callers: Vec<&str> = history["runs"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|run| run["caller"].as_str())
        .collect();
    assert!(callers.contains(&"token pipeline"), "{callers:?}");
    assert!(callers.iter().any(|caller| caller.contains("root")), "{callers:?}");
    crowd(&scene, &serving);
}

/// Many clients at once: each is answered, none may stay, and the daemon does not grow by what each of them would hold.
fn crowd(scene: &Scene, serving: &Serving) {
    let socket = scene.env.runtime().join("conductor.sock");
    let paths = http::send(&socket, "GET /api/v1/openapi.json", None).unwrap().json();
    assert!(paths["paths"]["/api/v1/status"].is_object(), "{paths}");
    let before = serving.resident();
    let mut clients: Vec<UnixStream> = (0..400)
        .map(|_| {
            let client = UnixStream::connect(&socket).unwrap();
            client.set_read_timeout(Some(LIMIT)).unwrap();
            client
        })
        .collect();
    for client in &mut clients {
        client.write_all(b"GET /api/v1/status HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    }
    for client in &mut clients {
        let mut first = [0; 12];
        client.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
    }
    drop(clients);
    let grown = serving.resident().saturating_sub(before);
    assert!(grown < 20 << 10, "by {grown} KiB");
    wait_until("an answer", Duration::from_secs(30), || {
        http::send(&socket, "GET /readyz", None).is_ok_and(|answer| answer.status == 200)
    });
}
