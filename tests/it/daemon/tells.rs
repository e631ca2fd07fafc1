//! People are told what happened, and no run waits for it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::serving::{LIMIT, Serving};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::process::{wait_for, wait_until};
use crate::support::scene::{Scene, services, sleeper};

/// Somebody who takes requests with documents, and answers each.
struct Receiver {
    address: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let bodies: Arc<Mutex<Vec<Value>>> = Arc::default();
        let taken = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if let Some(body) = stream.ok().and_then(take) {
                    taken.lock().unwrap().push(body);
                }
            }
        });
        Self { address, bodies }
    }

    fn len(&self) -> usize {
        self.bodies.lock().unwrap().len()
    }

    /// The notices of the message with this number, once it is there: about what, which event, how often.
    fn notices(&self, number: usize) -> Vec<String> {
        let message =
            wait_for("message", LIMIT, || self.bodies.lock().unwrap().get(number).cloned());
        let notices = message["notices"].as_array().unwrap().iter();
        notices
            .map(|notice| {
                let words = |name: &str| notice[name].as_str().unwrap_or("none").to_owned();
                format!("{}: {}, {}", words("about"), words("event"), notice["times"])
            })
            .collect()
    }
}

fn take(stream: TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    reader.into_inner().write_all(answer).ok()?;
    serde_json::from_slice(&body).ok()
}

#[test]
fn people_hear_of_a_failure_once_and_of_the_recovery_also_from_the_next_daemon() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "tells/compose.yaml";
    let good =
        |word: &str| services(&[("web", sleeper(&format!("environment: {{WORD: '{word}'}}")))]);
    let mut scene = part!(Scene::new(dockerd, &[(file, &good("one"))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    let receiver = Receiver::listen();
    // It takes connections, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let events = "events: [failed, recovered]";
    scene.env.write(
        "config.yaml",
        format!(
            "notifications:\n- {{name: silent, url: 'http://{}/', {events}}}\n- {{name: chat, url: '{}', {events}}}\n",
            silent.local_addr().unwrap(),
            receiver.address
        ),
    );
    let mut serving = Serving::start(&scene);
    serving.logs("tells changed at");
    scene.repository.commit(&[(file, "services: {web: {image: [1]}}\n")]);
    serving.logs("tells blocked at");
    assert_eq!(receiver.notices(0), ["tells: failed, 1"]);
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));
    let blocked = || scene.conductor(&["history", "tells"]).stdout();
    assert!(blocked().contains("blocked"), "{}", blocked());

    // The next daemon comes across the same failure: nobody has to hear of it again.
    let next = Serving::begin(&scene);
    wait_until("another failure", LIMIT, || next.log().matches("tells blocked at").count() == 2);
    scene.repository.commit(&[(file, &good("two"))]);
    wait_until("the way on", LIMIT, || next.log().matches("tells changed at").count() == 2);
    assert_eq!(receiver.notices(1), ["tells: recovered, 2"]);
    assert_eq!(receiver.len(), 2);
}

#[test]
fn a_source_that_is_away_is_told_once_whoever_serves_and_its_return_by_the_next_daemon() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let file = "told/compose.yaml";
    let mut scene = part!(Scene::new(dockerd, &[(file, &services(&[("web", sleeper(""))]))]));
    scene.env.set("CONDUCTOR_POLL", "1s");
    let receiver = Receiver::listen();
    let channel =
        format!("{{name: chat, url: '{}', events: [source, recovered]}}", receiver.address);
    scene.env.write("config.yaml", format!("notifications: [{channel}]\n"));
    let mut serving = Serving::start(&scene);
    serving.logs("told changed at");
    let (here, away) = (scene.repository.path(), scene.repository.path().with_extension("away"));
    fs::rename(&here, &away).unwrap();
    assert_eq!(receiver.notices(0), ["source default: source, 1"]);
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));

    // It is away for the next daemon as well, which nobody has to hear; and then it is not.
    let next = Serving::begin(&scene);
    let failed = "cannot be fetched:";
    wait_until("another failure", LIMIT, || next.log().matches(failed).count() == 2);
    fs::rename(&away, &here).unwrap();
    let told = receiver.notices(1);
    assert!(told.len() == 1 && told[0].starts_with("source default: recovered, "), "{told:?}");
    assert_eq!(receiver.len(), 2);
}
