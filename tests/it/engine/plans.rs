//! Plans, carried out on real engines.

use std::time::{Duration, Instant};

use conductor::apply::{self, Hands, Report, Silent};
use conductor::docker::Keyring;
use conductor::files::Places;
use conductor::model::host_paths::HostPaths;
use conductor::model::name::ServiceName;
use conductor::model::observed::{ContainerState, HealthStatus};
use conductor::plan::{Options, Plan, plan};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::stack::{Stack, sleeper};
use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images;

impl Stack {
    /// What would be done now.
    fn plan(&self) -> Plan {
        let options = Options { settle: Duration::from_millis(200), ..Options::at(0) };
        plan(&self.desired, &self.look(), &options).unwrap()
    }

    /// Carries a plan out.
    fn apply(&self, plan: &Plan, cancel: &CancellationToken) -> Report {
        let directory = tempfile::tempdir().unwrap();
        let places = Places {
            work: directory.path().join("work"),
            secrets: directory.path().join("none"),
            elsewhere: None,
            host: HostPaths::Same,
        };
        let hands = Hands {
            engine: &self.engine,
            keyring: &Keyring::default(),
            places: &places,
            pulls: &Semaphore::new(3),
            restarts: 5,
            cut: None,
        };
        let observed = self.look();
        self.run(apply::apply(hands, &self.desired, (&observed, plan), &Silent, cancel))
    }

    /// Makes everything as it should be; then there is nothing to do.
    fn sync(&self) -> Plan {
        let plan = self.plan();
        let report = self.apply(&plan, &CancellationToken::new());
        assert_eq!((&report.failed, report.done), (&None, plan.operations.len()), "{plan}");
        let left = self.plan();
        assert!(left.is_empty(), "left to do:\n{left}");
        plan
    }

    /// Replaces the model of a service.
    fn change(&mut self, service: &str, keys: &Value) {
        let service = ServiceName::parse(service).unwrap();
        let model = serde_json::from_value(sleeper(keys)).unwrap();
        self.desired.project.services.insert(service, model);
    }

    fn id(&self, name: &str) -> String {
        self.inspect(name).id
    }
}

fn healthy() -> Value {
    json!({"test": ["CMD", "true"], "interval": "1s", "timeout": "5s", "retries": 3})
}

each_engine! {
    fn a_project_comes_up_in_order_and_then_needs_nothing(dockerd: &Dockerd) {
        let model = json!({
            "services": {
                "app": sleeper(&json!({
                    "depends_on": {"db": {"condition": "service_healthy", "required": true}, "job": {"condition": "service_completed_successfully", "required": true}},
                    "scale": 2,
                })),
                "db": sleeper(&json!({
                    "healthcheck": healthy(),
                    "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
                })),
                "job": sleeper(&json!({"command": ["true"]})),
            },
            "volumes": {"data": {"name": "planned_data"}},
        });
        let stack = Stack::adopt(dockerd, "planned", &model);
        stack.sync();
        let up = stack.look().containers;
        let state = |name: &str| up.iter().find(|found| found.name == name).unwrap().state;
        assert_eq!(state("planned-app-2"), ContainerState::Running);
        assert_eq!(state("planned-job-1"), ContainerState::Exited);
        assert_eq!(stack.inspect("planned-db-1").health, HealthStatus::Healthy);
    }
}

each_engine! {
    fn one_changed_service_is_replaced_and_keeps_its_data(dockerd: &Dockerd) {
        let image = "conductor-test/replaced:1";
        let _id = images::import(dockerd, image, &["VOLUME /data"]);
        let model = json!({"services": {
            "web": sleeper(&json!({"image": image})),
            "other": sleeper(&json!({})),
        }});
        let mut stack = Stack::adopt(dockerd, "replaced", &model);
        stack.sync();
        let (web, other) = (stack.inspect("replaced-web-1"), stack.id("replaced-other-1"));
        stack.change("web", &json!({"image": image, "environment": {"LOG_LEVEL": "debug"}}));
        let plan = stack.sync();
        assert!(plan.to_string().contains("environment LOG_LEVEL changed"), "{plan}");
        assert_eq!(stack.id("replaced-other-1"), other);
        let replaced = stack.inspect("replaced-web-1");
        assert_ne!(replaced.id, web.id);
        assert_eq!(replaced.mounts, web.mounts);
    }
}

each_engine! {
    fn a_network_is_made_anew_and_its_containers_keep_their_names_on_it(dockerd: &Dockerd) {
        let model = json!({
            "services": {
                "web": sleeper(&json!({"networks": {"front": {"aliases": ["www"]}, "default": null}})),
                "other": sleeper(&json!({})),
            },
            "networks": {"front": {"name": "anew_front", "ipam": {}, "driver_opts": {"com.docker.network.driver.mtu": "1400"}}},
        });
        let mut stack = Stack::adopt(dockerd, "anew", &model);
        stack.sync();
        let other = stack.id("anew-other-1");
        let front = stack.desired.project.networks.get_mut("front").unwrap();
        front.driver_opts.insert("com.docker.network.driver.mtu".to_owned(), "1300".to_owned());
        stack.sync();
        assert_eq!(stack.id("anew-other-1"), other);
        let web = dockerd.get("/containers/anew-web-1/json");
        let aliases = web["NetworkSettings"]["Networks"]["anew_front"]["Aliases"].to_string();
        assert!(aliases.contains("\"www\"") && aliases.contains("\"web\""), "{aliases}");
        let network = dockerd.get("/networks/anew_front");
        assert_eq!(network["Options"]["com.docker.network.driver.mtu"], "1300");
    }
}

each_engine! {
    fn a_network_that_another_project_uses_is_left_alone_and_so_is_everything_on_it(dockerd: &Dockerd) {
        let model = json!({
            "services": {"proxy": sleeper(&json!({"networks": {"front": null}}))},
            "networks": {"front": {"name": "lent_front", "ipam": {}}},
        });
        let mut stack = Stack::adopt(dockerd, "lent", &model);
        stack.sync();
        let front = json!({"name": "lent_front", "ipam": {}, "external": true});
        let guest = json!({
            "services": {"web": sleeper(&json!({"networks": {"front": null}}))},
            "networks": {"front": front},
        });
        let guest = Stack::adopt(dockerd, "guest", &guest);
        guest.sync();
        let front = stack.desired.project.networks.get_mut("front").unwrap();
        front.driver_opts.insert("com.docker.network.driver.mtu".to_owned(), "1300".to_owned());
        let error = plan(&stack.desired, &stack.look(), &Options::at(0)).unwrap_err();
        assert!(error.to_string().contains("`guest-web-1` is running on it"), "{error}");
        assert_eq!(stack.inspect("lent-proxy-1").state, ContainerState::Running);
    }
}

each_engine! {
    fn services_that_share_a_namespace_follow_their_parent(dockerd: &Dockerd) {
        let child = json!({"network_mode": "service:vpn", "networks": null, "depends_on": {"vpn": {"restart": true, "required": true}}});
        let model = json!({"services": {"vpn": sleeper(&json!({})), "app": sleeper(&child)}});
        let mut stack = Stack::adopt(dockerd, "shared", &model);
        stack.sync();
        stack.change("vpn", &json!({"environment": {"A": "1"}}));
        stack.sync();
        let mode = dockerd.get("/containers/shared-app-1/json")["HostConfig"]["NetworkMode"].clone();
        assert_eq!(mode, format!("container:{}", stack.id("shared-vpn-1")));
    }
}

each_engine! {
    fn a_run_that_is_cut_off_anywhere_is_finished_by_the_next(dockerd: &Dockerd) {
        let model = json!({"services": {
            "app": sleeper(&json!({"depends_on": {"db": {"restart": true, "required": true}}})),
            "db": sleeper(&json!({})),
        }});
        let mut stack = Stack::adopt(dockerd, "cut", &model);
        stack.sync();
        for cut in 0.. {
            stack.change("db", &json!({"environment": {"CUT": cut.to_string()}}));
            let whole = stack.plan();
            let part = Plan { operations: whole.operations.iter().take(cut).cloned().collect(), notes: Vec::new() };
            assert_eq!(stack.apply(&part, &CancellationToken::new()).failed, None);
            stack.sync();
            let containers = stack.look().containers;
            let mut up: Vec<_> = containers.iter().map(|found| (found.name.as_str(), found.state)).collect();
            up.sort_by_key(|(name, _)| *name);
            assert_eq!(up, [("cut-app-1", ContainerState::Running), ("cut-db-1", ContainerState::Running)], "{cut}: {whole}");
            if cut == whole.operations.len() {
                break;
            }
        }
    }
}

each_engine! {
    fn a_container_that_cannot_be_made_leaves_what_runs_untouched(dockerd: &Dockerd) {
        let mut stack = Stack::adopt(dockerd, "untouched", &json!({"services": {"a": sleeper(&json!({})), "b": sleeper(&json!({}))}}));
        stack.sync();
        let before = (stack.id("untouched-a-1"), stack.id("untouched-b-1"));
        let missing = json!([{"type": "bind", "source": "/nowhere/at/all", "target": "/x", "bind": {"create_host_path": false}}]);
        stack.change("a", &json!({"environment": {"A": "1"}}));
        stack.change("b", &json!({"volumes": missing}));
        let report = stack.apply(&stack.plan(), &CancellationToken::new());
        let (_, trouble) = report.failed.unwrap();
        assert!(trouble.error.contains("/nowhere/at/all"), "{trouble:?}");
        assert_eq!((stack.id("untouched-a-1"), stack.id("untouched-b-1")), before);
        assert_eq!(stack.inspect("untouched-a-1").state, ContainerState::Running);

        stack.change("b", &json!({}));
        stack.sync();
        assert_eq!(stack.id("untouched-b-1"), before.1);
    }
}

each_engine! {
    fn a_service_that_ends_with_an_error_fails_the_run(dockerd: &Dockerd) {
        let job = json!({"command": ["sh", "-c", "exit 3"]});
        let after = json!({"depends_on": {"job": {"condition": "service_completed_successfully", "required": true}}});
        let mut stack = Stack::adopt(dockerd, "failing", &json!({"services": {"job": sleeper(&job), "web": sleeper(&after)}}));
        let plan = stack.plan();
        let report = stack.apply(&plan, &CancellationToken::new());
        let (_, trouble) = report.failed.unwrap();
        assert_eq!(trouble.error, "service `job` did not complete: container `failing-job-1` ended with exit code 3");
        let left: Vec<String> = report.left.iter().map(|id| plan.get(*id).unwrap().to_string()).collect();
        assert_eq!(left, ["start failing-web-1", "wait web up"]);
        stack.change("job", &json!({"command": ["true"]}));
        stack.sync();
    }
}

each_engine! {
    fn a_person_who_stops_a_run_ends_its_waits_at_once(dockerd: &Dockerd) {
        let never = json!({"healthcheck": {"test": ["CMD", "sleep", "600"], "interval": "1s", "timeout": "10m0s", "retries": 1}});
        let stack = Stack::adopt(dockerd, "stopped", &json!({"services": {"web": sleeper(&never)}}));
        let cancel = CancellationToken::new();
        let plan = stack.plan();
        let start = Instant::now();
        let report = std::thread::scope(|scope| {
            scope.spawn(|| {
                let started = || stack.look().containers.iter().any(|found| found.state == ContainerState::Running);
                crate::support::process::wait_until("start", Duration::from_secs(30), started);
                cancel.cancel();
            });
            stack.apply(&plan, &cancel)
        });
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        assert_eq!((report.failed, report.left.len()), (None, 1));
    }
}
