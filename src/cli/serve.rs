//! `conductor serve`: follows the sources for as long as it runs.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::docker::{Around, Beside};
use super::doors;
use super::failure::{Complaint, Error, Exit};
use super::heartbeat::Heartbeat;
use super::memory;
use super::notices::Channels;
use super::session::Session;
use super::signals;
use super::tidings;
use crate::config;
use crate::daemon::{
    Crew, Daemon, Ending, Handle, Load, Pulse, Start, Terms, keep_diary, run as run_daemon,
};
use crate::files::Lock;
use crate::model::outcome::Trouble;
use crate::model::snapshot::Phase;
use crate::reconcile::{Context, lay_out_secrets};
use crate::systemd::{self, Tidings};

/// Threads that decide and wait; what blocks has others.
const THREADS: usize = 2;
/// Threads for what blocks: git, rendering, the journal.
const BLOCKING: usize = 16;
/// How long such a thread stays when there is nothing to do.
const IDLE: Duration = Duration::from_secs(1);
/// How long blocking work may take at the end; nothing that matters is left by then.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long nothing has happened before memory is given back.
const CALM: Duration = Duration::from_secs(5);
/// How long Docker waits at a boot for what has to run before it; systemd waits 30 s for us.
const FIRST: Duration = Duration::from_secs(20);
/// How long it waits for secrets to be laid out then.
const AHEAD: Duration = Duration::from_secs(8);
/// How long a remedy for Docker may take at the end.
const REMEDY: Duration = Duration::from_secs(15);
/// How long the last notifications may take, and where the daemon could not go on.
const PATIENCE: Duration = Duration::from_secs(6);
const SHORT_PATIENCE: Duration = Duration::from_millis(500);
/// How often it is looked whether another command still acts.
const TURN: Duration = Duration::from_millis(200);

/// Serves until a signal ends it.
pub(super) fn run(session: &Session) -> Result<Exit, Complaint> {
    session.without_yaml()?;
    if session.settings.sources.is_empty() {
        let file = session.file.clone();
        return Err(Error::NothingConfigured { verb: "serve", file }.into());
    }
    memory::be_frugal();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING)
        .thread_keep_alive(IDLE)
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let ended = runtime.block_on(serve(session));
    runtime.shutdown_timeout(FAREWELL);
    ended
}

async fn serve(session: &Session) -> Result<Exit, Complaint> {
    let _lock = lock(session).await?;
    let context = session.acting(session.context()?)?;
    let terms = Terms::of(&context.settings);
    let (journal, load) = (context.journal.clone(), load(session));
    contained(session, &context).await?;
    before_docker(session, &context).await;
    let beside = Beside::of(session);
    let crew = Arc::new(Crew::new(context, load.clone(), millis).behind(beside.gate()));
    let every = systemd::watchdog().map(|limit| limit / 3);
    let mut beat = Heartbeat::of(beside.progress());
    let channels = Channels::open(&session.settings, &journal)?;
    let daemon = Daemon::new(Start {
        terms,
        workers: crew.clone(),
        seed: seed(),
        wall: millis,
        pulse: Pulse { every, beat: Box::new(move |shown| beat.beat(shown)) },
        people: channels.people(&journal, &session.settings.engine.name),
    })
    .with_docker(beside.first());
    let handle = daemon.handle();
    tokio::spawn(tidings::log(handle.clone()));
    tokio::spawn(rest(handle.clone()));
    tokio::spawn(channels.clone().follow(handle.clone(), load.clone()));
    let diary = (journal.clone(), session.settings.engine.name.clone());
    let diary = tokio::spawn(keep_diary(handle.clone(), diary, millis));
    let around = Around { handle: handle.clone(), journal: journal.clone(), load: load.clone() };
    doors::open(session, handle.clone(), (journal, channels.clone()), (load, crew)).await?;
    let end = CancellationToken::new();
    let mut healing = tokio::spawn(beside.keep(around, end.clone()));
    signals::obey(handle)?;
    // A task of its own: what the main thread waits for is not moved between threads.
    let ending = tokio::spawn(run_daemon(daemon)).await;
    end.cancel();
    // A remedy that is under way is finished, unless it takes long: what was begun is known, and gone on with.
    tokio::time::timeout(REMEDY, &mut healing).await.ok();
    // Its last words are written down.
    tokio::time::timeout(SHORT_PATIENCE, diary).await.ok();
    // Whoever is to be started anew does not wait long for people.
    let broken = !matches!(ending, Ok(Ending::Asked));
    channels.close(if broken { SHORT_PATIENCE } else { PATIENCE }).await;
    match ending {
        Ok(Ending::Asked) => Ok(Exit::Done),
        Ok(Ending::Broken) | Err(_) => Ok(Exit::Failed),
    }
}

/// In a container: whether the engine's host sees what is laid out for the containers of the stacks. Where the engine does
/// not answer yet, the first pass looks again.
async fn contained(session: &Session, context: &Context) -> Result<(), Complaint> {
    if session.settings.container.is_none() {
        return Ok(());
    }
    let engine = match session.engine().await {
        Ok(engine) => engine,
        Err(complaint) => {
            tracing::warn!("{}", complaint.trouble.error);
            return Ok(());
        }
    };
    let mut warnings = Vec::new();
    match context.locate(&engine).await {
        Ok(located) => warnings.extend(located),
        Err(trouble) => {
            tracing::warn!("{}", trouble.error);
            return Ok(());
        }
    }
    let refused = |trouble| Complaint { trouble, exit: Exit::Usage };
    warnings.extend(context.is_seen().map_err(refused)?);
    session.screen.warn(&warnings);
    Ok(())
}

/// What has to be there before Docker starts with the machine: units that run, and secrets that containers have mounted.
async fn before_docker(session: &Session, context: &Context) {
    let first = &session.settings.docker.start_first;
    for unit in systemd::start_first(first, FIRST).await {
        tracing::warn!(unit, "does not run yet; Docker does not wait any longer for it");
    }
    let ahead = lay_out_secrets(context, &systemd::boot(), AHEAD).await;
    if ahead.files > 0 {
        tracing::info!(files = ahead.files, "secrets are in place before Docker starts");
    }
    for (project, trouble) in ahead.troubles {
        tracing::warn!(%project, "secrets could not be laid out before Docker starts: {}", trouble.error);
    }
}

/// Gives memory back: that of the start when it is over, and what work needed when nothing has happened for a while.
async fn rest(handle: Handle) {
    let (mut happenings, mut shown) = (handle.follow(), handle.snapshots());
    drop(handle);
    if shown.wait_for(|shown| shown.phase != Phase::Starting).await.is_err() {
        return;
    }
    memory::forget_the_start();
    drop(shown);
    let mut worked = true;
    loop {
        match tokio::time::timeout(CALM, happenings.recv()).await {
            Err(_elapsed) if worked => {
                memory::give_back();
                worked = false;
            }
            Err(_elapsed) => (),
            Ok(Ok(_) | Err(RecvError::Lagged(_))) => worked = true,
            Ok(Err(RecvError::Closed)) => return,
        }
    }
}

/// The right to act, for life. Another command is waited for, another daemon is not.
async fn lock(session: &Session) -> Result<Lock, Complaint> {
    let state = &session.settings.places.state;
    let mut told = false;
    loop {
        match Lock::try_acquire(state, "lock", SIGNATURE) {
            Ok(Ok(lock)) => return Ok(lock),
            Ok(Err(holder)) if holder.ends_with(SIGNATURE) => {
                return Err(Error::SecondDaemon { holder }.into());
            }
            Ok(Err(holder)) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::info!("waiting for {holder}");
                    let _heard =
                        systemd::tell(&[Tidings::Status(&format!("waiting for {holder}"))]);
                }
                tokio::time::sleep(TURN).await;
            }
            Err(error) => return Err(Complaint::failed(&error)),
        }
    }
}

/// How the daemon signs the lock.
const SIGNATURE: &str = "conductor serve";

/// How the settings are read again.
fn load(session: &Session) -> Load {
    let (environment, flags) = (session.environment.clone(), session.flags.clone());
    Arc::new(move || {
        let loaded = config::load(&environment, &flags).map_err(|error| Trouble::of(&error))?;
        Ok((loaded.settings, loaded.warnings))
    })
}

/// The time, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the shell reads the clock, for words alone")]
pub(super) fn millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Something that other machines have not got: they poll at other times.
fn seed() -> u64 {
    let nanos = u64::try_from(millis()).unwrap_or(1);
    nanos.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(std::process::id())
}
