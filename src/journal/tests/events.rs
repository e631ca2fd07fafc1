//! What happened beside runs.

use super::*;

fn event(at: i64, kind: &'static str, project: Option<&str>, text: &str) -> NewEvent {
    NewEvent {
        at,
        kind,
        project: project.map(|name| ProjectName::parse(name).unwrap()),
        asker: (kind == "request").then(|| ("webhook", "github at 192.0.2.1".to_owned())),
        text: text.to_owned(),
    }
}

fn told(journal: &Journal, stack: Option<&str>) -> String {
    let selection = Selection { stack: stack.map(str::to_owned), ..Selection::default() };
    let line = |event: EventRecord| {
        let project = event.project.map_or("-".to_owned(), |name| name.to_string());
        let caller = event.caller.unwrap_or("-".to_owned());
        format!("{} {project} {caller} {} +{}\n", event.kind, event.text, event.repeats)
    };
    journal.events(&selection).unwrap().into_iter().map(line).collect()
}

#[test]
fn events_come_back_the_latest_first_and_what_repeats_is_counted() {
    let (_directory, path, journal) = fresh();
    let engine = key("blog").engine;
    let mut events = vec![event(NOW, "health", Some("blog"), "healthy -> degraded")];
    events.extend((0..50).map(|number| event(NOW + number, "request", None, "sync of all")));
    events.push(event(NOW + 60, "drift", Some("shop"), "shop-web-1"));
    journal.note_events(&engine, &events).unwrap();
    journal.note_events(&engine, &[event(NOW + 61, "drift", Some("shop"), "shop-web-1")]).unwrap();
    insta::assert_snapshot!(told(&journal, None), @r"
    drift shop - shop-web-1 +1
    request - github at 192.0.2.1 sync of all +49
    health blog - healthy -> degraded +0
    ");
    assert_eq!(told(&journal, Some("blog")).lines().count(), 1);
    drop(journal);
    assert_eq!(told(&open(&path), None).lines().count(), 3);
}

#[test]
fn events_are_forgotten_with_age_and_when_the_file_is_too_large() {
    let (_directory, _path, journal) = fresh();
    let engine = key("blog").engine;
    let events: Vec<NewEvent> = (0..3000)
        .map(|number| {
            event(NOW + number, "drift", Some("blog"), &format!("{number} {}", "x".repeat(400)))
        })
        .collect();
    journal.note_events(&engine, &events).unwrap();
    let bounds = Bounds { age: Duration::from_secs(1000), size: u64::MAX };
    journal.keep_within(bounds, NOW + 3000).unwrap();
    assert_eq!(told(&journal, None).lines().count(), 1000);
    let bounds = Bounds { age: Duration::from_hours(24), size: 200 << 10 };
    journal.keep_within(bounds, NOW + 3000).unwrap();
    assert!(told(&journal, None).lines().count() < 500);
}
