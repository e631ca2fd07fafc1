//! Units beside Docker's: those that have to run before it, and systemd's view of all files.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::bus::Bus;
use super::error::Error;
use super::unit::text;

/// Starts units and waits until they run, but not for long: Docker waits meanwhile. Answers those that do not run then.
pub async fn start_first(units: &[String], limit: Duration) -> Vec<String> {
    if units.is_empty() {
        return Vec::new();
    }
    let Ok(bus) = Bus::system().await else { return units.to_vec() };
    for unit in units {
        if let Err(error) = bus.job("StartUnit", unit).await {
            tracing::warn!(unit, %error, "cannot start what has to run before Docker");
        }
    }
    let began = Instant::now();
    loop {
        let mut missing = Vec::new();
        for unit in units {
            let all = bus.unit(unit).await.unwrap_or_default();
            if text(&all, "ActiveState") != "active" {
                missing.push(unit.clone());
            }
        }
        if missing.is_empty() || began.elapsed() >= limit {
            return missing;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Lets systemd read its units again.
pub async fn reload_units() -> Result<(), Error> {
    Bus::system().await?.reload().await
}
