//! What differs, line by line.

use std::collections::BTreeSet;

use super::super::{Before, DiffLine, diff, plan};
use super::stack::stack;
use super::world::{World, options};

fn paths(secrets: &[&str]) -> BTreeSet<Vec<String>> {
    secrets.iter().map(|path| path.split('.').map(str::to_owned).collect()).collect()
}

/// The diff between two projects in words, the second with these secrets.
fn check(was: &str, is: &str, secrets: &[&str]) -> String {
    told((was, is), secrets, None)
}

/// The same, with what is known of an earlier revision and its secrets.
fn told((was, is): (&str, &str), secrets: &[&str], before: Option<(&str, &[&str])>) -> String {
    let (world, desired) = (World::with(&stack(was)), stack(is));
    let plan = plan(&desired, &world.observed, &options()).unwrap();
    let secrets = paths(secrets);
    let before = before.map(|(text, secrets)| (stack(text), paths(secrets)));
    let before = before.as_ref().map(|(desired, secret_paths)| Before { desired, secret_paths });
    let mut text = String::new();
    for diff in diff(&desired, &world.observed, &plan, &secrets, before) {
        text.push_str(&format!("{}\n", diff.title));
        for line in diff.lines {
            text.push_str(&match line {
                DiffLine::Same(line) => format!("  {line}\n"),
                DiffLine::Old(line) => format!("- {line}\n"),
                DiffLine::New(line) => format!("+ {line}\n"),
                DiffLine::Gap => "...\n".to_owned(),
            });
        }
    }
    text
}

#[test]
fn new_values_are_shown_and_old_ones_only_where_they_cannot_have_been_secret() {
    insta::assert_snapshot!(check("web env.A=one env.B=x vol=a:/data", "web env.A=two env.C=y vol=b:/data", &[]), @r"
    service web
    - volumes: volume p_a:/data:rw
    + volumes: volume p_b:/data:rw
    - environment.A: (another value)
    + environment.A: two
    - environment.B: (another value)
    + environment.C: y
    ");
}

#[test]
fn what_came_out_of_an_encrypted_file_is_hidden() {
    let diff =
        check("web env.A=one", "web env.A=two secret=pw:new", &["services.web.environment.A"]);
    insta::assert_snapshot!(diff, @r"
    service web
    - environment.A: (another value)
    + environment.A: ***
    ");
}

#[test]
fn old_values_are_shown_where_the_last_good_revision_has_them_in_plain_text() {
    let (was, is) = ("web env.A=one env.B=two env.C=three", "web env.A=1 env.B=2 env.C=3");
    let secret = "services.web.environment.B";
    insta::assert_snapshot!(told((was, is), &[], Some(("web env.A=one env.B=two env.C=x", &[secret]))), @r"
    service web
    - environment.A: one
    + environment.A: 1
    - environment.B: (another value)
    + environment.B: 2
    - environment.C: (another value)
    + environment.C: 3
    ");
    // One that becomes a secret now is hidden, too.
    insta::assert_snapshot!(told(("web env.A=one", "web env.A=1"), &["services.web.environment.A"], Some(("web env.A=one", &[]))), @r"
    service web
    - environment.A: ***
    + environment.A: ***
    ");
}

#[test]
fn changed_lines_of_a_file_are_shown_with_those_around_them() {
    let was = "web file=x.conf:1\\n2\\n3\\n4\\n5\\n6\\n7";
    let lines = |text: &str| text.replace("\\n", "\n");
    let (mut before, mut after) =
        (stack(was), stack("web file=x.conf:1\\n2\\n3\\nfour\\n5\\n6\\n7"));
    for desired in [&mut before, &mut after] {
        for file in desired.files.values_mut() {
            if let crate::model::desired::Contents::Plain(bytes) = &mut file.contents {
                *bytes = lines(std::str::from_utf8(bytes).unwrap()).into_bytes();
            }
        }
    }
    let world = World::with(&before);
    let plan = plan(&after, &world.observed, &options()).unwrap();
    let diffs = diff(&after, &world.observed, &plan, &BTreeSet::new(), None);
    assert_eq!(diffs[0].title, "file x.conf");
    let same = |text: &str| DiffLine::Same(text.to_owned());
    let wanted = [
        DiffLine::Gap,
        same("2"),
        same("3"),
        DiffLine::Old("4".to_owned()),
        DiffLine::New("four".to_owned()),
        same("5"),
        same("6"),
        DiffLine::Gap,
    ];
    assert_eq!(diffs[0].lines, wanted);
}
