//! The API of a daemon that runs: every address that only looks answers as its own description says.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use super::serving::LIMIT;
use crate::support::http;

#[path = "../../../src/http/tests/described.rs"]
mod described;

/// Asks for all of it: about a stack with its service, and the numbers of a request, of a run and of an incident that
/// there are (or are not: then that is what has to be described).
pub(super) fn everything_is_as_described(socket: &Path, (stack, service): (&str, &str)) {
    let description = http::send(socket, "GET /api/v1/openapi.json", None).unwrap().json();
    let asked = http::send(socket, "POST /api/v1/sync?wait=true", None).unwrap().json();
    let runs = http::send(socket, "GET /api/v1/runs?limit=1", None).unwrap().json();
    let known = [
        ("{stack}", stack.to_owned()),
        ("{service}", service.to_owned()),
        ("{request}", asked["request"].to_string()),
        ("{run}", runs["runs"][0]["id"].to_string()),
        ("{incident}", "1".to_owned()),
    ];
    let mut answered = 0;
    for (template, operations) in description["paths"].as_object().unwrap() {
        let answers = &operations["get"]["responses"];
        let Some(good) = answers["200"]["content"].as_object() else { continue };
        let fill = |path: String, (name, value): &(&str, String)| path.replace(name, value);
        let path = known.iter().fold(template.clone(), fill);
        assert!(!path.contains('{'), "nobody knows how to ask for {template}");
        if good.contains_key("text/event-stream") {
            begins_as_a_stream(socket, &path);
        } else {
            let answer = http::send(socket, &format!("GET {path}"), None).unwrap();
            if good.contains_key("application/x-ndjson") {
                let lines: Vec<Value> =
                    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert!(!lines.is_empty(), "{path}");
                for line in &lines {
                    described::line(&description, template, line);
                }
            } else {
                let body = serde_json::from_slice(&answer.body).unwrap();
                described::check(&description, (template, "get", answer.status), &body);
            }
        }
        answered += 1;
    }
    assert!(answered >= 12, "only {answered} were asked for");
}

/// A stream has no end; its beginning says what it is.
fn begins_as_a_stream(socket: &Path, path: &str) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let (mut seen, mut bytes) = (String::new(), [0; 1024]);
    while !seen.contains(": hello") {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "{path} ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(seen.starts_with("HTTP/1.1 200") && seen.contains("text/event-stream"), "{seen}");
}
