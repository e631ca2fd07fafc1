//! How the program is linked.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts about the target in variables"
)]

use std::env::var;

/// What the linker puts side by side; `benches/layout.py` writes it, and says why.
const HOT: &str = ".cargo/hot.ld";

/// At a fixed address, as Go links by default: else every start writes to each page that holds an address, a third of what a
/// short command takes, and a megabyte of memory for as long as it runs. The price: whoever finds a hole in it knows where
/// its code is; heap, stack and mappings stay where chance puts them.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={HOT}");
    let is = |what: &str, wanted: &str| var(what).is_ok_and(|value| value == wanted);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-static");
        println!("cargo:rustc-link-arg-bins=-no-pie");
        if is("PROFILE", "release") {
            let root = var("CARGO_MANIFEST_DIR").unwrap_or_default();
            println!("cargo:rustc-link-arg-bins=-Wl,-T,{root}/{HOT}");
        }
    }
}
