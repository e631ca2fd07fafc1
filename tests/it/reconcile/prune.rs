//! Stacks that leave the repository.

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::scene::{Scene, containers, services, sleeper};

#[test]
fn a_stack_that_left_its_source_goes_but_not_its_volumes_and_not_too_much_at_once() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let small = services(&[("web", sleeper(""))]);
    let data = format!(
        "{}volumes: {{data: null}}\n",
        services(&[
            ("web", sleeper("volumes: ['data:/data'], depends_on: [db]")),
            ("db", sleeper(""))
        ])
    );
    let scene = part!(Scene::new(
        dockerd,
        &[
            ("leave-a/compose.yaml", &small),
            ("leave-b/compose.yaml", &data),
            ("leave-c/compose.yaml", &small),
            ("leave-d/compose.yaml", &small),
        ]
    ));
    let _first = scene.sync(&[]);
    // Somebody else's container in the same project stays.
    let other = ["--label", "com.docker.compose.project=leave-b", "--name", "leave-other"];
    let run = ["run", "-d", "--stop-signal", "KILL"];
    let image = ["conductor-test/busybox:1", "sleep", "600"];
    let _id = dockerd.docker(&[&run[..], &other, &image].concat()).stdout();

    scene.repository.remove("leave-b");
    let _revision = scene.repository.commit(&[]);
    let plan = scene.plan(&[]);
    assert!(
        plan.contains("remove network leave-b_default: the stack is no longer in its source"),
        "{plan}"
    );
    let changes = scene.sync(&[]);
    assert!(changes.iter().all(|call| !call.contains("/volumes/")), "{changes:?}");
    assert_eq!(scene.names(), "leave-a-web-1 leave-c-web-1 leave-d-web-1");
    assert!(!scene.work("leave-b").join("leave-b/compose.yaml").exists());
    assert_eq!(dockerd.send("GET /volumes/leave-b_data", None).unwrap().status, 200);
    assert_eq!(dockerd.send("GET /containers/leave-other/json", None).unwrap().status, 200);
    let _removed = dockerd.docker(&["rm", "-f", "leave-other"]);
    let _removed = dockerd.docker(&["volume", "rm", "leave-b_data"]);
    assert_eq!(scene.sync(&[]), [""; 0]);

    // Two of three are more than half: a person has to say so.
    scene.repository.remove("leave-c");
    scene.repository.remove("leave-d");
    let _revision = scene.repository.commit(&[]);
    let ran = scene.conductor(&["sync"]);
    assert!(ran.err.contains("has lost 2 of the 3 stacks that run here"), "{ran}");
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(scene.names(), "leave-a-web-1 leave-c-web-1 leave-d-web-1");
    let _changes = scene.sync(&["--confirm-prune"]);
    assert_eq!(scene.names(), "leave-a-web-1");
    assert!(containers(dockerd, "com.docker.compose.project=leave-c").is_empty());
}
