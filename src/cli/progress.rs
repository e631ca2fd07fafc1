//! What is going on, on standard error: drawn where that is a terminal, else a line when something begins.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};

use super::screen::Screen;
use crate::apply;
use crate::docker::PullProgress;
use crate::model::name::{ProjectName, SourceName};
use crate::model::outcome::Trouble;
use crate::plan::Operation;
use crate::reconcile;
use crate::report::{Line, Style};
use crate::source::FetchProgress;

/// How often a drawn line moves.
const TICK: Duration = Duration::from_millis(120);

/// The lines that are being drawn, by what they are about.
#[derive(Debug, Clone)]
pub(super) struct Display {
    screen: Screen,
    tasks: Arc<Mutex<BTreeMap<String, Task>>>,
}

/// Something under way.
#[derive(Debug)]
struct Task {
    line: Line,
    bar: Option<ProgressBar>,
    layers: BTreeMap<String, Layer>,
}

/// A layer of an image that is being pulled.
#[derive(Debug, Clone, Copy, Default)]
struct Layer {
    done: u64,
    total: u64,
}

impl Display {
    /// Nothing yet.
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, tasks: Arc::default() }
    }

    /// Something began; `key` names it until it ends.
    pub(super) fn begin(&self, key: &str, line: Line) {
        let bar = if self.screen.is_live() {
            let bar = self.screen.bars().add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.set_message(self.screen.painted(&line));
            bar.enable_steady_tick(TICK);
            Some(bar)
        } else {
            self.screen.tell(std::slice::from_ref(&line));
            None
        };
        self.tasks().insert(key.to_owned(), Task { line, bar, layers: BTreeMap::new() });
    }

    /// How far it is, in words.
    pub(super) fn note(&self, key: &str, note: &str) {
        if let Some(task) = self.tasks().get(key)
            && let Some(bar) = &task.bar
        {
            let line = task.line.clone().with(Style::Faint, format!("  {note}"));
            bar.set_message(self.screen.painted(&line));
        }
    }

    /// How far a layer of an image is, in bytes.
    pub(super) fn layer(&self, key: &str, layer: &str, done: Option<u64>, total: Option<u64>) {
        let sum = {
            let mut tasks = self.tasks();
            let Some(task) = tasks.get_mut(key) else { return };
            if layer.is_empty() {
                return;
            }
            let known = task.layers.entry(layer.to_owned()).or_default();
            *known = known.advanced(done, total);
            task.layers.values().fold(Layer::default(), |sum, layer| Layer {
                done: sum.done + layer.done,
                total: sum.total + layer.total,
            })
        };
        if sum.total > 0 {
            self.note(key, &format!("{} of {}", DecimalBytes(sum.done), DecimalBytes(sum.total)));
        }
    }

    /// It ended; on a terminal its line stays, with how it went.
    pub(super) fn end(&self, key: &str, end: End) {
        let Some(task) = self.tasks().remove(key) else { return };
        let Some(bar) = task.bar else { return };
        let took = bar.elapsed();
        bar.finish_and_clear();
        self.screen.bars().remove(&bar);
        let (style, mark) = match end {
            End::Done => (Style::Good, "✓ "),
            End::Failed => (Style::Bad, "✗ "),
            End::BrokenOff => (Style::Odd, "- "),
        };
        let mut line = Line::of(style, mark);
        for span in task.line.spans() {
            line = line.with(span.style, span.text());
        }
        if took >= Duration::from_secs(1) {
            line = line.with(Style::Faint, format!("  {:.1} s", took.as_secs_f64()));
        }
        self.screen.tell(&[line]);
    }

    fn is_under_way(&self, key: &str) -> bool {
        self.tasks().contains_key(key)
    }

    fn tasks(&self) -> MutexGuard<'_, BTreeMap<String, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Done,
    /// It failed.
    Failed,
    /// It was not to go on.
    BrokenOff,
}

impl reconcile::Progress for Display {
    fn fetching(&self, source: &SourceName, progress: FetchProgress) {
        let key = format!("fetch {source}");
        if !self.is_under_way(&key) {
            let line = Line::of(Style::Strong, source.as_str()).with(Style::Plain, "  fetch");
            self.begin(&key, line);
        }
        if progress.total_objects > 0 {
            let bytes = DecimalBytes(progress.received_bytes as u64);
            let (received, total) = (progress.received_objects, progress.total_objects);
            self.note(&key, &format!("{received} of {total} objects, {bytes}"));
        }
    }

    fn fetched(&self, source: &SourceName) {
        self.end(&format!("fetch {source}"), End::Done);
    }

    fn project(&self, project: &ProjectName) -> Arc<dyn apply::Progress> {
        Arc::new(Stack { display: self.clone(), project: project.to_string() })
    }
}

/// The operations of one stack, drawn.
#[derive(Debug)]
struct Stack {
    display: Display,
    project: String,
}

impl Stack {
    fn key(&self, operation: &Operation) -> String {
        format!("{} {}", self.project, operation.id.0)
    }
}

impl apply::Progress for Stack {
    fn started(&self, operation: &Operation) {
        let line = Line::of(Style::Strong, &self.project)
            .with(Style::Plain, format!("  {operation}"))
            .with(Style::Faint, format!("  {}", operation.cause));
        self.display.begin(&self.key(operation), line);
    }

    fn finished(&self, operation: &Operation) {
        self.display.end(&self.key(operation), End::Done);
    }

    fn failed(&self, operation: &Operation, _trouble: &Trouble) {
        self.display.end(&self.key(operation), End::Failed);
    }

    fn passed_over(&self, operation: &Operation, trouble: &Trouble) {
        self.display.end(&self.key(operation), End::BrokenOff);
        self.display.screen.warn(&[format!("{}: {}", self.project, trouble.error)]);
    }

    fn broken_off(&self, operation: &Operation) {
        self.display.end(&self.key(operation), End::BrokenOff);
    }

    fn pulling(&self, operation: &Operation, step: &PullProgress) {
        self.display.layer(&self.key(operation), &step.layer, step.current, step.total);
    }

    fn waiting(&self, operation: &Operation, state: &str) {
        self.display.note(&self.key(operation), state);
    }
}

impl Layer {
    /// The layer after a step; one without numbers means that what was under way is complete.
    fn advanced(self, done: Option<u64>, total: Option<u64>) -> Self {
        match (done, total) {
            // Unpacking counts the same bytes again; the first count stays.
            _ if self.total > 0 && self.done == self.total => self,
            (Some(done), total) => {
                let total = total.unwrap_or(self.total).max(done);
                Self { done, total }
            }
            (None, _) => Self { done: self.total, total: self.total },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_counts_its_bytes_once() {
        let check = |steps: &[(Option<u64>, Option<u64>)]| {
            let layer = steps
                .iter()
                .fold(Layer::default(), |layer, (done, total)| layer.advanced(*done, *total));
            (layer.done, layer.total)
        };
        let downloading = [(None, None), (Some(10), Some(100)), (Some(60), Some(100))];
        assert_eq!(check(&downloading), (60, 100));
        let complete = [&downloading[..], &[(None, None)]].concat();
        assert_eq!(check(&complete), (100, 100));
        let unpacking = [&complete[..], &[(Some(5), Some(100))]].concat();
        assert_eq!(check(&unpacking), (100, 100));
    }
}
