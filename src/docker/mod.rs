//! The engine: observe, act, watch, pull.
//!
//! `endpoint`, `way` and `engine` reach it, `observe` reports what is there, `own` what is mounted in our own container, `act` and `objects` change one thing at a time,
//! `watch` listens, `logs` reads what containers wrote, `probe` asks about its health, `gate` keeps everybody from one that is to be left alone, `hooks` runs what a service wants around its starts, `pull` fetches images, `create` maps a service to the body of a create request by API version. Every call has a time
//! limit, and nothing of bollard leaves this module.

mod access;
mod act;
mod calls;
mod containers;
mod copy;
mod create;
mod credentials;
mod details;
mod endpoint;
mod engine;
mod error;
mod gate;
mod hooks;
mod images;
mod logs;
mod objects;
mod observe;
mod own;
mod ping;
mod probe;
mod pull;
mod reference;
mod refusal;
mod settings;
mod spec;
mod task;
mod wait;
mod watch;
mod way;

pub use access::Limits;
pub use act::Removal;
pub use calls::Calls;
pub use create::{check, check_service};
pub use credentials::{Credentials, Keyring};
pub use endpoint::Endpoint;
pub use engine::Engine;
pub use error::{Error, Lost, Refusal};
pub use gate::{Gate, Keeper};
pub use logs::Logs;
pub use observe::{Look, observe, observe_containers, observe_project};
pub use probe::{Answered, ask, tell};
pub use pull::{Pull, PullProgress};
pub use reference::Reference;
pub use spec::{ContainerSpec, ImageName};
pub use task::Task;
pub use watch::{ContainerEvent, Occurrence, Watch};
pub use way::Way;
