//! Conductor as a unit: ready, watched, stopped.

use super::machine;
use crate::support::machine::{Machine, PATIENCE};
use crate::support::process::wait_until;

const UNIT: &str = include_str!("../../../units/conductor.service");
const ONE: &str =
    "services: {web: {image: 'stand-in:1', command: [httpd, -f], stop_grace_period: 1s}}\n";

/// Docker itself starts it with the machine.
const SECRET: &str = r"
services:
  web: {image: 'stand-in:1', command: [httpd, -f], restart: always, stop_grace_period: 1s, secrets: [password]}
secrets:
  password: {environment: WORD}
";

/// The first service is healthy once someone says so: until then an apply waits for it.
const WAITS: &str = r"
services:
  first:
    image: stand-in:1
    command: [httpd, -f]
    stop_grace_period: 1s
    healthcheck: {test: [CMD, test, -e, /tmp/well], interval: 1s, retries: 999}
  second:
    image: stand-in:1
    command: [httpd, -f]
    stop_grace_period: 1s
    depends_on: {first: {condition: service_healthy}}
";

/// Starts the unit, with lines of its own for `[Service]`; returns once it is ready.
fn start(machine: &Machine, service: &str) {
    machine.write("/etc/systemd/system/conductor.service", UNIT);
    if !service.is_empty() {
        let drop_in = format!("[Service]\n{service}");
        machine.write("/etc/systemd/system/conductor.service.d/test.conf", &drop_in);
    }
    let _said = machine.says(
        "getent group conductor >/dev/null || groupadd --system conductor
         systemctl daemon-reload && systemctl enable -q --now conductor.service",
    );
}

fn runs(machine: &Machine, name: &str) -> bool {
    machine.says("docker ps --format '{{.Names}}'").lines().any(|line| line == name)
}

#[test]
fn the_unit_is_ready_before_docker_is_and_says_what_it_is_at() {
    let machine = machine!();
    machine.install(&[("one/compose.yaml", ONE)]);
    machine.says("systemctl stop docker.socket docker.service");
    start(&machine, "");
    assert_eq!(machine.property("conductor.service", "ActiveState"), "active");
    assert_eq!(machine.property("docker.service", "ActiveState"), "inactive");
    let text = machine.property("conductor.service", "StatusText");
    assert!(text.contains("stack"), "{text}");

    machine.says("systemctl start docker.service");
    wait_until("container of the stack", PATIENCE, || runs(&machine, "one-web-1"));
    machine.until("status text", "systemctl show conductor -p StatusText | grep '1 stack'");
    assert_eq!(machine.property("conductor.service", "NRestarts"), "0");
}

#[test]
fn a_loop_that_makes_no_progress_is_started_anew_by_the_watchdog() {
    let machine = machine!();
    machine.install(&[]);
    start(&machine, "WatchdogSec=5\n");
    let before = machine.property("conductor.service", "MainPID");
    // A build for tests: its loop stands still from here on, while other threads go on.
    let _held = machine.says("systemctl kill --kill-who=main --signal=USR2 conductor.service");
    machine.until(
        "end by the watchdog",
        "journalctl -q -u conductor.service | grep -q \"result 'watchdog'\"",
    );
    machine.until("new process", "systemctl is-active conductor.service");
    assert_ne!(machine.property("conductor.service", "MainPID"), before);
}

#[test]
fn stopped_in_the_middle_of_an_apply_it_ends_in_order_and_goes_on_when_started() {
    let machine = machine!();
    machine.install(&[("waits/compose.yaml", WAITS)]);
    start(&machine, "");
    wait_until("first service", PATIENCE, || runs(&machine, "waits-first-1"));

    machine.says("systemctl stop conductor.service");
    assert_eq!(machine.property("conductor.service", "Result"), "success");
    assert_eq!(machine.property("conductor.service", "ExecMainStatus"), "0");
    assert!(runs(&machine, "waits-first-1") && !runs(&machine, "waits-second-1"));

    machine.says("docker exec waits-first-1 touch /tmp/well && systemctl start conductor.service");
    wait_until("second service", PATIENCE, || runs(&machine, "waits-second-1"));
}

/// Docker's health by the file that the daemon keeps of it.
const HEALTH: &str = "/run/conductor/docker-health.json";

/// Sees a Docker stay down for so many seconds, while it is looked at again and again and its socket would start it.
fn stays_down(machine: &Machine, seconds: u32) {
    let sum = r#"sed -E 's/.*"since":([0-9]+).*"seen":([0-9]+).*/[ $((\2 - \1)) -ge "#;
    machine.until("further looks at it", &format!("{sum}{seconds} ]/' {HEALTH} | bash"));
    let states = ["docker.socket", "docker.service"].map(|it| machine.property(it, "ActiveState"));
    if states != ["active", "inactive"] {
        let log = machine.says("journalctl -q -b -o short-precise -u 'docker*' -u conductor");
        panic!("{states:?}\n{log}");
    }
}

#[test]
fn a_docker_that_a_person_stopped_is_not_touched_and_everything_is_reconciled_when_it_is_back() {
    let machine = machine!();
    machine.install(&[("one/compose.yaml", ONE)]);
    start(&machine, "");
    wait_until("container of the stack", PATIENCE, || runs(&machine, "one-web-1"));

    // Its socket stays, and starts it for whoever connects.
    machine.says("systemctl stop docker.service");
    machine.until("word of the stop", &format!(r#"grep '"stopped"' {HEALTH}"#));
    let sync = machine.run("conductor sync");
    assert!(sync.code == Some(1) && sync.err.contains("Docker is stopped"), "{sync}");
    let status = machine.run("conductor status");
    assert!(status.code == Some(1) && status.err.contains("stopped in order"), "{status}");
    stays_down(&machine, 15);

    // No restart policy asks for the container: git does.
    machine.says("systemctl start docker.service");
    wait_until("container of the stack", PATIENCE, || runs(&machine, "one-web-1"));
}

#[test]
fn a_docker_that_a_person_stops_in_the_middle_of_a_run_stays_down_however_late_that_is_heard_of() {
    let machine = machine!();
    machine.install(&[("waits/compose.yaml", WAITS)]);
    start(&machine, "");
    for _ in 0..3 {
        wait_until("run that waits", PATIENCE, || runs(&machine, "waits-first-1"));
        // A process that gets no turn hears of nothing, and what it was about to ask is overdue when it goes on.
        machine.says(
            "systemctl kill --kill-who=main --signal=STOP conductor.service
             systemctl stop docker.service
             systemctl kill --kill-who=main --signal=CONT conductor.service",
        );
        let heard = format!(r#"grep '"stopped"' {HEALTH} || systemctl is-active docker.service"#);
        machine.until("word of the stop", &heard);
        stays_down(&machine, 5);
        machine.says("systemctl reset-failed docker.service; systemctl start docker.service");
    }
}

#[test]
fn it_starts_before_docker_with_the_machine() {
    let machine = machine!();
    machine.install(&[
        ("one/compose.yaml", ONE),
        ("two/compose.yaml", SECRET),
        ("two/.env", "WORD=a-word"),
    ]);
    start(&machine, "");
    wait_until("containers", PATIENCE, || {
        runs(&machine, "one-web-1") && runs(&machine, "two-web-1")
    });
    machine.reboot();
    machine.until(
        "both units",
        "systemctl is-active conductor.service && systemctl is-active docker.service",
    );
    let ready = machine.property("conductor.service", "ActiveEnterTimestampMonotonic");
    let docker = machine.property("docker.service", "InactiveExitTimestampMonotonic");
    assert!(ready.parse::<u64>().unwrap() <= docker.parse::<u64>().unwrap(), "{ready} {docker}");
    // Docker finds what its containers have mounted, although the boot has emptied it.
    machine.until(
        "secret that is older than Docker",
        "find /run/conductor/secrets -type f ! -newer /run/docker.pid | grep -q .",
    );
    machine.until("container that reads it", "docker exec two-web-1 cat /run/secrets/password");
    let log =
        machine.says("journalctl -q -b -u docker.service | grep -i 'failed to start' || true");
    assert!(log.trim().is_empty(), "{log}");
    // No restart policy asks for it: git does.
    wait_until("container after the boot", PATIENCE, || runs(&machine, "one-web-1"));
}
