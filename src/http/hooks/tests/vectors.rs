//! Signatures that were made elsewhere over payloads of our own: by Python's `hmac`.

use super::forged::changed_anywhere_is_refused;
use super::{NOW, Request, followed, hook, words};
use crate::http::hooks::{Hook, Verdict};
use crate::model::webhook::Provider;

const KEY: &str = "our-own-secret";
const SIGNING: &str = "whsec_b3VyIG93biBzaWduaW5nIGtleSBvZiAzMiBieXRlcyE=";

macro_rules! payload {
    ($name:literal) => {
        Request::new(include_bytes!(concat!(
            "../../../../tests/fixtures/webhooks/",
            $name,
            ".json"
        )))
    };
}

fn check(request: &Request, hook: &Hook) -> String {
    changed_anywhere_is_refused(request, hook);
    words(&request.judged(hook, &followed("git@git.example.com:home/stacks.git")))
}

#[test]
fn github_signs_the_body() {
    let request = payload!("github-push").with("x-github-event", "push").with(
        "x-hub-signature-256",
        "sha256=3e4fc25efe7a912c1a2e49e65c79a866f22b1a3cd227134d628aa5b35fcf8180",
    );
    insta::assert_snapshot!(check(&request, &hook(Provider::GitHub, KEY)), @"push refs/heads/main 1f0c2d3e 2");
}

#[test]
fn forgejo_signs_the_body_under_its_own_name_and_under_giteas() {
    let digits = "7f2164cbe9cafe1ad5609184192bedf6c07e391806304f8a2ea4096f8f1dd9ec";
    let hook = hook(Provider::Forgejo, KEY);
    let request = payload!("forgejo-push").with("x-forgejo-event", "push");
    let own = request.clone().with("x-forgejo-signature", digits);
    insta::assert_snapshot!(check(&own, &hook), @"push refs/heads/main 1f0c2d3e 2");
    let old = request.with("x-gitea-signature", digits);
    insta::assert_snapshot!(check(&old, &hook), @"push refs/heads/main 1f0c2d3e 2");
}

#[test]
fn bitbucket_cloud_signs_the_body() {
    let request = payload!("bitbucket-push").with("x-event-key", "repo:push").with(
        "x-hub-signature",
        "sha256=14ef9cf17266620e64aa12f4196d275af1007b0f5c14403c4377e4585c511062",
    );
    let hook = hook(Provider::Bitbucket, KEY);
    insta::assert_snapshot!(check(&request, &hook), @"push refs/heads/main 1f0c2d3e ?");
}

#[test]
fn packages_of_github_are_signed_as_its_other_events() {
    let request = payload!("ghcr-package").with("x-github-event", "registry_package").with(
        "x-hub-signature-256",
        "sha256=3901ebcff93281a8ddce736870ca0a6ce63ec1515108584938e2e2bf86ecf23d",
    );
    insta::assert_snapshot!(check(&request, &hook(Provider::Ghcr, KEY)), @"image ghcr.io/home/web:1.2");
    insta::assert_snapshot!(check(&request, &hook(Provider::GitHub, KEY)), @"image ghcr.io/home/web:1.2");
}

#[test]
fn gitlab_signs_id_time_and_body_or_sends_a_token() {
    let request = payload!("gitlab-push").with("x-gitlab-event", "Push Hook");
    let signed = request
        .clone()
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", "1700000000")
        .with("webhook-signature", "v1,44e0UzndD9Zq49o15/7WbGDAuf633bfBkPyC9jOqjZw=");
    let hook = hook(Provider::GitLab, SIGNING);
    insta::assert_snapshot!(check(&signed, &hook), @"push refs/heads/main 1f0c2d3e 1");

    let token = request.with("x-gitlab-token", SIGNING);
    let home = followed("https://git.example.com/home/stacks.git");
    let verdict = token.judged(&hook, &home);
    assert!(matches!(verdict, Verdict::Refused { status: 401, .. }), "what signs is no token");
}

#[test]
fn a_generic_sender_signs_id_time_and_body_or_sends_a_bearer_token() {
    let request = payload!("generic-push")
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", "1700000000");
    let signature = "v1,4Q3mhTex5qKSMAm2Hag6SgmNszV8SW4DN6JXu8vA/H4=";
    let signed = request.clone().with("webhook-signature", signature);
    insta::assert_snapshot!(check(&signed, &hook(Provider::Generic, SIGNING)), @"push refs/heads/main 1f0c2d3e ?");
    let raw = request.with("webhook-signature", "v1,tRBxtjGxTGclYmHB+RmnzGwN4bxq3xzIfnFLzGmM9uA=");
    insta::assert_snapshot!(check(&raw, &hook(Provider::Generic, KEY)), @"push refs/heads/main 1f0c2d3e ?");
}

#[test]
fn a_signed_time_must_be_near_and_a_signed_id_counts_once() {
    let request = payload!("generic-push")
        .with("webhook-id", "msg_1")
        .with("webhook-timestamp", "1700000000")
        .with("webhook-signature", "v1,other v1,4Q3mhTex5qKSMAm2Hag6SgmNszV8SW4DN6JXu8vA/H4=");
    let hooks = [hook(Provider::Generic, SIGNING)];
    let home = [followed("https://git.example.com/home/stacks.git")];
    for (shift, accepted) in [(-301, false), (-300, true), (0, true), (300, true), (301, false)] {
        let judgement = request.judged_at(&hooks, &home, NOW + shift);
        assert_eq!(matches!(judgement.verdict, Verdict::Asked(_)), accepted, "{shift}");
    }
    for now in [i64::MIN, i64::MAX] {
        let judgement = request.judged_at(&hooks, &home, now);
        assert!(matches!(judgement.verdict, Verdict::Refused { .. }), "{now}");
    }
    let once = request.judged_at(&hooks, &home, NOW).once.unwrap();
    assert_eq!(once.until, NOW + 301, "after that the time alone refuses it");
}

#[test]
fn a_signed_body_counts_once_a_day_and_a_token_proves_no_body() {
    let request = payload!("github-push").with("x-github-event", "push").with(
        "x-hub-signature-256",
        "sha256=3e4fc25efe7a912c1a2e49e65c79a866f22b1a3cd227134d628aa5b35fcf8180",
    );
    let home = [followed("https://git.example.com/home/stacks.git")];
    let once = request.judged_at(&[hook(Provider::GitHub, KEY)], &home, NOW).once.unwrap();
    assert_eq!(once.until, NOW + 24 * 60 * 60);
    let token = Request::new(b"").with("authorization", "Bearer our-own-secret");
    let judgement = token.judged_at(&[hook(Provider::Generic, KEY)], &home, NOW);
    assert_eq!((words(&judgement.verdict), judgement.once), ("push - - ?".to_owned(), None));
}

#[test]
fn senders_without_signatures_need_a_secret_path() {
    let azure = payload!("azure-push").path(KEY);
    let home = followed("git@ssh.dev.azure.com:v3/me/home/stacks");
    insta::assert_snapshot!(words(&azure.judged(&hook(Provider::Azure, KEY), &home)), @"push refs/heads/main 1f0c2d3e ?");
    let hub = payload!("docker-hub-push").path(KEY);
    insta::assert_snapshot!(words(&hub.judged(&hook(Provider::DockerHub, KEY), &home)), @"image home/web:1.2");
    let registry = payload!("distribution-events").with("authorization", "Bearer our-own-secret");
    insta::assert_snapshot!(words(&registry.judged(&hook(Provider::Distribution, KEY), &home)), @"image registry.example.com:5000/home/web:1.2");
}
