//! Who is told what happened: the channels of the settings, and what the daemon hands to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use super::docker::illness;
use super::failure::Complaint;
use super::told::{self, Told};
use crate::config::Settings;
use crate::daemon::{Handle, Load, People, What};
use crate::journal::Journal;
use crate::model::channel::ChannelNow;
use crate::model::name::EngineName;
use crate::model::notice::{About, Event, Notice};
use crate::model::snapshot::{HealthNow, ProblemNow, Snapshot};
use crate::notify::{self, Clock, Notices, Sender};

/// The channels as they are now; a reload exchanges them as a whole.
#[derive(Debug, Clone)]
pub(super) struct Channels {
    current: Arc<watch::Sender<Notices>>,
    works: TaskTracker,
}

impl Channels {
    /// Opens the channels of the settings. People heard of what the journal says was ill last.
    pub(super) fn open(settings: &Settings, journal: &Journal) -> Result<Self, Complaint> {
        let works = TaskTracker::new();
        let mut known = of_journal(settings, journal);
        known.extend(of_docker(settings));
        known.extend(told::kept(journal, &settings.engine.name));
        let notices = start(settings, &works, &known).map_err(|error| Complaint::failed(&error))?;
        Ok(Self { current: Arc::new(watch::Sender::new(notices)), works })
    }

    /// Hands over what the daemon has for people, and keeps what they hear of. Never waits.
    pub(super) fn people(&self, journal: &Journal, engine: &EngineName) -> People {
        let (told, keep) = Told::open(journal, engine);
        self.works.spawn(keep);
        let current = self.current.clone();
        Box::new(move |notice| {
            told.hear(notice);
            current.borrow().tell(notice);
        })
    }

    /// How each channel is doing.
    pub(super) fn now(&self) -> impl Fn() -> Vec<ChannelNow> + Send + Sync + 'static {
        let current = self.current.clone();
        move || current.borrow().reports()
    }

    /// Takes the channels of the settings at each reload that worked, until the daemon ends.
    pub(super) async fn follow(self, handle: Handle, load: Load) {
        let mut happenings = handle.follow();
        loop {
            let renewed = match happenings.recv().await {
                Ok(happening) => matches!(happening.what, What::Reloaded { problem: None }),
                // What was missed may have been a reload.
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            };
            if renewed && let Err(problem) = self.renew(&handle, load.clone()).await {
                tracing::warn!("the channels of notifications stay as they were: {problem}");
            }
        }
    }

    async fn renew(&self, handle: &Handle, load: Load) -> Result<(), String> {
        let read = tokio::task::spawn_blocking(move || load()).await;
        let read = read.map_err(|error| error.to_string())?;
        let (settings, _told_already) = read.map_err(|trouble| trouble.error)?;
        let known = of_snapshot(&handle.snapshot());
        let notices = start(&settings, &self.works, &known).map_err(|error| error.to_string())?;
        // What the old channels have collected goes out with their end.
        self.current.send_replace(notices);
        Ok(())
    }

    /// Lets what was collected go out, for so long.
    pub(super) async fn close(&self, limit: Duration) {
        self.current.send_replace(Notices::default());
        self.works.close();
        if tokio::time::timeout(limit, self.works.wait()).await.is_err() {
            tracing::warn!("notifications are given up");
        }
    }
}

fn start(
    settings: &Settings,
    works: &TaskTracker,
    known: &[Notice],
) -> Result<Notices, notify::Error> {
    if settings.notifications.is_empty() {
        return Ok(Notices::default());
    }
    let sender = Sender { host: settings.host.clone(), instance: settings.instance.to_string() };
    let clock: Clock = Arc::new(|| super::serve::millis() / 1000);
    let (notices, work) = notify::start(settings.notifications.clone(), sender, &clock, known)?;
    works.spawn(work);
    Ok(notices)
}

/// The stacks whose last run left them ill.
fn of_journal(settings: &Settings, journal: &Journal) -> Vec<Notice> {
    // A forgiving journal keeps what went wrong to itself, and knows of nothing then.
    let runs = journal.last_ends(&settings.engine.name).unwrap_or_default();
    let known = runs.into_iter().filter_map(|run| {
        let problem = run.trouble.map(|kept| ProblemNow {
            error: kept.error,
            causes: kept.causes,
            hint: kept.hint,
        });
        let (at, outcome) = (run.ended.unwrap_or(run.started), run.outcome.unwrap_or_default());
        Notice::of_record(at, &run.key.project, Some(run.revision), (&outcome, problem))
    });
    known.collect()
}

/// The illness of Docker that is not over; people heard of it from the daemon that was there before.
fn of_docker(settings: &Settings) -> Option<Notice> {
    let (began, state) = illness(settings)?;
    let notice = Notice::of(began, About::Docker(settings.engine.name.clone()), Event::Engine, "");
    Some(notice.because(ProblemNow { error: state.to_owned(), causes: Vec::new(), hint: None }))
}

/// What is ill now.
fn of_snapshot(shown: &Snapshot) -> Vec<Notice> {
    let mut known = Vec::new();
    for stack in &shown.stacks {
        if let Some(run) = &stack.last_run {
            let end = (run.outcome.as_str(), run.problem.clone());
            let revision = Some(run.revision.clone());
            known.extend(Notice::of_record(run.ended, &stack.project, revision, end));
        }
        if matches!(stack.health, HealthNow::Degraded | HealthNow::Missing) {
            let about = About::Health(stack.project.clone());
            known.push(Notice::of(shown.at, about, Event::Unhealthy, stack.health.word()));
        }
    }
    let mut ill = |about: About, event: Event, problem: Option<&ProblemNow>| {
        let notice = Notice::of(shown.at, about, event, "");
        known.extend(problem.cloned().map(|problem| notice.because(problem)));
    };
    for source in &shown.sources {
        ill(About::Source(source.name.clone()), Event::Source, source.error.as_ref());
    }
    ill(About::Engine(shown.engine.name.clone()), Event::Engine, shown.engine.error.as_ref());
    if let Some(docker) = shown.engine.docker.as_ref().filter(|docker| docker.ill) {
        let problem = ProblemNow {
            error: format!("{}: {}", docker.state, docker.why),
            causes: Vec::new(),
            hint: None,
        };
        ill(About::Docker(shown.engine.name.clone()), Event::Engine, Some(&problem));
    }
    known
}
