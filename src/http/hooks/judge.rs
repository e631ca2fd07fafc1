//! A webhook from its bytes to what it means here.

use super::address::{self, Followed};
use super::check::{self, Hook};
use super::delivery::Delivery;
use super::filter;
use super::verdict::{Asked, Image, Message, Move, Once, Push, Refusal, Verdict};
use super::{
    azure, bitbucket, bitbucket_server, distribution, docker_hub, generic, ghcr, gitea, github,
    gitlab,
};
use crate::model::name::SourceName;
use crate::model::webhook::Provider;

/// What a webhook means, and what of it must not count twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What it means.
    pub verdict: Verdict,
    /// What was signed, for what is asked to be remembered.
    pub once: Option<Once>,
}

/// Looks at one webhook. Nothing of its body is read before a hook's credentials hold.
pub fn judge(
    hooks: &[Hook],
    followed: &[Followed],
    provider: Provider,
    delivery: &Delivery<'_>,
) -> Judgement {
    let refused = |refusal: Refusal| Judgement {
        verdict: Verdict::Refused { status: refusal.status, why: refusal.why },
        once: None,
    };
    let mut proven = Vec::new();
    let mut last = Refusal {
        status: 404,
        why: format!("no webhook of `{provider}` is set up: add one to `webhooks` in the settings"),
    };
    for hook in hooks.iter().filter(|hook| hook.provider == provider) {
        match check::proof(hook, delivery) {
            Ok(once) => proven.push((hook, once)),
            Err(refusal) => last = refusal,
        }
    }
    let Some((_, once)) = proven.first() else { return refused(last) };
    let once = *once;
    let hooks: Vec<&Hook> = proven.into_iter().map(|(hook, _)| hook).collect();
    let verdict = match read(provider, delivery) {
        Err(refusal) => return refused(refusal),
        Ok(Message::Ping) => Verdict::Ping,
        Ok(Message::Ignored(why)) => Verdict::Ignored { why },
        Ok(Message::Push(push)) => pushed(&hooks, followed, &push),
        Ok(Message::Images(images)) => image(&hooks, followed, images),
    };
    Judgement { verdict, once }
}

fn read(provider: Provider, delivery: &Delivery<'_>) -> Result<Message, Refusal> {
    match provider {
        Provider::GitHub => github::read(delivery),
        Provider::GitLab => gitlab::read(delivery),
        Provider::Gitea | Provider::Forgejo | Provider::Gogs => gitea::read(delivery),
        Provider::Bitbucket => bitbucket::read(delivery),
        Provider::BitbucketServer => bitbucket_server::read(delivery),
        Provider::Azure => azure::read(delivery),
        Provider::DockerHub => docker_hub::read(delivery),
        Provider::Ghcr => ghcr::read(delivery),
        Provider::Distribution => distribution::read(delivery),
        Provider::Generic => generic::read(delivery),
    }
}

/// The sources that a push matters to, over all hooks that let it in.
fn pushed(hooks: &[&Hook], followed: &[Followed], push: &Push) -> Verdict {
    let mut sources: Vec<SourceName> = Vec::new();
    let mut moved: Option<&Move> = None;
    let mut why = None;
    for hook in hooks {
        let about = match &hook.source {
            Some(name) => followed.iter().filter(|source| source.name == *name).collect(),
            None => address::following(push, followed),
        };
        if about.is_empty() {
            why.get_or_insert_with(|| nobody(push));
        }
        if !filter::touches(&hook.paths, push.paths.as_ref()) {
            why.get_or_insert_with(|| "no path that counts was changed".to_owned());
            continue;
        }
        for source in about {
            let mut matters = push
                .moves
                .iter()
                .filter(|moved| filter::matters(moved, &hook.branches, source, push));
            let first = matters.next();
            if first.is_none() && !push.moves.is_empty() {
                why.get_or_insert_with(|| elsewhere(push, source));
                continue;
            }
            moved = moved.or(first);
            if !sources.contains(&source.name) {
                sources.push(source.name.clone());
            }
        }
    }
    if sources.is_empty() {
        return Verdict::Ignored { why: why.unwrap_or_else(|| nobody(push)) };
    }
    Verdict::Asked(Asked {
        sources,
        reference: moved.map(|moved| moved.reference.clone()),
        commit: moved.and_then(|moved| moved.commit.clone()),
        paths: push.paths.clone(),
        images: Vec::new(),
    })
}

fn nobody(push: &Push) -> String {
    match push.names.first().or(push.urls.first()) {
        Some(name) => format!("no source follows `{name}`"),
        None => "there is no source".to_owned(),
    }
}

fn elsewhere(push: &Push, source: &Followed) -> String {
    let moved = push.moves.first().map_or("", |moved| moved.reference.as_str());
    format!("`{moved}` is not what source `{}` follows", source.name)
}

/// A pushed image may be of any source's stacks: what runs says which.
fn image(hooks: &[&Hook], followed: &[Followed], images: Vec<Image>) -> Verdict {
    let wanted = |source: &&Followed| {
        hooks.iter().any(|hook| hook.source.as_ref().is_none_or(|name| *name == source.name))
    };
    let sources: Vec<SourceName> =
        followed.iter().filter(wanted).map(|source| source.name.clone()).collect();
    if sources.is_empty() {
        return Verdict::Ignored { why: "there is no source".to_owned() };
    }
    Verdict::Asked(Asked { sources, reference: None, commit: None, paths: None, images })
}
