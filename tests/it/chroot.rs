//! The program needs nothing of the machine but what it is given.

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::scene::{Scene, services, sleeper};

/// Makes a root that holds the program, an authority, the socket, a source and a state directory, and runs `"$@"` in it.
const CHROOT: &str = r#"
root=$HOME/root
mkdir -p "$root/source" "$root/git" "$root/state" "$root/run" "$root/etc"
mount -t tmpfs tmpfs "$root/run"
cp "$1" "$root/conductor"; shift
cp "$CA" "$root/etc/ca.pem"
: >"$root/docker.sock"
mount --bind "$SOCKET" "$root/docker.sock"
mount --bind "$SOURCE" "$root/source"
mount --bind "$REPOSITORY" "$root/git"
exec env -i DOCKER_HOST=unix:///docker.sock SSL_CERT_FILE=/etc/ca.pem CONDUCTOR_STATE_DIR=/state \
  CONDUCTOR_RUNTIME_DIR=/run CONDUCTOR_INSTANCE=chroot CONDUCTOR_HOST=empty /usr/sbin/chroot "$root" /conductor "$@"
"#;

each_engine! {
    fn it_runs_in_an_empty_root(dockerd: &Dockerd) {
        let stack = services(&[("web", sleeper("environment: {A: b}"))]);
        let mut scene = part!(Scene::new(dockerd, &[("empty/compose.yaml", &stack)]));
        let ca = scene.env.write("ca.pem", "");
        scene.env.set("CA", &ca.display());
        scene.env.set("SOCKET", &dockerd.socket().display());
        scene.env.set("SOURCE", &scene.repository.work().display());
        scene.env.set("REPOSITORY", &scene.repository.path().display());
        let conductor = |arguments: &[&str]| scene.env.within(CHROOT, arguments);

        assert_eq!(conductor(&["--version"]).stdout(), concat!("conductor ", env!("CARGO_PKG_VERSION"), "\n"));
        let config = conductor(&["config", "-f", "/source/empty/compose.yaml"]).stdout();
        assert!(config.starts_with("name: empty\n"), "{config}");
        for source in ["/source", "file:///git"] {
            let plan = conductor(&["plan", "--source", source]);
            assert_eq!(plan.code, Some(3), "{plan}");
            assert!(plan.out.contains("create  empty-web-1 ") && !plan.err.contains("error"), "{plan}");
        }
        let status = conductor(&["status"]);
        assert_eq!(status.code, Some(0), "{status}");
    }
}
