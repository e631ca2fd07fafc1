//! The recording proxy: it sees every request and is in nobody's way.

use std::io::Write;
use std::process::Stdio;

use crate::support::dockerd::Dockerd;
use crate::support::engine::{client, each_engine};
use crate::support::env::Env;
use crate::support::http;
use crate::support::images::BUSYBOX;
use crate::support::process::run;
use crate::support::proxy::Proxy;

each_engine! {
    fn requests_are_noted_in_order_without_their_version(dockerd: &Dockerd) {
        let proxy = Proxy::before(&dockerd.socket());
        let get = |request: &str| http::send(&proxy.socket(), request, None).unwrap().status;
        assert_eq!(get("GET /v1.41/containers/json?all=1"), 200);
        assert_eq!(get("HEAD /_ping"), 200);
        assert_eq!(get("POST /v1.41/containers/none/start"), 404);
        assert_eq!(get("GET /volumes"), 200);

        assert_eq!(
            proxy.take(),
            ["GET /containers/json?all=1", "HEAD /_ping", "POST /containers/none/start", "GET /volumes"]
        );
        assert_eq!(proxy.take(), [""; 0]);
    }
}

each_engine! {
    fn compose_works_through_it_and_its_second_run_changes_nothing(dockerd: &Dockerd) {
        let proxy = Proxy::before(&dockerd.socket());
        let mut env = Env::on(dockerd);
        env.set("DOCKER_HOST", &proxy.host());
        let service = format!("services: {{one: {{image: {BUSYBOX}, command: [sleep, '600']}}}}\n");
        let file = env.write("work/compose.yaml", service);
        let compose = |arguments: &[&str]| {
            let mut compose = client("docker-compose", &proxy.socket()).unwrap();
            let _out = run(compose.args(["-p", "proxied", "-f"]).arg(&file).args(arguments)).stdout();
            proxy.take_changes()
        };
        let first = compose(&["up", "-d"]);
        assert!(first.iter().any(|call| call.starts_with("POST /containers/create?name=proxied-one-1")), "{first:#?}");
        assert_eq!(compose(&["up", "-d"]), [""; 0]);
        let last = compose(&["down", "-t", "0"]);
        assert!(last.iter().any(|call| call.starts_with("DELETE /networks/")), "{last:#?}");
    }
}

each_engine! {
    fn streams_flow_both_ways(dockerd: &Dockerd) {
        let proxy = Proxy::before(&dockerd.socket());
        let mut cat = client("docker", &proxy.socket()).unwrap();
        cat.args(["run", "-i", "--rm", BUSYBOX, "cat"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut cat = cat.spawn().unwrap();
        cat.stdin.take().unwrap().write_all(b"there and back").unwrap();

        assert_eq!(cat.wait_with_output().unwrap().stdout, b"there and back");
        assert!(proxy.take().iter().any(|call| call.contains("/attach?")));
    }
}
