//! Webhooks over a real connection.

use super::{House, SECRET, house};
use crate::http::hooks::{hex, hmac};

fn push(number: usize) -> Vec<u8> {
    let body = format!(
        r#"{{"ref":"refs/heads/main","after":"1f0c2d3e","repository":{{"full_name":"home/stacks"}},"commits":[],"number":{number}}}"#
    );
    body.into_bytes()
}

async fn send(house: &House, query: &str, body: &[u8], more: &str) -> (u16, String) {
    let signature = hex(&hmac(SECRET.as_bytes(), &[body]));
    let head = format!(
        "POST /hooks/github{query}\nx-github-event: push\nx-hub-signature-256: sha256={signature}{more}"
    );
    let answer = house.tcp("webhooks", &head, body).await;
    assert!(!answer.body.contains(SECRET), "{answer:?}");
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_signed_push_is_taken_once_and_a_forged_one_not_at_all() {
    let house = house("").await;
    let (status, body) = send(&house, "", &push(1), "").await;
    assert_eq!(status, 202, "{body}");
    assert!(
        serde_json::from_str::<serde_json::Value>(&body).unwrap()["request"].is_u64(),
        "{body}"
    );
    let (status, body) = send(&house, "", &push(1), "").await;
    assert_eq!((status, body.contains("duplicate")), (200, true), "{body}");
    let head = "POST /hooks/github\nx-github-event: push\nx-hub-signature-256: sha256=00";
    assert_eq!(house.tcp("webhooks", head, &push(2)).await.status, 401);
    assert_eq!(house.tcp("webhooks", "POST /hooks/gitlab", b"{}").await.status, 404);
    assert_eq!(house.tcp("webhooks", "POST /hooks/nobody", b"{}").await.status, 404);
    assert_eq!(house.tcp("webhooks", "GET /hooks/github", b"").await.status, 405);
    let head = "POST /hooks/azure/wrong";
    assert_eq!(house.tcp("webhooks", head, b"{}").await.status, 401);
    let page = house.tcp("metrics", "GET /metrics", b"").await.body;
    for (result, count) in [("accepted", 1), ("duplicate", 1), ("unproven", 1)] {
        let line =
            format!("conductor_webhooks_total{{provider=\"github\",result=\"{result}\"}} {count}");
        assert!(page.contains(&line), "no `{line}` in {page}");
    }
}

#[tokio::test]
async fn who_waits_gets_the_outcome() {
    let house = house("").await;
    let (status, body) = send(&house, "?wait=true", &push(1), "").await;
    assert_eq!(status, 500, "{body}");
    let outcome: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(outcome["well"], false);
    assert!(body.contains("nobody is there"), "{body}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_whether_it_is_told_or_not() {
    let house = house("").await;
    let (status, body) = send(&house, "", &vec![b'x'; (1 << 20) + 1], "").await;
    assert_eq!(status, 413, "{body}");
    let (status, _) = send(&house, "", &vec![b' '; 1 << 20], "").await;
    assert_eq!(status, 400, "within the limit, and no JSON");
}

#[tokio::test]
async fn exactly_the_excess_of_one_address_is_refused() {
    let more = "rate_limit: {requests: 5, per: 1h}\ntrusted_proxies: [127.0.0.1]";
    let house = house(more).await;
    let mut statuses = Vec::new();
    for number in 0..8 {
        statuses.push(send(&house, "", &push(number), "").await.0);
    }
    assert_eq!(statuses, [202, 202, 202, 202, 202, 429, 429, 429]);
    let other = send(&house, "", &push(9), "\nx-forwarded-for: 192.0.2.7").await;
    assert_eq!(other.0, 202, "behind the proxy is somebody else");
}

#[tokio::test]
async fn a_secret_is_replaced_while_the_doors_are_open() {
    let house = house("").await;
    assert_eq!(send(&house, "", &push(1), "").await.0, 202);
    let directory = tempfile::tempdir().unwrap();
    let settings = super::settings(directory.path(), "");
    std::fs::write(directory.path().join("secret"), "another-secret").unwrap();
    house.doors.renew(super::Rules::of(&settings, &mut Vec::new()).unwrap());
    assert_eq!(send(&house, "", &push(2), "").await.0, 401);
}
