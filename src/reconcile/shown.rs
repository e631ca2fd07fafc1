//! One plan to show, where a run carried out several.

use std::collections::BTreeMap;

use crate::apply::Report;
use crate::plan::{OpId, Operation, Plan};

/// The operations of one plan, and behind them those of another.
pub(super) fn followed_by(first: &Plan, then: &Plan) -> Plan {
    let offset = first.operations.len();
    let shift = |id: OpId| OpId(id.0 + offset);
    let shifted = then.operations.iter().map(|operation| Operation {
        id: shift(operation.id),
        after: operation.after.iter().copied().map(shift).collect(),
        ..operation.clone()
    });
    Plan {
        operations: first.operations.iter().cloned().chain(shifted).collect(),
        notes: then.notes.clone(),
    }
}

/// The operations of one plan, and those of another when all of them are done.
pub(super) fn in_turn(first: &Plan, then: &Plan) -> Plan {
    let all: Vec<OpId> = first.operations.iter().map(|operation| operation.id).collect();
    let mut both = followed_by(first, then);
    for operation in both.operations.iter_mut().skip(all.len()) {
        operation.after.extend(&all);
        operation.after.sort();
    }
    Plan { notes: [first.notes.clone(), then.notes.clone()].concat(), ..both }
}

/// What was shown, whose last operations are those of `plan`, with `next` in the place of what `plan` did not come to.
pub(super) fn redone(shown: &Plan, (plan, report): (&Plan, &Report), next: &Plan) -> Plan {
    let before = shown.operations.len().saturating_sub(plan.operations.len());
    let failed = report.failed.iter().map(|(id, _)| *id);
    let undone: Vec<OpId> =
        report.left.iter().copied().chain(failed).map(|id| OpId(id.0 + before)).collect();
    let kept: Vec<&Operation> =
        shown.operations.iter().filter(|operation| !undone.contains(&operation.id)).collect();
    let places: BTreeMap<OpId, OpId> =
        kept.iter().enumerate().map(|(place, operation)| (operation.id, OpId(place))).collect();
    let renumbered = kept.iter().enumerate().map(|(place, operation)| Operation {
        id: OpId(place),
        after: operation.after.iter().filter_map(|id| places.get(id).copied()).collect(),
        ..(*operation).clone()
    });
    let kept = Plan { operations: renumbered.collect(), notes: Vec::new() };
    followed_by(&kept, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Blame;
    use crate::model::failure::Disposition;
    use crate::model::outcome::Trouble;
    use crate::plan::{Action, Cause};

    /// A plan whose operations come one after the other.
    fn plan(names: &str) -> Plan {
        let operation = |(place, name): (usize, &str)| Operation {
            id: OpId(place),
            action: Action::StartContainer { name: name.to_owned() },
            service: None,
            cause: Cause::Created,
            after: place.checked_sub(1).map(OpId).into_iter().collect(),
        };
        let operations = names.split_whitespace().enumerate().map(operation).collect();
        Plan { operations, notes: Vec::new() }
    }

    /// Each operation with those that it comes after.
    fn told(plan: &Plan) -> String {
        let line = |(place, operation): (usize, &Operation)| {
            assert_eq!(operation.id, OpId(place));
            let after: Vec<String> = operation.after.iter().map(|id| id.0.to_string()).collect();
            format!("{}<{}", operation.action.subject(), after.join(","))
        };
        plan.operations.iter().enumerate().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_was_not_come_to_gives_way_to_what_was_planned_anew() {
        let trouble = Trouble {
            error: "no".to_owned(),
            causes: Vec::new(),
            excerpt: None,
            hint: None,
            disposition: Disposition::WaitForChange,
        };
        let report = Report {
            done: 1,
            failed: Some((OpId(1), trouble)),
            left: vec![OpId(2)],
            outdated: true,
            blame: Blame::Host,
        };
        let first = plan("a b c");
        let shown = followed_by(&plan("pull"), &first);
        assert_eq!(told(&shown), "pull< a< b<1 c<2");
        let again = redone(&shown, (&first, &report), &plan("d e"));
        assert_eq!(told(&again), "pull< a< d< e<2");
    }
}
