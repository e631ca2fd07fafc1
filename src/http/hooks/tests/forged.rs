//! What must not get in: anything that differs from what was signed, in one byte or wholly.

use proptest::prelude::{ProptestConfig, any, proptest};

use super::payloads::prove;
use super::{NOW, Request, followed, hook, secret, with_basic, words};
use crate::http::hooks::{Hook, Verdict};
use crate::model::webhook::Provider;

/// Headers that prove something.
const PROOFS: [&str; 10] = [
    "x-hub-signature-256",
    "x-hub-signature",
    "x-gitea-signature",
    "x-forgejo-signature",
    "x-gogs-signature",
    "x-gitlab-token",
    "authorization",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

fn is_unproven(request: &Request, hook: &Hook) -> bool {
    let verdict = request.judged(hook, &followed("https://git.example.com/home/stacks"));
    matches!(verdict, Verdict::Refused { status: 401, .. })
}

/// Bytes of a body that are changed at most: of longer ones every so many.
const CHANGES: usize = 1000;

/// Changes bytes of a signed body and of what proves it, one at a time; returns how many that were.
pub(super) fn changed_anywhere_is_refused(request: &Request, hook: &Hook) -> usize {
    let mut count = 0;
    for at in (0..request.body.len()).step_by(1 + request.body.len() / CHANGES) {
        let mut changed = request.clone();
        changed.body[at] ^= 1 << (at % 8);
        assert!(is_unproven(&changed, hook), "byte {at} of the body");
        count += 1;
    }
    count + changed_proof_is_refused(request, hook)
}

fn changed_proof_is_refused(request: &Request, hook: &Hook) -> usize {
    let mut count = 0;
    for name in PROOFS {
        let Some(value) = request.headers.get(name).map(|value| value.as_bytes().to_vec()) else {
            continue;
        };
        for at in 0..value.len() {
            for bit in [0x01, 0x02, 0x20] {
                let mut value = value.clone();
                value[at] ^= bit;
                if (0x20..0x7f).contains(&value[at]) {
                    let changed = request.clone().with(name, &value);
                    assert!(is_unproven(&changed, hook), "byte {at} of `{name}`");
                    count += 1;
                }
            }
        }
        let mut without = request.clone();
        without.headers.remove(name);
        assert!(is_unproven(&without, hook), "without `{name}`");
        let mut twice = request.clone();
        twice.headers.append(name, "x".parse().unwrap());
        assert!(is_unproven(&twice, hook), "`{name}` twice");
    }
    count
}

#[test]
fn a_proof_that_differs_in_one_byte_is_refused_for_every_sender() {
    for provider in Provider::ALL {
        let request = prove(Request::new(b"{}"), provider, "our-own-secret");
        let hook = hook(provider, "our-own-secret");
        assert!(!is_unproven(&request, &hook), "{provider}");
        changed_proof_is_refused(&request, &hook);
        let path = request.path.clone().unwrap_or_default();
        assert!(is_unproven(&request.clone().path(&format!("{path}x")), &hook), "{provider}");
        assert!(is_unproven(&Request::new(b"{}"), &hook), "{provider}");
    }
}

#[test]
fn an_empty_secret_opens_nothing() {
    for provider in Provider::ALL {
        let nothing = Hook { secrets: Vec::new(), path_secrets: Vec::new(), ..hook(provider, "s") };
        assert!(is_unproven(&prove(Request::new(b"{}"), provider, ""), &nothing), "{provider}");
    }
}

#[test]
fn two_secrets_are_valid_while_one_replaces_the_other() {
    let hook = Hook { secrets: vec![secret("old"), secret("new")], ..hook(Provider::GitHub, "") };
    for (secret, refused) in [("old", false), ("new", false), ("older", true)] {
        let request = prove(Request::new(b"{}"), Provider::GitHub, secret);
        assert_eq!(is_unproven(&request, &hook), refused, "{secret}");
    }
}

#[test]
fn a_user_and_password_stand_for_a_signature_where_there_is_none() {
    let hook = with_basic(Provider::Azure, "azure", "hunter2");
    let basic = |text: &str| Request::new(b"{}").with("authorization", format!("Basic {text}"));
    assert!(!is_unproven(&basic("YXp1cmU6aHVudGVyMg=="), &hook));
    assert!(is_unproven(&basic("YXp1cmU6aHVudGVyMw=="), &hook));
    assert!(is_unproven(&basic("YXp1cmU6aHVudGVyMg"), &hook));
    changed_proof_is_refused(&basic("YXp1cmU6aHVudGVyMg=="), &hook);
}

#[test]
fn an_answer_to_a_forgery_holds_no_secret() {
    for provider in Provider::ALL {
        let request = prove(Request::new(b"{}"), provider, "a-guess");
        let verdict = request.judged(&hook(provider, "hunter2"), &followed("/srv/home"));
        let shown = format!("{} {:?}", words(&verdict), hook(provider, "hunter2"));
        assert!(!shown.contains("hunter2") && !shown.contains("a-guess"), "{shown}");
    }
}

#[test]
fn a_sender_that_is_not_set_up_is_told_so() {
    let headers = axum::http::HeaderMap::new();
    let delivery =
        crate::http::hooks::Delivery { headers: &headers, body: b"", path_secret: None, now: NOW };
    let judgement = crate::http::hooks::judge(&[], &[], Provider::Gogs, &delivery);
    insta::assert_snapshot!(words(&judgement.verdict), @"404: no webhook of `gogs` is set up: add one to `webhooks` in the settings");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_other_body_needs_another_signature(
        body in any::<Vec<u8>>(), other in any::<Vec<u8>>(), key in "[ -~]{1,40}",
    ) {
        for provider in [Provider::GitHub, Provider::Forgejo, Provider::BitbucketServer] {
            let request = prove(Request::new(&body), provider, &key);
            assert!(!is_unproven(&request, &hook(provider, &key)));
            let forged = Request { body: other.clone(), ..request };
            assert_eq!(is_unproven(&forged, &hook(provider, &key)), body != other);
        }
    }

    #[test]
    fn no_body_is_too_odd_to_be_answered(body in any::<Vec<u8>>(), event in "[a-z_:]{0,12}") {
        for provider in Provider::ALL {
            let names = ["x-github-event", "x-gitlab-event", "x-gitea-event", "x-event-key"];
            let request = names.iter().fold(Request::new(&body), |all, name| all.with(name, &event));
            let request = prove(request, provider, "s");
            request.judged(&hook(provider, "s"), &followed("/srv/home"));
        }
    }
}
