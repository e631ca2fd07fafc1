//! Images that runs brought, and that nobody needs any more.

use super::registry::{log_in, stack};
use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::images;
use crate::support::missing::part;
use crate::support::registry::Registry;
use crate::support::scene::Scene;

#[test]
fn an_image_goes_when_no_revision_that_one_may_go_back_to_runs_with_it() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let registry = part!(Registry::start_in(dockerd));
    // In the registry alone.
    let image = |number: u32| {
        let local = format!("conductor-test/swept:{number}");
        let _id = images::import(dockerd, &local, &[&format!("ENV MADE={number}")]);
        let full = registry.push(dockerd, &local, &format!("team/swept:{number}"));
        let _removed = dockerd.docker(&["rmi", &full, &local]).stdout();
        full
    };
    let all: Vec<String> = (1..=4).map(image).collect();
    let is_here = |number: usize| {
        let answer = dockerd.send(&format!("GET /images/{}/json", all[number - 1]), None);
        answer.unwrap().status == 200
    };
    let file = "swept/compose.yaml";
    let scene = part!(Scene::new(dockerd, &[(file, &stack(&all[0], ""))]));
    log_in(&scene, &registry, Registry::PASSWORD);
    let _first = scene.sync(&[]);
    let _revision = scene.repository.commit(&[(file, &stack(&all[1], ""))]);
    let _second = scene.sync(&[]);
    assert!(is_here(1), "the stack may go back to it");

    let _revision = scene.repository.commit(&[(file, &stack(&all[2], ""))]);
    let plan = scene.plan(&[]);
    let removal = format!("remove image {} (", all[0]);
    let line =
        plan.lines().find(|line| line.starts_with(&removal)).unwrap_or_else(|| panic!("{plan}"));
    assert!(line.ends_with("): brought by an earlier run, and no longer used"), "{plan}");
    let _third = scene.sync(&[]);
    assert_eq!((is_here(1), is_here(2), is_here(3)), (false, true, true));
    assert_eq!(scene.sync(&[]), [""; 0]);
    let history = scene.conductor(&["history", "swept"]).stdout();
    assert!(history.contains("changed"), "{history}");

    // What somebody uses stays, and so does what the stack may go back to, without any network.
    let _kept = dockerd.docker(&["create", "--name", "swept-kept", &all[1], "true"]).stdout();
    let _revision = scene.repository.commit(&[(file, &stack(&all[3], ""))]);
    let _fourth = scene.sync(&[]);
    assert!(is_here(2) && is_here(3));
    let _removed = dockerd.docker(&["rm", "swept-kept"]).stdout();
    drop(registry);
    let _back = scene.conductor(&["rollback", "swept"]).stdout();
    assert_eq!(scene.variable("swept-web-1", "MADE"), "3");

    // Free by now: it goes with the next change.
    let _again = scene.sync(&["swept"]);
    assert_eq!(scene.variable("swept-web-1", "MADE"), "4");
    assert_eq!((is_here(2), is_here(3), is_here(4)), (false, true, true));
    let _left = dockerd.docker(&["rm", "-f", "swept-web-1"]);
    let _left = dockerd.docker(&["rmi", &all[2], &all[3]]);
}
