//! The settings of a container, in the same texts as [`crate::model::settings`] has for what is desired.

use std::collections::BTreeMap;

use bollard::models::ContainerInspectResponse;

pub(super) fn settings(_found: &ContainerInspectResponse) -> BTreeMap<String, String> {
    BTreeMap::new()
}
