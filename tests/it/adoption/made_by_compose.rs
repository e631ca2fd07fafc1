//! One stack that `docker compose` made, and that is in git from now on.

use std::fs;

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::missing::part;
use crate::support::proxy::Moment;
use crate::support::scene::{Scene, remove_project, services, sleeper};

fn stack(word: &str) -> String {
    let web = sleeper(&format!(
        "volumes: ['./data:/data', './app.conf:/app.conf:ro'], environment: {{WORD: {word}}}"
    ));
    services(&[("web", web)])
}

/// A project of `docker compose` in a directory, whose files are in git at another path.
fn scene<'e>(
    dockerd: &'e Dockerd,
    project: &str,
    settings: &str,
) -> Result<Scene<'e>, crate::support::missing::Missing> {
    let path = format!("stacks/{project}");
    let (compose, config) = (format!("{path}/compose.yaml"), format!("{path}/app.conf"));
    let scene = Scene::new(dockerd, &[(&compose, &stack("one")), (&config, "x\n")])?;
    let directory = scene.env.path(&format!("opt/{project}"));
    for (name, text) in [("compose.yaml", stack("one")), ("app.conf", "x\n".to_owned())] {
        scene.env.write(&format!("opt/{project}/{name}"), text);
    }
    let _up =
        dockerd.compose(&["--project-directory", directory.to_str().unwrap(), "up", "-d"]).stdout();
    let settings = settings.replace("DIR", directory.to_str().unwrap());
    if !settings.is_empty() {
        let _commit = scene.repository.commit(&[("conductor.yaml", &settings)]);
    }
    Ok(scene)
}

struct Removed<'e>(&'e Dockerd, &'static str);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        remove_project(self.0, self.1);
    }
}

#[test]
fn a_stack_from_git_stands_in_the_project_directory_that_it_is_given() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let _removed = Removed(dockerd, "opted");
    let settings = "stacks: {opted: {project_directory: DIR}}\n";
    let scene = part!(scene(dockerd, "opted", settings));
    let directory = scene.env.path("opt/opted");
    scene.env.write("opt/opted/data/kept", "x\n");
    assert_eq!(scene.plan(&[]), "");
    assert_eq!(scene.sync(&[]), [""; 0]);

    let _commit = scene.repository.commit(&[
        ("stacks/opted/compose.yaml", &stack("two")),
        ("stacks/opted/app.conf", "y\n"),
        ("stacks/opted/more.conf", "z\n"),
    ]);
    let plan = scene.plan(&[]);
    assert!(plan.contains("write file app.conf: content changed"), "{plan}");
    let _sync = scene.sync(&[]);
    assert_eq!(scene.exec("opted-web-1", &["cat", "/app.conf", "/data/kept"]), "y\nx\n");
    let source = scene.inspect("opted-web-1")["Mounts"].to_string();
    assert!(source.contains(directory.to_str().unwrap()), "{source}");
    // Of what is in the stack's directory, only what its containers and `docker compose` need is laid out.
    assert!(!directory.join("more.conf").exists());
    assert_eq!(fs::read_to_string(directory.join("data/kept")).unwrap(), "x\n");
    assert_eq!(scene.sync(&[]), [""; 0]);
}

#[test]
fn a_file_that_was_written_before_conductor_was_killed_still_replaces_its_container() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let _removed = Removed(dockerd, "optcut");
    let settings = "stacks: {optcut: {project_directory: DIR}}\n";
    let scene = part!(scene(dockerd, "optcut", settings));
    let file = scene.env.path("opt/optcut/app.conf");
    scene.env.write("opt/optcut/data/kept", "x\n");
    let made_by_compose = scene.inspect("optcut-web-1")["Id"].clone();
    let _commit = scene.repository.commit(&[("stacks/optcut/app.conf", "y\n")]);

    assert!(scene.sync_killed_at(1, Moment::Before));
    assert_eq!(fs::read_to_string(&file).unwrap(), "y\n", "killed behind the write");
    assert_eq!(scene.inspect("optcut-web-1")["Id"], made_by_compose, "and before the create");
    let plan = scene.plan(&[]);
    assert!(plan.contains("optcut-web-1: file app.conf changed"), "{plan}");
    let _next = scene.sync(&[]);
    assert_ne!(scene.inspect("optcut-web-1")["Id"], made_by_compose);
    assert_eq!(scene.names(), "optcut-web-1");
    assert_eq!(scene.exec("optcut-web-1", &["cat", "/app.conf", "/data/kept"]), "y\nx\n");
    assert_eq!(scene.sync(&[]), [""; 0]);
}

#[test]
fn what_differs_is_told_and_replaced_only_when_somebody_says_so() {
    let dockerd = part!(Dockerd::shared(Version::Newer));
    let _removed = Removed(dockerd, "asked");
    let scene = part!(scene(dockerd, "asked", ""));
    let refused = scene.refused(&["adopt"]);
    let opt = scene.env.path("opt/asked");
    assert!(refused.contains("asked-web-1"), "{refused}");
    assert!(refused.contains("project_directory"), "{refused}");
    assert!(refused.contains("`--yes`"), "{refused}");
    assert!(!refused.contains(opt.to_str().unwrap()) || refused.contains("made for"), "{refused}");

    let _yes = scene.conductor(&["adopt", "--yes"]).stdout();
    let source = scene.inspect("asked-web-1")["Mounts"].to_string();
    assert!(source.contains(scene.work("asked").to_str().unwrap()), "{source}");
    let again = scene.conductor(&["adopt"]);
    assert!(again.err.contains("nothing differs"), "{again}");
}
