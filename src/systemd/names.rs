//! What units are called.

/// What Docker's unit may be called: Debian and Docker's own packages, Synology, snap.
pub(super) const DOCKERS: &[&str] = &[
    "docker.service",
    "pkg-ContainerManager-dockerd.service",
    "pkg-Docker-dockerd.service",
    "snap.docker.dockerd.service",
];

/// What the units are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Docker's.
    pub docker: String,
    /// That of its socket, where there is one.
    pub socket: Option<String>,
    /// containerd's, where there is one.
    pub containerd: Option<String>,
}

/// Where systemd shows a unit on the bus.
pub(super) fn path(unit: &str) -> String {
    let mut path = "/org/freedesktop/systemd1/unit/".to_owned();
    for (place, byte) in unit.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphabetic() || byte.is_ascii_digit() && place > 0;
        if is_plain {
            path.push(char::from(byte));
        } else {
            path += &format!("_{byte:02x}");
        }
    }
    path
}

impl Names {
    /// The names that go with a unit of Docker.
    pub fn of(docker: &str) -> Self {
        let plain = docker == "docker.service";
        Self {
            docker: docker.to_owned(),
            socket: plain.then(|| "docker.socket".to_owned()),
            containerd: plain.then(|| "containerd.service".to_owned()),
        }
    }
}
