//! Whether everything that is desired can be created on an engine, asked before anything is touched.

use crate::docker::error::Error;
use crate::docker::spec::{ContainerSpec, ImageName};
use crate::model::desired::Desired;
use crate::model::name::ServiceName;
use crate::model::observed::EngineInfo;

use super::body::body;

/// Refuses what cannot be created on this engine: keys that are not supported, or that need a newer one.
pub fn check(desired: &Desired, engine: &EngineInfo) -> Result<(), Error> {
    desired.project.services.keys().try_for_each(|service| check_service(desired, service, engine))
}

/// The same for one service.
pub fn check_service(
    desired: &Desired,
    service: &ServiceName,
    engine: &EngineInfo,
) -> Result<(), Error> {
    let some_container = |parent: &ServiceName| Some(parent.to_string());
    let spec = ContainerSpec {
        desired,
        service,
        number: 1,
        name: "",
        final_name: "",
        found: true,
        image_id: "",
        image: ImageName::Reference,
        inherits: &[],
        replaces: None,
        container_of: &some_container,
        image_of: &|_| None,
    };
    body(&spec, engine.api).map(|_| ())
}
