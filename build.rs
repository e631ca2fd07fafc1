//! How the program is linked.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts about the target in variables"
)]

use std::env::var;
use std::process::Command;

/// The first glibc whose start code reads packed relocations.
const PACKED_SINCE: (u32, u32) = (2, 36);

/// Relocations in their packed form make the program a megabyte smaller, and quicker to start.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if glibc_of_target().is_some_and(|version| version >= PACKED_SINCE) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        // At a fixed address, as Go links by default: else every start writes to each page that holds an address, a
        // third of what a short command takes and a megabyte of memory. The price: the addresses of code and tables are known to
        // whoever finds a hole in it; those of heap, stack and mappings are not.
        println!("cargo:rustc-link-arg-bins=-static");
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}

/// The glibc that is linked in, where it is the one of this machine.
fn glibc_of_target() -> Option<(u32, u32)> {
    let glibc =
        var("CARGO_CFG_TARGET_OS").ok()? == "linux" && var("CARGO_CFG_TARGET_ENV").ok()? == "gnu";
    if !glibc || var("HOST").ok()? != var("TARGET").ok()? {
        return None;
    }
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?.stdout;
    let said = String::from_utf8(said).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
