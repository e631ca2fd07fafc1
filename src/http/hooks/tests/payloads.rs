//! Payloads that real servers sent, as far as they are at hand; and those of our own that always are.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{NOW, Request, followed, hook, words};
use crate::http::hooks::Hook;
use crate::http::hooks::check::{hex, hmac};
use crate::model::name::SourceName;
use crate::model::webhook::Provider;

fn collection() -> Option<PathBuf> {
    let named = std::env::vars_os()
        .find(|(name, _)| name == "CONDUCTOR_WEBHOOKS")
        .map(|(_, value)| PathBuf::from(value));
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/webhooks");
    named.into_iter().chain([beside]).find(|path| path.is_dir())
}

/// Who sent a file, by its path.
fn provider(file: &str) -> Provider {
    let words = [
        ("ghcr", Provider::Ghcr),
        ("github", Provider::GitHub),
        ("gitlab", Provider::GitLab),
        ("gitea", Provider::Gitea),
        ("gogs", Provider::Gogs),
        ("bitbucket-server", Provider::BitbucketServer),
        ("bitbucket", Provider::Bitbucket),
        ("azuredevops", Provider::Azure),
        ("docker", Provider::DockerHub),
        ("oci_payload", Provider::Generic),
        ("invalid", Provider::GitHub),
    ];
    words.into_iter().find(|(word, _)| file.contains(word)).unwrap().1
}

/// The event that the sender's header names, where the collection does not tell.
fn event(file: &str, provider: Provider) -> (&'static str, &'static str) {
    let has = |word: &str| file.contains(word);
    match provider {
        Provider::GitHub if has("ping") => ("x-github-event", "ping"),
        Provider::GitHub if has("pull-request") => ("x-github-event", "pull_request"),
        Provider::GitHub => ("x-github-event", "push"),
        Provider::Ghcr => ("x-github-event", "package"),
        Provider::GitLab if has("merge-request") => ("x-gitlab-event", "Merge Request Hook"),
        Provider::GitLab => ("x-gitlab-event", "Push Hook"),
        Provider::Gitea | Provider::Forgejo => ("x-gitea-event", "push"),
        Provider::Gogs => ("x-gogs-event", "push"),
        Provider::Bitbucket => ("x-event-key", "repo:push"),
        Provider::BitbucketServer => ("x-event-key", "repo:refs_changed"),
        Provider::Azure | Provider::DockerHub | Provider::Distribution | Provider::Generic => {
            ("accept", "*/*")
        }
    }
}

/// The request as its sender would make it: with the signature of the collection, else with one of our own.
fn request(directory: &Path, entry: &Value) -> (Request, Hook, bool) {
    let file = entry["file"].as_str().unwrap();
    let provider = provider(file);
    let body = std::fs::read(directory.join(file)).unwrap();
    let mut request = Request::new(&body);
    let mut signed = false;
    for (name, value) in entry["headers"].as_object().into_iter().flatten() {
        if !name.starts_with('(') {
            request = request.with(name, value.as_str().unwrap());
            signed |= name.contains("Signature");
        }
    }
    if entry["headers"].as_object().is_none() {
        let (name, value) = event(file, provider);
        request = request.with(name, value);
    }
    let secret = entry["secret"].as_str().unwrap_or("our-own-secret");
    if !signed {
        request = prove(request, provider, secret);
    }
    let hook = Hook {
        source: SourceName::parse("home").ok(),
        branches: vec!["**".to_owned(), "refs/tags/**".to_owned()],
        ..hook(provider, secret)
    };
    (request, hook, signed)
}

/// The request with what proves it, where its sender gave nothing.
pub(super) fn prove(request: Request, provider: Provider, secret: &str) -> Request {
    let signature = hex(&hmac(secret.as_bytes(), &[&request.body]));
    match provider {
        Provider::GitHub | Provider::Ghcr => {
            request.with("x-hub-signature-256", format!("sha256={signature}"))
        }
        Provider::Bitbucket | Provider::BitbucketServer => {
            request.with("x-hub-signature", format!("sha256={signature}"))
        }
        Provider::Gitea => request.with("x-gitea-signature", signature),
        Provider::Forgejo => request.with("x-forgejo-signature", signature),
        Provider::Gogs => request.with("x-gogs-signature", signature),
        Provider::GitLab => request.with("x-gitlab-token", secret),
        Provider::Distribution | Provider::Generic => {
            request.with("authorization", format!("Bearer {secret}"))
        }
        Provider::Azure | Provider::DockerHub => request.path(secret),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a skipped test says what is missing")]
fn every_payload_that_a_real_server_sent_is_understood() {
    let Some(directory) = collection() else {
        println!("skipped: no collection of webhooks (CONDUCTOR_WEBHOOKS)");
        return;
    };
    let manifest = std::fs::read(directory.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let (mut lines, mut refused) = (Vec::new(), 0);
    for entry in manifest.as_array().unwrap() {
        let (request, hook, signed) = request(&directory, entry);
        let verdict = request.judged(&hook, &followed("https://git.example.com/home/stacks"));
        let file = entry["file"].as_str().unwrap();
        let sign = if signed { "*" } else { " " };
        lines.push(format!("{sign} {file}: {}", words(&verdict)));
        if signed {
            refused += super::forged::changed_anywhere_is_refused(&request, &hook);
        }
    }
    println!("{refused} changes of one byte refused");
    let expected = include_str!("../../../../tests/fixtures/webhooks/collection.txt");
    assert_eq!(lines.join("\n"), expected.trim_end());
}

#[test]
fn a_genuine_payload_of_the_wrong_sender_is_refused_with_a_word() {
    let body = include_bytes!("../../../../tests/fixtures/webhooks/gitlab-push.json");
    let check = |provider: Provider, event: (&str, &str)| {
        let request = prove(Request::new(body).with(event.0, event.1), provider, "s");
        words(&request.judged_at(&[hook(provider, "s")], &[followed("/srv/home")], NOW).verdict)
    };
    insta::assert_snapshot!(check(Provider::GitHub, ("x-github-event", "push")), @"400: the body is no push: it has no `repository`");
    insta::assert_snapshot!(check(Provider::Gitea, ("x-gitlab-event", "Push Hook")), @"400: no `x-gitea-event`: this is not the form of Gitea, Forgejo or Gogs");
    insta::assert_snapshot!(check(Provider::Azure, ("accept", "*/*")), @"400: the body has no `eventType`: this is not the form of Azure DevOps");
    insta::assert_snapshot!(check(Provider::DockerHub, ("accept", "*/*")), @"400: the body has no `repository` with `repo_name` or no `push_data` with `tag`: this is not Docker Hub's form");
    insta::assert_snapshot!(check(Provider::Distribution, ("accept", "*/*")), @"400: the body has no `events`: this is not a registry's form");
}
