//! Containers that the engine cannot remove.

use std::path::PathBuf;
use std::process::Command;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::process::run;
use crate::support::scene::{Scene, script, services};

/// A file in a container's own directory that nobody may remove, until this is dropped.
struct Stuck(PathBuf);

impl Stuck {
    fn of(scene: &Scene<'_>, name: &str) -> Self {
        let id = scene.inspect(name)["Id"].as_str().unwrap().to_owned();
        let file = scene.dockerd.data_root().join("containers").join(id).join("keep");
        std::fs::write(&file, "").unwrap();
        let stuck = Self(file);
        stuck.mark("+i");
        stuck
    }

    fn mark(&self, attribute: &str) {
        let _done = run(Command::new("chattr").arg(attribute).arg(&self.0)).stdout();
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        if self.0.exists() {
            self.mark("-i");
        }
    }
}

fn stack(word: &str) -> String {
    let web = script("exec sleep 600", &format!("environment: {{WORD: {word}}}"));
    services(&[("web", web)])
}

each_engine! {
    fn a_container_that_cannot_be_removed_gives_its_name_away_and_goes_when_it_can(dockerd: &Dockerd) {
        let file = "wrecked/compose.yaml";
        let scene = part!(Scene::new(dockerd, &[(file, &stack("one"))]));
        let _first = scene.sync(&[]);
        let old = scene.inspect("wrecked-web-1")["Id"].as_str().unwrap().to_owned();
        let aside = format!("wrecked-web-1_dead_{}", &old[..12]);
        let stuck = Stuck::of(&scene, "wrecked-web-1");

        // The engine tells at the removal, in the middle of a run, which goes on around it.
        let _revision = scene.repository.commit(&[(file, &stack("two"))]);
        let ran = scene.conductor(&["sync"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let said = format!("cannot remove container `{aside}`");
        assert!(ran.err.contains(&said), "{ran}");
        assert_eq!(scene.names(), format!("wrecked-web-1 {aside}"));
        assert_eq!(scene.variable("wrecked-web-1", "WORD"), "two");
        assert_eq!(scene.inspect(&aside)["Id"], *old);
        assert_eq!(scene.state(&aside), "dead");

        // Whoever asks for a run has its removal tried again; nothing else happens, until it works.
        let tried = scene.sync(&[]);
        assert!(matches!(&tried[..], [one] if one.contains(&aside)), "{tried:?}");
        drop(stuck);
        let _removed = scene.sync(&[]);
        assert_eq!(scene.names(), "wrecked-web-1");
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}
