//! Who is at the other end of a connection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// Somebody over the network.
    Tcp(SocketAddr),
    /// A process of this machine; the kernel says whose.
    Unix {
        /// The user.
        uid: u32,
        /// The process, where the kernel tells.
        pid: Option<i32>,
    },
}

impl Peer {
    /// The address, to count by.
    pub(super) fn address(self) -> IpAddr {
        match self {
            Self::Tcp(address) => address.ip(),
            Self::Unix { .. } => IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

/// The name of a user of this machine, else its number.
pub(super) fn user(uid: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let number = uid.to_string();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}
