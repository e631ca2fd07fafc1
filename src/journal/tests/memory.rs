//! What is remembered about stacks, containers and sources.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

pub(super) fn good(letter: char) -> LastGood {
    let image = PinnedImage { reference: "nginx:1".to_owned(), id: "sha256:1".to_owned() };
    let inputs = BTreeMap::from([("file ./nginx.conf".to_owned(), "d1".to_owned())]);
    LastGood {
        source: SourceName::parse("home").ok(),
        stack: PathBuf::from("stacks/blog"),
        revision: commit(letter),
        fingerprint: "1:f".to_owned(),
        images: BTreeMap::from([(web(), image)]),
        inputs: BTreeMap::from([(web(), inputs)]),
        at: NOW,
    }
}

pub(super) fn bad(letter: char, fingerprint: &str, at: i64) -> BadRevision {
    BadRevision {
        revision: commit(letter),
        fingerprint: fingerprint.to_owned(),
        reason: "`web` did not become healthy".to_owned(),
        run: Some(RunId(1)),
        at,
    }
}

#[test]
fn the_last_good_revision_outlives_the_process() {
    let (_directory, path, journal) = fresh();
    assert_eq!(journal.last_good(&key("blog")).unwrap(), None);
    journal.set_last_good(&key("blog"), &good('a')).unwrap();
    journal.set_last_good(&key("blog"), &good('b')).unwrap();
    drop(journal);
    let journal = open(&path);
    assert_eq!(journal.last_good(&key("blog")).unwrap(), Some(good('b')));
    assert_eq!(journal.last_good(&key("shop")).unwrap(), None);
    let all = journal.all_good(&key("blog").engine).unwrap();
    assert_eq!(all, [(key("blog").project, good('b'))]);
}

#[test]
fn the_good_revision_before_is_kept_where_it_was_made_from_something_else() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    let made_from = |letter: char, fingerprint: &str| LastGood {
        fingerprint: fingerprint.to_owned(),
        ..good(letter)
    };
    journal.set_last_good(&blog, &made_from('a', "1")).unwrap();
    assert_eq!(journal.earlier_good(&blog).unwrap(), None);
    journal.set_last_good(&blog, &made_from('b', "2")).unwrap();
    // The same in another commit.
    journal.set_last_good(&blog, &made_from('c', "2")).unwrap();
    assert_eq!(journal.earlier_good(&blog).unwrap(), Some(made_from('a', "1")));
    // Back to the one before: what was left takes its place.
    journal.set_last_good(&blog, &made_from('a', "1")).unwrap();
    assert_eq!(journal.last_good(&blog).unwrap(), Some(made_from('a', "1")));
    assert_eq!(journal.earlier_good(&blog).unwrap(), Some(made_from('c', "2")));
    assert_eq!(journal.all_good(&blog.engine).unwrap().len(), 2);
    journal.forget_good(&blog).unwrap();
    assert_eq!(journal.all_good(&blog.engine).unwrap(), []);
}

#[test]
fn starts_of_what_had_ended_are_remembered_for_a_day() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    for at in [NOW, NOW + 5, NOW + 20 * 3_600] {
        journal.note_heal(&blog, "blog-web-1", at).unwrap();
    }
    journal.note_heal(&key("shop"), "shop-web-1", NOW).unwrap();
    let times = |of: &[i64]| BTreeMap::from([("blog-web-1".to_owned(), of.to_vec())]);
    assert_eq!(journal.heals(&blog).unwrap(), times(&[NOW, NOW + 5, NOW + 20 * 3_600]));
    journal.note_heal(&blog, "blog-web-1", NOW + 24 * 3_600 + 6).unwrap();
    assert_eq!(journal.heals(&blog).unwrap(), times(&[NOW + 20 * 3_600, NOW + 24 * 3_600 + 6]));
}

#[test]
fn images_that_runs_brought_are_remembered_by_stack() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    let image = |id: &str, project: &str, at| PulledImage {
        id: id.to_owned(),
        project: key(project).project,
        reference: "nginx:1".to_owned(),
        at,
    };
    let all = [image("sha256:2", "blog", NOW), image("sha256:1", "blog", NOW + 1)];
    journal.note_pulled(&blog.engine, &all).unwrap();
    journal.note_pulled(&blog.engine, &[image("sha256:3", "shop", NOW)]).unwrap();
    assert_eq!(journal.images(&blog).unwrap().pulled, all);
    journal.forget_pulled(&blog.engine, "sha256:2").unwrap();
    assert_eq!(journal.images(&blog).unwrap().pulled, [image("sha256:1", "blog", NOW + 1)]);
}

#[test]
fn a_bad_revision_is_bad_with_its_fingerprint_until_a_person_forgives() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    journal.note_bad(&blog, &bad('a', "1", NOW)).unwrap();
    journal.note_bad(&blog, &bad('b', "1", NOW + 1)).unwrap();
    let known = |letter, fingerprint: &str| {
        journal.bad_revision(&blog, &commit(letter), fingerprint).unwrap().is_some()
    };
    assert!(known('a', "1") && known('b', "1"));
    assert!(!known('a', "2") && !known('c', "1"));
    assert_eq!(journal.bad_revisions(&blog).unwrap()[0], bad('b', "1", NOW + 1));
    assert_eq!(journal.forgive(&key("shop")).unwrap(), 0);
    assert_eq!(journal.forgive(&blog).unwrap(), 2);
    assert_eq!(journal.bad_revisions(&blog).unwrap(), []);
}

#[test]
fn a_suspension_says_who_and_why() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    let suspension =
        Suspension { who: "alice".to_owned(), reason: Some("moving house".to_owned()), at: NOW };
    journal.suspend(&blog, &suspension).unwrap();
    let known = journal.suspensions(&blog.engine).unwrap();
    assert_eq!(known, BTreeMap::from([(blog.project.clone(), suspension)]));
    assert!(journal.resume(&blog).unwrap());
    assert!(!journal.resume(&blog).unwrap());
    assert_eq!(journal.suspensions(&blog.engine).unwrap(), BTreeMap::new());
}

#[test]
fn what_containers_have_been_through_is_forgotten_with_them() {
    let (_directory, _path, journal) = fresh();
    let blog = key("blog");
    let inputs = BTreeMap::from([("config app".to_owned(), "d2".to_owned())]);
    let applied = AppliedInputs { service: web(), inputs, at: NOW };
    let stopped = StoppedByHand { name: "blog-web-1".to_owned(), at: NOW };
    journal.note_applied(&blog, "c1", &applied).unwrap();
    journal.note_applied(&blog, "c2", &applied).unwrap();
    journal.note_stopped(&blog, "c2", &stopped).unwrap();
    journal.note_stopped(&blog, "c3", &stopped).unwrap();
    let alive = BTreeSet::from(["c2".to_owned()]);
    journal.keep_containers(&blog.engine, &alive).unwrap();
    let both = |id: &str| BTreeMap::from([(id.to_owned(), applied.clone())]);
    assert_eq!(journal.applied_inputs(&blog).unwrap(), both("c2"));
    let known = BTreeMap::from([("c2".to_owned(), stopped)]);
    assert_eq!(journal.stopped_by_hand(&blog).unwrap(), known);
    journal.forget_stopped("c2").unwrap();
    assert_eq!(journal.stopped_by_hand(&blog).unwrap(), BTreeMap::new());
}

#[test]
fn a_new_revision_forgets_who_was_stopped_by_hand() {
    let (_directory, _path, journal) = fresh();
    let stopped = StoppedByHand { name: "web".to_owned(), at: NOW };
    journal.note_stopped(&key("blog"), "c1", &stopped).unwrap();
    journal.note_stopped(&key("shop"), "c2", &stopped).unwrap();
    journal.forget_all_stopped(&key("blog")).unwrap();
    assert_eq!(journal.stopped_by_hand(&key("blog")).unwrap(), BTreeMap::new());
    assert_eq!(journal.stopped_by_hand(&key("shop")).unwrap().len(), 1);
}

#[test]
fn a_confirmation_is_about_one_revision_of_a_source() {
    let (_directory, _path, journal) = fresh();
    let (engine, home) = (key("blog").engine, SourceName::parse("home").unwrap());
    let word = |letter| Confirmation { revision: commit(letter), who: "alice".to_owned(), at: NOW };
    assert_eq!(journal.prune_confirmation(&engine, &home).unwrap(), None);
    journal.confirm_prune((&engine, &home), &word('a')).unwrap();
    journal.confirm_prune((&engine, &home), &word('b')).unwrap();
    assert_eq!(journal.prune_confirmation(&engine, &home).unwrap(), Some(word('b')));
}

#[test]
fn facts_about_an_engine_are_the_latest() {
    let (_directory, _path, journal) = fresh();
    let engine = key("blog").engine;
    journal.note_fact((&engine, "events until"), "1", NOW).unwrap();
    journal.note_fact((&engine, "events until"), "2", NOW + 1).unwrap();
    let known = journal.fact(&engine, "events until").unwrap();
    assert_eq!(known, Some(("2".to_owned(), NOW + 1)));
    assert_eq!(journal.fact(&engine, "other").unwrap(), None);
}

#[test]
fn without_a_journal_nothing_is_known_and_nothing_fails() {
    let journal = Journal::absent();
    let run = journal.begin_run(&new_run("blog", &commit('a'), NOW)).unwrap();
    journal.end_run(run, &end("changed", NOW)).unwrap();
    journal.set_last_good(&key("blog"), &good('a')).unwrap();
    journal.keep_within(Bounds { age: Duration::ZERO, size: 0 }, NOW).unwrap();
    assert_eq!(journal.runs(&Selection::default()).unwrap(), []);
    assert_eq!(journal.last_good(&key("blog")).unwrap(), None);
}
