//! What a command says of a pass: data, and words beside it; the same whether this process did it or the daemon.

use serde_json::{Value, json};

use super::line::{Line, Style};
use super::run::{
    Beside, RunView, SuspendedView, plan_json, plan_text, runs_json, runs_text, suspended_text,
};
use super::trouble::{Severity, trouble_text};
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::{Outcome, Stays, Trouble};
use crate::plan::Diff;
use crate::reconcile::{StackRun, Suspended};

/// A part of what is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Data, for people.
    Data(Vec<Line>),
    /// Data, for programs.
    Raw(String),
    /// What is no data.
    Aside(Vec<Line>),
}

/// What follows for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All is well.
    Done,
    /// Something failed, was rolled back or is degraded.
    Failed,
    /// Something would have to be done.
    OutOfSync,
    /// It was broken off.
    Interrupted,
}

impl Ended {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::OutOfSync => 3,
            Self::Interrupted => 130,
        }
    }

    /// What an exit code says.
    pub fn of(code: u64) -> Self {
        match code {
            0 => Self::Done,
            3 => Self::OutOfSync,
            130 => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

/// For whom it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// People.
    Human,
    /// Programs.
    Json,
}

/// What came of a pass.
#[derive(Debug, Clone, Default)]
pub struct PassView<'a> {
    /// The runs.
    pub runs: Vec<&'a StackRun>,
    /// Sources that could not be read.
    pub failed_sources: &'a [(SourceName, Trouble)],
    /// Stacks that are suspended.
    pub suspended: &'a [Suspended],
    /// What a person should know.
    pub warnings: &'a [String],
    /// What was in the way of all of it.
    pub troubles: &'a [Trouble],
}

impl<'a> PassView<'a> {
    fn views(&self, diff: &dyn Fn(&'a StackRun) -> &'a [Diff]) -> Vec<RunView<'a>> {
        let view = |run: &&'a StackRun| RunView {
            project: run.project.as_ref().map(ProjectName::as_str),
            source: run.source.as_ref().map(SourceName::as_str),
            path: &run.stack,
            revision: &run.revision,
            plan: run.plan.as_ref(),
            diff: diff(run),
            outcome: &run.outcome,
            warnings: &run.warnings,
        };
        self.runs.iter().map(view).collect()
    }

    fn left_alone(&self) -> Vec<SuspendedView<'a>> {
        let view = |stack: &'a Suspended| SuspendedView {
            project: stack.project.as_str(),
            source: stack.source.as_ref().map(SourceName::as_str),
            path: &stack.path,
            why: stack.why.to_string(),
        };
        self.suspended.iter().map(view).collect()
    }

    /// What a person should know beside the outcome.
    pub fn warnings(&self) -> Vec<Said> {
        let mut all: Vec<String> = self.warnings.to_vec();
        for run in &self.runs {
            all.extend(run.warnings.iter().map(|warning| format!("{}: {warning}", name(run))));
        }
        let is_told = !self.failed_sources.is_empty() || !self.troubles.is_empty();
        if self.runs.is_empty() && self.suspended.is_empty() && !is_told {
            all.push("there is no stack for this host".to_owned());
        }
        all.iter().map(|warning| Said::Aside(warning_text(warning))).collect()
    }

    /// What `sync` says.
    pub fn sync(&self, form: Form) -> (Vec<Said>, Ended) {
        let (views, suspended) = (self.views(&|_| &[]), self.left_alone());
        let mut said = Vec::new();
        match form {
            Form::Json => {
                let beside = Beside { failed_sources: self.failed_sources, suspended: &suspended };
                said.push(Said::Raw(runs_json(&views, beside)));
            }
            Form::Human => {
                if !views.is_empty() {
                    said.push(Said::Data(runs_text(&views)));
                }
                said.push(Said::Aside(suspended_text(&suspended)));
            }
        }
        let ended = self.troubles(&mut said, form);
        if ended == Ended::Done && !views.is_empty() && !views.iter().any(RunView::has_changed) {
            said.push(Said::Aside(vec![Line::of(Style::Good, "nothing changed")]));
        }
        (said, ended)
    }

    /// What `plan` says, line by line where `diff` says so.
    pub fn plan(&self, form: Form, diff: bool) -> (Vec<Said>, Ended) {
        let lines = |run: &'a StackRun| if diff { run.diff.as_slice() } else { &[] };
        let (views, suspended) = (self.views(&lines), self.left_alone());
        let beside = Beside { failed_sources: self.failed_sources, suspended: &suspended };
        let mut said = match form {
            Form::Json => vec![Said::Raw(plan_json(&views, beside))],
            Form::Human => {
                vec![Said::Data(plan_text(&views)), Said::Data(suspended_text(&suspended))]
            }
        };
        let ended = self.troubles(&mut said, form);
        let out_of_sync = views.iter().any(RunView::is_out_of_sync);
        (said, if ended == Ended::Done && out_of_sync { Ended::OutOfSync } else { ended })
    }

    /// What `rollback` of a stack says.
    pub fn rollback(&self, form: Form, stack: &str) -> (Vec<Said>, Ended) {
        let views = self.views(&|_| &[]);
        let mut said = match form {
            Form::Json => vec![Said::Raw(runs_json(&views, Beside::default()))],
            Form::Human => vec![Said::Data(runs_text(&views))],
        };
        let ended = self.troubles(&mut said, form);
        let there =
            |run: &&&StackRun| matches!(run.outcome, Outcome::InSync | Outcome::Changed { .. });
        if let (Form::Human, Some(run)) = (form, self.runs.iter().find(there)) {
            let words = format!(
                "{stack} stays at {} until a new revision comes; `conductor sync {stack}` takes it forward again",
                run.revision.short()
            );
            said.push(Said::Aside(vec![Line::of(Style::Odd, "held: ").with(Style::Plain, words)]));
        }
        (said, ended)
    }

    /// What went wrong, each with its stack or source, and what follows from it.
    fn troubles(&self, said: &mut Vec<Said>, form: Form) -> Ended {
        let mut asides = Vec::new();
        let mut ended = Ended::Done;
        for (source, trouble) in self.failed_sources {
            asides.push(tell(&format!("source {source}"), trouble));
            ended = Ended::Failed;
        }
        for run in &self.runs {
            match &run.outcome {
                Outcome::InSync | Outcome::Changed { .. } => (),
                Outcome::Blocked(trouble) => {
                    asides.push(tell(&name(run), trouble));
                    ended = Ended::Failed;
                }
                Outcome::Failed { trouble, left, .. } => {
                    asides.push(tell(&name(run), trouble));
                    asides.extend(undone(&name(run), left));
                    ended = Ended::Failed;
                }
                Outcome::RolledBack { .. } | Outcome::Held { .. } | Outcome::Degraded { .. } => {
                    asides.extend(standing(run));
                    ended = Ended::Failed;
                }
                Outcome::Superseded { left, .. } => {
                    asides.extend(undone(&name(run), left));
                    ended = Ended::Failed;
                }
                Outcome::Cancelled { left, .. } => {
                    asides.extend(undone(&name(run), left));
                    if ended == Ended::Done {
                        ended = Ended::Interrupted;
                    }
                }
            }
        }
        // To programs the answer holds it.
        if form == Form::Human {
            said.extend(asides.into_iter().map(Said::Aside));
        }
        ended
    }
}

/// What people call a stack: its project, else its path.
fn name(run: &StackRun) -> String {
    run.project.as_ref().map_or_else(|| run.stack.display().to_string(), ToString::to_string)
}

fn tell(name: &str, trouble: &Trouble) -> Vec<Line> {
    let error = format!("{name}: {}", trouble.error);
    trouble_text(Severity::Error, &Trouble { error, ..trouble.clone() })
}

/// A warning: its first line with the word before it, the others below.
pub fn warning_text(warning: &str) -> Vec<Line> {
    let mut parts = warning.lines();
    let first = parts.next().unwrap_or_default();
    let mut lines = vec![Line::of(Style::Odd, "warning: ").with(Style::Plain, first)];
    lines.extend(parts.map(|part| Line::of(Style::Plain, format!("    {part}"))));
    lines
}

/// Where a stack stands whose revision failed, why, and what changes that.
fn standing(run: &StackRun) -> Vec<Vec<Line>> {
    let Some(trouble) = run.outcome.trouble() else { return Vec::new() };
    let name = name(run);
    let way = format!("push a new revision, or try this one again: `conductor sync {name}`");
    let words = match &run.outcome {
        Outcome::RolledBack { from, to, .. } => {
            format!("{} failed, and the stack is back at {}; {way}", from.short(), to.short())
        }
        Outcome::Held { from, at, .. } => {
            let (from, at) = (from.short(), at.short());
            format!("{from} is not applied again, and the stack stays at {at}; {way}")
        }
        Outcome::Degraded { stays, .. } => format!("the stack stays as it is: {stays}; {way}"),
        Outcome::InSync
        | Outcome::Changed { .. }
        | Outcome::Blocked(_)
        | Outcome::Failed { .. }
        | Outcome::Superseded { .. }
        | Outcome::Cancelled { .. } => return Vec::new(),
    };
    let word = format!("{}: ", run.outcome.word());
    let stands = Line::of(Style::Odd, word).with(Style::Plain, format!("{name}: {words}"));
    let mut all = vec![tell(&name, trouble), vec![stands]];
    if let Outcome::Degraded { stays: Stays::Lost(trouble) | Stays::Failed(trouble), .. } =
        &run.outcome
    {
        all.push(tell(&name, trouble));
    }
    all
}

fn undone(name: &str, left: &[String]) -> Option<Vec<Line>> {
    let words = format!("{name}: {}; the next sync carries on", left.join(", "));
    let line = Line::of(Style::Odd, "not done: ").with(Style::Plain, words);
    (!left.is_empty()).then(|| vec![line])
}

/// What is said, to be sent to another process.
pub fn said_value(said: &[Said], ended: Ended) -> Value {
    let line = |line: &Line| -> Value {
        line.spans().iter().map(|span| json!([span.style.word(), span.text()])).collect()
    };
    let part = |part: &Said| match part {
        Said::Data(lines) => json!({ "data": lines.iter().map(line).collect::<Vec<_>>() }),
        Said::Aside(lines) => json!({ "aside": lines.iter().map(line).collect::<Vec<_>>() }),
        Said::Raw(text) => json!({ "raw": text }),
    };
    json!({ "said": said.iter().map(part).collect::<Vec<_>>(), "exit": ended.code() })
}

/// What another process said.
pub fn said_of(value: &Value) -> Option<(Vec<Said>, Ended)> {
    let lines = |value: &Value| -> Option<Vec<Line>> {
        let span = |line: Line, span: &Value| {
            Some(line.with(Style::parse(span.get(0)?.as_str()?), span.get(1)?.as_str()?))
        };
        let line = |value: &Value| value.as_array()?.iter().try_fold(Line::default(), span);
        value.as_array()?.iter().map(line).collect()
    };
    let part = |part: &Value| {
        if let Some(text) = part.get("raw") {
            return Some(Said::Raw(text.as_str()?.to_owned()));
        }
        match part.get("data") {
            Some(data) => lines(data).map(Said::Data),
            None => lines(part.get("aside")?).map(Said::Aside),
        }
    };
    let said = value.get("said")?.as_array()?.iter().map(part).collect::<Option<_>>()?;
    Some((said, Ended::of(value.get("exit")?.as_u64()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_arrives_as_it_was_said() {
        let line = Line::of(Style::Bad, "failed").with(Style::Hint, " here").with(Style::Plain, "");
        let said = vec![
            Said::Data(vec![line.clone(), Line::default()]),
            Said::Raw("{}\n".to_owned()),
            Said::Aside(vec![line]),
        ];
        let sent = said_value(&said, Ended::OutOfSync).to_string();
        let arrived = said_of(&serde_json::from_str(&sent).unwrap());
        assert_eq!(arrived, Some((said, Ended::OutOfSync)));
        assert_eq!(said_of(&json!({ "said": [{}], "exit": 0 })), None);
    }

    #[test]
    fn a_pass_over_nothing_says_so() {
        let view = PassView::default();
        assert_eq!(view.sync(Form::Human), (vec![Said::Aside(Vec::new())], Ended::Done));
        let [Said::Aside(lines)] = &*view.warnings() else { panic!("one warning") };
        assert_eq!(lines[0].text(), "warning: there is no stack for this host");
    }
}
