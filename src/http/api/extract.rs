//! Parts of a request, refused in the API's own words where they cannot be read.

use axum::extract::{FromRequestParts, Path as AnyPath, Query as AnyQuery};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::super::answer::Problem;

/// What follows the question mark.
pub(super) struct Query<T>(pub(super) T);

/// The variable parts of an address.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AnyQuery::<T>::from_request_parts(parts, state).await;
        read.map(|AnyQuery(value)| Self(value)).map_err(|refused| unreadable(&refused.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AnyPath::<T>::from_request_parts(parts, state).await;
        read.map(|AnyPath(value)| Self(value)).map_err(|refused| unreadable(&refused.body_text()))
    }
}

fn unreadable(why: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, format!("the address cannot be read: {why}"))
        .hint("`/api/v1/openapi.json` describes it")
}
