//! The image: made by the engine itself from a finished binary, without any base image, and good for a plan.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::dockerd::Dockerd;
use crate::support::engine::{each_engine, newer_programs};
use crate::support::env::Env;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::process::{program, run};

const IMAGE: &str = "conductor-test/conductor:1";
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

each_engine! {
    fn the_image_holds_nothing_but_the_program_and_certificates_and_plans(dockerd: &Dockerd) {
        let _client = part!(newer_programs());
        let strip = part!(program("strip"));
        build(dockerd, &strip, IMAGE);

        assert_eq!(files(dockerd), [CERTIFICATES, "/usr/local/bin/conductor"]);
        let version = dockerd.docker(&["run", "--rm", IMAGE, "--version"]).stdout();
        assert_eq!(version.trim(), format!("conductor {}", env!("CARGO_PKG_VERSION")));
        plans(dockerd);
        let _removed = dockerd.docker(&["rmi", IMAGE]).stdout();
    }
}

/// In a container of the image: the engine's socket, a directory as source, and a state directory at the host's path.
fn plans(dockerd: &Dockerd) {
    let env = Env::new();
    let stack = format!("services: {{web: {{image: '{BUSYBOX}'}}}}\n");
    let file = env.write("stacks/imaged/compose.yaml", stack);
    let source = file.ancestors().nth(2).unwrap();
    let ran = dockerd.docker(&[
        "run",
        "--rm",
        &format!("-v={}:/var/run/docker.sock", dockerd.socket().display()),
        &format!("-v={}:/stacks:ro", source.display()),
        &format!("-v={0}:{0}", env.state().display()),
        &format!("-e=CONDUCTOR_STATE_DIR={}", env.state().display()),
        "-e=CONDUCTOR_HOST=here",
        IMAGE,
        "plan",
        "--source=/stacks",
    ]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.out.contains("imaged"), "{ran}");
}

/// Has the engine build the image as the Dockerfile says; without a client, and without BuildKit.
pub(crate) fn build(dockerd: &Dockerd, strip: &Path, image: &str) {
    let context = TempDir::new().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["Dockerfile", ".dockerignore"] {
        fs::copy(root.join(name), context.path().join(name)).unwrap();
    }
    let dist = context.path().join("dist");
    fs::create_dir(&dist).unwrap();
    fs::copy(CERTIFICATES, dist.join("ca-certificates.crt")).unwrap();
    let binary = env!("CARGO_BIN_EXE_conductor");
    let _stripped =
        run(Command::new(strip).arg("-o").arg(dist.join("conductor")).arg(binary)).stdout();

    let tar = context.path().join("context.tar");
    let members = ["Dockerfile", ".dockerignore", "dist"];
    let _packed =
        run(Command::new("tar").arg("-cf").arg(&tar).arg("-C").arg(context.path()).args(members))
            .stdout();
    let request = format!("POST /build?target=prebuilt&t={image}");
    let answer = dockerd.send(&request, Some(("application/x-tar", &fs::read(&tar).unwrap())));
    let text = answer.unwrap().text();
    assert!(text.contains("Successfully tagged"), "{text}");
}

/// The files of the image, without those that the engine puts into every container.
fn files(dockerd: &Dockerd) -> Vec<String> {
    let container = dockerd.docker(&["create", IMAGE]).stdout();
    let directory = TempDir::new().unwrap();
    let tar = directory.path().join("image.tar");
    let out = format!("-o={}", tar.display());
    let _exported = dockerd.docker(&["export", &out, container.trim()]).stdout();
    let _removed = dockerd.docker(&["rm", container.trim()]).stdout();
    let listed = run(Command::new("tar").arg("-tf").arg(&tar)).stdout();
    let engines =
        ["dev/console", ".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf"];
    let mut files: Vec<String> = listed
        .lines()
        .filter(|file| !file.ends_with('/') && !engines.contains(file))
        .map(|file| format!("/{file}"))
        .collect();
    files.sort_unstable();
    files
}
