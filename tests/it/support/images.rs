//! Images that no registry knows: a static busybox, imported.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::OnceLock;

use super::dockerd::Dockerd;
use super::http::encode;
use super::process::{program, run};

/// The image that every private engine has: busybox with its applets, and nothing to run by default.
pub(crate) const BUSYBOX: &str = "conductor-test/busybox:1";

/// Makes an image `NAME:TAG` from busybox with changes, such as `VOLUME /data`, `ENV A=b`, `CMD ["sleep", "9"]` or
/// `HEALTHCHECK --interval=1s CMD true`; gives its ID.
pub(crate) fn import(dockerd: &Dockerd, image: &str, changes: &[&str]) -> String {
    let (name, tag) = image.rsplit_once(':').unwrap();
    let changes = changes
        .iter()
        .map(|change| format!("&changes={}", encode(change)))
        .collect::<Vec<_>>()
        .concat();
    let request = format!("POST /images/create?fromSrc=-&repo={}&tag={tag}{changes}", encode(name));
    let answer = dockerd.send(&request, Some(("application/x-tar", root()))).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let id = dockerd.get(&format!("/images/{image}/json"))["Id"].as_str().map(str::to_owned);
    id.unwrap_or_else(|| panic!("no image `{image}`: {}", answer.text()))
}

/// A root file system as tar, made once: it is the same image in every engine.
fn root() -> &'static [u8] {
    static ROOT: OnceLock<Vec<u8>> = OnceLock::new();
    ROOT.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for name in ["bin", "dev", "etc", "proc", "root", "sys", "tmp", "var"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let busybox = program("busybox").unwrap_or_else(|missing| panic!("{missing}"));
        fs::copy(&busybox, root.join("bin/busybox")).unwrap();
        for applet in run(Command::new(&busybox).arg("--list"))
            .stdout()
            .lines()
            .filter(|&name| name != "busybox")
        {
            symlink("busybox", root.join("bin").join(applet)).unwrap();
        }
        fs::write(
            root.join("etc/passwd"),
            "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
        )
        .unwrap();
        fs::write(root.join("etc/group"), "root:x:0:\nuser:x:1000:\n").unwrap();
        let tar = directory.path().with_extension("tar");
        let pack =
            ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-cf"];
        let _packed =
            run(Command::new("tar").args(pack).arg(&tar).arg("-C").arg(root).arg(".")).stdout();
        let bytes = fs::read(&tar).unwrap();
        fs::remove_file(tar).unwrap();
        bytes
    })
}
