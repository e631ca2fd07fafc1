//! What people may want to know. Who is told of it, and how often, is decided elsewhere.

use super::core::State;
use crate::daemon::effect::Effect;
use crate::model::name::{ProjectName, SourceName};
use crate::model::notice::{About, Event, Notice};
use crate::model::outcome::Trouble;
use crate::model::snapshot::{HealthNow, ProblemNow};
use crate::reconcile::StackRun;

/// Where more is said of an illness of Docker.
const HINT: &str = "`conductor docker status` says more";

impl State {
    fn notice(&mut self, about: About, event: Event, words: &str) {
        let notice = Notice::of(self.now.seconds(), about, event, words);
        self.effects.push(Effect::Notice(notice));
    }

    fn trouble(&mut self, about: About, (event, words): (Event, &str), trouble: &Trouble) {
        let notice = Notice::of(self.now.seconds(), about, event, words).because(trouble.into());
        self.effects.push(Effect::Notice(notice));
    }

    /// A run ended.
    pub(super) fn notice_run(&mut self, project: &ProjectName, run: &StackRun) {
        let revision = Some(run.revision.clone());
        let notice = Notice::of_run(self.now.seconds(), project, (None, revision), &run.outcome);
        self.effects.extend(notice.map(Effect::Notice));
    }

    /// A run could not even begin. That the engine is away is told by itself.
    pub(super) fn notice_no_run(&mut self, project: &ProjectName, trouble: &Trouble) {
        if self.engine.trouble.is_none() {
            let told = (Event::Failed, "no run could begin");
            self.trouble(About::Stack(project.clone()), told, trouble);
        }
    }

    /// A source cannot be fetched any more, or again.
    pub(super) fn notice_source(&mut self, source: &SourceName, trouble: Option<&Trouble>) {
        let about = About::Source(source.clone());
        match trouble {
            Some(trouble) => self.trouble(about, (Event::Source, "it cannot be fetched"), trouble),
            None => self.notice(about, Event::Recovered, "it can be fetched again"),
        }
    }

    /// The engine is away, or back.
    pub(super) fn notice_engine(&mut self, trouble: Option<&Trouble>) {
        let about = About::Engine(self.terms.engine.clone());
        match trouble {
            Some(trouble) => self.trouble(about, (Event::Engine, "it cannot be reached"), trouble),
            None => self.notice(about, Event::Recovered, "it can be reached again"),
        }
    }

    /// What people are told at once of an illness of Docker.
    pub(super) fn notice_docker(&mut self, kind: &str, text: String) {
        let about = About::Docker(self.terms.engine.clone());
        if kind == "recovered" {
            return self.notice(about, Event::Recovered, &text);
        }
        let words = if kind == "remedy" { "it is treated" } else { "it is ill" };
        let problem = ProblemNow { error: text, causes: Vec::new(), hint: Some(HINT.to_owned()) };
        let notice = Notice::of(self.now.seconds(), about, Event::Engine, words);
        self.effects.push(Effect::Notice(notice.because(problem)));
    }

    /// The journal cannot be written, or is written again.
    pub(super) fn notice_journal(&mut self, problem: Option<&ProblemNow>) {
        let notice = |event, words| Notice::of(self.now.seconds(), About::Journal, event, words);
        let notice = match problem {
            Some(problem) => {
                notice(Event::Journal, "what happens is not remembered").because(problem.clone())
            }
            None => notice(Event::Recovered, "it is written again"),
        };
        self.effects.push(Effect::Notice(notice));
    }

    /// The containers were looked at: tells of stacks that a run left well and that are not, and when they are again.
    pub(super) fn notice_health(&mut self) {
        let mut news = Vec::new();
        for (project, stack) in &mut self.stacks {
            // What a run is at, and what it left ill, is told with its end.
            let is_settled =
                stack.busy.is_none() && stack.last_run.is_some() && stack.failures == 0;
            let health = stack.health();
            let is_ill = matches!(health, HealthNow::Degraded | HealthNow::Missing);
            let is_well = matches!(health, HealthNow::Healthy | HealthNow::Suspended);
            if is_ill && is_settled && stack.source.is_some() && stack.told_ill != Some(true) {
                stack.told_ill = Some(true);
                news.push((project.clone(), Event::Unhealthy, health.word()));
            } else if is_well && stack.told_ill.unwrap_or(stack.source.is_some()) {
                // Where nobody was told by this daemon, the one before may have.
                stack.told_ill = Some(false);
                news.push((project.clone(), Event::Recovered, health.word()));
            }
        }
        for (project, event, words) in news {
            self.notice(About::Health(project), event, words);
        }
    }
}
