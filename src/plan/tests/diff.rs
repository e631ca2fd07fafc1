//! What differs, line by line.

use std::collections::BTreeSet;

use super::super::{DiffLine, diff, plan};
use super::stack::stack;
use super::world::{World, options};

/// The diff between two projects in words, the second with these secrets.
fn check(was: &str, is: &str, secrets: &[&str]) -> String {
    let (world, desired) = (World::with(&stack(was)), stack(is));
    let plan = plan(&desired, &world.observed, &options()).unwrap();
    let secrets: BTreeSet<Vec<String>> =
        secrets.iter().map(|path| path.split('.').map(str::to_owned).collect()).collect();
    let mut text = String::new();
    for diff in diff(&desired, &world.observed, &plan, &secrets) {
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
    let diffs = diff(&after, &world.observed, &plan, &BTreeSet::new());
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
