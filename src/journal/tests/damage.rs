//! Damaged files, full disks, and places where no journal can be.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::*;

/// Everything is in the one file, and nobody has it open.
fn close(journal: Journal) {
    let bounds = Bounds { age: Duration::from_hours(24), size: u64::MAX };
    journal.keep_within(bounds, NOW).unwrap();
    drop(journal);
}

/// The names of the files beside the journal that do not belong to it.
fn others(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["journal.db", "journal.db-wal", "journal.db-shm"].contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_is_no_journal_is_set_aside_and_a_fresh_one_begins() {
    let (_directory, path, journal) = fresh();
    close(journal);
    fs::write(&path, "this is not a database, but it is long enough to look at".repeat(20))
        .unwrap();
    let opened = Journal::open(&path, NOW).unwrap();
    assert_eq!(opened.warnings.len(), 1, "{:?}", opened.warnings);
    assert!(opened.warnings[0].contains("a fresh one begins"), "{:?}", opened.warnings);
    run_once(&opened.journal, "blog", 'a', NOW);
    let kept = others(&path);
    assert!(kept.contains(&"journal.db.damaged-20261121T134500Z".to_owned()), "{kept:?}");
    drop(opened);
    assert_eq!(open(&path).runs(&Selection::default()).unwrap().len(), 1);
}

#[test]
fn damage_that_shows_later_is_told_and_a_fresh_journal_serves_the_same_handle() {
    let (_directory, path, journal) = fresh();
    for number in 0..400 {
        run_once(&journal, "blog", 'a', NOW + number);
    }
    close(journal);
    // The description of the tables stays; the rows do not fit into the same pages.
    let mut bytes = fs::read(&path).unwrap();
    bytes[32 * 4096..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let strict = open(&path);
    let forgiving = strict.clone().forgiving(NOW);
    let damage = strict.runs(&Selection::default()).unwrap_err();
    assert!(damage.is_damage(), "{damage:?}");
    assert_eq!(forgiving.runs(&Selection::default()).unwrap(), []);
    let words = forgiving.words();
    assert!(words.len() == 1 && words[0].contains("damaged-20261121T134500Z"), "{words:?}");
    run_once(&strict, "blog", 'b', NOW);
    assert_eq!(forgiving.runs(&Selection::default()).unwrap().len(), 1);
    assert_eq!(forgiving.words(), Vec::<String>::new());
}

#[test]
fn a_file_that_was_written_over_is_whole_again_as_long_as_its_log_is_there() {
    let (_directory, path, journal) = fresh();
    run_once(&journal, "blog", 'a', NOW);
    drop(journal);
    fs::write(&path, "not a database".repeat(100)).unwrap();
    assert_eq!(open(&path).runs(&Selection::default()).unwrap().len(), 1);
}

#[test]
fn two_damaged_journals_at_the_same_time_are_both_kept() {
    let (_directory, path, journal) = fresh();
    close(journal);
    for _ in 0..2 {
        fs::write(&path, "not a database".repeat(100)).unwrap();
        let opened = Journal::open(&path, NOW).unwrap();
        assert_eq!(opened.warnings.len(), 1);
        close(opened.journal);
    }
    let kept: Vec<String> = others(&path)
        .into_iter()
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    assert_eq!(kept.len(), 2, "{kept:?}");
}

#[test]
fn where_no_journal_can_be_kept_a_run_goes_on_without() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    fs::create_dir(&path).unwrap();
    let opened = Journal::open(&path, NOW).unwrap();
    assert!(opened.journal.is_absent());
    assert_eq!(opened.warnings.len(), 1, "{:?}", opened.warnings);
    assert!(opened.warnings[0].ends_with("going on without a journal"), "{:?}", opened.warnings);
    assert!(path.is_dir(), "nothing of it is moved");
}

#[test]
fn a_full_disk_is_told_apart_from_damage() {
    let (_directory, path, journal) = fresh();
    run_once(&journal, "blog", 'a', NOW);
    {
        let store = journal.store.as_ref().unwrap().connection.lock().unwrap();
        let pages: i64 = store.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.pragma_update_and_check(None, "max_page_count", pages, |_row| Ok(())).unwrap();
    }
    let mut run = new_run("blog", &commit('a'), NOW);
    run.caller = "x".repeat(100_000);
    let error = journal.begin_run(&run).unwrap_err();
    assert!(matches!(error, Error::NoSpace { .. }), "{error:?}");
    assert!(!error.is_damage());
    assert_eq!(journal.runs(&Selection::default()).unwrap().len(), 1);
    let forgiving = journal.forgiving(NOW);
    assert_eq!(forgiving.begin_run(&run).unwrap(), RunId(0));
    assert!(forgiving.words()[0].contains("no space is left"));
    assert_eq!(others(&path), Vec::<String>::new());
}

#[test]
fn nobody_else_can_read_it() {
    let (_directory, path, journal) = fresh();
    run_once(&journal, "blog", 'a', NOW);
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn a_missing_or_empty_file_is_no_journal_to_a_reader() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    assert!(Journal::read(&path).unwrap().is_absent());
    fs::write(&path, "").unwrap();
    assert!(Journal::read(&path).unwrap().is_absent());
    assert!(!directory.path().join("journal.db-wal").exists());
}

#[test]
fn a_file_that_is_taken_away_written_over_or_cut_under_an_open_journal_is_noticed_and_a_fresh_one_goes_on()
 {
    for (what, harm) in [
        (
            "taken away",
            Box::new(|path: &Path| fs::remove_file(path).unwrap()) as Box<dyn Fn(&Path)>,
        ),
        ("written over", Box::new(|path| fs::write(path, "not a database".repeat(1000)).unwrap())),
        (
            "cut",
            Box::new(|path| {
                fs::File::options().write(true).open(path).unwrap().set_len(5000).unwrap();
            }),
        ),
    ] {
        let (_directory, path, journal) = fresh();
        run_once(&journal, "blog", 'a', NOW);
        close(journal.clone());
        let journal = journal.forgiving(NOW);
        journal.look(NOW).unwrap();
        assert_eq!(journal.condition(), Condition::default(), "{what}: nothing happened yet");
        harm(&path);
        journal.look(NOW + 700).unwrap();
        let condition = journal.condition();
        assert_eq!((condition.set_aside, &condition.trouble), (1, &None), "{what}: {condition:?}");
        assert!(condition.last_word.is_some_and(|word| word.contains("the journal `")), "{what}");
        run_once(&journal, "blog", 'b', NOW);
        journal.look(NOW + 1400).unwrap();
        assert_eq!(journal.condition().set_aside, 1, "{what}");
        drop(journal);
        assert_eq!(open(&path).runs(&Selection::default()).unwrap().len(), 1, "{what}");
    }
}

#[test]
fn where_no_fresh_one_can_begin_it_is_tried_again_until_it_can() {
    let (_directory, path, journal) = fresh();
    close(journal.clone());
    let journal = journal.forgiving(NOW);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("in the way"), "").unwrap();
    for _ in 0..3 {
        journal.look(NOW).unwrap();
        assert_eq!(journal.begin_run(&new_run("blog", &commit('a'), NOW)).unwrap(), RunId(0));
    }
    assert!(journal.condition().trouble.is_some(), "{:?}", journal.condition());
    fs::remove_dir_all(&path).unwrap();
    journal.look(NOW).unwrap();
    run_once(&journal, "blog", 'b', NOW);
    assert_eq!(journal.condition().trouble, None);
    assert_eq!(journal.runs(&Selection::default()).unwrap().len(), 1);
}

#[test]
fn that_there_is_room_again_is_found_by_trying() {
    let (_directory, _path, journal) = fresh();
    let limit = |pages: &str| {
        let store = journal.store.as_ref().unwrap().connection.lock().unwrap();
        let count: i64 = store.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        let pages = if pages == "none" { count } else { 1 << 30 };
        store.pragma_update_and_check(None, "max_page_count", pages, |_row| Ok(())).unwrap();
    };
    let forgiving = journal.clone().forgiving(NOW);
    limit("none");
    forgiving.try_out().unwrap();
    let condition = forgiving.condition();
    assert!(condition.trouble.is_some_and(|word| word.contains("no space is left")));
    assert_eq!((condition.failures, condition.set_aside), (1, 0));
    limit("many");
    forgiving.try_out().unwrap();
    assert_eq!(forgiving.condition().trouble, None);
}
