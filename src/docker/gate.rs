//! Whether an engine may be asked at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an engine's socket may be touched: systemd holds that of a Docker that a person stopped, and starts it for whoever
/// connects. Clones are one gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<AtomicBool>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Gate {
    /// Opens or closes it.
    pub fn set(&self, open: bool) {
        self.0.store(open, Ordering::Release);
    }

    /// Whether the engine may be asked.
    pub fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
