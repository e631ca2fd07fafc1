//! Runs and their operations.

use std::time::Duration;

use super::*;

#[test]
fn a_run_is_kept_with_its_operations_and_their_causes() {
    let (_directory, _path, journal) = fresh();
    let run = run_once(&journal, "blog", 'a', NOW);
    let kept = journal.run(run).unwrap().unwrap();
    assert_eq!((kept.trigger.as_str(), kept.caller.as_str()), ("command", "alice"));
    assert_eq!(kept.commit.unwrap().author, "Alice");
    assert_eq!((kept.took, kept.done), (Some(Duration::from_millis(1500)), 1));
    let operations = journal.operations(run).unwrap();
    let [only] = &operations[..] else { panic!("{operations:?}") };
    assert_eq!(only.operation, create("web", "image digest changed"));
    assert_eq!((only.verdict, only.took), (Some(Verdict::Done), Some(Duration::from_millis(420))));
}

#[test]
fn a_run_that_was_killed_is_noticed_by_the_next() {
    let (_directory, path, journal) = fresh();
    let run = journal.begin_run(&new_run("blog", &commit('a'), NOW)).unwrap();
    journal.begin_operation((run, 0), &create("db", "no container"), NOW).unwrap();
    journal.end_operation((run, 0), &done(10)).unwrap();
    journal.begin_operation((run, 1), &create("web", "no container"), NOW).unwrap();
    drop(journal);
    let journal = open(&path);
    assert_eq!(journal.run(run).unwrap().unwrap().ended, None);
    assert_eq!(journal.close_interrupted(NOW + 60).unwrap(), 1);
    assert_eq!(journal.close_interrupted(NOW + 61).unwrap(), 0);
    let kept = journal.run(run).unwrap().unwrap();
    assert_eq!((kept.outcome.as_deref(), kept.done), (Some("interrupted"), 1));
    let verdicts: Vec<_> =
        journal.operations(run).unwrap().iter().map(|operation| operation.verdict).collect();
    assert_eq!(verdicts, [Some(Verdict::Done), None]);
}

#[test]
fn runs_are_found_by_stack_newest_first() {
    let (_directory, _path, journal) = fresh();
    for (project, letter) in [("blog", 'a'), ("shop", 'a'), ("blog", 'b')] {
        run_once(&journal, project, letter, NOW);
    }
    let check = |selection: &Selection| told(&journal.runs(selection).unwrap());
    insta::assert_snapshot!(check(&all("blog")), @"
    3 blog bbbbbbbbbbbb changed +0
    1 blog aaaaaaaaaaaa changed +0
    ");
    insta::assert_snapshot!(check(&all("stacks/shop/")), @"2 shop aaaaaaaaaaaa changed +0");
    let newest = Selection { limit: Some(1), ..Selection::default() };
    insta::assert_snapshot!(check(&newest), @"3 blog bbbbbbbbbbbb changed +0");
    let elsewhere = Selection { engine: EngineName::parse("other").ok(), ..Selection::default() };
    assert_eq!(check(&elsewhere), "");
    assert_eq!(journal.last_run(&key("blog")).unwrap().unwrap().id, RunId(3));
}

#[test]
fn the_same_refusal_over_and_over_is_one_row() {
    let (_directory, _path, journal) = fresh();
    let refuse = |letter, error: &str| {
        let blocked = End { trouble: Some(trouble(error)), done: 0, ..end("blocked", NOW) };
        journal.note_run(&new_run("blog", &commit(letter), NOW), &blocked).unwrap();
    };
    refuse('a', "cannot decrypt");
    refuse('a', "cannot decrypt");
    refuse('a', "cannot decrypt");
    refuse('a', "cannot render");
    refuse('b', "cannot render");
    run_once(&journal, "blog", 'b', NOW);
    refuse('b', "cannot render");
    insta::assert_snapshot!(told(&journal.runs(&all("blog")).unwrap()), @"
    5 blog bbbbbbbbbbbb blocked +0 cannot render
    4 blog bbbbbbbbbbbb changed +0
    3 blog bbbbbbbbbbbb blocked +0 cannot render
    2 blog aaaaaaaaaaaa blocked +0 cannot render
    1 blog aaaaaaaaaaaa blocked +2 cannot decrypt
    ");
}

#[test]
fn what_went_wrong_is_kept_without_the_lines_of_a_file() {
    let (directory, _path, journal) = fresh();
    let blocked = End { trouble: Some(trouble("cannot render")), ..end("blocked", NOW) };
    let run = journal.note_run(&new_run("blog", &commit('a'), NOW), &blocked).unwrap();
    let kept = journal.run(run).unwrap().unwrap().trouble.unwrap();
    assert_eq!(kept.causes, ["the registry says no"]);
    assert_eq!(kept.hint.as_deref(), Some("ask it again"));
    for entry in std::fs::read_dir(directory.path().join("state")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"));
    }
}

#[test]
fn the_last_replacement_of_a_service_is_the_run_that_created_it() {
    let (_directory, _path, journal) = fresh();
    let made = run_once(&journal, "blog", 'a', NOW);
    let later = journal.begin_run(&new_run("blog", &commit('b'), NOW + 9)).unwrap();
    let restart = NewOperation { verb: "start".to_owned(), ..create("web", "not running") };
    journal.begin_operation((later, 0), &restart, NOW + 9).unwrap();
    journal.end_operation((later, 0), &done(1)).unwrap();
    let failed = Ended { verdict: Verdict::Failed, ..done(1) };
    journal.begin_operation((later, 1), &create("web", "image changed"), NOW + 9).unwrap();
    journal.end_operation((later, 1), &failed).unwrap();
    let found = journal.last_replacement(&key("blog"), &web()).unwrap();
    assert_eq!(found.iter().map(|operation| operation.run).collect::<Vec<_>>(), [made]);
    assert_eq!(journal.last_replacement(&key("shop"), &web()).unwrap(), []);
}

#[test]
fn history_is_bounded_by_age_and_the_last_run_of_each_stack_stays() {
    let (_directory, _path, journal) = fresh();
    for (project, day) in [("shop", 1), ("blog", 2), ("blog", 40), ("blog", 100)] {
        run_once(&journal, project, 'a', day * 86_400);
    }
    let bounds = Bounds { age: Duration::from_hours(90 * 24), size: u64::MAX };
    journal.keep_within(bounds, 101 * 86_400).unwrap();
    let runs = journal.runs(&Selection::default()).unwrap();
    insta::assert_snapshot!(told(&runs), @"
    4 blog aaaaaaaaaaaa changed +0
    3 blog aaaaaaaaaaaa changed +0
    1 shop aaaaaaaaaaaa changed +0
    ");
    assert_eq!(journal.operations(RunId(2)).unwrap(), []);
    assert_eq!(journal.operations(RunId(3)).unwrap().len(), 1);
}

#[test]
fn history_is_bounded_by_size_and_the_file_shrinks() {
    let (_directory, path, journal) = fresh();
    for number in 0..1000 {
        let mut run = new_run("blog", &commit('a'), NOW + number);
        run.caller = "x".repeat(1000);
        let run = journal.begin_run(&run).unwrap();
        journal.end_run(run, &end("changed", NOW + number)).unwrap();
    }
    let bounds = Bounds { age: Duration::from_hours(24), size: 600_000 };
    journal.keep_within(bounds, NOW).unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() <= 600_000);
    let left = journal.runs(&Selection::default()).unwrap();
    assert_eq!(left.first().unwrap().id, RunId(1000));
    assert!((100..1000).contains(&left.len()), "{}", left.len());
}

#[test]
fn a_second_process_reads_while_the_first_one_writes() {
    let (_directory, path, journal) = fresh();
    let run = journal.begin_run(&new_run("blog", &commit('a'), NOW)).unwrap();
    let reader = Journal::read(&path).unwrap();
    assert_eq!(reader.run(run).unwrap().unwrap().ended, None);
    journal.end_run(run, &end("changed", NOW)).unwrap();
    assert_eq!(reader.run(run).unwrap().unwrap().ended, Some(NOW));
    assert!(reader.end_run(run, &end("changed", NOW)).is_err(), "it must not write");
}

#[test]
fn writers_wait_for_each_other() {
    let (_directory, path, _journal) = fresh();
    std::thread::scope(|scope| {
        for project in ["a", "b", "c", "d"] {
            let path = &path;
            scope.spawn(move || {
                let journal = open(path);
                for _ in 0..25 {
                    run_once(&journal, project, 'a', NOW);
                }
            });
        }
    });
    assert_eq!(open(&path).runs(&Selection::default()).unwrap().len(), 100);
}
