//! On a booted machine: systemd as process 1, a real docker.service, and what happens to both.
//!
//! Where no machine can boot (`tests/systemd/machine.sh can` says why), these tests are skipped, whatever is required: no
//! package brings the rights that it takes.

mod install;
mod unattended;
mod unit;

use crate::support::machine::Machine;
use crate::support::missing::skip_in_any_case;

/// The end of the test where there is no machine.
macro_rules! machine {
    () => {
        match $crate::systemd::booted() {
            Some(machine) => machine,
            None => return,
        }
    };
}
use machine;

fn booted() -> Option<Machine> {
    Machine::boot().map_err(|missing| skip_in_any_case(&missing)).ok()
}
