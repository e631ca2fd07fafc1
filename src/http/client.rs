//! Who sends a request that a proxy passes on. Pure.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Hops that are looked at, from the nearest on.
const MAX_HOPS: usize = 16;

/// The address that a request comes from. Only trusted proxies are believed, from the nearest one outwards: the first
/// address that is no proxy's is the client. Where two headers disagree, or one cannot be read, the last proxy counts.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let old = chain(headers, "x-forwarded-for", Some);
    let new = chain(headers, "forwarded", |element| {
        element.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case("for").then_some(value)
        })
    });
    match (old.is_empty(), new.is_empty()) {
        (true, true) => peer,
        (false, true) => outermost(peer, &old, trusted),
        (true, false) => outermost(peer, &new, trusted),
        (false, false) => {
            let (old, new) = (outermost(peer, &old, trusted), outermost(peer, &new, trusted));
            if old == new { old } else { peer }
        }
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The addresses of a header, nearest first; `None` where one cannot be read.
fn chain<'a>(
    headers: &'a HeaderMap,
    name: &str,
    value: impl Fn(&'a str) -> Option<&'a str>,
) -> Vec<Option<IpAddr>> {
    let lines: Vec<&str> =
        headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let elements = lines.into_iter().rev().flat_map(|line| line.rsplit(','));
    elements.take(MAX_HOPS).map(|element| value(element.trim()).and_then(address)).collect()
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())).map(|ip| ip.to_canonical())
}

fn outermost(peer: IpAddr, chain: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let mut last = peer;
    for hop in chain {
        let Some(address) = *hop else { return last };
        last = address;
        if !is_trusted(address, trusted) {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).into();
        client(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed_from_the_nearest_on() {
        let xff = |value| [("x-forwarded-for", value)];
        assert_eq!(check("192.0.2.1", &xff("198.51.100.1")), "192.0.2.1", "no proxy of ours");
        assert_eq!(check("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(check("10.0.0.1", &xff("198.51.100.1")), "198.51.100.1");
        assert_eq!(check("10.0.0.1", &xff("6.6.6.6, 198.51.100.1, 10.0.0.2")), "198.51.100.1");
        assert_eq!(check("10.0.0.1", &xff("6.6.6.6, rubbish, 10.0.0.2")), "10.0.0.2");
        let twice = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(check("10.0.0.1", &twice), "198.51.100.1");
        assert_eq!(check("::ffff:10.0.0.1", &xff("198.51.100.1:4711")), "198.51.100.1");
    }

    #[test]
    fn the_newer_header_counts_where_the_older_one_does_not_contradict_it() {
        let forwarded = |value| [("forwarded", value)];
        assert_eq!(check("10.0.0.1", &forwarded("for=198.51.100.1;proto=https")), "198.51.100.1");
        assert_eq!(check("fd00::1", &forwarded("For=\"[2001:db8::1]:4711\"")), "2001:db8::1");
        assert_eq!(check("10.0.0.1", &forwarded("for=unknown")), "10.0.0.1");
        let both = [("forwarded", "for=6.6.6.6"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(check("10.0.0.1", &both), "10.0.0.1");
    }
}
