//! When and why the containers of a service were last replaced.

use serde_json::{Value, json};

use super::history::{Open, operation, operations_text, outcome, revision, value};
use super::line::{Line, Style};
use super::moment::moment;
use super::status::{health, state};
use super::trouble::{SCHEMA, pretty};
use crate::journal::{OperationRecord, Run, Verdict};
use crate::model::labels;
use crate::model::observed::Container;

/// What is known about a service.
#[derive(Debug, Clone, Copy)]
pub struct WhyView<'a> {
    /// The project.
    pub project: &'a str,
    /// The service.
    pub service: &'a str,
    /// Its containers as they are; empty when there is none, or when the engine could not be asked.
    pub containers: &'a [Container],
    /// The last run that made one of them anew, and what it did to the service.
    pub replaced: Option<(&'a Run, &'a [OperationRecord])>,
    /// When inputs were last applied by signal or restart, by container ID.
    pub applied: &'a [(String, i64)],
}

/// How much later than the run's own times a container may be made and still be that run's: clocks and rounding.
const LEEWAY: i64 = 5;

/// In words.
pub fn why_text(view: &WhyView<'_>) -> Vec<Line> {
    let mut lines: Vec<Line> =
        view.containers.iter().flat_map(|container| about(view, container)).collect();
    if view.containers.is_empty() {
        let text = format!("service {} of {} has no container", view.service, view.project);
        lines.push(Line::of(Style::Plain, text));
    }
    let Some((run, operations)) = view.replaced else {
        lines.push(Line::of(
            Style::Plain,
            "the journal does not know of a run that made it: it was made by somebody else, or longer ago than the journal reaches",
        ));
        return lines;
    };
    lines.push(Line::default());
    let causes = causes(operations);
    lines.push(
        Line::of(Style::Plain, "last made anew by run ")
            .with(Style::Strong, run.id.to_string())
            .with(Style::Plain, format!(" on {}: ", moment(run.started)))
            .with(Style::Strong, causes.join("; ")),
    );
    let facts = [
        format!("asked by {} ({})", run.caller, run.trigger),
        format!("revision {}", revision(run)),
        format!("the run: {}", outcome(run, Open::Killed).1),
    ];
    lines.extend(facts.map(|fact| Line::of(Style::Plain, format!("   {fact}"))));
    lines.push(Line::default());
    lines.extend(operations_text(operations));
    lines
}

/// One container as it is, and whether the run that is told next made it.
fn about(view: &WhyView<'_>, container: &Container) -> Vec<Line> {
    let (revision, health) = (container.label(labels::REVISION), health(container));
    let at = if revision.is_empty() {
        ", not by Conductor".to_owned()
    } else {
        let revision = crate::model::revision::Revision::from(revision.to_owned());
        format!(" at revision {}", revision.short())
    };
    let mut lines = vec![
        Line::of(Style::Strong, &container.name)
            .with(Style::Plain, format!(": {}, ", state(container)))
            .with(health.style(), health.word())
            .with(Style::Plain, format!("; made {}{at}", moment(container.created))),
    ];
    if view.replaced.is_some_and(|(run, _)| !made_by(run, container)) {
        lines.push(Line::of(Style::Odd, "   not made by the run below"));
    }
    let later = container.created.saturating_add(LEEWAY);
    let mut applied = view.applied.iter().filter(|(_, when)| *when > later);
    if let Some((_, when)) = applied.find(|(id, _)| *id == container.id) {
        let text = format!("   inputs were applied without making it anew on {}", moment(*when));
        lines.push(Line::of(Style::Plain, text));
    }
    lines
}

/// Whether a container was made while the run ran.
fn made_by(run: &Run, container: &Container) -> bool {
    let until = run.ended.unwrap_or(i64::MAX).saturating_add(LEEWAY);
    (run.started - LEEWAY..=until).contains(&container.created)
}

/// Why containers were created, each cause once.
fn causes(operations: &[OperationRecord]) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let made = operations.iter().filter(|record| {
        record.operation.verb == "create" && record.verdict == Some(Verdict::Done)
    });
    for record in made {
        if !causes.contains(&record.operation.cause) {
            causes.push(record.operation.cause.clone());
        }
    }
    causes
}

/// For programs.
pub fn why_json(view: &WhyView<'_>) -> String {
    let container = |container: &Container| -> Value {
        let applied = view.applied.iter().find(|(id, _)| *id == container.id);
        json!({
            "id": container.id,
            "name": container.name,
            "state": state(container),
            "health": health(container).word(),
            "created": container.created,
            "revision": container.labels.get(labels::REVISION),
            "made_by_run": view.replaced.map(|(run, _)| made_by(run, container)),
            "inputs_applied": applied.map(|(_, when)| when),
        })
    };
    pretty(&json!({
        "schema": SCHEMA,
        "project": view.project,
        "service": view.service,
        "containers": view.containers.iter().map(container).collect::<Vec<_>>(),
        "causes": view.replaced.map(|(_, operations)| causes(operations)),
        "run": view.replaced.map(|(run, _)| value(run, Open::Killed)),
        "operations": view.replaced.map(|(_, operations)| {
            operations.iter().map(operation).collect::<Vec<_>>()
        }),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::history::tests::{operations, run};
    use super::*;
    use crate::model::observed::ContainerState;

    fn container(created: i64) -> Container {
        Container {
            id: "c1".to_owned(),
            name: "blog-web-1".to_owned(),
            state: ContainerState::Running,
            labels: [(labels::REVISION.to_owned(), "3f2a1b0c9d8e7f6a5b4c".to_owned())].into(),
            created,
            ..Container::default()
        }
    }

    fn check(containers: &[Container], known: bool) -> String {
        let (run, operations) = (run(), operations());
        let view = WhyView {
            project: "blog",
            service: "web",
            containers,
            replaced: known.then_some((&run, &operations[..])),
            applied: &[("c1".to_owned(), 1_795_268_800)],
        };
        why_text(&view).iter().map(Line::text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_cause_is_told_with_the_run_and_the_revision() {
        insta::assert_snapshot!(check(&[container(1_795_268_702)], true), @r#"
        blog-web-1: running, healthy; made 2026-11-21 13:45:02Z at revision 3f2a1b0c9d8e
           inputs were applied without making it anew on 2026-11-21 13:46:40Z

        last made anew by run 12 on 2026-11-21 13:45:00Z: image digest changed
           asked by alice (command)
           revision 3f2a1b0c9d8e "web: a newer one" by Alice, 2026-11-21 13:40:00Z
           the run: changed

           create  blog-web-1  image digest changed  420 ms  done
           start   blog-web-1  just created          420 ms  unfinished
        "#);
    }

    #[test]
    fn a_container_that_somebody_else_made_is_told() {
        let text = check(&[container(1_795_300_000)], true);
        assert!(text.contains("not made by the run below"), "{text}");
        let foreign = Container { labels: [].into(), ..container(1) };
        insta::assert_snapshot!(check(&[foreign], false), @"
        blog-web-1: running, healthy; made 1970-01-01 00:00:01Z, not by Conductor
           inputs were applied without making it anew on 2026-11-21 13:46:40Z
        the journal does not know of a run that made it: it was made by somebody else, or longer ago than the journal reaches
        ");
    }

    #[test]
    fn a_service_without_a_container_still_has_a_history() {
        let text = check(&[], true);
        assert!(text.starts_with("service web of blog has no container\n"), "{text}");
        assert!(text.contains("image digest changed"), "{text}");
    }
}
