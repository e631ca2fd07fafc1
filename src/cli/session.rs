//! What every command has at hand.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::arguments::{Format, Global};
use super::docker::{gate, left_alone};
use super::failure::{Complaint, Error, Exit};
use super::interrupt;
use super::progress::Display;
use super::prompt;
use super::screen::Screen;
use crate::config::{self, Environment, Flags, Settings};
use crate::docker::{Endpoint, Engine, Limits, Way};
use crate::journal::Trigger;
use crate::reconcile::{self, Context, Terms};
use crate::secrets::{Ask, Keys};

/// The surroundings, the settings, and where to write.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) environment: Environment,
    pub(super) settings: Settings,
    /// What the command line set, for whoever reads the settings again.
    pub(super) flags: Flags,
    /// The settings file, as far as there is a place for one.
    pub(super) file: Option<PathBuf>,
    pub(super) screen: Screen,
}

impl Session {
    /// Reads the settings, and warns about what is odd in them.
    pub(super) fn start(
        environment: Environment,
        global: &Global,
        screen: Screen,
    ) -> Result<Self, Complaint> {
        let flags = Flags {
            config: global.config.clone(),
            state_dir: global.state_dir.clone(),
            runtime_dir: global.runtime_dir.clone(),
        };
        let loaded = config::load(&environment, &flags)?;
        screen.warn(&loaded.warnings);
        for name in &environment.unreadable {
            let text = format!("the variable `{name}` is left out: its value is not UTF-8 text");
            screen.warn(&[text]);
        }
        Ok(Self { environment, settings: loaded.settings, flags, file: loaded.file, screen })
    }

    /// The settings with the keys and logins that they name.
    pub(super) fn context(&self) -> Result<Context, Complaint> {
        let mut warnings = Vec::new();
        let context = Context::open(self.settings.clone(), &mut warnings);
        self.screen.warn(&warnings);
        context.map_err(|trouble| Complaint { trouble, exit: Exit::Usage })
    }

    /// What decrypts, by the settings. Whoever sits at the terminal may be asked for a passphrase.
    pub(super) fn keys(&self) -> Result<Keys, Complaint> {
        let mut warnings = Vec::new();
        let ask = prompt::is_possible().then(|| -> Ask { Arc::new(prompt::passphrase) });
        let keys = reconcile::keys(&self.settings, ask, &mut warnings);
        self.screen.warn(&warnings);
        keys.map_err(|trouble| Complaint { trouble, exit: Exit::Usage })
    }

    /// The same with what is remembered, to look at.
    pub(super) fn looking(&self, context: Context) -> Result<Context, Complaint> {
        let mut warnings = Vec::new();
        let context = context.to_look(now(), &mut warnings);
        self.screen.warn(&warnings);
        context.map_err(|trouble| Complaint { trouble, exit: Exit::Failed })
    }

    /// The same with what is remembered, for whoever holds the lock.
    pub(super) fn acting(&self, context: Context) -> Result<Context, Complaint> {
        let mut warnings = Vec::new();
        let context = context.to_act(now(), &mut warnings);
        self.screen.warn(&warnings);
        context.map_err(|trouble| Complaint { trouble, exit: Exit::Failed })
    }

    /// The engine of the settings.
    pub(super) async fn engine(&self) -> Result<Engine, Complaint> {
        if let Some(why) = left_alone(self) {
            return Err(Error::LeftAlone { why }.into());
        }
        let fail = |error| Complaint::failed(&error);
        let endpoint = Endpoint::parse(&self.settings.engine.endpoint.to_string()).map_err(fail)?;
        let limits = &self.settings.limits;
        let limits = Limits { call: limits.engine_call, pull_stall: limits.pull_stall };
        let way = Way::to(endpoint).behind(gate(self).await);
        Ok(Engine::reach(&way).await.map_err(fail)?.with_limits(limits))
    }

    /// Work from now on, drawn on the screen, ended by Ctrl-C.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            now: now(),
            since: Instant::now(),
            trigger: Trigger::Command,
            caller: self.environment.caller(),
            progress: Arc::new(Display::new(self.screen.clone())),
            cancel: interrupt::watch(self.screen.clone()),
            cuts: reconcile::Cuts::default(),
        }
    }

    /// Refuses the formats that only one command each has.
    pub(super) fn without_yaml(&self) -> Result<(), Error> {
        match self.screen.format {
            Format::Human | Format::Json => Ok(()),
            Format::Yaml => Err(Error::NotFor { format: "yaml", command: "config" }),
            Format::Sarif => Err(Error::NotFor { format: "sarif", command: "lint" }),
        }
    }
}

/// Runs a command that waits for the engine or the network.
pub(super) fn wait_for<T>(
    command: impl Future<Output = Result<T, Complaint>>,
) -> Result<T, Complaint> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let outcome = runtime.block_on(command);
    // What still blocks a thread, such as waiting for a lock, is not waited for.
    runtime.shutdown_background();
    outcome
}

/// The time, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock, once per pass")]
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
