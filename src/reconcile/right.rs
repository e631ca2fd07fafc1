//! The right to change an engine: one Conductor per instance and engine.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::docker::Engine;
use crate::files::Lock;
use crate::model::name::InstanceName;
use crate::model::outcome::Trouble;

use super::context::{Context, Paths};
use super::error::Error;
use super::run::blocking;

/// The right to change an engine, taken before the first change and held to the end of the pass. A pass that changes
/// nothing never asks for it.
#[derive(Clone, Default)]
pub(super) struct Right(Arc<OnceCell<Option<Lock>>>);

impl Right {
    /// Takes the right, or fails where another Conductor of the same instance has it. Where the runtime directory cannot
    /// be used, or the engine has no ID, nobody can have it, and everybody may act.
    pub(super) async fn claim(&self, context: &Context, engine: &Engine) -> Result<(), Trouble> {
        self.0.get_or_try_init(|| take(context, engine)).await.map(drop)
    }
}

async fn take(context: &Context, engine: &Engine) -> Result<Option<Lock>, Trouble> {
    let id = engine.id().await.map_err(|error| Trouble::of(&error))?;
    if id.is_empty() {
        return Ok(None);
    }
    let instance = context.settings.instance.clone();
    let directory = Paths(&context.settings).locks();
    let name = file_name(&instance, &id);
    let taken = blocking(move || Lock::try_acquire(&directory, &name, "conductor")).await?;
    match taken {
        Ok(Ok(lock)) => Ok(Some(lock)),
        Ok(Err(holder)) => Err(Trouble::of(&Error::SecondConductor {
            instance: context.settings.instance.clone(),
            holder,
        })),
        Err(error) => {
            tracing::warn!(%error, "no lock is kept for this engine");
            Ok(None)
        }
    }
}

/// `<instance>@<engine ID>`, in letters that every file system takes.
fn file_name(instance: &InstanceName, id: &str) -> String {
    let id: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{instance}@{id}")
}
