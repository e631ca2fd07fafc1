//! What already is as it should be is left alone.

use std::fs;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::scene::Scene;
use crate::support::stacks::{self, CONTAINERS};

#[test]
fn twenty_stacks_that_run_are_left_alone_also_when_nothing_is_remembered() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let files = stacks::twenty("calm");
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let scene = part!(Scene::new(dockerd, &files));
    let first = scene.sync(&[]);
    assert!(!first.is_empty());
    let before = scene.containers();
    assert_eq!(before.len(), CONTAINERS, "{}", scene.names());

    assert_eq!(scene.sync(&[]), [""; 0]);
    assert_eq!(scene.sync(&[]), [""; 0]);
    let state = scene.env.state();
    for entry in fs::read_dir(&state).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("journal")) {
            fs::remove_file(&path).unwrap();
        }
    }
    fs::remove_dir_all(state.join("mirrors")).unwrap();
    assert_eq!(scene.sync(&[]), [""; 0]);
    assert_eq!(scene.sync(&[]), [""; 0]);
    assert_eq!(scene.plan(&[]), "");
    assert_eq!(scene.containers(), before);
}
