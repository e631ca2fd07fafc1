//! The right to change an engine: one Conductor per instance and engine.

use std::sync::Arc;

use tokio::sync::{Mutex, OnceCell};

use crate::docker::Engine;
use crate::files::Lock;
use crate::model::name::InstanceName;
use crate::model::outcome::Trouble;

use super::context::{Context, Paths};
use super::error::Error;
use super::run::blocking;

/// The right to change an engine, held as long as any clone of it lives. It is part of the [`Context`]: whoever keeps that, as a
/// daemon does, keeps the right over all of its passes, and may run several of them at once; another process is refused.
///
/// The lock of the state directory ([`Lock::acquire`]) is another one: a pass never takes it. A command holds it for one
/// pass, a daemon for life, and both take it before [`Context::to_act`].
#[derive(Debug, Clone, Default)]
pub struct Right(Arc<Mutex<Option<Held>>>);

#[derive(Debug)]
struct Held {
    /// The engine's own ID: one that was set up anew is another one.
    engine: String,
    /// None where nobody can have it.
    _lock: Option<Lock>,
}

impl Right {
    /// Takes the right, or fails where another Conductor of the same instance has it. Where the runtime directory cannot
    /// be used, or the engine has no ID, nobody can have it, and everybody may act.
    async fn claim(&self, context: &Context, engine: &Engine) -> Result<(), Trouble> {
        let id = engine.id().await.map_err(|error| Trouble::of(&error))?;
        let mut held = self.0.lock().await;
        if held.as_ref().is_some_and(|held| held.engine == id) {
            return Ok(());
        }
        let lock = take(context, &id).await?;
        *held = Some(Held { engine: id, _lock: lock });
        Ok(())
    }
}

impl Context {
    /// Takes the right to change this engine now; a pass does it by itself before its first change. Fails where another
    /// Conductor of the same instance has it.
    pub async fn claim(&self, engine: &Engine) -> Result<(), Trouble> {
        self.right.claim(self, engine).await
    }
}

/// One pass's claim: the engine is asked who it is once, before the first change.
#[derive(Debug, Clone, Default)]
pub(super) struct Claim(Arc<OnceCell<()>>);

impl Claim {
    pub(super) async fn make(&self, context: &Context, engine: &Engine) -> Result<(), Trouble> {
        self.0.get_or_try_init(|| context.claim(engine)).await.map(|&()| ())
    }
}

async fn take(context: &Context, id: &str) -> Result<Option<Lock>, Trouble> {
    if id.is_empty() {
        return Ok(None);
    }
    let instance = context.settings.instance.clone();
    let directory = Paths::of(context).locks();
    let name = file_name(&instance, id);
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
