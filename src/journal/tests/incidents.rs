//! Incidents.

use super::*;

#[test]
fn an_incident_is_kept_with_its_history_and_only_one_is_open() {
    let (_directory, _path, journal) = fresh();
    let id = journal.open_incident("crashed", NOW).unwrap();
    assert_eq!(journal.open_incident("hung", NOW + 1).unwrap(), id);
    journal.incident_line(id, NOW, "state", "crashed: it ended").unwrap();
    journal.incident_line(id, NOW, "remedy", "start Docker").unwrap();
    journal.close_incident(id, "crash-loop", NOW + 9).unwrap();
    let next = journal.open_incident("hung", NOW + 20).unwrap();

    let incidents = journal.incidents(10).unwrap();
    assert_eq!(incidents.iter().map(|one| one.id).collect::<Vec<_>>(), [next, id]);
    assert_eq!((incidents[1].state.as_str(), incidents[1].ended), ("crash-loop", Some(NOW + 9)));
    let lines = journal.incident_lines(id).unwrap();
    assert_eq!(lines[1].text, "start Docker");
    assert_eq!(journal.incidents(1).unwrap().len(), 1);
}

#[test]
fn without_a_journal_there_are_no_incidents() {
    let journal = Journal::absent();
    let id = journal.open_incident("hung", NOW).unwrap();
    journal.incident_line(id, NOW, "state", "hung").unwrap();
    assert!(journal.incidents(10).unwrap().is_empty());
}
