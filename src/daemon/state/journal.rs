//! The journal, as whoever writes it sees it.

use super::core::State;
use crate::daemon::effect::Effect;
use crate::daemon::happening::What;
use crate::journal::Condition;
use crate::model::snapshot::ProblemNow;

impl State {
    /// The journal is in another condition than before.
    pub(super) fn journal_told(&mut self, now: Condition) {
        self.counters.journal_failures = now.failures;
        self.counters.journal_set_aside = now.set_aside;
        let before = std::mem::replace(&mut self.journal, now);
        let now = &self.journal;
        let lost = now.last_word.clone().filter(|_| now.set_aside > before.set_aside);
        let news = match (&before.trouble, &now.trouble) {
            (None, Some(why)) => Some(Some(why.clone())),
            (Some(_), None) => Some(None),
            (None, None) | (Some(_), Some(_)) => None,
        };
        // What is said of a fresh one says that it is written again, too.
        if let Some(problem) = lost.map(Some).or(news) {
            let problem = problem.map(problem_of);
            self.notice_journal(problem.as_ref());
            self.effects.push(Effect::Tell(What::Journal { problem }));
        }
    }

    /// What people should know of it.
    pub(super) fn journal_warnings(&self) -> impl Iterator<Item = String> {
        let lost = self.journal.last_word.clone();
        let trouble = self.journal.trouble.as_ref();
        lost.into_iter().chain(trouble.map(|why| format!("nothing can be remembered: {why}")))
    }
}

fn problem_of(error: String) -> ProblemNow {
    let hint = "see that the state directory can be written to and has room";
    ProblemNow { error, causes: Vec::new(), hint: Some(hint.to_owned()) }
}
