//! Repositories that cannot be rendered.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::{Missing, part};
use crate::support::scene::{Scene, services, sleeper, sops};

const GOOD: &str = "services:\n  web:\n    image: conductor-test/busybox:1\n    command: [sleep, '600']\n    stop_signal: SIGKILL\n";

/// A stack that runs, and then a commit of these files that cannot be applied; what `sync` says to it.
fn refused<'e>(
    dockerd: &'e Dockerd,
    project: &str,
    files: &[(&str, &str)],
) -> Result<(Scene<'e>, String), Missing> {
    let scene = Scene::new(dockerd, &[(&format!("{project}/compose.yaml"), GOOD)])?.with_key();
    let _first = scene.sync(&[]);
    let _revision = scene.repository.commit(files);
    let said = scene.refused(&["sync"]);
    Ok((scene, said))
}

each_engine! {
    fn the_yaml_is_broken(dockerd: &Dockerd) {
        let broken = format!("{GOOD}    ports: ['80:80'\n");
        let (scene, said) = part!(refused(dockerd, "yaml", &[("yaml/compose.yaml", &broken)]));
        insta::assert_snapshot!(said, @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        yaml   blocked  -           [REVISION]  default: yaml
        ! error: yaml: `yaml/compose.yaml:6:12` is not valid YAML
        !   cause: line 6, column 12: unclosed bracket '['
        !       |
        !     6 |     ports: ['80:80'
        !       |            ^
        !
        ! hint: check the indentation, colons and quotes there and on the lines above
        [1]
        ");
        let in_place = scene.repository.work().join("yaml/compose.yaml");
        insta::assert_snapshot!(scene.refused(&["plan", "-f", in_place.to_str().unwrap()]), @r"
        ! error: `[DIRECTORY]/yaml/compose.yaml:6:12` is not valid YAML
        !   cause: line 6, column 12: unclosed bracket '['
        !       |
        !     6 |     ports: ['80:80'
        !       |            ^
        !
        ! hint: check the indentation, colons and quotes there and on the lines above
        [1]
        ");
    }
}

each_engine! {
    fn a_key_is_mistyped(dockerd: &Dockerd) {
        let mistyped = GOOD.replace("image:", "imagee:");
        let (_scene, said) = part!(refused(dockerd, "mistyped", &[("mistyped/compose.yaml", &mistyped)]));
        insta::assert_snapshot!(said, @r"
        STACK     OUTCOME  OPERATIONS  REVISION      SOURCE
        mistyped  blocked  -           [REVISION]  default: mistyped
        ! error: mistyped: `mistyped/compose.yaml:3:5`: `services.web`: unknown key `imagee`
        !       |
        !     3 |     imagee: conductor-test/busybox:1
        !       |     ^
        !
        ! hint: did you mean `image`?
        [1]
        ");
    }
}

each_engine! {
    fn a_variable_must_be_set(dockerd: &Dockerd) {
        let needs = format!("{GOOD}    environment: {{TOKEN: '${{TOKEN:?ask the operator}}'}}\n");
        let (_scene, said) = part!(refused(dockerd, "variable", &[("variable/compose.yaml", &needs)]));
        insta::assert_snapshot!(said, @r"
        STACK     OUTCOME  OPERATIONS  REVISION      SOURCE
        variable  blocked  -           [REVISION]  default: variable
        ! error: variable: `variable/compose.yaml:6:26`: `services.web.environment.TOKEN`: required variable `TOKEN` is missing a value: ask the operator
        !       |
        !     6 |     environment: {TOKEN: '${TOKEN:?ask the operator}'}
        !       |                          ^
        !
        ! hint: set `TOKEN` in `.env` or in an env file; for `-f`, the environment counts, too
        [1]
        ");
    }
}

each_engine! {
    fn an_env_file_is_missing(dockerd: &Dockerd) {
        let needs = format!("{GOOD}    env_file: [settings.env]\n");
        let (_scene, said) = part!(refused(dockerd, "envfile", &[("envfile/compose.yaml", &needs)]));
        insta::assert_snapshot!(said, @r"
        STACK    OUTCOME  OPERATIONS  REVISION      SOURCE
        envfile  blocked  -           [REVISION]  default: envfile
        ! error: envfile: cannot read `envfile/settings.env`, which `envfile/compose.yaml:6:16` names
        !   cause: no such file: `envfile/settings.env`
        !       |
        !     6 |     env_file: [settings.env]
        !       |                ^
        !
        ! hint: relative paths are taken from the project directory; a file that git ignores is not in the repository
        [1]
        ");
    }
}

each_engine! {
    fn a_secret_file_is_missing(dockerd: &Dockerd) {
        let needs = format!("{GOOD}    secrets: [db]\nsecrets: {{db: {{file: ./db.secret}}}}\n");
        let (_scene, said) = part!(refused(dockerd, "nosecret", &[("nosecret/compose.yaml", &needs)]));
        insta::assert_snapshot!(said, @r"
        STACK     OUTCOME  OPERATIONS  REVISION      SOURCE
        nosecret  blocked  -           [REVISION]  default: nosecret
        ! error: nosecret: `nosecret/compose.yaml:7:11`: cannot read secret `db` of service `web`
        !   cause: no such file: `nosecret/db.secret`
        !       |
        !     7 | secrets: {db: {file: ./db.secret}}
        !       |           ^
        !
        ! hint: commit `nosecret/db.secret`, or correct the path in the Compose file
        [1]
        ");
    }
}

each_engine! {
    fn a_secret_is_for_somebody_else(dockerd: &Dockerd) {
        let needs = format!("{GOOD}    secrets: [db]\nsecrets: {{db: {{file: ./db.secret}}}}\n");
        let files = [("else/compose.yaml", needs.as_str()), ("else/db.secret", &sops("age-ssh-ed25519.enc.yaml"))];
        let (_scene, said) = part!(refused(dockerd, "else", &files));
        insta::assert_snapshot!(said, @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        else   blocked  -           [REVISION]  default: else
        ! error: else: `else/compose.yaml:7:11`: cannot decrypt secret `db` of service `web`
        !   cause: cannot decrypt `else/db.secret`
        !   cause: no identity of this host matches its 1 recipient (`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhCwU4jmibyVnJ0zZ+mKJEaDoUivXgctaeteLKciMkN`)
        !       |
        !     7 | secrets: {db: {file: ./db.secret}}
        !       |           ^
        !
        ! hint: add this host's public key (`age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8`) to `.sops.yaml`, then run `conductor secrets updatekeys else/db.secret`
        [1]
        ");
    }
}

each_engine! {
    fn a_secret_was_tampered_with(dockerd: &Dockerd) {
        let needs = format!("{GOOD}    env_file: [vars.env]\n");
        let moved = sops("app.enc.env").replace("CERT=", "MOVED=");
        let (_scene, said) = part!(refused(dockerd, "moved", &[("moved/compose.yaml", &needs), ("moved/vars.env", &moved)]));
        insta::assert_snapshot!(said, @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        moved  blocked  -           [REVISION]  default: moved
        ! error: moved: cannot decrypt `moved/vars.env`
        !   cause: the value at `MOVED` was changed, moved or renamed after it was encrypted
        !
        ! hint: restore the file from a revision that worked; change it with `conductor secrets edit moved/vars.env` or `sops`
        [1]
        ");
    }
}

each_engine! {
    fn an_image_may_not_be_pulled(dockerd: &Dockerd) {
        let needs = GOOD.replace("conductor-test/busybox:1", "conductor-test/none:1") + "    pull_policy: never\n";
        let (_scene, said) = part!(refused(dockerd, "noimg", &[("noimg/compose.yaml", &needs)]));
        insta::assert_snapshot!(said, @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        noimg  blocked  -           [REVISION]  default: noimg
        ! error: noimg: `noimg/compose.yaml:6:5`: image `conductor-test/none:1` of service `web` is not here, and `pull_policy: never` forbids a pull
        !       |
        !     6 |     pull_policy: never
        !       |     ^
        !
        ! hint: pull or load `conductor-test/none:1` on this machine, or remove `pull_policy: never`
        [1]
        ");
    }
}

each_engine! {
    fn two_stacks_have_one_project_name(dockerd: &Dockerd) {
        let twin = format!("name: twin\n{GOOD}");
        let files = [("twin-a/compose.yaml", twin.as_str()), ("twin-b/compose.yaml", &twin)];
        let (_scene, said) = part!(refused(dockerd, "twin", &files));
        insta::assert_snapshot!(said, @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        twin   blocked  -           [REVISION]  default: twin
        twin   blocked  -           [REVISION]  default: twin-a
        twin   blocked  -           [REVISION]  default: twin-b
        ! error: twin: the stacks `default: twin`, `default: twin-a` and `default: twin-b` have the same project name `twin`
        !
        ! hint: give all but one another `name:` in its Compose file; until then none of them is touched
        ! error: twin: the stacks `default: twin`, `default: twin-a` and `default: twin-b` have the same project name `twin`
        !
        ! hint: give all but one another `name:` in its Compose file; until then none of them is touched
        ! error: twin: the stacks `default: twin`, `default: twin-a` and `default: twin-b` have the same project name `twin`
        !
        ! hint: give all but one another `name:` in its Compose file; until then none of them is touched
        [1]
        ");
    }
}

each_engine! {
    fn a_container_name_belongs_to_somebody_else(dockerd: &Dockerd) {
        let _id = dockerd.docker(&["create", "--name", "somebodys", "conductor-test/busybox:1", "true"]).stdout();
        let needs = format!("{GOOD}    container_name: somebodys\n");
        let (_scene, said) = part!(refused(dockerd, "taken-name", &[("taken-name/compose.yaml", &needs)]));
        insta::assert_snapshot!(said, @r"
        STACK       OUTCOME  OPERATIONS  REVISION      SOURCE
        taken-name  blocked  -           [REVISION]  default: taken-name
        ! error: taken-name: `taken-name/compose.yaml:6:5`: the container name `somebodys` of service `web` is taken by a container that belongs to no project
        !       |
        !     6 |     container_name: somebodys
        !       |     ^
        !
        ! hint: remove that container (`docker rm somebodys`), or choose another `container_name`
        [1]
        ");
        let _removed = dockerd.docker(&["rm", "somebodys"]).stdout();
    }
}

each_engine! {
    fn the_stack_that_was_asked_for_does_not_exist(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("known/compose.yaml", &services(&[("web", sleeper(""))]))]));
        insta::assert_snapshot!(scene.refused(&["sync", "unknown"]), @r"
        ! error: no stack `unknown`
        !
        ! hint: the source holds known
        [2]
        ");
        insta::assert_snapshot!(scene.refused(&["plan", "unknown"]), @r"
        ! error: no stack `unknown`
        !
        ! hint: the source holds known
        [2]
        ");
    }
}

each_engine! {
    fn the_source_has_no_stack(dockerd: &Dockerd) {
        let scene = part!(Scene::new(dockerd, &[("README.md", "nothing here\n")]));
        let ran = scene.conductor(&["sync"]);
        insta::assert_snapshot!(scene.said(&ran), @r"
        ! warning: there is no stack for this host
        [0]
        ");
    }
}
