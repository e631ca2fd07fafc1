//! Sources that cannot be fetched.

use std::fs;
use std::process::Command;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::git_server::{GitHttps, GitSsh};
use crate::support::missing::{Missing, part};
use crate::support::process::run;
use crate::support::repository::Repository;
use crate::support::scene::{Scene, services, sleeper};

/// A Conductor with a stack that runs already, and whose source can then be made bad.
fn running<'e>(dockerd: &'e Dockerd, project: &str) -> Result<Scene<'e>, Missing> {
    let scene = Scene::new(
        dockerd,
        &[(&format!("{project}/compose.yaml"), &services(&[("web", sleeper(""))]))],
    )?;
    let _first = scene.sync(&[]);
    Ok(scene)
}

each_engine! {
    fn there_is_no_repository(dockerd: &Dockerd) {
        let mut scene = part!(running(dockerd, "norepo"));
        scene.env.set("CONDUCTOR_SOURCE_URL", "file:///nonexistent/stacks.git");
        insta::assert_snapshot!(scene.refused(&["sync"]), @r"
        ! error: source default: cannot find a git repository at `file:///nonexistent/stacks.git`
        !   cause: failed to resolve path '/nonexistent/stacks.git': No such file or directory
        !
        ! hint: check the source's `url`; a server may also hide a repository that its credentials do not open
        [1]
        ");
        let directory = scene.refused(&["sync", "--source", "/nonexistent"]);
        insta::assert_snapshot!(directory, @r"
        ! error: `/nonexistent` is neither a source of the settings nor a directory or URL
        !
        ! hint: the settings name default
        [2]
        ");
    }
}

each_engine! {
    fn the_branch_is_wrong(dockerd: &Dockerd) {
        let scene = part!(running(dockerd, "nobranch"));
        insta::assert_snapshot!(scene.refused(&["sync", "--ref", "mian"]), @r"
        ! error: source default: cannot find the branch, tag or commit `mian` in `file://[REPOSITORY]`
        !
        ! hint: the repository has `main`; set the source's `ref`
        [1]
        ");
    }
}

each_engine! {
    fn the_repository_is_empty(dockerd: &Dockerd) {
        let mut scene = part!(running(dockerd, "emptyrepo"));
        let empty = part!(Repository::new());
        scene.env.set("CONDUCTOR_SOURCE_URL", &empty.url());
        let said = scene.refused(&["sync"]).replace(&empty.url(), "[URL]");
        insta::assert_snapshot!(said, @r"
        ! error: source default: cannot find a commit in `[URL]`: the repository is empty
        !
        ! hint: push a commit first
        [1]
        ");
    }
}

each_engine! {
    fn the_token_is_wrong(dockerd: &Dockerd) {
        let stack = services(&[("web", sleeper(""))]);
        let server = part!(GitHttps::serve(part!(Repository::with(&[("token/compose.yaml", &stack)]))));
        let mut scene = part!(running(dockerd, "token"));
        scene.env.set("CONDUCTOR_SOURCE_URL", &server.url());
        scene.env.set("CONDUCTOR_SOURCE_CA_FILE", &server.ca().display());
        scene.env.set("CONDUCTOR_SOURCE_USERNAME", GitHttps::USER);
        let token = scene.env.write("token", "not-the-password\n");
        scene.env.set("CONDUCTOR_SOURCE_TOKEN_FILE", &token.display());
        let refused = |scene: &Scene| scene.refused(&["sync"]).replace(&server.url(), "[URL]");
        let said = refused(&scene);
        insta::assert_snapshot!(said, @r"
        ! error: source default: cannot get access to `[URL]`: it refuses the token
        !
        ! hint: check that the token in the source's `token_file` has not expired and may read this repository
        [1]
        ");
        assert!(!said.contains("not-the-password"));

        scene.env.set("CONDUCTOR_SOURCE_TOKEN_FILE", "");
        insta::assert_snapshot!(refused(&scene), @r"
        ! error: source default: cannot get access to `[URL]`: it asks for a token, and none is set
        !
        ! hint: set the source's `token_file`, or check its `url`: servers ask for a token also where there is no repository
        [1]
        ");
        scene.env.set("CONDUCTOR_SOURCE_CA_FILE", "");
        let untrusted = refused(&scene);
        assert!(untrusted.contains("cannot trust the TLS certificate of `[URL]`") && untrusted.contains("ca_file"), "{untrusted}");

        scene.env.set("CONDUCTOR_SOURCE_CA_FILE", &server.ca().display());
        scene.env.set("CONDUCTOR_SOURCE_TOKEN_FILE", &scene.env.write("token", GitHttps::PASSWORD).display());
        let said = scene.conductor(&["-vvv", "sync"]);
        assert!(said.code == Some(0) && !said.to_string().contains(GitHttps::PASSWORD), "{said}");
    }
}

each_engine! {
    fn the_ssh_server_is_not_known(dockerd: &Dockerd) {
        let stack = services(&[("web", sleeper(""))]);
        let server = part!(GitSsh::serve(part!(Repository::with(&[("host/compose.yaml", &stack)]))));
        let mut scene = part!(running(dockerd, "host"));
        scene.env.set("CONDUCTOR_SOURCE_URL", &server.url());
        scene.env.set("CONDUCTOR_SOURCE_SSH_KEY_FILE", &server.key().display());
        let nobody = scene.env.write("known_hosts", "");
        scene.env.set("CONDUCTOR_SOURCE_KNOWN_HOSTS_FILE", &nobody.display());
        let known = fs::read_to_string(server.known_hosts()).unwrap();
        let line = known.trim().rsplit_once(' ').unwrap().0; // without the comment
        let unknown = scene.refused(&["sync"]);
        assert!(unknown.contains("cannot trust the SSH server"), "{unknown}");
        assert!(unknown.contains("is not pinned\n") && unknown.contains(line) && unknown.ends_with("[1]"), "{unknown}");

        scene.env.set("CONDUCTOR_SOURCE_KNOWN_HOSTS_FILE", &server.wrong_hosts().display());
        let impostor = scene.refused(&["sync"]);
        assert!(impostor.contains("someone may be in between") && impostor.ends_with("[1]"), "{impostor}");

        scene.env.set("CONDUCTOR_SOURCE_KNOWN_HOSTS_FILE", &server.known_hosts().display());
        scene.env.set("CONDUCTOR_SOURCE_SSH_KEY_FILE", &server.strangers_key().display());
        let stranger = scene.refused(&["sync"]);
        assert!(stranger.contains("cannot get access to") && stranger.ends_with("[1]"), "{stranger}");
        scene.env.set("CONDUCTOR_SOURCE_SSH_KEY_FILE", &server.key().display());
        let _synced = scene.sync(&[]);
    }
}

each_engine! {
    fn the_disk_is_full_while_cloning(dockerd: &Dockerd) {
        let scene = part!(running(dockerd, "full"));
        let noise = run(Command::new("head").args(["-c", "3000000", "/dev/urandom"]).stdin(std::process::Stdio::null()));
        let _revision = scene.repository.commit(&[("full/noise", &noise.out)]);
        let script = "mkdir \"$HOME/small\"; mount -t tmpfs -o size=600k tmpfs \"$HOME/small\"; \
                      CONDUCTOR_STATE_DIR=$HOME/small \"$@\"; code=$?; df \"$HOME/small\" | tail -n 1 >&2; exit $code";
        let _before = scene.proxy.take();
        let ran = scene.env.within(&script.replace("; code=$?", " || code=$?"), &["sync"]);
        assert_eq!(scene.proxy.take_changes(), [""; 0], "{ran}");
        assert!(ran.code == Some(1) && ran.err.contains("the disk is full"), "{ran}");
        assert!(ran.err.contains("hint: free some space"), "{ran}");
    }
}

each_engine! {
    fn a_source_that_cannot_be_reached_leaves_the_others_going_on(dockerd: &Dockerd) {
        let mut scene = part!(Scene::new(dockerd, &[("reach/compose.yaml", &services(&[("web", sleeper(""))]))]));
        let good = scene.repository.url();
        scene.env.set("CONDUCTOR_SOURCE_URL", "");
        let sources = format!("[{{name: away, url: 'https://127.0.0.1:1/x.git'}}, {{name: here, url: '{good}'}}]");
        scene.env.write("config.yaml", format!("sources: {sources}\n"));
        let ran = scene.conductor(&["sync"]);
        assert!(ran.code == Some(1) && ran.err.contains("cannot fetch `https://127.0.0.1:1/x.git`"), "{ran}");
        assert_eq!(scene.names(), "reach-web-1");
        assert_eq!(scene.state("reach-web-1"), "running");
    }
}
