//! One run at a time per state directory.

use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::process::run;
use crate::support::scene::{Scene, script, services};

each_engine! {
    fn a_second_sync_says_for_whom_it_waits_and_goes_on_when_that_one_was_killed(dockerd: &Dockerd) {
        let check = "healthcheck: {test: [CMD, test, -f, /tmp/ready], interval: 500ms, retries: 1000}";
        let scene = part!(Scene::new(dockerd, &[("lock/compose.yaml", &services(&[("a", script("exec sleep 600", check))]))]));
        let mut first = scene.sync_until("/start");
        let mut second = scene.env.spawn(&["sync"]);
        let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map_while(Result::ok);
        let holder = format!("process {}: conductor sync", first.id());
        assert!(lines.any(|line| line.contains(&holder)), "it ended without a word about {holder}");

        let _ready = scene.exec("lock-a-1", &["touch", "/tmp/ready"]);
        let _killed = run(Command::new("kill").args(["-s", "KILL", &first.id().to_string()]));
        let _ended = first.wait().unwrap();
        let rest: Vec<String> = lines.collect();
        assert!(second.wait().unwrap().success(), "{rest:#?}");
        assert_eq!(scene.plan(&[]), "");
    }
}
