//! One question to one server: an entry of its KV engine.

use std::collections::BTreeMap;

use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::client::Provider;
use super::error::ProviderError;
use crate::model::secret::Secret;

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 4 << 20;

/// The values of an entry.
pub(super) type Entry = BTreeMap<String, Secret>;

/// Reads the newest version of an entry.
pub(super) async fn entry(
    provider: &Provider,
    client: &Client,
    path: &str,
) -> Result<Entry, ProviderError> {
    let name = || provider.name.clone();
    let bad_path = || ProviderError::Path { name: name(), path: path.to_owned() };
    let encoded = encoded(path).ok_or_else(bad_path)?;
    let mount = self::encoded(&provider.mount).ok_or_else(bad_path)?;
    let url = format!("{}/v1/{mount}/data/{encoded}", provider.address);
    let sent = client.get(url).send().await;
    let answer = sent.map_err(|error| provider.unreachable(error))?;
    let path = path.to_owned();
    match answer.status() {
        StatusCode::OK => values(provider, &path, &body(provider, &path, answer).await?),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
            Err(ProviderError::Denied { name: name(), path })
        }
        StatusCode::NOT_FOUND => {
            Err(ProviderError::NoEntry { name: name(), path, mount: provider.mount.clone() })
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_IMPLEMENTED => {
            Err(ProviderError::Sealed { name: name() })
        }
        status => Err(provider.answer(&path, status.to_string())),
    }
}

/// A path with what has a meaning in a URL encoded; `None` where it is not one.
fn encoded(path: &str) -> Option<String> {
    let usual = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !path.split('/').all(usual) {
        return None;
    }
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    Some(path.bytes().map(byte).collect())
}

async fn body(
    provider: &Provider,
    path: &str,
    mut answer: Response,
) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    let mut body = Zeroizing::new(Vec::with_capacity(1 << 14));
    while let Some(chunk) = answer.chunk().await.map_err(|error| provider.unreachable(error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(provider.answer(path, "more than anybody keeps there"));
        }
    }
    Ok(body)
}

/// The values of an answer: text as it is, all else as JSON.
fn values(provider: &Provider, path: &str, body: &[u8]) -> Result<Entry, ProviderError> {
    let answer: Value = serde_json::from_slice(body)
        .map_err(|_error| provider.answer(path, "something that is not JSON"))?;
    let found = answer.pointer("/data/data").and_then(Value::as_object);
    let found = found.ok_or_else(|| {
        provider.answer(path, "something that is not of a KV engine of version 2")
    })?;
    let value = |value: &Value| match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string().into_bytes()
        }
    };
    Ok(found.iter().map(|(key, found)| (key.clone(), Secret::new(value(found)))).collect())
}
