//! One conversation with a server: credentials, pinned host keys, progress, and what its errors mean.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use git2::{CertificateCheckStatus, Cred, CredentialType, ErrorClass, ErrorCode};

use super::address::{Address, Place};
use super::credentials::{Credentials, KeyProblem, Tried};
use super::error::{Error, GitSaid};
use super::known_hosts::{KnownHosts, Verdict, fingerprint, kind, line};
use super::library;
use super::mirror::{FetchProgress, Remote};

/// The user of a token where nobody says another: servers ask for the token only.
const TOKEN_USER: &str = "x-access-token";
/// The user of an SSH key where nobody says another.
const SSH_USER: &str = "git";

/// What asks a running fetch to stop, and hears how far it is.
pub(super) struct Watch<'a> {
    /// Hears how far the fetch is.
    pub(super) progress: &'a dyn Fn(FetchProgress),
    /// Whether to stop.
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

/// How far a fetch came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It reaches the server and asks what it has: nothing of the mirror is involved.
    Connect,
    /// It fetches objects, and compares them with those of the mirror.
    Download,
}

/// A fetch that is under way.
pub(super) struct Session<'a> {
    /// Where the source is.
    pub(super) address: Address,
    /// The branch, tag or commit to fetch; none for the remote's `HEAD`.
    pub(super) reference: Option<&'a str>,
    /// Who watches.
    pub(super) watch: Watch<'a>,
    mirror: PathBuf,
    credentials: &'a Credentials,
    known: KnownHosts,
    /// What an own check found: it explains the error that libgit2 then returns.
    verdict: RefCell<Option<Error>>,
    asked: Cell<bool>,
    saw_host_key: Cell<bool>,
    stopped: Cell<bool>,
    turn: RefCell<Option<MutexGuard<'static, ()>>>,
}

impl<'a> Session<'a> {
    /// Begins a fetch of `remote` for the mirror at `mirror`; fails where its URL or key cannot be used at all.
    pub(super) fn begin(
        remote: &'a Remote,
        mirror: &Path,
        watch: Watch<'a>,
    ) -> Result<Self, Error> {
        library::prepare();
        let address = Address::parse(&remote.url)?;
        let key = remote.credentials.ssh_key.as_ref().filter(|_| *address.place() == Place::Ssh);
        if let Some(problem) = key.and_then(KeyProblem::of) {
            return Err(Error::Key { url: address.to_string(), problem });
        }
        if let Some(authorities) =
            remote.credentials.ca_file.as_ref().filter(|_| *address.place() == Place::Web)
        {
            library::trust(authorities)?;
        }
        Ok(Self {
            address,
            reference: remote.reference.as_deref(),
            watch,
            mirror: mirror.to_owned(),
            credentials: &remote.credentials,
            known: KnownHosts::parse(remote.credentials.known_hosts.as_deref().unwrap_or_default()),
            verdict: RefCell::new(None),
            asked: Cell::new(false),
            saw_host_key: Cell::new(false),
            stopped: Cell::new(false),
            turn: RefCell::new(None),
        })
    }

    /// The URL for messages.
    pub(super) fn url(&self) -> String {
        self.address.to_string()
    }

    /// Fails when someone asked to stop.
    pub(super) fn check_cancelled(&self) -> Result<(), Error> {
        if (self.watch.cancelled)() { Err(Error::Cancelled { url: self.url() }) } else { Ok(()) }
    }

    /// Connects to the server and asks what it has.
    pub(super) fn connect<'repo, 'connection, 'session>(
        &'session self,
        repository: &'repo git2::Repository,
        remote: &'connection mut git2::Remote<'repo>,
    ) -> Result<git2::RemoteConnection<'repo, 'connection, 'session>, Error> {
        self.check_cancelled()?;
        if *self.address.place() == Place::Ssh {
            self.ask_for(&self.known.preferences(&self.address.host, self.address.port))?;
        }
        self.asked.set(false);
        self.saw_host_key.set(false);
        let outcome =
            remote.connect_auth(git2::Direction::Fetch, Some(self.callbacks()), Some(proxy()));
        self.turn.take();
        outcome.map_err(|error| self.explain_connect(repository, error))
    }

    /// Explains why a connection failed. An SSH server that has no key of the kind that is pinned breaks off before it
    /// shows any; then it is asked once more, for any key, so that the error can name it.
    fn explain_connect(&self, repository: &git2::Repository, error: git2::Error) -> Error {
        let Ok(mut remote) = repository.remote_anonymous(self.address.dial()) else {
            return self.explain(Phase::Connect, error);
        };
        let unseen = error.class() == ErrorClass::Ssh && !self.saw_host_key.get();
        if unseen && !self.known.preferences(&self.address.host, self.address.port).is_empty() {
            let again = self.ask_for("").is_ok()
                && remote
                    .connect_auth(git2::Direction::Fetch, Some(self.callbacks()), None)
                    .is_err();
            self.turn.take();
            if again && let Some(verdict) = self.verdict.take() {
                return verdict;
            }
        }
        self.explain(Phase::Connect, error)
    }

    /// Lets libgit2 ask the SSH server for a key of the kinds in `lines`, by the only way it has: a `known_hosts` file.
    fn ask_for(&self, lines: &str) -> Result<(), Error> {
        let home = self.mirror.with_added_extension("home");
        let file = home.join(".ssh/known_hosts");
        let write = || {
            std::fs::create_dir_all(home.join(".ssh"))?;
            std::fs::write(&file, lines)
        };
        write().map_err(|source| io_error(&file, source))?;
        self.turn.replace(Some(library::home(&home)));
        Ok(())
    }

    /// The callbacks by which libgit2 asks.
    pub(super) fn callbacks(&self) -> git2::RemoteCallbacks<'_> {
        let mut callbacks = git2::RemoteCallbacks::new();
        callbacks
            .credentials(|url, user, allowed| self.credential(url, user, allowed))
            .certificate_check(|certificate, _host| self.check_certificate(certificate))
            .sideband_progress(|_text| self.goes_on())
            .transfer_progress(|progress| {
                (self.watch.progress)(FetchProgress {
                    received_objects: progress.received_objects(),
                    total_objects: progress.total_objects(),
                    received_bytes: progress.received_bytes(),
                });
                self.goes_on()
            });
        callbacks
    }

    /// Whether nobody asked to stop; remembered, because libgit2 only says that a callback failed.
    pub(super) fn goes_on(&self) -> bool {
        if (self.watch.cancelled)() {
            self.stopped.set(true);
        }
        !self.stopped.get()
    }

    /// Answers a server that asks for credentials, once: libgit2 asks for ever while they are refused.
    fn credential(
        &self,
        url: &str,
        user: Option<&str>,
        allowed: CredentialType,
    ) -> Result<Cred, git2::Error> {
        let wanted = self.credentials.username.as_deref();
        if allowed.contains(CredentialType::USERNAME) {
            return Cred::username(wanted.unwrap_or(SSH_USER));
        }
        let again = self.asked.replace(true);
        if allowed.contains(CredentialType::SSH_KEY) {
            let Some(key) = self.credentials.ssh_key.as_ref().and_then(|key| key.expose_str())
            else {
                return self.deny(Tried::NoKey);
            };
            if again {
                return self.deny(Tried::Key);
            }
            let user = user.or(wanted).unwrap_or(SSH_USER);
            return Cred::ssh_key_from_memory(user, None, &format!("{}\n", key.trim()), None);
        }
        if !allowed.contains(CredentialType::USER_PASS_PLAINTEXT) {
            return self.deny(Tried::Unsupported);
        }
        if !self.address.same_server(url) {
            return self.deny(Tried::Elsewhere);
        }
        let user = wanted.or(self.address.user.as_deref());
        let secret = self.credentials.token.as_ref().or(self.address.password.as_ref());
        let secret = secret.and_then(|secret| secret.expose_str()).map(str::trim);
        match (user, secret) {
            (None, None) => self.deny(Tried::NoToken),
            (Some(_), None) if again => self.deny(Tried::NoToken),
            (_, Some(_)) if again => self.deny(Tried::Token),
            (user, secret) => {
                Cred::userpass_plaintext(user.unwrap_or(TOKEN_USER), secret.unwrap_or_default())
            }
        }
    }

    fn deny(&self, tried: Tried) -> Result<Cred, git2::Error> {
        self.verdict.replace(Some(Error::AccessDenied { url: self.url(), tried }));
        Err(git2::Error::new(ErrorCode::Auth, ErrorClass::Callback, "access denied"))
    }

    /// Leaves TLS certificates to OpenSSL, and compares SSH host keys with the pinned ones.
    fn check_certificate(
        &self,
        certificate: &git2::cert::Cert<'_>,
    ) -> Result<CertificateCheckStatus, git2::Error> {
        self.saw_host_key.set(true);
        self.turn.take();
        let Some(host_key) = certificate.as_hostkey() else {
            return Ok(CertificateCheckStatus::CertificatePassthrough);
        };
        let key = host_key.hostkey().unwrap_or_default();
        let host = self.address.ssh_name();
        let (kind, fingerprint) = (kind(key), fingerprint(key));
        let refusal = match self.known.judge(&self.address.host, self.address.port, key) {
            Verdict::Known => return Ok(CertificateCheckStatus::CertificateOk),
            Verdict::Unknown => {
                Error::HostKeyUnknown { line: line(&host, key), host, kind, fingerprint }
            }
            Verdict::Changed(pinned) => Error::HostKeyChanged { host, kind, fingerprint, pinned },
            Verdict::Revoked => Error::HostKeyRevoked { host, kind, fingerprint },
        };
        self.verdict.replace(Some(refusal));
        Err(git2::Error::new(
            ErrorCode::Certificate,
            ErrorClass::Callback,
            "the host key is not trusted",
        ))
    }

    /// Says what an error of a fetch means: what an own check found, else by libgit2's class, code and words.
    pub(super) fn explain(&self, phase: Phase, error: git2::Error) -> Error {
        let url = self.url();
        if self.stopped.get() {
            return Error::Cancelled { url };
        }
        if let Some(verdict) = self.verdict.take() {
            return verdict;
        }
        let words = error.message().to_lowercase();
        let says = |any: &[&str]| any.iter().any(|text| words.contains(text));
        if says(&DISK_FULL) {
            return Error::DiskFull { path: self.mirror.clone() };
        }
        if says(&["status code: 403"]) {
            return Error::AccessDenied { url, tried: Tried::Forbidden };
        }
        if self.asked.get()
            && error.class() == ErrorClass::Ssh
            && says(&["private key", "public key", "authenticate"])
        {
            return Error::Key { url, problem: KeyProblem::Unreadable };
        }
        let (class, code) = (error.class(), error.code());
        let source = GitSaid::from(error);
        if code == ErrorCode::Certificate || says(&["ssl certificate is invalid"]) {
            Error::Certificate { url, source }
        } else if phase == Phase::Connect && says(&NOT_THERE) {
            Error::NoRepository { url, source }
        } else if phase == Phase::Download
            && is_damage(class, code)
            && !says(&["failed to connect"])
        {
            Error::Corrupt { path: self.mirror.clone(), source }
        } else {
            Error::Network { url, source }
        }
    }

    /// Says what an error of our own copy means.
    pub(super) fn damaged(&self, error: git2::Error) -> Error {
        mirror_error(&self.mirror, error)
    }
}

/// What the system says when nothing more can be written.
const DISK_FULL: [&str; 3] = ["no space left on device", "disk quota exceeded", "file too large"];
/// What servers say where there is no repository.
const NOT_THERE: [&str; 6] = [
    "status code: 404",
    "status code: 410",
    "repository not found",
    "does not appear to be a git repository",
    "no such file or directory",
    "could not find repository",
];

/// Says what an error of the mirror at `path` means.
pub(super) fn mirror_error(path: &Path, error: git2::Error) -> Error {
    let words = error.message().to_lowercase();
    if DISK_FULL.iter().any(|text| words.contains(text)) {
        return Error::DiskFull { path: path.to_owned() };
    }
    Error::Corrupt { path: path.to_owned(), source: GitSaid::from(error) }
}

/// Says what an error of the system at `path` means.
pub(super) fn io_error(path: &Path, source: std::io::Error) -> Error {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let path = path.to_owned();
    let is_full = matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge);
    if is_full { Error::DiskFull { path } } else { Error::Mirror { path, source } }
}

/// Whether an error is about our own copy, not about the server.
fn is_damage(class: ErrorClass, code: ErrorCode) -> bool {
    let about_objects = matches!(
        class,
        ErrorClass::Odb
            | ErrorClass::Zlib
            | ErrorClass::Object
            | ErrorClass::Reference
            | ErrorClass::Repository
            | ErrorClass::Tree
            | ErrorClass::Tag
            | ErrorClass::Indexer
            | ErrorClass::Config
            | ErrorClass::Os
    );
    let about_files =
        matches!(code, ErrorCode::HashsumMismatch | ErrorCode::Locked | ErrorCode::Modified);
    (about_objects && code != ErrorCode::Timeout) || about_files
}

/// Proxies as the environment names them.
pub(super) fn proxy<'a>() -> git2::ProxyOptions<'a> {
    let mut options = git2::ProxyOptions::new();
    options.auto();
    options
}
