//! What the settings say that the state decides by.

use std::time::Duration;

use crate::config::Settings;
use crate::model::name::{EngineName, InstanceName, SourceName};

/// What the settings say that the state decides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The host's name.
    pub host: Option<String>,
    /// Which Conductor this is.
    pub instance: InstanceName,
    /// The engine's name.
    pub engine: EngineName,
    /// The sources.
    pub sources: Vec<SourceName>,
    /// How often each source is asked; never by itself where it is zero.
    pub poll: Duration,
    /// How many passes may go on at once.
    pub passes: usize,
    /// How many requests may wait at once.
    pub requests: usize,
}

/// How many requests may wait at once.
const REQUESTS: usize = 10_000;

impl Terms {
    /// Takes from the settings what counts here.
    pub fn of(settings: &Settings) -> Self {
        Self {
            host: settings.host.clone(),
            instance: settings.instance.clone(),
            engine: settings.engine.name.clone(),
            sources: settings.sources.iter().map(|source| source.name.clone()).collect(),
            poll: settings.poll,
            passes: settings.limits.stacks.max(1),
            requests: REQUESTS,
        }
    }
}
