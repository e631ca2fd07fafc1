//! What this process denies to others.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use rustix::thread::{CapabilitySet, capabilities};

/// No memory of this process is written to a disk when it crashes, and nobody but root can look into it.
pub(super) fn no_core_dumps() {
    // Where the system refuses, there is nothing better to do than to go on.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).unwrap_or_default();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap_or_default();
}

/// No memory of this process is swapped, where that is allowed without a limit: beyond a limit the system gives no memory
/// at all. For commands that end soon and read small files: locked memory is given back late, and what is mapped of a
/// repository would be locked, too.
pub(super) fn no_swap() {
    let allowed =
        capabilities(None).is_ok_and(|own| own.effective.contains(CapabilitySet::IPC_LOCK));
    if allowed || getrlimit(Resource::Memlock).current.is_none() {
        // What is never touched takes no memory.
        let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
        mlockall(flags).unwrap_or_default();
    }
}
