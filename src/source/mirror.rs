//! The bare mirror of a source: fetched into, read from, and made anew by itself when it is damaged.

use std::fmt;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid, Repository, RepositoryInitOptions};

use crate::model::name::{EngineName, ProjectName, SourceName};
use crate::model::revision::{Commit, Revision};

use super::address::{Place, without_credentials};
use super::credentials::Credentials;
use super::error::Error;
use super::git_tree::GitTree;
use super::objects::{copy, verify};
use super::session::{Session, Watch, mirror_error};
use super::{library, local, network, upkeep};

/// References to the revisions that are applied, by engine and project.
const APPLIED: &str = "refs/conductor/applied";
/// References to revisions that are kept to go back to, by why, engine and project.
const KEPT: &str = "refs/conductor/kept";
/// References to what was fetched last, by what was asked for.
const TIP: &str = "refs/conductor/tip";

/// Why a revision is kept that nothing may follow any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It is the last good one of a stack.
    Good,
    /// It was the last good one before that.
    Earlier,
}

impl Keep {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Earlier => "earlier",
        }
    }
}

/// A source as the settings describe it. Its `Debug` leaves out what the URL may hold of credentials.
#[derive(Clone)]
pub struct Remote {
    /// Its name in the settings.
    pub name: SourceName,
    /// Where it is: see [`super::Address::parse`].
    pub url: String,
    /// The branch, tag or commit to follow; none for the remote's `HEAD`.
    pub reference: Option<String>,
    /// What opens it.
    pub credentials: Credentials,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("name", &self.name)
            .field("url", &without_credentials(&self.url))
            .field("reference", &self.reference)
            .field("credentials", &self.credentials)
            .finish()
    }
}

/// How far a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchProgress {
    /// Objects that have arrived.
    pub received_objects: usize,
    /// Objects that will arrive.
    pub total_objects: usize,
    /// Bytes that have arrived.
    pub received_bytes: usize,
}

/// The bare mirror of a source. A path and no more: every call opens it anew, so that it may be shared freely.
#[derive(Debug, Clone)]
pub struct Mirror {
    dir: PathBuf,
}

impl Mirror {
    /// The mirror at `dir`, which need not exist before the first fetch. Its parent holds a lock beside it.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where the mirror is.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Fetches what `remote` follows and says which revision it is. A damaged mirror is made anew, and keeps the applied
    /// revisions that can still be read. When the fetch fails, everything stays as it was.
    pub fn fetch(
        &self,
        remote: &Remote,
        progress: &dyn Fn(FetchProgress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Revision, Error> {
        let session = Session::begin(remote, &self.dir, Watch { progress, cancelled })?;
        let Some(_turn) = upkeep::take_turn(&self.dir, &|| session.goes_on())? else {
            return Err(Error::Cancelled { url: session.url() });
        };
        upkeep::sweep(&self.dir)?;
        let outcome = match self.open() {
            Ok(Some(repository)) if !upkeep::has_many_packs(&self.dir) => {
                fetch_into(&repository, &session)
            }
            Ok(Some(_) | None) => return self.renew(&session),
            Err(error) => Err(error),
        };
        match outcome {
            Err(Error::Corrupt { .. }) => self.renew(&session),
            other => other,
        }
    }

    /// The revision that was last fetched for what `remote` follows; asks nobody.
    pub fn tip(&self, remote: &Remote) -> Result<Option<Revision>, Error> {
        self.resolve(&tip_name(remote.reference.as_deref()))
    }

    /// Remembers `revision` as the one that is applied for a project, and keeps its files, whatever is fetched later.
    pub fn pin(
        &self,
        engine: &EngineName,
        project: &ProjectName,
        revision: &Revision,
    ) -> Result<(), Error> {
        self.hold(&applied_name(engine, project), revision)
    }

    /// Keeps `revision` of a project to go back to, whatever is fetched later, in place of the one that was kept so.
    pub fn keep(
        &self,
        keep: Keep,
        (engine, project): (&EngineName, &ProjectName),
        revision: &Revision,
    ) -> Result<(), Error> {
        self.hold(&kept_name(keep, engine, project), revision)
    }

    /// The revision of a project that is kept to go back to.
    pub fn kept(
        &self,
        keep: Keep,
        (engine, project): (&EngineName, &ProjectName),
    ) -> Result<Option<Revision>, Error> {
        self.resolve(&kept_name(keep, engine, project))
    }

    /// The commit whose id begins with these digits, if it is here; `None` also where several begin so.
    pub fn find(&self, digits: &str) -> Result<Option<Revision>, Error> {
        let Some(repository) = self.open()? else { return Ok(None) };
        let Some(digits) = network::commit_digits(digits) else { return Ok(None) };
        let found = repository.find_commit_by_prefix(digits);
        Ok(found.ok().map(|commit| Revision::Commit(commit.id().to_string())))
    }

    /// Sets a reference of ours to a revision; nothing is written where it is there already.
    fn hold(&self, name: &str, revision: &Revision) -> Result<(), Error> {
        if self.resolve(name).ok().flatten().as_ref() == Some(revision) {
            return Ok(());
        }
        let _turn = upkeep::take_turn(&self.dir, &|| true)?;
        upkeep::sweep(&self.dir)?;
        let (repository, commit) = self.locate(revision)?;
        let outcome = repository.reference(name, commit, true, "held");
        outcome.map(drop).map_err(|error| mirror_error(&self.dir, error))
    }

    /// Forgets which revision is applied for a project.
    pub fn unpin(&self, engine: &EngineName, project: &ProjectName) -> Result<(), Error> {
        let _turn = upkeep::take_turn(&self.dir, &|| true)?;
        upkeep::sweep(&self.dir)?;
        let Some(repository) = self.open()? else { return Ok(()) };
        let outcome = match repository.find_reference(&applied_name(engine, project)) {
            Ok(mut reference) => reference.delete(),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        outcome.map_err(|error| mirror_error(&self.dir, error))
    }

    /// The revision that is applied for a project.
    pub fn pinned(
        &self,
        engine: &EngineName,
        project: &ProjectName,
    ) -> Result<Option<Revision>, Error> {
        self.resolve(&applied_name(engine, project))
    }

    /// All applied revisions that can be read.
    pub fn pins(&self) -> Result<Vec<(EngineName, ProjectName, Revision)>, Error> {
        let Some(repository) = self.open()? else { return Ok(Vec::new()) };
        let mut pins = Vec::new();
        for (name, commit) in held(&repository, APPLIED) {
            let names =
                name.strip_prefix(APPLIED).and_then(|name| name.strip_prefix('/')?.split_once('/'));
            let names = names
                .map(|(engine, project)| (EngineName::parse(engine), ProjectName::parse(project)));
            if let Some((Ok(engine), Ok(project))) = names {
                pins.push((engine, project, Revision::Commit(commit.to_string())));
            }
        }
        Ok(pins)
    }

    /// The files of `revision`, as they will stand below the absolute directory `root`.
    pub fn tree(&self, revision: &Revision, root: impl Into<PathBuf>) -> Result<GitTree, Error> {
        let (repository, commit) = self.locate(revision)?;
        GitTree::of(repository, commit, root.into()).map_err(|error| mirror_error(&self.dir, error))
    }

    /// Who made a revision, when, and what they called it.
    pub fn commit(&self, revision: &Revision) -> Result<Commit, Error> {
        let (repository, commit) = self.locate(revision)?;
        let found =
            repository.find_commit(commit).map_err(|error| mirror_error(&self.dir, error))?;
        let author = found.author();
        Ok(Commit {
            author: author.name().unwrap_or_default().to_owned(),
            subject: found.summary().ok().flatten().unwrap_or_default().to_owned(),
            time: found.time().seconds(),
        })
    }

    /// The files of the directory `inner` of `revision`, as they will stand below the absolute directory `root`.
    pub fn tree_below(
        &self,
        revision: &Revision,
        inner: &Path,
        root: impl Into<PathBuf>,
    ) -> Result<GitTree, Error> {
        let (repository, commit) = self.locate(revision)?;
        GitTree::below(repository, commit, (inner, root.into()))
            .map_err(|error| mirror_error(&self.dir, error))
    }

    /// Opens the mirror; `None` when it was never fetched.
    fn open(&self) -> Result<Option<Repository>, Error> {
        library::prepare();
        if !self.dir.exists() {
            return Ok(None);
        }
        Repository::open_bare(&self.dir).map(Some).map_err(|error| mirror_error(&self.dir, error))
    }

    /// Opens the mirror and finds a commit in it.
    fn locate(&self, revision: &Revision) -> Result<(Repository, Oid), Error> {
        let missing =
            || Error::NoSuchRevision { path: self.dir.clone(), revision: revision.to_string() };
        let repository = self.open()?.ok_or_else(missing)?;
        let commit = Oid::from_str(&revision.to_string()).map_err(|_error| missing())?;
        let found = repository.find_commit(commit).map(drop);
        match found {
            Ok(()) => Ok((repository, commit)),
            Err(error) if error.code() == ErrorCode::NotFound => Err(missing()),
            Err(error) => Err(mirror_error(&self.dir, error)),
        }
    }

    /// The commit that a reference of the mirror names.
    fn resolve(&self, name: &str) -> Result<Option<Revision>, Error> {
        let Some(repository) = self.open()? else { return Ok(None) };
        match repository.refname_to_id(name) {
            Ok(commit) => Ok(Some(Revision::Commit(commit.to_string()))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(mirror_error(&self.dir, error)),
        }
    }

    /// Fetches into a fresh mirror, brings the applied revisions over from the old one, and puts it in its place.
    fn renew(&self, session: &Session<'_>) -> Result<Revision, Error> {
        let fresh = upkeep::fresh(&self.dir);
        let outcome = create(&fresh).and_then(|repository| {
            let revision = fetch_into(&repository, session)?;
            if let Ok(Some(damaged)) = self.open() {
                rescue(&damaged, &repository);
            }
            Ok(revision)
        });
        if outcome.is_ok() {
            upkeep::swap(&self.dir)?;
        } else {
            // What failed first is what counts; the next fetch sweeps again.
            upkeep::remove(&fresh).ok();
        }
        outcome
    }
}

/// Fetches what the session asks for, checks that every file of it can be read, and only then calls it the tip.
fn fetch_into(repository: &Repository, session: &Session<'_>) -> Result<Revision, Error> {
    let mirror = repository.path();
    let commit = match session.address.place() {
        Place::Disk(path) => local::fetch(repository, session, path)?,
        Place::Web | Place::Ssh => network::fetch(repository, session)?,
    };
    if !upkeep::is_verified(mirror, commit) {
        verify(repository, commit).map_err(|error| session.damaged(error))?;
        upkeep::note_verified(mirror, commit)?;
    }
    let name = tip_name(session.reference);
    if repository.refname_to_id(&name).ok() != Some(commit) {
        let outcome = repository.reference(&name, commit, true, "fetched");
        outcome.map_err(|error| session.damaged(error))?;
    }
    Ok(Revision::Commit(commit.to_string()))
}

/// Makes an empty bare repository that only this user can read.
fn create(dir: &Path) -> Result<Repository, Error> {
    upkeep::remove(dir)?;
    let mut options = RepositoryInitOptions::new();
    options.bare(true).no_reinit(true).mkpath(true).external_template(false);
    Repository::init_opts(dir, &options).map_err(|error| mirror_error(dir, error))
}

/// Brings the applied revisions and those that are kept over, as far as they can still be read whole.
fn rescue(damaged: &Repository, fresh: &Repository) {
    for (name, commit) in [held(damaged, APPLIED), held(damaged, KEPT)].concat() {
        let whole = copy(damaged, fresh, commit, &|| true).is_ok() && verify(fresh, commit).is_ok();
        let kept = whole && fresh.reference(&name, commit, true, "rescued").is_ok();
        if !kept {
            tracing::warn!(reference = name, %commit, "a revision that was kept is lost with its damaged mirror");
        }
    }
}

/// The references below `top` that can be read.
fn held(repository: &Repository, top: &str) -> Vec<(String, Oid)> {
    let references =
        repository.references_glob(&format!("{top}/*")).into_iter().flatten().flatten();
    references
        .filter_map(|reference| Some((reference.name().ok()?.to_owned(), reference.target()?)))
        .collect()
}

fn applied_name(engine: &EngineName, project: &ProjectName) -> String {
    format!("{APPLIED}/{engine}/{project}")
}

fn kept_name(keep: Keep, engine: &EngineName, project: &ProjectName) -> String {
    format!("{KEPT}/{}/{engine}/{project}", keep.word())
}

/// The reference to the tip of what is asked for; its name may be any text, so all but plain letters are written as hex.
fn tip_name(reference: Option<&str>) -> String {
    let Some(reference) = reference else { return format!("{TIP}/HEAD") };
    let mut name = format!("{TIP}/at-");
    for byte in reference.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    name
}
