//! The real parts that tests run against. Each ends with the test that started it, also when that panics or is killed.

pub(crate) mod missing;
pub(crate) mod process;
pub(crate) mod http;
pub(crate) mod engine;
pub(crate) mod dockerd;
pub(crate) mod images;
pub(crate) mod env;
pub(crate) mod background;
pub(crate) mod repository;
pub(crate) mod git_server;
pub(crate) mod registry;
pub(crate) mod proxy;
pub(crate) mod scene;
pub(crate) mod stacks;
pub(crate) mod machine;
