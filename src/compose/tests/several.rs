//! Several faults at once, and warnings that are errors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::compose::testing::{FakeKeys, MemoryTree, part, shown};
use crate::compose::{Request, load};

#[test]
fn every_unknown_key_and_every_wrong_value_is_told_in_one_go() {
    let text = "services:\n  a:\n    image: x\n    imge: y\n    user: 1\n  b:\n    image: z\n    restrat: always\n";
    insta::assert_snapshot!(part(text, &[]), @r"
    error: `/p/compose.yaml:4:5`: `services.a`: unknown key `imge` (and 2 more)
      |
    4 |     imge: y
      |     ^
    `/p/compose.yaml:5:11`: `services.a.user`: must be text, found a whole number
      |
    5 |     user: 1
      |           ^
    hint: put quotes around the value
    `/p/compose.yaml:8:5`: `services.b`: unknown key `restrat`
      |
    8 |     restrat: always
      |     ^
    hint: did you mean `restart`?
    hint: did you mean `image`?
    ");
}

#[test]
fn every_variable_that_is_required_and_missing_is_told_in_one_go() {
    let text = "services:\n  a: {image: \"${A:?}\", user: \"${B?no}\"}\n";
    insta::assert_snapshot!(part(text, &[]), @r#"
    error: `/p/compose.yaml:2:14`: `services.a.image`: required variable `A` is missing a value (and 1 more)
      |
    2 |   a: {image: "${A:?}", user: "${B?no}"}
      |              ^
    `/p/compose.yaml:2:30`: `services.a.user`: required variable `B` is missing a value: no
      |
    2 |   a: {image: "${A:?}", user: "${B?no}"}
      |                              ^
    hint: set `B` in `.env` or in an env file; for `-f`, the environment counts, too
    hint: set `A` in `.env` or in an env file; for `-f`, the environment counts, too
    "#);
}

#[test]
fn services_that_break_different_rules_are_all_named() {
    let text = "services:\n  a: {image: x, depends_on: [c]}\n  b: {networks: [n]}\n";
    let told = part(text, &[]);
    assert!(told.contains("undefined service `c`") && told.contains("neither an image"), "{told}");
}

#[test]
fn warnings_are_errors_where_a_person_is_strict() {
    let tree = MemoryTree::parse("version: \"3\"\nservices:\n  a: {image: \"x:$GONE\"}\n");
    let request = Request {
        files: vec![PathBuf::from("/p/compose.yaml")],
        project_directory: PathBuf::from("/p"),
        environment: BTreeMap::new(),
        strict: true,
        ..Request::default()
    };
    let error = load(&tree, &FakeKeys, &request).unwrap_err();
    insta::assert_snapshot!(shown(&error), @r#"
    error: `/p/compose.yaml:3:14`: the variable `GONE` is not set; it counts as blank (and 1 more)
      |
    3 |   a: {image: "x:$GONE"}
      |              ^
    `/p/compose.yaml:1:1`: `version` is obsolete and ignored
    hint: remove it
    hint: set it in `.env` or in an env file, or give it a default: `${NAME:-default}`
    "#);
}
