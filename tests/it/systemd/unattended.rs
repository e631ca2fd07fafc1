//! What one pass has deployed, without a daemon to look after it.

use super::machine;

const STACK: &str = r#"
services:
  web:
    image: stand-in:1
    command: [sh, -c, "[ -e /data/blob ] || date >/data/blob; exec httpd -f -p 80 -h /data"]
    restart: unless-stopped
    stop_grace_period: 1s
    ports: ["127.0.0.1:8081:80"]
    volumes: ["data:/data"]
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/blob"], interval: 1s}
volumes:
  data:
"#;

#[test]
fn a_stack_comes_back_with_its_data_when_the_machine_does_and_nothing_differs_then() {
    let machine = machine!();
    machine.install(&[("web/compose.yaml", STACK)]);
    let _deployed = machine.says("conductor sync");
    let served = "curl -fsS -m 3 http://127.0.0.1:8081/blob";
    let data = machine.says(served);

    machine.reboot();
    machine.until("stack after the boot", served);

    assert_eq!(machine.says(served), data);
    let plan = machine.run("conductor plan");
    assert_eq!(plan.code, Some(0), "{plan}");
}
