//! What a push means here: which sources, which branches, which paths.

use super::payloads::prove;
use super::{NOW, Request, followed, hook, words};
use crate::http::hooks::{Followed, Hook, Verdict};
use crate::model::name::SourceName;
use crate::model::webhook::Provider;

const PUSH: &[u8] = include_bytes!("../../../../tests/fixtures/webhooks/github-push.json");
const HOME: &str = "https://git.example.com/home/stacks";

fn github(body: &[u8]) -> Request {
    prove(Request::new(body).with("x-github-event", "push"), Provider::GitHub, "s")
}

fn check(hook: &Hook, source: &Followed) -> String {
    words(&github(PUSH).judged(hook, source))
}

#[test]
fn a_push_matters_to_the_branch_that_the_source_follows() {
    let hook = hook(Provider::GitHub, "s");
    let following =
        |reference: &str| Followed { reference: Some(reference.to_owned()), ..followed(HOME) };
    insta::assert_snapshot!(check(&hook, &followed(HOME)), @"push refs/heads/main 1f0c2d3e 2");
    insta::assert_snapshot!(check(&hook, &following("main")), @"push refs/heads/main 1f0c2d3e 2");
    insta::assert_snapshot!(check(&hook, &following("refs/heads/main")), @"push refs/heads/main 1f0c2d3e 2");
    insta::assert_snapshot!(check(&hook, &following("prod")), @"ignored: `refs/heads/main` is not what source `home` follows");
    insta::assert_snapshot!(check(&hook, &followed("https://git.example.com/home/other")), @"ignored: no source follows `home/stacks`");
}

#[test]
fn branches_and_paths_of_the_settings_decide_where_they_are_set() {
    let with = |branches: &[&str], paths: &[&str]| {
        let owned = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let hook =
            Hook { branches: owned(branches), paths: owned(paths), ..hook(Provider::GitHub, "s") };
        check(&hook, &followed(HOME))
    };
    insta::assert_snapshot!(with(&["ma*"], &[]), @"push refs/heads/main 1f0c2d3e 2");
    insta::assert_snapshot!(with(&["release/*", "refs/tags/**"], &[]), @"ignored: `refs/heads/main` is not what source `home` follows");
    insta::assert_snapshot!(with(&[], &["web"]), @"push refs/heads/main 1f0c2d3e 2");
    insta::assert_snapshot!(with(&[], &["mail/**"]), @"ignored: no path that counts was changed");
}

#[test]
fn a_hook_that_names_its_source_asks_for_that_one_wherever_it_is() {
    let named = Hook { source: SourceName::parse("home").ok(), ..hook(Provider::GitHub, "s") };
    insta::assert_snapshot!(check(&named, &followed("/srv/elsewhere")), @"push refs/heads/main 1f0c2d3e 2");
    let other = Hook { source: SourceName::parse("gone").ok(), ..hook(Provider::GitHub, "s") };
    insta::assert_snapshot!(check(&other, &followed(HOME)), @"ignored: no source follows `home/stacks`");
}

#[test]
fn two_hooks_of_one_secret_ask_for_both_their_sources() {
    let source =
        |name: &str| Followed { name: SourceName::parse(name).unwrap(), ..followed("/srv/x") };
    let for_source =
        |name: &str| Hook { source: SourceName::parse(name).ok(), ..hook(Provider::GitHub, "s") };
    let hooks = [for_source("one"), for_source("two"), hook(Provider::GitHub, "another")];
    let judgement = github(PUSH).judged_at(&hooks, &[source("one"), source("two")], NOW);
    let Verdict::Asked(asked) = judgement.verdict else { panic!("{judgement:?}") };
    assert_eq!(asked.sources.iter().map(SourceName::as_str).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn a_push_may_come_in_a_form() {
    let body = format!(
        "payload={}&x=1",
        std::str::from_utf8(PUSH).unwrap().replace('"', "%22").replace(' ', "+")
    );
    let request = Request::new(body.as_bytes())
        .with("x-github-event", "push")
        .with("content-type", "application/x-www-form-urlencoded");
    let request = prove(request, Provider::GitHub, "s");
    insta::assert_snapshot!(words(&request.judged(&hook(Provider::GitHub, "s"), &followed(HOME))), @"push refs/heads/main 1f0c2d3e 2");
}

#[test]
fn a_deleted_branch_a_forced_push_and_an_empty_form_are_told_apart() {
    let text = std::str::from_utf8(PUSH).unwrap();
    let check = |body: String| {
        words(&github(body.as_bytes()).judged(&hook(Provider::GitHub, "s"), &followed(HOME)))
    };
    insta::assert_snapshot!(check(text.replace(r#""deleted":false"#, r#""deleted":true"#)), @"ignored: `refs/heads/main` was deleted");
    insta::assert_snapshot!(check(text.replace(r#""forced":false"#, r#""forced":true"#)), @"push refs/heads/main 1f0c2d3e ?");
    insta::assert_snapshot!(check("{}".to_owned()), @"400: the body is no push: it has no `ref`");
    insta::assert_snapshot!(check("[".repeat(1 << 20)), @"400: the body is not JSON: line 1, column 128");
}
