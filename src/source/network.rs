//! Fetching from a server: what it has, which of it is wanted, and only that.

use git2::{AutotagOption, FetchOptions, Oid, Repository};

use super::error::Error;
use super::session::{Phase, Session, proxy};

/// Where fetched references stand until they are looked at.
const INCOMING: &str = "refs/conductor/incoming";
/// The last commit, without its parents.
const SHALLOW: i32 = 1;
/// Everything, also what a shallow fetch left out before.
const WHOLE: i32 = i32::MAX;
/// Digits of a whole commit id.
const DIGITS: usize = 40;

/// A reference that the server has; for an annotated tag the commit that it marks.
#[derive(Debug, Clone)]
struct Head {
    name: String,
    commit: Oid,
}

/// Fetches the commit that the session asks for into `mirror`.
pub(super) fn fetch(mirror: &Repository, session: &Session<'_>) -> Result<Oid, Error> {
    let digits = session.reference.and_then(commit_digits);
    if let Some(commit) =
        digits.filter(|digits| digits.len() == DIGITS).and_then(|digits| known(mirror, digits))
    {
        return Ok(commit);
    }
    clear(mirror, session)?;
    let mut remote = anonymous(mirror, session)?;
    let mut connection = session.connect(mirror, &mut remote)?;
    let heads = heads(&connection, session)?;
    let found = choose(&heads, session);
    match (found, digits) {
        (Ok(head), _) => {
            if known(mirror, &head.commit.to_string()).is_none() {
                let spec = format!("+{}:{INCOMING}/one", head.name);
                download(connection.remote(), session, &[spec], SHALLOW)?;
            }
            clear(mirror, session)?;
            Ok(head.commit)
        }
        (Err(error), None) => Err(error),
        (Err(_), Some(digits)) => by_id(mirror, connection.remote(), session, digits),
    }
}

/// Fetches a commit that no reference names: by its id where the server allows, else with everything.
fn by_id(
    mirror: &Repository,
    remote: &mut git2::Remote<'_>,
    session: &Session<'_>,
    digits: &str,
) -> Result<Oid, Error> {
    if digits.len() == DIGITS {
        let spec = format!("+{digits}:{INCOMING}/one");
        // Many servers refuse an id that no reference names; then everything is fetched.
        let outcome = download(remote, session, &[spec], SHALLOW);
        if let Err(error @ (Error::Cancelled { .. } | Error::DiskFull { .. })) = outcome {
            return Err(error);
        }
    }
    if known(mirror, digits).is_none() {
        let everything = [
            format!("+refs/heads/*:{INCOMING}/heads/*"),
            format!("+refs/tags/*:{INCOMING}/tags/*"),
        ];
        let mut remote = anonymous(mirror, session)?;
        let mut connection = session.connect(mirror, &mut remote)?;
        download(connection.remote(), session, &everything, WHOLE)?;
    }
    let found = mirror.find_commit_by_prefix(digits).map(|commit| commit.id());
    let names: Vec<String> =
        remote.list().unwrap_or_default().iter().map(|head| head.name().to_owned()).collect();
    clear(mirror, session)?;
    found.map_err(|error| {
        let (url, reference) = (session.url(), digits.to_owned());
        if error.code() == git2::ErrorCode::Ambiguous {
            Error::Ambiguous { url, reference }
        } else if error.code() == git2::ErrorCode::NotFound {
            Error::NoSuchRef { url, nearest: nearest(digits, &names), reference }
        } else {
            session.damaged(error)
        }
    })
}

fn anonymous<'repo>(
    mirror: &'repo Repository,
    session: &Session<'_>,
) -> Result<git2::Remote<'repo>, Error> {
    mirror
        .remote_anonymous(session.address.dial())
        .map_err(|error| session.explain(Phase::Connect, error))
}

/// What the server has; annotated tags count as the commits that they mark.
fn heads(
    connection: &git2::RemoteConnection<'_, '_, '_>,
    session: &Session<'_>,
) -> Result<Vec<Head>, Error> {
    let listed = connection.list().map_err(|error| session.explain(Phase::Connect, error))?;
    let mut heads: Vec<Head> = Vec::with_capacity(listed.len());
    for head in listed {
        match (head.name().strip_suffix("^{}"), heads.last_mut()) {
            (Some(tag), Some(last)) if last.name == tag => last.commit = head.oid(),
            _ => heads.push(Head { name: head.name().to_owned(), commit: head.oid() }),
        }
    }
    Ok(heads)
}

/// The reference that is asked for: the remote's `HEAD`, a full name, a branch, a tag, or any that is at a whole id.
fn choose(heads: &[Head], session: &Session<'_>) -> Result<Head, Error> {
    if heads.is_empty() {
        return Err(Error::Empty { url: session.url() });
    }
    let wanted = session.reference.unwrap_or("HEAD");
    let candidates =
        [wanted.to_owned(), format!("refs/heads/{wanted}"), format!("refs/tags/{wanted}")];
    let by_name = candidates.iter().find_map(|name| heads.iter().find(|head| head.name == *name));
    let by_id = || heads.iter().find(|head| head.commit.to_string() == wanted);
    by_name.or_else(by_id).cloned().ok_or_else(|| {
        let names: Vec<String> = heads.iter().map(|head| head.name.clone()).collect();
        Error::NoSuchRef {
            url: session.url(),
            reference: wanted.to_owned(),
            nearest: nearest(wanted, &names),
        }
    })
}

/// Fetches `specs`, with as little history as `depth` says or the server can.
fn download(
    remote: &mut git2::Remote<'_>,
    session: &Session<'_>,
    specs: &[String],
    depth: i32,
) -> Result<(), Error> {
    session.check_cancelled()?;
    let mut attempt = |depth: i32| {
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(session.callbacks())
            .proxy_options(proxy())
            .download_tags(AutotagOption::None)
            .update_fetchhead(false)
            .depth(depth);
        remote.fetch(specs, Some(&mut options), None)
    };
    let outcome = match attempt(depth) {
        Err(error) if error.message().contains("support shallow") => attempt(0),
        other => other,
    };
    outcome.map_err(|error| session.explain(Phase::Download, error))
}

/// The commit with these digits, if the mirror has it.
fn known(mirror: &Repository, digits: &str) -> Option<Oid> {
    mirror.find_commit_by_prefix(digits).ok().map(|commit| commit.id())
}

/// Removes references that a fetch has left.
fn clear(mirror: &Repository, session: &Session<'_>) -> Result<(), Error> {
    let outcome = mirror
        .references_glob(&format!("{INCOMING}/*"))
        .and_then(|mut references| references.try_for_each(|reference| reference?.delete()));
    outcome.map_err(|error| session.damaged(error))
}

/// The text as digits of a commit id, when it can be one: 7 to 40 hex digits.
pub(super) fn commit_digits(text: &str) -> Option<&str> {
    let fits =
        (7..=DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then_some(text)
}

/// The names most like `wanted`; where none is like it, the first few branches.
pub(super) fn nearest(wanted: &str, names: &[String]) -> Vec<String> {
    let short = |name: &String| {
        let name = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/"))?;
        (!name.ends_with("^{}")).then(|| name.to_owned())
    };
    let mut all: Vec<(f64, String)> = names
        .iter()
        .filter_map(short)
        .map(|name| (strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()), name))
        .collect();
    if all.iter().any(|(likeness, _)| *likeness > ALIKE) {
        all.retain(|(likeness, _)| *likeness > ALIKE);
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
    }
    all.into_iter().map(|(_, name)| name).take(SHOWN).collect()
}

/// From here on two names are alike.
const ALIKE: f64 = 0.75;
/// How many names a hint shows.
const SHOWN: usize = 3;
