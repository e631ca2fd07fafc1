//! What the engine refuses, and how it is told.

use std::time::{Duration, Instant};

use conductor::docker::{Endpoint, Engine, Error};
use conductor::model::failure::{Disposition, Failure};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::stack::{Stack, sleeper};
use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images::BUSYBOX;

each_engine! {
    fn a_taken_port_is_named(dockerd: &Dockerd) {
        let publish = json!({"ports": [{"mode": "ingress", "target": 80, "published": "18081", "protocol": "tcp"}]});
        let stack = Stack::new(dockerd, "port-taken", &json!({"services": {"one": sleeper(&publish), "two": sleeper(&publish)}}));
        let _one = stack.up("one");
        let two = stack.create("two").unwrap();
        let error = stack.run(stack.engine.start("port-taken-two-1")).unwrap_err();
        assert_eq!(error.to_string(), "cannot start container `port-taken-two-1`: port 18081 is taken");
        assert!(error.hint().is_some());
        let state = stack.inspect(&two);
        assert!(state.details.unwrap().error.contains("18081"), "the engine remembers why");
    }
}

each_engine! {
    fn a_port_that_a_program_of_the_host_has_is_named_too(dockerd: &Dockerd) {
        let listen = dockerd.inside("busybox").args(["nc", "-l", "-p", "18082"]).spawn();
        let mut listener = listen.unwrap();
        let publish = json!({"ports": [{"mode": "ingress", "target": 80, "published": "18082", "protocol": "tcp"}]});
        let stack = Stack::new(dockerd, "port-held", &json!({"services": {"web": sleeper(&publish)}}));
        crate::support::process::wait_until("listener", Duration::from_secs(20), || {
            crate::support::process::run(dockerd.inside("cat").arg("/proc/net/tcp")).out.contains(":46A2")
                || crate::support::process::run(dockerd.inside("cat").arg("/proc/net/tcp6")).out.contains(":46A2")
        });
        let _id = stack.create("web").unwrap();
        let error = stack.run(stack.engine.start("port-held-web-1")).unwrap_err();
        listener.kill().unwrap();
        let _status = listener.wait().unwrap();
        assert_eq!(error.to_string(), "cannot start container `port-held-web-1`: port 18082 is taken");
    }
}

each_engine! {
    fn names_images_and_mounts_that_are_missing_or_taken_are_told_apart(dockerd: &Dockerd) {
        let gone = json!({"volumes": [{"type": "bind", "source": "/nowhere/at/all", "target": "/x", "bind": {"create_host_path": false}}]});
        let stack = Stack::new(dockerd, "refused", &json!({"services": {
            "web": sleeper(&json!({})),
            "bare": sleeper(&json!({"image": "conductor-test/nobody:1"})),
            "mounts": sleeper(&gone),
        }}));
        let _id = stack.create("web").unwrap();
        let told = |error: Error| error.to_string();
        assert_eq!(told(stack.create("web").unwrap_err()), "cannot create container `refused-web-1`: the name is taken");
        assert_eq!(told(stack.create("bare").unwrap_err()), "cannot find image `conductor-test/nobody:1`");
        assert_eq!(told(stack.create("mounts").unwrap_err()), "cannot create container `refused-mounts-1`: there is no `/nowhere/at/all` to mount");
        assert_eq!(told(stack.run(stack.engine.start("refused-x-1")).unwrap_err()), "cannot start container `refused-x-1`: it does not exist");
        assert!(!stack.look().images.contains_key("conductor-test/nobody:1"));
        assert!(stack.look().images.contains_key(BUSYBOX));
    }
}

each_engine! {
    fn a_container_that_cannot_join_its_second_network_is_not_left_behind(dockerd: &Dockerd) {
        let model = json!({
            "services": {"web": sleeper(&json!({"networks": {"default": {"priority": 1}, "far": null}}))},
            "networks": {"far": {"name": "not-there", "ipam": {}, "external": true}},
        });
        let stack = Stack::adopt(dockerd, "half", &model);
        let _id = stack.run(stack.engine.create_network(&stack.desired, "default")).unwrap();
        match stack.create("web") {
            // A newer engine looks for its networks only at the start.
            Ok(id) => assert!(stack.run(stack.engine.start(&id)).is_err()),
            Err(error) => {
                assert!(error.to_string().contains("not-there"), "{error}");
                assert_eq!(stack.look().containers, []);
            }
        }
    }
}

each_engine! {
    fn a_wait_ends_at_its_deadline_or_when_it_is_cancelled(dockerd: &Dockerd) {
        let stack = Stack::new(dockerd, "patience", &json!({"services": {"web": sleeper(&json!({}))}}));
        let id = stack.up("web");
        let cancel = CancellationToken::new();
        let never = |_: &conductor::model::observed::Container| false;
        let soon = Instant::now() + Duration::from_millis(300);
        assert_eq!(stack.run(stack.engine.wait_until(&id, soon, &cancel, &never)).unwrap(), None);
        cancel.cancel();
        let late = Instant::now() + Duration::from_mins(1);
        let error = stack.run(stack.engine.wait_until(&id, late, &cancel, &never)).unwrap_err();
        assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    }
}

#[test]
fn an_engine_that_is_not_there_is_told_by_its_socket() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let connect = |endpoint: &Endpoint| runtime.block_on(Engine::connect(endpoint)).unwrap_err();

    let missing = directory.path().join("docker.sock");
    let error = connect(&Endpoint::Unix(missing.clone()));
    assert_eq!(
        error.to_string(),
        format!("cannot reach the engine: no socket at `{}`", missing.display())
    );

    let deserted = directory.path().join("deserted.sock");
    drop(std::os::unix::net::UnixListener::bind(&deserted).unwrap());
    let error = connect(&Endpoint::Unix(deserted.clone()));
    assert_eq!(
        error.to_string(),
        format!("cannot reach the engine at `unix://{}`", deserted.display())
    );
    assert!(matches!(error.disposition(), Disposition::RetryAfter(_)));

    let error = connect(&Endpoint::Tcp("127.0.0.1:9".to_owned()));
    assert_eq!(error.to_string(), "cannot reach the engine at `tcp://127.0.0.1:9`");
}
