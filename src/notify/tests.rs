//! Against a server that fails, hangs and recovers, at a pace at which nothing takes long.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;

use super::start::{Pace, start_at};
use super::*;
use crate::model::channel::{Address, Channel, ChannelKind};
use crate::model::name::ProjectName;
use crate::model::notice::{About, Event, Notice};
use crate::model::secret::Secret;

/// A webhook channel for everything.
pub(super) fn channel(url: &str) -> Channel {
    Channel {
        name: "phone".to_owned(),
        kind: ChannelKind::Webhook,
        address: Address::Url(Secret::new(url.into())),
        secret_file: None,
        template: None,
        content_type: "application/json".to_owned(),
        events: Event::ALL.into_iter().collect(),
        stacks: std::collections::BTreeSet::new(),
    }
}

fn notice(stack: &str, event: Event) -> Notice {
    let about = About::Stack(ProjectName::parse(stack).unwrap());
    Notice {
        at: 0,
        about,
        event,
        run: None,
        revision: None,
        words: "words".to_owned(),
        problem: None,
    }
}

/// What the server does next, and what arrived.
#[derive(Default)]
struct Desk {
    next: VecDeque<Behaviour>,
    arrived: Vec<(HeaderMap, Value)>,
}

#[derive(Clone, Copy)]
enum Behaviour {
    Answer(u16),
    Hang,
}

type Shared = Arc<Mutex<Desk>>;

async fn take(State(desk): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let next = {
        let mut desk = desk.lock().unwrap();
        let next = desk.next.pop_front().unwrap_or(Behaviour::Answer(200));
        desk.arrived.push((headers, serde_json::from_slice(&body).unwrap_or(Value::Null)));
        next
    };
    match next {
        Behaviour::Answer(status) => StatusCode::from_u16(status).unwrap(),
        Behaviour::Hang => std::future::pending().await,
    }
}

async fn server(behaviour: &[Behaviour]) -> (Shared, String) {
    let desk = Shared::default();
    desk.lock().unwrap().next = behaviour.iter().copied().collect();
    let app = Router::new().route("/{*any}", post(take)).route("/", post(take));
    let app = app.with_state(Arc::clone(&desk));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (desk, url)
}

const QUICK: Pace = Pace {
    collect: Duration::from_millis(50),
    pause: Duration::from_millis(20),
    timeout: Duration::from_secs(3),
    farewell: Duration::from_mins(1),
};

fn started(channels: Vec<Channel>) -> (Notices, tokio::task::JoinHandle<()>) {
    started_at(QUICK, channels)
}

fn started_at(pace: Pace, channels: Vec<Channel>) -> (Notices, tokio::task::JoinHandle<()>) {
    let sender = Sender { host: Some("nas".to_owned()), instance: "default".to_owned() };
    let clock: Clock = Arc::new(|| 1_700_000_000);
    let (notices, work) = start_at(pace, channels, (sender, &clock), &[]).unwrap();
    (notices, tokio::spawn(work))
}

/// Waits until something is so.
async fn eventually(what: impl Fn() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_mins(2);
    while !what() {
        assert!(tokio::time::Instant::now() < limit, "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn things_that_happen_together_arrive_as_one_signed_message() {
    let (desk, url) = server(&[]).await;
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    std::fs::write(&key, "top secret\n").unwrap();
    let (notices, _work) =
        started(vec![Channel { secret_file: Some(key), ..channel(&format!("{url}/hook")) }]);
    notices.tell(&notice("shop", Event::Failed));
    notices.tell(&notice("blog", Event::Changed));
    eventually(|| notices.reports()[0].sent == 1).await;

    let desk = desk.lock().unwrap();
    let [(headers, body)] = desk.arrived.as_slice() else {
        panic!("{} arrived", desk.arrived.len())
    };
    assert_eq!(body["title"], "nas: 1 changed, 1 failed");
    assert_eq!(body["notices"].as_array().unwrap().len(), 2);
    assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    assert_eq!(headers["webhook-timestamp"], "1700000000");
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("conductor/"));
}

#[tokio::test]
async fn a_message_that_fails_is_tried_again_with_the_same_id_until_it_arrives() {
    use Behaviour::{Answer, Hang};
    let (desk, url) = server(&[Answer(503), Hang, Answer(429), Answer(204)]).await;
    let (notices, _work) = started(vec![channel(&url)]);
    notices.tell(&notice("shop", Event::Failed));
    eventually(|| notices.reports()[0].sent == 1).await;
    let report = &notices.reports()[0];
    assert_eq!((report.waiting, report.trouble.as_ref()), (0, None));
    assert!(report.failed >= 3, "{report:?}");
    let desk = desk.lock().unwrap();
    let ids: std::collections::BTreeSet<_> =
        desk.arrived.iter().map(|(headers, _)| headers["webhook-id"].to_str().unwrap()).collect();
    assert!(desk.arrived.len() >= 4 && ids.len() == 1, "{ids:?}");
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_neither_the_others_nor_whoever_tells() {
    let (_hanging, slow) = server(&[Behaviour::Hang; 1000]).await;
    let (desk, url) = server(&[]).await;
    let (notices, _work) = started(vec![channel(&slow), channel(&url)]);
    notices.tell(&notice("shop", Event::Failed));
    eventually(|| notices.reports()[1].sent == 1).await;
    for number in 0..10 {
        notices.tell(&notice(&format!("s{number}"), Event::Failed));
    }
    eventually(|| notices.reports()[1].sent == 2).await;
    assert_eq!(desk.lock().unwrap().arrived.len(), 2);
    assert_eq!((notices.reports()[0].sent, notices.missed()), (0, 0));
    eventually(|| notices.reports()[0].failed > 0).await;
    let trouble = notices.reports()[0].trouble.clone().unwrap();
    assert!(!trouble.contains(&slow), "an address may hold a secret: {trouble}");
}

#[tokio::test]
async fn a_message_that_is_not_understood_is_given_up_and_the_next_one_sent() {
    let (desk, url) = server(&[Behaviour::Answer(400)]).await;
    let (notices, _work) = started(vec![channel(&url)]);
    notices.tell(&notice("shop", Event::Failed));
    eventually(|| notices.reports()[0].lost == 1).await;
    notices.tell(&notice("blog", Event::Failed));
    eventually(|| notices.reports()[0].sent == 1).await;
    assert_eq!(desk.lock().unwrap().arrived.len(), 2);
}

#[tokio::test]
async fn what_was_collected_is_sent_before_the_end() {
    let (desk, url) = server(&[]).await;
    let (notices, work) = started(vec![channel(&url)]);
    notices.tell(&notice("shop", Event::Failed));
    drop(notices);
    eventually(|| work.is_finished()).await;
    assert_eq!(desk.lock().unwrap().arrived.len(), 1);
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_server_that_hangs() {
    let (_desk, url) = server(&[Behaviour::Hang; 1000]).await;
    let long = Duration::from_hours(1);
    let pace = Pace { timeout: long, farewell: Duration::from_millis(100), ..QUICK };
    let (notices, work) = started_at(pace, vec![channel(&url)]);
    notices.tell(&notice("shop", Event::Failed));
    drop(notices);
    eventually(|| work.is_finished()).await;
}

#[tokio::test]
async fn a_key_is_read_anew_for_every_try() {
    let (desk, url) = server(&[]).await;
    let dir = tempfile::tempdir().unwrap();
    let token = dir.path().join("token");
    let ntfy = Channel {
        kind: ChannelKind::Ntfy,
        secret_file: Some(token.clone()),
        ..channel(&format!("{url}/topic"))
    };
    let (notices, _work) = started(vec![ntfy]);
    notices.tell(&notice("shop", Event::Failed));
    eventually(|| notices.reports()[0].failed > 0).await;
    assert!(
        notices.reports()[0]
            .trouble
            .as_ref()
            .unwrap()
            .contains("its `secret_file`, cannot be read")
    );
    std::fs::write(&token, "tk_new\n").unwrap();
    eventually(|| notices.reports()[0].sent == 1).await;
    let desk = desk.lock().unwrap();
    let (headers, body) = &desk.arrived[0];
    assert_eq!(headers["authorization"], "Bearer tk_new");
    assert_eq!((&body["topic"], &body["priority"]), (&Value::from("topic"), &Value::from(4)));
}
