//! Short forms to long ones.
//!
//! `service` goes over the keys of a service and calls `ports`, `volumes`, `build` and `lists`; `external` is for what services
//! refer to.

mod build;
mod external;
mod lists;
mod ports;
mod service;
mod volumes;

pub(super) use external::external;
pub(super) use service::services;
pub(super) use volumes::clean;
