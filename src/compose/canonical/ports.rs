//! `ports`: one item of the short form may become several.

use crate::compose::error::Error;
use crate::compose::load::Step;
use crate::compose::ports;
use crate::compose::problem::Problem;
use crate::compose::session::Session;
use crate::compose::value::{Data, Item, Map, Taint};

/// What a port of a range counts for: ranges are short to write and long to write out.
const BYTES_PER_PORT: usize = 256;

/// Writes out the short forms.
pub(super) fn ports(value: &mut Item, path: &str, session: &mut Session<'_>) -> Result<(), Error> {
    if session.skips(Step::Interpolation) && has_template(value) {
        return Ok(());
    }
    let Some(list) = value.as_list_mut() else { return Ok(()) };
    let mut out = Vec::with_capacity(list.len());
    for (index, item) in std::mem::take(list).into_iter().enumerate() {
        if let Some(text) = item.as_text() {
            let path = format!("{path}[{index}]");
            let parsed = ports::parse(text)
                .map_err(|problem| Error::value(&item, path.as_str(), hidden(problem, &item)))?;
            session
                .spend(0, parsed.len() * BYTES_PER_PORT)
                .map_err(|problem| Error::value(&item, path, problem))?;
            out.extend(parsed.into_iter().map(|port| long(&item, &port)));
        } else if item.as_map().is_some() {
            check_address(&item, &format!("{path}[{index}]"))?;
            out.push(item);
        } else if matches!(item.data, Data::Float(_)) {
            let problem = Problem::Kind { wanted: "a port".to_owned(), found: item.kind() };
            return Err(Error::value(&item, format!("{path}[{index}]"), problem));
        } else {
            let port = Map::from_iter([("target".to_owned(), item.clone())]);
            out.push(Item::like(&item, Data::Map(port)));
        }
    }
    *list = out;
    Ok(())
}

/// Whether a short form cannot be read, because of a variable that was not put in.
fn has_template(value: &Item) -> bool {
    let mut texts = value.as_list().into_iter().flatten().filter_map(Item::as_text);
    texts.any(|text| ports::parse(text).is_err())
}

/// The address of a long form; that of a short form is looked at when it is read.
fn check_address(item: &Item, path: &str) -> Result<(), Error> {
    match item.get("host_ip") {
        Some(address) if address.printed().parse::<std::net::IpAddr>().is_err() => {
            Err(Error::value(
                address,
                format!("{path}.host_ip"),
                Problem::Address { text: address.shown() },
            ))
        }
        Some(_) | None => Ok(()),
    }
}

fn long(item: &Item, port: &ports::Published) -> Item {
    let mut map = Map::from_iter([
        ("mode".to_owned(), Item::text_like(item, "ingress")),
        ("target".to_owned(), Item::like(item, Data::Int(port.target.into()))),
        ("protocol".to_owned(), Item::text_like(item, port.protocol.as_str())),
    ]);
    for (key, text) in [("published", &port.host), ("host_ip", &port.host_ip)] {
        if !text.is_empty() {
            map.insert(key.to_owned(), Item::text_like(item, text.as_str()));
        }
    }
    Item::like(item, Data::Map(map))
}

fn hidden(problem: Problem, item: &Item) -> Problem {
    if item.taint == Taint::Written { problem } else { problem.hidden() }
}
