//! Image references, as far as registries and credentials need them.

use super::error::Error;

/// A reference, taken apart. `busybox` is `docker.io/library/busybox:latest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The registry, such as `docker.io` or `registry.lan:5000`.
    pub registry: String,
    /// The name as it was written, without tag and digest.
    pub name: String,
    /// Tag; `latest` when neither tag nor digest was written.
    pub tag: Option<String>,
    /// Digest, such as `sha256:...`.
    pub digest: Option<String>,
}

/// The registry of names that name none.
const DEFAULT_REGISTRY: &str = "docker.io";

impl Reference {
    /// Takes a reference apart, and refuses what no engine accepts.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |reason| Err(Error::Reference { text: text.to_owned(), reason });
        if text.is_empty() {
            return wrong("it is empty");
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return wrong("the digest is malformed");
        }
        let last = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[last..].find(':') {
            Some(colon) => (&rest[..last + colon], Some(&rest[last + colon + 1..])),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return wrong("the tag is malformed");
        }
        let (registry, path) = split_registry(name);
        if path.is_empty() || !path.split('/').all(is_component) {
            return wrong(
                "a name has lower-case letters, digits, and single separators between them",
            );
        }
        if !is_registry(registry) {
            return wrong("the registry is malformed");
        }
        let tag = match (tag, digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        Ok(Self {
            registry: registry.to_owned(),
            name: name.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The name with its registry, such as `docker.io/library/busybox`.
    pub fn full_name(&self) -> String {
        let (registry, path) = split_registry(&self.name);
        let official = registry == DEFAULT_REGISTRY && !path.contains('/');
        format!("{registry}/{}{path}", if official { "library/" } else { "" })
    }

    /// What the engine takes as `tag` of a pull: the digest counts more.
    pub(super) fn version(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }
}

/// The first part is a registry when it could not be part of a name on the default one.
fn split_registry(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => {
            let first = if first == "index.docker.io" { DEFAULT_REGISTRY } else { first };
            (first, path)
        }
        Some(_) | None => (DEFAULT_REGISTRY, name),
    }
}

fn is_registry(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ']')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:[]".contains(c))
}

fn is_component(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

fn is_digest(text: &str) -> bool {
    let Some((kind, hex)) = text.split_once(':') else { return false };
    !kind.is_empty() && hex.len() >= 32 && hex.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match Reference::parse(text) {
            Ok(found) => format!("{} {} {}", found.registry, found.name, found.version()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_not_written_is_filled_in() {
        assert_eq!(check("busybox"), "docker.io busybox latest");
        assert_eq!(check("grafana/grafana:11.1"), "docker.io grafana/grafana 11.1");
        assert_eq!(
            check("registry.lan:5000/team/app"),
            "registry.lan:5000 registry.lan:5000/team/app latest"
        );
        assert_eq!(check("localhost/app:1"), "localhost localhost/app 1");
        let digest = format!("sha256:{}", "0a".repeat(32));
        assert_eq!(check(&format!("busybox:1@{digest}")), format!("docker.io busybox {digest}"));
    }

    #[test]
    fn what_no_engine_accepts_is_refused() {
        insta::assert_snapshot!(check(""), @"invalid image reference ``: it is empty");
        insta::assert_snapshot!(check("Busybox"), @"invalid image reference `Busybox`: a name has lower-case letters, digits, and single separators between them");
        insta::assert_snapshot!(check("../containers/x"), @"invalid image reference `../containers/x`: the registry is malformed");
        insta::assert_snapshot!(check("a:b c"), @"invalid image reference `a:b c`: the tag is malformed");
        insta::assert_snapshot!(check("a@sha256:12"), @"invalid image reference `a@sha256:12`: the digest is malformed");
    }
}
