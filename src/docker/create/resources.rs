//! Limits and shares.

use serde_json::{Value, json};

use crate::model::parts::{Resource, ThrottleDevice, Ulimit};
use crate::model::scalar::Float;
use crate::model::service::Service;

use super::members::Members;

/// Limits and shares; what `deploy` says counts more than the service's own keys.
pub(super) fn resources(host: &mut Members, service: &Service) {
    let resources = service.deploy.as_ref().map(|deploy| &deploy.resources);
    let limits = resources.and_then(|resources| resources.limits.as_ref());
    let reserved = resources.and_then(|resources| resources.reservations.as_ref());
    let cpus = limits.map_or(service.cpus, |limits| or(limits.cpus, service.cpus));
    let memory = |part: Option<&Resource>, own: i64| {
        part.map(|part| part.memory.0).filter(|bytes| *bytes != 0).unwrap_or(own)
    };
    let pids = limits.map(|limits| limits.pids).filter(|pids| *pids != 0);
    host.number("Memory", memory(limits, service.mem_limit.0))
        .number("MemoryReservation", memory(reserved, service.mem_reservation.0))
        .number("MemorySwap", service.memswap_limit.0)
        .number("MemorySwappiness", service.mem_swappiness.0)
        .number("NanoCpus", nano(cpus))
        .number("CpuCount", service.cpu_count)
        .number("CpuPercent", whole(service.cpu_percent.0 * 100.0))
        .number("CpuPeriod", service.cpu_period)
        .number("CpuQuota", service.cpu_quota)
        .number("CpuRealtimePeriod", service.cpu_rt_period)
        .number("CpuRealtimeRuntime", service.cpu_rt_runtime)
        .number("CpuShares", service.cpu_shares)
        .text("CpusetCpus", &service.cpuset)
        .number("PidsLimit", pids.unwrap_or(service.pids_limit))
        .put("OomKillDisable", service.oom_kill_disable)
        .number("OomScoreAdj", service.oom_score_adj)
        .number("ShmSize", service.shm_size.0)
        .list("Ulimits", ulimits(service));
    block_devices(host, service);
}

fn or(first: Float, second: Float) -> Float {
    if first.0 == 0.0 { second } else { first }
}

/// Billionths of a CPU, in the 32-bit arithmetic of Compose, so that the two agree to the last digit.
fn nano(cpus: Float) -> i64 {
    whole(cpus.0 * 1e9)
}

#[expect(clippy::cast_possible_truncation, reason = "as Compose converts; saturates")]
fn whole(number: f32) -> i64 {
    number as i64
}

fn ulimits(service: &Service) -> Vec<Value> {
    let one = |(name, limit): (&String, &Ulimit)| {
        let (soft, hard) = match *limit {
            Ulimit::Single(both) => (both, both),
            Ulimit::Pair { soft, hard } => (soft, hard),
        };
        json!({"Name": name, "Soft": soft, "Hard": hard})
    };
    service.ulimits.iter().map(one).collect()
}

fn block_devices(host: &mut Members, service: &Service) {
    let Some(config) = &service.blkio_config else { return };
    let weights = config.weight_device.iter();
    let weights = weights.map(|device| json!({"Path": device.path, "Weight": device.weight}));
    host.number("BlkioWeight", i64::from(config.weight))
        .list("BlkioWeightDevice", weights.collect::<Vec<_>>())
        .list("BlkioDeviceReadBps", throttles(&config.device_read_bps))
        .list("BlkioDeviceReadIOps", throttles(&config.device_read_iops))
        .list("BlkioDeviceWriteBps", throttles(&config.device_write_bps))
        .list("BlkioDeviceWriteIOps", throttles(&config.device_write_iops));
}

fn throttles(devices: &[ThrottleDevice]) -> Vec<Value> {
    devices.iter().map(|device| json!({"Path": device.path, "Rate": device.rate.0})).collect()
}
