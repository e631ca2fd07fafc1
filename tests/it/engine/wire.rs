//! Engines that no installation here can be: too old, too new, and cut off in the middle of an answer.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::sync::mpsc;

use conductor::docker::{Endpoint, Engine, Error};

/// Serves one answer for each request, in this order; gives what `look` makes of it and the paths that were asked for.
fn against<T>(answers: Vec<String>, look: impl AsyncFnOnce(Endpoint) -> T) -> (T, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let (tell, told) = mpsc::channel();
    let server = std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                lines.push(line);
            }
            tell.send(lines[0].split(' ').nth(1).unwrap().to_owned()).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seen = runtime.block_on(look(Endpoint::Unix(socket)));
    server.join().unwrap();
    (seen, told.iter().collect())
}

fn json(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn pong(api: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nApi-Version: {api}\r\nServer: Docker/99.0 (linux)\r\n\r\n")
}

#[test]
fn an_engine_that_is_too_old_is_refused_by_name() {
    let (error, _) =
        against(vec![pong("1.39")], async |endpoint| Engine::connect(&endpoint).await.unwrap_err());
    assert_eq!(error.to_string(), "engine 99.0 is too old: it speaks API 1.39");
}

#[test]
fn an_engine_whose_headers_do_not_tell_is_asked_for_its_version() {
    let version = json(r#"{"ApiVersion":"1.43","Version":"24.0"}"#);
    let bare = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned();
    let (info, asked) = against(vec![bare, version], async |endpoint| {
        Engine::connect(&endpoint).await.unwrap().info().clone()
    });
    assert_eq!((info.api, info.version.as_str()), ((1, 43), "24.0"));
    assert_eq!(asked, ["/_ping", "/version"]);
}

#[test]
fn an_engine_that_is_too_new_is_asked_to_speak_as_the_newest_that_is_known() {
    let (count, asked) = against(vec![pong("1.99"), json("[]")], async |endpoint| {
        Engine::connect(&endpoint).await.unwrap().list().await.unwrap().len()
    });
    assert_eq!(count, 0);
    assert_eq!(asked[0], "/_ping");
    assert!(asked[1].starts_with("/v1.53/containers/json?all=true&"), "{asked:?}");
}

#[test]
fn half_an_answer_is_no_answer() {
    let half = json("[{\"Id\":\"ab\"}]").replace("Length: 13", "Length: 9999");
    let (error, asked) = against(vec![pong("1.51"), half], async |endpoint| {
        Engine::connect(&endpoint).await.unwrap().list().await.unwrap_err()
    });
    assert!(matches!(error, Error::NoAnswer { .. }), "{error:?}");
    assert_eq!(error.to_string(), "cannot list containers: the engine's answer was lost");
    assert!(asked[1].starts_with("/containers/json?"), "{asked:?}");
}

#[test]
fn an_answer_that_makes_no_sense_is_not_repeated() {
    let odd = json("[{\"Id\":\"ab\",\"Labels\":{\"token\":[\"s3cr3t\"]}}]");
    let (error, _) = against(vec![pong("1.51"), odd], async |endpoint| {
        Engine::connect(&endpoint).await.unwrap().list().await.unwrap_err()
    });
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("unexpected JSON at column "), "{cause}");
}
