//! Webhooks as they come: payloads of others, vectors of our own, and what must not get in.

mod payloads;
mod vectors;
mod forged;
mod meaning;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::{Basic, Delivery, Followed, Hook, Judgement, Verdict, judge};
use crate::model::name::SourceName;
use crate::model::secret::Secret;
use crate::model::webhook::Provider;

/// When all of this happens.
const NOW: i64 = 1_700_000_000;

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

/// A hook that is proven by `text` and lets every branch and tag in.
fn hook(provider: Provider, text: &str) -> Hook {
    let (secrets, path_secrets) = if provider.has_secret() {
        (vec![secret(text)], Vec::new())
    } else {
        (Vec::new(), vec![secret(text)])
    };
    Hook {
        provider,
        source: None,
        secrets,
        path_secrets,
        basic: None,
        branches: Vec::new(),
        paths: Vec::new(),
    }
}

fn with_basic(provider: Provider, username: &str, password: &str) -> Hook {
    let basic = Basic { username: username.to_owned(), passwords: vec![secret(password)] };
    Hook { secrets: Vec::new(), path_secrets: Vec::new(), basic: Some(basic), ..hook(provider, "") }
}

fn followed(url: &str) -> Followed {
    let name = SourceName::parse("home").unwrap();
    Followed { name, url: url.to_owned(), reference: None }
}

/// One request, in owned parts.
#[derive(Debug, Clone)]
struct Request {
    headers: HeaderMap,
    body: Vec<u8>,
    path: Option<String>,
}

impl Request {
    fn new(body: &[u8]) -> Self {
        Self { headers: HeaderMap::new(), body: body.to_vec(), path: None }
    }

    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.to_lowercase().as_bytes()).unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
        self
    }

    fn path(mut self, secret: &str) -> Self {
        self.path = Some(secret.to_owned());
        self
    }

    fn judged_at(&self, hooks: &[Hook], followed: &[Followed], now: i64) -> Judgement {
        let Some(hook) = hooks.first() else { panic!("a hook is needed") };
        let (headers, body) = (&self.headers, &*self.body);
        let delivery = Delivery { headers, body, path_secret: self.path.as_deref(), now };
        judge(hooks, followed, hook.provider, &delivery)
    }

    fn judged(&self, hook: &Hook, followed: &Followed) -> Verdict {
        self.judged_at(std::slice::from_ref(hook), std::slice::from_ref(followed), NOW).verdict
    }
}

/// A verdict in a line.
fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ping => "ping".to_owned(),
        Verdict::Ignored { why } => format!("ignored: {why}"),
        Verdict::Refused { status, why } => format!("{status}: {why}"),
        Verdict::Asked(asked) if !asked.images.is_empty() => {
            let images =
                asked.images.iter().map(|image| format!("{}:{}", image.repository, image.tag));
            format!("image {}", images.collect::<Vec<_>>().join(" "))
        }
        Verdict::Asked(asked) => {
            let commit = asked.commit.as_deref().and_then(|id| id.get(..8)).unwrap_or("-");
            let paths =
                asked.paths.as_ref().map_or("?".to_owned(), |paths| paths.len().to_string());
            format!("push {} {commit} {paths}", asked.reference.as_deref().unwrap_or("-"))
        }
    }
}
