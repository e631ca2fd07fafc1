//! Fetching from a repository on this machine: its objects are copied, without its history.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository};

use super::error::{Error, GitSaid};
use super::network::{commit_digits, nearest};
use super::objects::{CopyError, copy};
use super::session::{Session, io_error, mirror_error};

/// Copies the commit that the session asks for from the repository at `path` into `mirror`.
pub(super) fn fetch(mirror: &Repository, session: &Session<'_>, path: &Path) -> Result<Oid, Error> {
    let source = Repository::open(path).map_err(|error| {
        let is_missing = error.code() == ErrorCode::NotFound;
        let (url, source) = (session.url(), GitSaid::from(error));
        if is_missing {
            Error::NoRepository { url, source }
        } else {
            Error::Unreadable { url, source }
        }
    })?;
    let commit = find(&source, session)?;
    copy(&source, mirror, commit, &|| session.goes_on()).map_err(|error| match error {
        CopyError::From(_) if !session.goes_on() => Error::Cancelled { url: session.url() },
        CopyError::From(source) => {
            Error::Unreadable { url: session.url(), source: GitSaid::from(source) }
        }
        CopyError::To(source) => mirror_error(mirror.path(), source),
        CopyError::Shallow(source) => io_error(mirror.path(), source),
    })?;
    Ok(commit)
}

/// The commit that the session asks for: a branch, else a tag, else a commit by its id.
fn find(source: &Repository, session: &Session<'_>) -> Result<Oid, Error> {
    let Some(wanted) = session.reference else {
        return match source.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(commit.id()),
            Err(_) if names(source).is_empty() => Err(Error::Empty { url: session.url() }),
            Err(_) => Err(missing(source, session, "HEAD")),
        };
    };
    for name in [wanted.to_owned(), format!("refs/heads/{wanted}"), format!("refs/tags/{wanted}")] {
        let found = source.find_reference(&name).and_then(|reference| reference.peel_to_commit());
        if let Ok(commit) = found {
            return Ok(commit.id());
        }
    }
    let Some(digits) = commit_digits(wanted) else { return Err(missing(source, session, wanted)) };
    match source.find_commit_by_prefix(digits) {
        Ok(commit) => Ok(commit.id()),
        Err(error) if error.code() == ErrorCode::Ambiguous => {
            Err(Error::Ambiguous { url: session.url(), reference: wanted.to_owned() })
        }
        Err(_) => Err(missing(source, session, wanted)),
    }
}

fn missing(source: &Repository, session: &Session<'_>, wanted: &str) -> Error {
    Error::NoSuchRef {
        url: session.url(),
        reference: wanted.to_owned(),
        nearest: nearest(wanted, &names(source)),
    }
}

/// The full names of all references.
fn names(source: &Repository) -> Vec<String> {
    let references = source.references().into_iter().flatten().flatten();
    references.filter_map(|reference| reference.name().ok().map(str::to_owned)).collect()
}
