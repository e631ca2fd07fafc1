//! The loop around the state: events in, effects started, snapshots published.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::command::{Accepted, Outcome, Refused, RequestId};
use super::effect::{Effect, Ending};
use super::event::{DockerEvent, Event, Now};
use super::handle::{Handle, Message};
use super::happening::{Happening, What};
use super::state::State;
use super::terms::Terms;
use super::work::{Tell, Workers, start};
use crate::model::notice::Notice;
use crate::model::snapshot::Snapshot;

/// Messages that wait for the loop; who sends more waits.
const INBOX: usize = 1024;
/// Happenings that a follower may be behind.
const FOLLOWERS: usize = 1024;
/// Outcomes that are kept for those who ask late.
const KEPT: usize = 64;
/// Events that are handled before readers see a new snapshot.
const BURST: usize = 64;

/// What a daemon begins with.
pub struct Start {
    /// What the settings say.
    pub terms: Terms,
    /// Who carries effects out.
    pub workers: Arc<dyn Workers>,
    /// Spreads polls.
    pub seed: u64,
    /// The time, in milliseconds since 1970.
    pub wall: fn() -> i64,
    /// Hears from the loop itself that it goes on: so often, and whenever readers see something new.
    pub pulse: Pulse,
    /// Hears what people may want to know. Must not block.
    pub people: People,
}

/// Hears what people may want to know.
pub type People = Box<dyn FnMut(&Notice) + Send>;

/// Hears that the loop goes on.
pub struct Pulse {
    /// How often, at least; never by itself where there is none.
    pub every: Option<Duration>,
    /// Who hears it. Must not block.
    pub beat: Box<dyn FnMut(&Snapshot) + Send>,
}

/// A daemon that has not begun yet.
pub struct Daemon {
    state: State,
    shell: Shell,
    inbox: mpsc::Receiver<Message>,
    told: mpsc::UnboundedReceiver<What>,
    handle: Handle,
    pulse: Pulse,
}

/// What the loop has at hand beside the state.
struct Shell {
    workers: Arc<dyn Workers>,
    tell: Tell,
    cancel: CancellationToken,
    snapshot: watch::Sender<Arc<Snapshot>>,
    happenings: broadcast::Sender<Arc<Happening>>,
    number: u64,
    replies: BTreeMap<RequestId, oneshot::Sender<Result<Accepted, Refused>>>,
    waiting: BTreeMap<RequestId, Vec<oneshot::Sender<Outcome>>>,
    kept: VecDeque<(RequestId, Outcome)>,
    next_request: u64,
    wall: fn() -> i64,
    begun: Instant,
    ending: Option<Ending>,
    people: People,
}

impl Daemon {
    /// A daemon that has not begun yet.
    pub fn new(begin: Start) -> Self {
        let wall = begin.wall;
        let now = Now { mono: Duration::ZERO, wall: wall() };
        let state = State::new(begin.terms, now, begin.seed);
        let (sender, inbox) = mpsc::channel(INBOX);
        let (teller, told) = mpsc::unbounded_channel();
        let (snapshot, seen) = watch::channel(Arc::new(state.snapshot()));
        let happenings = broadcast::Sender::new(FOLLOWERS);
        let handle =
            Handle { inbox: sender.clone(), snapshot: seen, happenings: happenings.downgrade() };
        let shell = Shell {
            workers: begin.workers,
            tell: Tell::new(sender, teller),
            cancel: CancellationToken::new(),
            snapshot,
            happenings,
            number: 0,
            replies: BTreeMap::new(),
            waiting: BTreeMap::new(),
            kept: VecDeque::new(),
            // Numbers go on behind those of a daemon before, unless it took more than a thousand a second.
            next_request: u64::try_from(now.wall).unwrap_or(0),
            wall,
            begun: Instant::now(),
            ending: None,
            people: begin.people,
        };
        Self { state, shell, inbox, told, handle, pulse: begin.pulse }
    }

    /// The same, with what is taken for true of Docker until whoever looks after it tells more.
    #[must_use]
    pub fn with_docker(mut self, event: DockerEvent) -> Self {
        self.state.docker_told(event);
        self
    }

    /// The way to it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Runs a daemon to its end.
pub async fn run(daemon: Daemon) -> Ending {
    let Daemon { mut state, mut shell, mut inbox, mut told, handle: _, mut pulse } = daemon;
    let never = Duration::from_hours(24 * 365);
    let mut beats = tokio::time::interval(pulse.every.unwrap_or(never).max(BEAT));
    shell.handle(&mut state, Event::Tick);
    loop {
        let due = state.due().map_or(shell.begun + never, |due| shell.begun + due);
        // Each of them may be dropped unfinished: what has not been received now comes the next time.
        tokio::select! {
            biased;
            Some(what) = told.recv() => shell.tell(what),
            _ = beats.tick() => (pulse.beat)(&shell.snapshot.borrow()),
            Some(message) = inbox.recv() => shell.take(&mut state, message),
            () = sleep_until(due) => shell.handle(&mut state, Event::Tick),
        }
        for _ in 0..BURST {
            let Ok(message) = inbox.try_recv() else { break };
            shell.take(&mut state, message);
        }
        if state.has_changed() {
            shell.snapshot.send_replace(Arc::new(state.snapshot()));
            (pulse.beat)(&shell.snapshot.borrow());
        }
        if let Some(ending) = shell.ending {
            return ending;
        }
    }
}

/// The shortest time between two beats.
const BEAT: Duration = Duration::from_millis(10);

impl Shell {
    fn now(&self) -> Now {
        Now { mono: self.begun.elapsed(), wall: (self.wall)() }
    }

    fn take(&mut self, state: &mut State, message: Message) {
        match message {
            Message::Event(event) => self.handle(state, event),
            Message::Ask(request, answer, waits) => {
                let id = RequestId(self.next_request);
                self.next_request += 1;
                self.replies.insert(id, answer);
                if let Some(waits) = waits {
                    self.waiting.insert(id, vec![waits]);
                }
                self.handle(state, Event::Command(id, request));
            }
            Message::Await(id, answer) => self.wait(state, id, answer),
            // Whoever does not wait any more need not hear it.
            Message::Answer(answer) => {
                answer.send(()).ok();
            }
            #[cfg(debug_assertions)]
            Message::StandStill => std::thread::sleep(Duration::from_hours(1)),
        }
    }

    fn wait(&mut self, state: &State, id: RequestId, answer: oneshot::Sender<Outcome>) {
        if let Some((_, outcome)) = self.kept.iter().find(|(kept, _)| *kept == id) {
            // Whoever does not wait any more need not hear it.
            answer.send(outcome.clone()).ok();
        } else if state.is_waiting(id) {
            self.waiting.entry(id).or_default().push(answer);
        }
    }

    fn handle(&mut self, state: &mut State, event: Event) {
        for effect in state.handle(self.now(), event) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Reply(id, reply) => {
                if reply.is_err() {
                    self.waiting.remove(&id);
                }
                if let Some(answer) = self.replies.remove(&id) {
                    answer.send(reply).ok();
                }
            }
            Effect::Answer(id, outcome) => self.answer(id, outcome),
            Effect::Tell(what) => self.tell(what),
            Effect::Notice(notice) => (self.people)(&notice),
            Effect::Cancel => self.cancel.cancel(),
            Effect::Cut(pass, project) => self.workers.cut(pass, &project),
            Effect::End(ending) => self.ending = Some(ending),
            Effect::Fetch { .. }
            | Effect::Reconcile(_)
            | Effect::RollBack(_)
            | Effect::ReconcileAll(_)
            | Effect::Plan(..)
            | Effect::Note(_)
            | Effect::Observe(_)
            | Effect::Watch
            | Effect::Reload(_) => {
                start(self.workers.clone(), effect, self.tell.clone(), self.cancel.clone());
            }
        }
    }

    fn answer(&mut self, id: RequestId, outcome: Outcome) {
        for answer in self.waiting.remove(&id).unwrap_or_default() {
            answer.send(outcome.clone()).ok();
        }
        self.kept.push_back((id, outcome));
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    fn tell(&mut self, what: What) {
        self.number += 1;
        let happening = Happening { number: self.number, at: (self.wall)(), what };
        // Fails where nobody follows.
        self.happenings.send(Arc::new(happening)).ok();
    }
}
