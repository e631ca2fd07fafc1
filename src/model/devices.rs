//! Devices of a service, and the limits of block devices.

use serde::{Deserialize, Serialize};

use super::parts::{StringMap, is_default};
use super::scalar::Bytes;

/// The weight of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WeightDevice {
    /// Path of the device.
    #[serde(rename = "Path", alias = "path", default)]
    pub path: String,
    /// Weight.
    #[serde(rename = "Weight", alias = "weight", default)]
    pub weight: u16,
}

/// The limit of a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ThrottleDevice {
    /// Path of the device.
    #[serde(rename = "Path", alias = "path", default)]
    pub path: String,
    /// Bytes or operations per second.
    #[serde(rename = "Rate", alias = "rate", default)]
    pub rate: Bytes,
}

/// A device of the host.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Path on the host.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// `r`, `w`, `m`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub permissions: String,
}

/// A request for devices by capability.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRequest {
    /// Capabilities.
    #[serde(default, skip_serializing_if = "is_default")]
    pub capabilities: Vec<String>,
    /// Driver.
    #[serde(default, skip_serializing_if = "is_default")]
    pub driver: String,
    /// Number; -1 is all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub count: i64,
    /// IDs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_ids: Vec<String>,
    /// Driver options.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: StringMap,
}

/// Block device limits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlkioConfig {
    /// Weight.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight: u16,
    /// Weights by device.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weight_device: Vec<WeightDevice>,
    /// Bytes read per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_read_bps: Vec<ThrottleDevice>,
    /// Reads per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_read_iops: Vec<ThrottleDevice>,
    /// Bytes written per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_write_bps: Vec<ThrottleDevice>,
    /// Writes per second.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_write_iops: Vec<ThrottleDevice>,
}
