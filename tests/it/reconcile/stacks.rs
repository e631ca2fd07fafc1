//! The order between stacks.

use serde_json::Value;

use super::rollback::engine;
use crate::support::missing::part;
use crate::support::process::Ran;
use crate::support::scene::{Scene, script, services, sleeper};

/// `project: outcome` of each stack, sorted.
fn outcomes(ran: &Ran) -> String {
    let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran}"));
    let line = |stack: &Value| {
        format!(
            "{}: {}",
            stack["project"].as_str().unwrap(),
            stack["outcome"]["kind"].as_str().unwrap()
        )
    };
    let mut lines: Vec<String> = answer["stacks"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines.join("\n")
}

/// A stack whose service is healthy when `ready` says so.
fn front(command: &str) -> String {
    let check = "healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 200ms, retries: 5}";
    let web = script(command, &format!("{check}, networks: [front]"));
    services(&[("web", web)]) + "networks: {front: {name: order-front}}\n"
}

#[test]
fn a_stack_that_uses_what_another_makes_comes_behind_it_and_not_without_it() {
    let dockerd = part!(engine());
    let guest = services(&[("web", sleeper("networks: [front]"))])
        + "networks: {front: {name: order-front, external: true}}\n";
    let alone = services(&[("web", sleeper(""))]);
    let scene = part!(Scene::new(
        dockerd,
        &[
            ("order-a/compose.yaml", &guest),
            ("order-b/compose.yaml", &front("exec sleep 600")),
            ("order-c/compose.yaml", &alone),
            ("order-d/compose.yaml", &alone),
            ("conductor.yaml", "stacks: {order-d: {depends_on: [order-a]}}\n"),
        ]
    ));
    let plan = scene.plan(&[]);
    assert!(plan.contains("create order-a-web-1"), "{plan}");
    let ran = scene.conductor(&["sync", "--format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    insta::assert_snapshot!(outcomes(&ran), @r"
    order-a: blocked
    order-b: degraded
    order-c: changed
    order-d: blocked
    ");
    assert!(ran.out.contains("it needs the stack `order-b`, which is degraded"), "{ran}");

    let _revision = scene
        .repository
        .commit(&[("order-b/compose.yaml", &front("touch /tmp/ready; exec sleep 600"))]);
    let _all = scene.sync(&[]);
    assert_eq!(scene.names(), "order-a-web-1 order-b-web-1 order-c-web-1 order-d-web-1");
    assert_eq!(scene.sync(&[]), [""; 0]);
}

#[test]
fn stacks_that_wait_for_each_other_are_named_and_stop_nobody_else() {
    let dockerd = part!(engine());
    let alone = services(&[("web", sleeper(""))]);
    let scene = part!(Scene::new(
        dockerd,
        &[
            ("ring-a/compose.yaml", &alone),
            ("ring-b/compose.yaml", &alone),
            ("ring-c/compose.yaml", &alone),
            (
                "conductor.yaml",
                "stacks: {ring-a: {depends_on: [ring-b]}, ring-b: {depends_on: [ring-a]}}\n"
            ),
        ]
    ));
    let said = scene.conductor(&["sync"]).failed(1);
    assert!(said.contains("`ring-a` → `ring-b` → `ring-a` wait for each other"), "{said}");
    assert_eq!(scene.names(), "ring-c-web-1");
}
