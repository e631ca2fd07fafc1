//! Who may ask for what: a process at the socket everything, because the socket's mode let it in; over TCP whoever has a
//! token, what its role allows.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::super::answer::Problem;
use super::super::hooks::same;
use super::super::peer::{Peer, user};
use super::super::rules::Rules;
use super::Api;
use crate::config::Role;
use crate::journal::Trigger;

/// Who asks, as the journal names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) trigger: Trigger,
    pub(super) role: Role,
}

impl Caller {
    /// Refuses those who may only look.
    pub(super) fn may_operate(&self) -> Result<(), Problem> {
        match self.role {
            Role::Operate => Ok(()),
            Role::Read => Err(Problem::new(StatusCode::FORBIDDEN, "this token may only look")
                .hint("use a token with `role: operate`")),
        }
    }
}

/// Lets a request through with its [`Caller`], or answers why not.
pub(super) async fn check(
    State(api): State<Arc<Api>>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let rules = api.rules.borrow().clone();
    match caller(&rules, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn caller(rules: &Rules, request: &Request<Body>) -> Result<Caller, Problem> {
    let peer = request.extensions().get::<Peer>().copied();
    if let Some(Peer::Unix { uid, .. }) = peer {
        // Root may say for whom it acts (`alice through sudo`); it could be anybody anyway.
        let said = request.headers().get("conductor-caller").filter(|_| uid == 0);
        let said =
            said.and_then(|name| name.to_str().ok()).map(|name| name.chars().take(100).collect());
        let name = said.unwrap_or_else(|| user(uid));
        return Ok(Caller { name, trigger: Trigger::Command, role: Role::Operate });
    }
    let unknown = || {
        Problem::new(StatusCode::UNAUTHORIZED, "no valid token")
            .hint("send `Authorization: Bearer TOKEN` with a token of the settings (`api: tokens`)")
    };
    let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
    let (Some(header), None) = (given.next(), given.next()) else { return Err(unknown()) };
    let token = header.as_bytes().strip_prefix(b"Bearer ").ok_or_else(unknown)?;
    // All of them are compared, so that the time says nothing.
    let found = rules.tokens.iter().fold(None, |found, known| {
        let is = same(known.secret.expose(), token) && !known.secret.expose().is_empty();
        found.or(is.then_some(known))
    });
    let found = found.ok_or_else(unknown)?;
    let looks = *request.method() == Method::GET || *request.method() == Method::HEAD;
    let name = format!("token {}", found.name);
    let caller = Caller { name, trigger: Trigger::Api, role: found.role };
    if !looks {
        caller.may_operate()?;
    }
    Ok(caller)
}
