//! Whether a pushed repository is one that a source follows: addresses of one repository differ in scheme, user, port,
//! `.git` and case.

use crate::model::name::SourceName;

use super::verdict::Push;

/// A source, as far as a webhook may be about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Its name.
    pub name: SourceName,
    /// Its address: a URL, `user@host:path` or a path.
    pub url: String,
    /// The branch, tag or commit that it follows; `None` is the default branch.
    pub reference: Option<String>,
}

/// The sources that follow the repository of a push: by address; where none does, by the repository's name, because a
/// server may have another address in here than out there. A push that names no repository is about all.
pub(super) fn following<'a>(push: &Push, followed: &'a [Followed]) -> Vec<&'a Followed> {
    if push.urls.is_empty() && push.names.is_empty() {
        return followed.iter().collect();
    }
    let urls: Vec<String> = push.urls.iter().map(|url| normalise(url)).collect();
    let by_url: Vec<&Followed> =
        followed.iter().filter(|source| urls.contains(&normalise(&source.url))).collect();
    if !by_url.is_empty() {
        return by_url;
    }
    let ends_with = |url: &str, name: &String| {
        let name = name.trim_matches('/').to_lowercase();
        !name.is_empty()
            && url
                .strip_suffix(name.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    followed
        .iter()
        .filter(|source| {
            let url = normalise(&source.url);
            push.names.iter().any(|name| ends_with(&url, name))
        })
        .collect()
}

/// `host/path`, lower case, without what may differ.
pub(super) fn normalise(url: &str) -> String {
    let lower = url.trim().to_lowercase();
    let (host, path) = match lower.split_once("://") {
        Some(("file", path)) => ("", path),
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        None => match lower.split_once(':') {
            // `user@host:path`, as ssh has it.
            Some((host, path)) if !host.contains('/') => (host, path),
            Some(_) | None => ("", lower.as_str()),
        },
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).replace("%20", " ");
    azure(host, &path).unwrap_or_else(|| format!("{host}/{path}"))
}

/// The three addresses that a repository of Azure DevOps has, as one.
fn azure(host: &str, path: &str) -> Option<String> {
    if host == "ssh.dev.azure.com" {
        let mut parts = path.strip_prefix("v3/")?.split('/');
        let (owner, project, name) = (parts.next()?, parts.next()?, parts.next()?);
        return Some(format!("dev.azure.com/{owner}/{project}/_git/{name}"));
    }
    let owner = host.strip_suffix(".visualstudio.com")?;
    let path = path.strip_prefix("defaultcollection/").unwrap_or(path);
    Some(format!("dev.azure.com/{owner}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_one_address_however_it_is_written() {
        let same = [
            "https://github.com/Me/Stacks.git",
            "https://github.com/me/stacks",
            "https://me@github.com/me/stacks/",
            "git@github.com:me/stacks.git",
            "ssh://git@github.com:22/me/stacks.git",
            "git://github.com/me/stacks.git",
            "github.com:me/stacks",
        ];
        for url in same {
            assert_eq!(normalise(url), "github.com/me/stacks", "{url}");
        }
        let azure = [
            "https://dev.azure.com/me/home/_git/stacks",
            "https://me@dev.azure.com/me/home/_git/stacks",
            "git@ssh.dev.azure.com:v3/me/home/stacks",
            "https://me.visualstudio.com/DefaultCollection/home/_git/stacks",
        ];
        for url in azure {
            assert_eq!(normalise(url), "dev.azure.com/me/home/_git/stacks", "{url}");
        }
        assert_eq!(normalise("/srv/git/stacks.git"), "/srv/git/stacks");
        assert_eq!(normalise("file:///srv/git/stacks.git"), "/srv/git/stacks");
    }

    fn check(source: &str, urls: &[&str], name: &str) -> bool {
        let followed = Followed {
            name: SourceName::parse("home").unwrap(),
            url: source.to_owned(),
            reference: None,
        };
        let push = Push {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            names: vec![name.to_owned()],
            ..Push::default()
        };
        !following(&push, &[followed]).is_empty()
    }

    #[test]
    fn a_push_is_for_the_source_at_its_address_or_else_of_its_name() {
        let out_there = &["https://git.example.com/me/stacks.git"][..];
        assert!(check("git@git.example.com:me/stacks.git", out_there, "me/stacks"));
        assert!(check("http://gitea:3000/me/stacks.git", out_there, "me/stacks"));
        assert!(check("/srv/git/me/stacks.git", out_there, "me/stacks"));
        assert!(!check("http://gitea:3000/not-me/stacks.git", out_there, "me/stacks"));
        assert!(!check("http://gitea:3000/you/stacks.git", out_there, "me/stacks"));
    }
}
