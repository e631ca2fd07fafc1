//! The API over real connections: at the socket, and over TCP with tokens.

use std::time::Duration;

use super::{House, OPERATOR, READER, SECRET, daemon, house, settings};
use crate::daemon::{Command, Request, Scope, Sync, Why};
use crate::journal::Trigger;
use crate::model::name::SourceName;
use crate::reconcile::{KnownBad, Prune};

async fn with_token(house: &House, token: &str, request: &str) -> u16 {
    let head = format!("{request}\nauthorization: Bearer {token}");
    let answer = house.tcp("the API", &head, b"").await;
    let shown = token.len() > 5 && answer.body.contains(token);
    assert!(!shown && !answer.body.contains(SECRET), "{answer:?}");
    answer.status
}

#[tokio::test]
async fn a_daemon_whose_loop_is_gone_is_not_well_though_its_doors_are_open() {
    let house = house("").await;
    assert_eq!(house.unix("GET /healthz", b"").await.status, 200);
    house.handle.stop(Why::Asked).await;
    let mut seen = house.handle.snapshots();
    while seen.changed().await.is_ok() {}
    let answer = house.unix("GET /healthz", b"").await;
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (503, &serde_json::json!("the daemon's loop stands still"))
    );
}

#[tokio::test]
async fn a_loop_that_does_not_come_round_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let stands_still = daemon(&settings(directory.path(), ""));
    assert!(!stands_still.handle().goes_on(Duration::from_millis(20)).await);
}

#[tokio::test]
async fn a_token_allows_what_its_role_does_and_nothing_is_allowed_without() {
    let house = house("").await;
    let (look, change) = ("GET /api/v1/status", "POST /api/v1/sync");
    assert_eq!(house.tcp("the API", look, b"").await.status, 401);
    for (token, request, status) in [
        (READER, look, 200),
        (READER, change, 403),
        (READER, "POST /api/v1/reload", 403),
        (OPERATOR, look, 200),
        (OPERATOR, change, 202),
        ("guess", look, 401),
        ("", look, 401),
        (&READER[1..], look, 401),
    ] {
        assert_eq!(with_token(&house, token, request).await, status, "{token} {request}");
    }
    assert_eq!(house.tcp("the API", "GET /healthz", b"").await.status, 200);
}

#[tokio::test]
async fn who_waits_hears_the_outcome_however_many_others_did_meanwhile() {
    let house = house("").await;
    let ask = || {
        let scope = Scope::Changed(vec![SourceName::parse("home").unwrap()]);
        let sync = Sync { scope, known_bad: KnownBad::Skip, prune: Prune::Guarded };
        Request { command: Command::Sync(sync), trigger: Trigger::Api, caller: "me".to_owned() }
    };
    let (accepted, coming) = house.handle.command_awaited(ask()).await.unwrap();
    for _ in 0..100 {
        let (_accepted, other) = house.handle.command_awaited(ask()).await.unwrap();
        assert!(other.outcome().await.is_some());
    }
    // Who asks for it now comes too late.
    assert!(house.handle.outcome(accepted.request).await.is_none());
    assert!(coming.outcome().await.is_some());
}

#[tokio::test]
async fn every_answer_is_as_it_is_described() {
    let house = house("").await;
    let description = house.unix("GET /api/v1/openapi.json", b"").await.json();
    let check = async |request: &str, template: &str, body: &str, status: u16| {
        let answer = house.unix(request, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{request}: {answer:?}");
        let method = request.split(' ').next().unwrap().to_lowercase();
        super::described::check(&description, (template, &method, status), &answer.json());
    };
    check("GET /api/v1/status", "/api/v1/status", "", 200).await;
    check("GET /api/v1/stacks", "/api/v1/stacks", "", 200).await;
    check("GET /api/v1/stacks/none", "/api/v1/stacks/{stack}", "", 404).await;
    check("GET /api/v1/runs?limit=5", "/api/v1/runs", "", 200).await;
    check("GET /api/v1/runs/4711", "/api/v1/runs/{run}", "", 404).await;
    check("GET /api/v1/plan", "/api/v1/plan", "", 200).await;
    check("POST /api/v1/sync", "/api/v1/sync", "", 202).await;
    check("POST /api/v1/sync?wait=true", "/api/v1/sync", "{\"retry\":true}", 200).await;
    check("POST /api/v1/stacks/none/suspend", "/api/v1/stacks/{stack}/suspend", "{}", 404).await;
    check("GET /api/v1/requests/4711", "/api/v1/requests/{request}", "", 404).await;
}

#[tokio::test]
async fn what_cannot_be_read_or_found_is_answered_with_a_way_out() {
    let house = house("").await;
    for (request, body, status) in [
        ("POST /api/v1/sync", "{\"stack\": 1}", 400),
        ("POST /api/v1/sync", "[", 400),
        ("GET /api/v1/runs/seven", "", 400),
        ("GET /api/v1/runs?limit=-1", "", 400),
        ("GET /api/v1/nothing", "", 404),
        ("GET /nothing", "", 404),
    ] {
        let answer = house.unix(request, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{request}: {answer:?}");
        assert!(answer.json()["hint"].is_string(), "{answer:?}");
        assert!(answer.head.contains("no-store"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_command_line_is_told_what_to_say() {
    let house = house("").await;
    let answer = house.unix("POST /api/v1/sync?wait=true&said=human", b"").await.json();
    let (said, ended) = crate::report::said_of(&answer).unwrap();
    assert_eq!(ended, crate::report::Ended::Failed, "{said:?}");
}
