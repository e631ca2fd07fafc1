//! Reads arbitrary bytes as a SOPS file; nothing may panic, hang or grow without bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = conductor::yaml::parse_bytes(bytes);
});
