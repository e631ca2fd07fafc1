//! What a service sees of other file systems: mounts, configs and secrets.

use serde::{Deserialize, Serialize};

use super::parts::{StringMap, is_default};
use super::scalar::{Bytes, FileMode};

/// A mount of a service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// `bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`.
    #[serde(default)]
    pub r#type: String,
    /// Absolute path, key of a volume, or image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// Whether it may not be written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Only hashed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub consistency: String,
    /// Options of a bind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<BindOptions>,
    /// Options of a volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeOptions>,
    /// Options of a tmpfs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmpfs: Option<TmpfsOptions>,
    /// Options of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageOptions>,
}

/// Options of a bind mount. Printed by Compose 5's rules: `create_host_path` only when it is false.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindOptions {
    /// `z` (shared) or `Z` (private).
    #[serde(default, skip_serializing_if = "is_default")]
    pub selinux: String,
    /// Propagation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub propagation: String,
    /// Whether the engine makes a missing source.
    #[serde(default, skip_serializing_if = "CreateHostPath::is_not_no")]
    pub create_host_path: CreateHostPath,
    /// How deep `read_only` and the bind itself reach.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recursive: String,
}

/// Who decided whether a bind mount may create its source. The three tools whose hashes we know print it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CreateHostPath {
    /// Nothing was written in a long form with a `bind:` block: created, as Compose 5 has it.
    #[default]
    Implied,
    /// `true` was written, or the short form was used.
    Yes,
    /// `false` was written.
    No,
}

impl CreateHostPath {
    fn is_not_no(&self) -> bool {
        *self != Self::No
    }
}

impl Serialize for CreateHostPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self != Self::No)
    }
}

impl<'de> Deserialize<'de> for CreateHostPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if bool::deserialize(deserializer)? { Self::Yes } else { Self::No })
    }
}

/// Options of a volume mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeOptions {
    /// Labels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub labels: StringMap,
    /// Whether the image's files are not copied in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nocopy: bool,
    /// Directory of the volume.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// Options of a tmpfs mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TmpfsOptions {
    /// Size.
    #[serde(default, skip_serializing_if = "is_default")]
    pub size: Bytes,
    /// Permissions, as a number.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: u32,
}

/// Options of an image mount.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageOptions {
    /// Directory of the image.
    #[serde(default, skip_serializing_if = "is_default")]
    pub subpath: String,
}

/// A config or secret that a service gets as a file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// Key of the model.
    #[serde(default, skip_serializing_if = "is_default")]
    pub source: String,
    /// Path in the container.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: String,
    /// Owner.
    #[serde(default, skip_serializing_if = "is_default")]
    pub uid: String,
    /// Group.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gid: String,
    /// Permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<FileMode>,
}
