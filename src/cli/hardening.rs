//! What this process denies to others from its beginning.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No memory of this process is written to a disk when it crashes, and nobody but root can look into it.
pub(super) fn no_core_dumps() {
    // Where the system refuses, there is nothing better to do than to go on.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).unwrap_or_default();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).unwrap_or_default();
}
