//! Following what happens, and not reading it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{House, house};

/// Longer than any of this takes, on any machine.
const LONG: Duration = Duration::from_mins(1);

async fn follow(house: &House) -> UnixStream {
    let mut stream = UnixStream::connect(house.doors.socket()).await.unwrap();
    let request = b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut seen = String::new();
    read_until(&mut stream, &mut seen, ": hello").await;
    stream
}

async fn read_until(stream: &mut UnixStream, seen: &mut String, word: &str) {
    let mut bytes = [0; 4096];
    while !seen.contains(word) {
        let count = timeout(LONG, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert!(count > 0, "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
}

#[tokio::test]
async fn a_follower_sees_a_request_from_its_acceptance_to_its_answer() {
    let house = house("").await;
    let mut stream = follow(&house).await;
    let answer = house.unix("POST /api/v1/sync?wait=true", b"").await.json();
    let mut seen = String::new();
    read_until(&mut stream, &mut seen, "\"answered\"").await;
    let number = format!("\"request\":{}", answer["request"]);
    assert!(seen.contains("\"accepted\"") && seen.contains(&number), "{seen}");
}

#[tokio::test]
async fn who_never_reads_holds_nobody_up_and_is_told_what_it_missed() {
    let house = house("").await;
    let mut lazy = follow(&house).await;
    // Far more than the socket and the stream hold.
    for _ in 0..1200 {
        assert_eq!(house.unix("POST /api/v1/sync?wait=true", b"").await.status, 200);
    }
    let mut seen = String::new();
    read_until(&mut lazy, &mut seen, "event: missed").await;
    assert_eq!(house.unix("GET /api/v1/status", b"").await.status, 200);
}

#[tokio::test]
async fn only_so_many_may_follow_and_a_place_is_free_again_when_one_goes() {
    let house = house("").await;
    let mut followers = Vec::new();
    for _ in 0..64 {
        followers.push(follow(&house).await);
    }
    assert_eq!(house.unix("GET /api/v1/events", b"").await.status, 503);
    assert_eq!(house.unix("GET /api/v1/status", b"").await.status, 200);
    drop(followers);
    // That the other side has gone is noticed when the next thing happens.
    let again = timeout(LONG, async {
        loop {
            house.unix("POST /api/v1/sync?wait=true", b"").await;
            let mut stream = UnixStream::connect(house.doors.socket()).await.unwrap();
            stream.write_all(b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.unwrap();
            if first.ends_with(b"200") {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    again.await.unwrap();
}

#[tokio::test]
async fn streams_end_when_the_daemon_does() {
    let house = house("").await;
    let mut stream = follow(&house).await;
    house.end.cancel();
    let mut rest = Vec::new();
    timeout(LONG, stream.read_to_end(&mut rest)).await.unwrap().ok();
    assert!(house.handle.snapshot().since > 0);
}
