//! `extra_hosts`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::problem::Problem;
use super::value::{Item, Taint};

/// Hosts with their addresses as a sorted list of `host=address`.
pub(super) fn list(item: &Item) -> Result<Value, (&Item, Problem)> {
    let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (host, addresses) in item.as_map().into_iter().flatten() {
        let addresses: Vec<String> = match addresses.as_list() {
            Some(list) => list.iter().map(Item::printed).collect(),
            None => vec![addresses.printed()],
        };
        hosts.entry(host.clone()).or_default().extend(addresses);
    }
    for entry in item.as_list().into_iter().flatten() {
        let text = entry.printed();
        let problem = || Problem::ExtraHost { text: entry.shown() };
        let (host, addresses) = text
            .split_once('=')
            .or_else(|| text.split_once(':'))
            .ok_or_else(|| (entry, problem()))?;
        let addresses = addresses.split(',').map(str::to_owned);
        hosts.entry(host.to_owned()).or_default().extend(addresses);
    }
    let mut lines = Vec::new();
    for (host, addresses) in hosts {
        if host.is_empty() || host.contains([':', '=']) {
            let tainted =
                item.as_list().into_iter().flatten().any(|entry| entry.taint != Taint::Written);
            let text = if tainted { "***".to_owned() } else { host };
            return Err((item, Problem::ExtraHost { text }));
        }
        lines.extend(addresses.iter().map(|address| format!("{host}={}", unbracketed(address))));
    }
    lines.sort();
    Ok(Value::from(lines))
}

fn unbracketed(address: &str) -> &str {
    let inner = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(address)
}
