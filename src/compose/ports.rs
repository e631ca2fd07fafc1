//! The short form of a published port.

use std::net::IpAddr;

use super::problem::Problem;

/// One published port in the long form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    /// Address of the host; empty is all.
    pub(super) host_ip: String,
    /// Port or range of the host; empty is any.
    pub(super) host: String,
    /// Port in the container.
    pub(super) target: u16,
    /// `tcp`, `udp` or `sctp`.
    pub(super) protocol: String,
}

/// Reads `[[IP:][HOST]:]CONTAINER[/PROTOCOL]`; ranges become one port each, in the order of their numbers as text.
pub(super) fn parse(text: &str) -> Result<Vec<Published>, Problem> {
    let (spec, protocol) =
        text.split_once('/').map_or((text, "tcp"), |(spec, protocol)| (spec, protocol));
    let protocol = if protocol.is_empty() { "tcp" } else { protocol }.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(Problem::PortProtocol { text: text.to_owned() });
    }
    let (address, host, container) = parts(spec);
    if container.is_empty() || container == "0" {
        return Err(Problem::NoContainerPort { text: text.to_owned() });
    }
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err(Problem::PortAddress { text: text.to_owned(), address: address.to_owned() });
    }
    let bad = |port: &str| Problem::Port { text: text.to_owned(), port: port.to_owned() };
    let targets = range(container).ok_or_else(|| bad(container))?;
    let hosts = if host.is_empty() { None } else { Some(range(host).ok_or_else(|| bad(host))?) };
    let length = |(first, last): (u16, u16)| last - first;
    if let Some(hosts) = hosts
        && length(hosts) != length(targets)
        && length(targets) != 0
    {
        return Err(Problem::PortRanges { text: text.to_owned() });
    }
    let ports = (targets.0..=targets.1).map(|target| {
        let offset = target - targets.0;
        let published = match hosts {
            None => String::new(),
            Some(hosts) if length(targets) == 0 && length(hosts) != 0 => {
                format!("{}-{}", hosts.0, hosts.1)
            }
            Some(hosts) => (hosts.0 + offset).to_string(),
        };
        Published {
            host_ip: address.to_owned(),
            host: published,
            target,
            protocol: protocol.clone(),
        }
    });
    let mut ports: Vec<Published> = ports.collect();
    ports.sort_by_key(|port| port.target.to_string());
    Ok(ports)
}

/// Address, host port and container port of a text without its protocol.
fn parts(spec: &str) -> (&str, &str, &str) {
    let (rest, container) =
        spec.rsplit_once(':').map_or(("", spec), |(rest, container)| (rest, container));
    match rest.rsplit_once(':') {
        None => ("", rest, container),
        Some((address, host)) => (address, host, container),
    }
}

/// One port, or the two ends of a range.
fn range(text: &str) -> Option<(u16, u16)> {
    let port = |text: &str| text.parse::<u16>().ok().filter(|_| !text.starts_with('+'));
    let Some((first, last)) = text.split_once('-') else {
        return port(text).map(|port| (port, port));
    };
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match parse(text) {
            Ok(ports) => {
                let shown = ports
                    .iter()
                    .map(|p| format!("{}|{}|{}/{}", p.host_ip, p.host, p.target, p.protocol));
                shown.collect::<Vec<_>>().join(" ")
            }
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn every_short_form_is_read() {
        for (text, wanted) in [
            ("80", "||80/tcp"),
            ("8080:80", "|8080|80/tcp"),
            ("127.0.0.1:8080:80/udp", "127.0.0.1|8080|80/udp"),
            ("127.0.0.1::5000", "127.0.0.1||5000/tcp"),
            ("[::1]:80:80", "::1|80|80/tcp"),
            (":80", "||80/tcp"),
            ("8000-8001:9000-9001", "|8000|9000/tcp |8001|9001/tcp"),
            ("8000-8010:80", "|8000-8010|80/tcp"),
            ("3000-3001", "||3000/tcp ||3001/tcp"),
            ("53:53/UDP", "|53|53/udp"),
            ("99-100:99-100", "|100|100/tcp |99|99/tcp"),
        ] {
            assert_eq!(check(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_bad_port_says_what_is_wrong() {
        insta::assert_snapshot!(check("localhost:80:80"), @"`localhost` in the port `localhost:80:80` is not an IP address");
        insta::assert_snapshot!(check("70000:80"), @"`70000` in the port `70000:80` is not a port from 0 to 65535, nor a range of ports");
        insta::assert_snapshot!(check("80:"), @"the port `80:` names no container port");
        insta::assert_snapshot!(check("80:80/foo"), @"the protocol of the port `80:80/foo` is not `tcp`, `udp` or `sctp`");
        insta::assert_snapshot!(check("80-82:80-81"), @"the two ranges of the port `80-82:80-81` differ in length");
    }
}
