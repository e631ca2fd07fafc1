//! One question to one server: an entry of its KV engine.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::Server;
use super::error::ProviderError;
use crate::model::provided::Provider;
use crate::model::secret::Secret;

/// The values of an entry.
pub(super) type Entry = BTreeMap<String, Secret>;

/// Reads the newest version of an entry.
pub(super) async fn entry(server: &Server<'_>, path: &str) -> Result<Entry, ProviderError> {
    let provider = server.provider;
    let name = || provider.name.clone();
    let bad_path = || ProviderError::Path { name: name(), path: path.to_owned() };
    let encoded = encoded(path).ok_or_else(bad_path)?;
    let mount = self::encoded(&provider.mount).ok_or_else(bad_path)?;
    let answer = server.get(&format!("{mount}/data/{encoded}")).await?;
    let path = path.to_owned();
    match answer.status {
        200 => values(provider, &path, answer.body.expose()),
        401 | 403 => Err(ProviderError::Denied { name: name(), path }),
        404 => Err(ProviderError::NoEntry { name: name(), path, mount: provider.mount.clone() }),
        501 | 503 => Err(ProviderError::Sealed { name: name() }),
        status => Err(odd(provider, &path, format!("the status {status}"))),
    }
}

/// The server answered something that is not understood.
pub(super) fn odd(provider: &Provider, path: &str, answer: impl Into<String>) -> ProviderError {
    let (name, path) = (provider.name.clone(), path.to_owned());
    ProviderError::Answer { name, path, answer: answer.into() }
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

/// The values of an answer: text as it is, all else as JSON.
fn values(provider: &Provider, path: &str, body: &[u8]) -> Result<Entry, ProviderError> {
    let answer: Value = serde_json::from_slice(body)
        .map_err(|_error| odd(provider, path, "something that is not JSON"))?;
    let found = answer.pointer("/data/data").and_then(Value::as_object);
    let found = found
        .ok_or_else(|| odd(provider, path, "something that is not of a KV engine of version 2"))?;
    let value = |value: &Value| match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string().into_bytes()
        }
    };
    Ok(found.iter().map(|(key, found)| (key.clone(), Secret::new(value(found)))).collect())
}
