//! Images that runs brought, and that nobody needs any more.

use super::registry::{log_in, stack};
use crate::support::dockerd::Dockerd;
use crate::support::engine::{Version, each_engine};
use crate::support::images;
use crate::support::missing::part;
use crate::support::registry::Registry;
use crate::support::scene::{Scene, script, services};

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

each_engine! {
    fn an_image_that_lost_its_name_gets_it_back_from_the_container_made_of_it(dockerd: &Dockerd) {
        let name = "conductor-test/nameless:1";
        let id = images::import(dockerd, name, &["ENV MADE=once"]);
        let web = script("exec sleep 600", "").replace(images::BUSYBOX, &format!("'{name}'"));
        let file = "nameless/compose.yaml";
        let scene = part!(Scene::new(dockerd, &[(file, &services(&[("web", web.clone())]))]));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _untagged = dockerd.send(&format!("DELETE /images/{name}?force=1"), None).unwrap();
        assert_eq!(dockerd.send(&format!("GET /images/{name}/json"), None).unwrap().status, 404);

        let plan = scene.plan(&[]);
        assert_eq!(plan.lines().count(), 1, "{plan}");
        assert!(plan.starts_with(&format!("tag image {name}: ")), "{plan}");
        let changes = scene.sync(&[]);
        assert!(matches!(&changes[..], [tag] if tag.contains("/tag?")), "{changes:?}");
        assert_eq!(dockerd.get(&format!("/images/{name}/json"))["Id"], id);
        assert_eq!(scene.containers(), before);
        assert_eq!(scene.sync(&[]), [""; 0]);

        // And it can be built upon again: one more container of it, which no registry could have given.
        let more = services(&[("web", web.clone()), ("more", web)]);
        let _revision = scene.repository.commit(&[(file, &more)]);
        let _untagged = dockerd.send(&format!("DELETE /images/{name}?force=1"), None).unwrap();
        let _second = scene.sync(&[]);
        assert_eq!(scene.names(), "nameless-more-1 nameless-web-1");
        assert_eq!(scene.changed_since(&before), ["nameless-more-1"]);
    }
}
