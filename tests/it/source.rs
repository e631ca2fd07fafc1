//! Git over real HTTPS and SSH: credentials, trust, shallow fetches, force-pushes and damage.

use std::fs;
use std::path::{Path, PathBuf};

use conductor::model::failure::{Disposition, Failure};
use conductor::model::name::{EngineName, ProjectName, SourceName};
use conductor::model::revision::Revision;
use conductor::model::secret::Secret;
use conductor::model::tree::Tree;
use conductor::source::{Credentials, Error, Mirror, Remote, Tried};
use tempfile::TempDir;

use crate::support::git_server::{GitHttps, GitSsh};
use crate::support::missing::{Missing, part};
use crate::support::process::{program, run};
use crate::support::repository::{Repository, quiet};

/// A mirror that goes away.
struct Scene {
    dir: TempDir,
    mirror: Mirror,
}

impl Scene {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let mirror = Mirror::at(dir.path().join("mirrors/home"));
        Self { dir, mirror }
    }

    fn fetch(&self, remote: &Remote) -> Result<Revision, Error> {
        self.mirror.fetch(remote, &|_progress| (), &|| false)
    }

    /// The text of `web/compose.yaml` in a revision.
    fn text(&self, revision: &Revision) -> String {
        let tree = self.mirror.tree(revision, "/work").unwrap();
        String::from_utf8(tree.read(Path::new("/work/web/compose.yaml")).unwrap()).unwrap()
    }

    /// The files with objects.
    fn packs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.mirror.path().join("objects/pack")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "pack")).collect()
    }

    /// What git itself says about the mirror.
    fn git(&self, arguments: &[&str]) -> String {
        let git = program("git").unwrap();
        let mut command = quiet(&git, self.dir.path());
        run(command.arg("--git-dir").arg(self.mirror.path()).args(arguments))
            .stdout()
            .trim()
            .to_owned()
    }
}

/// Three commits: the last one has the text `three`.
fn three() -> Result<Repository, Missing> {
    let repository = Repository::with(&[("web/compose.yaml", "one")])?;
    repository.commit(&[("web/compose.yaml", "two"), ("shared.env", "A=1")]);
    repository.commit(&[("web/compose.yaml", "three")]);
    Ok(repository)
}

fn remote(url: String, credentials: Credentials) -> Remote {
    Remote { name: SourceName::parse("home").unwrap(), url, reference: None, credentials }
}

fn secret(path: &Path) -> Secret {
    Secret::new(fs::read(path).unwrap())
}

/// A server over HTTPS whose authority is trusted, and the source at it.
fn https() -> Result<(GitHttps, Remote), Missing> {
    let server = GitHttps::serve(three()?)?;
    let credentials = Credentials {
        token: Some(Secret::new(format!("{}\n", GitHttps::PASSWORD).into_bytes())),
        username: Some(GitHttps::USER.to_owned()),
        ca_file: Some(server.ca()),
        ..Credentials::default()
    };
    let remote = remote(server.url(), credentials);
    Ok((server, remote))
}

/// A server over SSH, and the source at it with its key and one pinned host key.
fn ssh() -> Result<(GitSsh, Remote), Missing> {
    let server = GitSsh::serve(three()?)?;
    let credentials = Credentials {
        ssh_key: Some(secret(&server.key())),
        known_hosts: Some(fs::read_to_string(server.known_hosts()).unwrap()),
        ..Credentials::default()
    };
    let remote = remote(server.url(), credentials);
    Ok((server, remote))
}

/// What every server must allow: a first fetch without history, a change, a force-push, and damage in between.
fn follows(repository: &Repository, remote: &Remote) {
    let scene = Scene::new();
    let names = (EngineName::parse("local").unwrap(), ProjectName::parse("web").unwrap());
    let first = scene.fetch(remote).unwrap();
    assert_eq!(scene.text(&first), "three");
    assert_eq!(scene.git(&["rev-list", "--all", "--count"]), "1", "only the last commit");
    scene.mirror.pin(&names.0, &names.1, &first).unwrap();

    repository.commit(&[("web/compose.yaml", "four")]);
    let second = scene.fetch(remote).unwrap();
    assert_eq!(scene.text(&second), "four");

    repository.git(&["reset", "-q", "--hard", "HEAD~2"]);
    repository.commit(&[("web/compose.yaml", "forced")]);
    let third = scene.fetch(remote).unwrap();
    assert_eq!(scene.text(&third), "forced");
    assert_eq!(scene.text(&first), "three", "the applied revision is still there");
    let _whole = scene.git(&["fsck", "--connectivity-only"]);
    assert_eq!(scene.packs().len(), 3, "each fetch brought only what is new");

    for pack in scene.packs() {
        fs::remove_file(pack).unwrap();
    }
    assert_eq!(scene.fetch(remote).unwrap(), third);
    assert_eq!(scene.text(&third), "forced");
    let again = repository.commit(&[("web/compose.yaml", "five")]);
    assert_eq!(scene.fetch(remote).unwrap().to_string(), again);
}

#[test]
fn https_with_a_token_follows_changes_force_pushes_and_survives_damage() {
    let (server, remote) = part!(https());
    follows(&server.repository, &remote);
}

#[test]
fn ssh_with_a_key_follows_changes_force_pushes_and_survives_damage() {
    let (server, remote) = part!(ssh());
    follows(&server.repository, &remote);
}

/// A branch, a tag and any commit, also one that no branch names, can be followed.
fn finds(repository: &Repository, remote: &Remote) {
    let oldest = repository.git(&["rev-parse", "HEAD~2"]);
    repository.git(&["tag", "-a", "-m", "annotated", "v1", "HEAD~1"]);
    repository.git(&["branch", "side", "HEAD~2"]);
    repository.git(&["branch", "-D", "side"]);
    for (reference, text) in
        [("main", "three"), ("v1", "two"), (&oldest[..], "one"), (&oldest[..9], "one")]
    {
        let scene = Scene::new();
        let remote = Remote { reference: Some(reference.to_owned()), ..remote.clone() };
        let revision = scene.fetch(&remote).unwrap();
        assert_eq!(scene.text(&revision), text, "{reference}");
        assert_eq!(scene.fetch(&remote).unwrap(), revision);
        assert_eq!(scene.git(&["for-each-ref", "refs/conductor/incoming"]), "");
    }
    // From a mirror that has only the last commit, too.
    let scene = Scene::new();
    let _tip = scene.fetch(remote).unwrap();
    let old = Remote { reference: Some(oldest.clone()), ..remote.clone() };
    assert_eq!(scene.fetch(&old).unwrap().to_string(), oldest);
    let gone = Remote {
        reference: Some("1234567890123456789012345678901234567890".into()),
        ..remote.clone()
    };
    assert!(matches!(scene.fetch(&gone), Err(Error::NoSuchRef { .. })));
    let wrong = Remote { reference: Some("mian".into()), ..remote.clone() };
    let error = scene.fetch(&wrong).unwrap_err();
    assert_eq!(error.hint().unwrap(), "the repository has `main`; set the source's `ref`");
}

#[test]
fn https_finds_branches_tags_and_commits() {
    let (server, remote) = part!(https());
    finds(&server.repository, &remote);
}

#[test]
fn ssh_finds_branches_tags_and_commits() {
    let (server, remote) = part!(ssh());
    finds(&server.repository, &remote);
}

/// The error of a first fetch, after which nothing half-made may be left.
fn refused(remote: &Remote) -> Error {
    let scene = Scene::new();
    let error = scene.fetch(remote).unwrap_err();
    assert!(!scene.mirror.path().exists());
    error
}

#[test]
fn a_wrong_token_is_shown_once_and_no_token_asks_for_one() {
    let (server, mut remote) = part!(https());
    remote.credentials.token = Some(Secret::new(b"wr0ng".to_vec()));
    let error = refused(&remote);
    assert!(matches!(error, Error::AccessDenied { tried: Tried::Token, .. }), "{error:?}");
    assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("wr0ng"));
    remote.credentials = Credentials::default();
    let error = refused(&remote);
    assert!(matches!(error, Error::AccessDenied { tried: Tried::NoToken, .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("`token_file`"));
    remote.url = server.url().replace("localhost", "reader:wr0ng@localhost");
    let error = refused(&remote);
    assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("wr0ng"), "{error:?}");
}

#[test]
fn credentials_in_the_url_are_used_and_not_kept() {
    let (server, mut remote) = part!(https());
    (remote.credentials.token, remote.credentials.username) = (None, None);
    remote.url = server.url().replace("localhost", "reader:correct-horse@localhost");
    let scene = Scene::new();
    let _revision = scene.fetch(&remote).unwrap();
    let found =
        run(std::process::Command::new("grep").args(["-r", "correct-horse"]).arg(scene.dir.path()));
    assert_eq!(found.code, Some(1), "{found}");
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let server = part!(three().and_then(GitHttps::serve));
    let error = refused(&remote(server.url(), Credentials::default()));
    assert!(matches!(error, Error::Certificate { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("`ca_file`"));
    let mut remote = remote(server.url(), Credentials::default());
    remote.credentials.ca_file = Some(server.repository.path().join("HEAD"));
    let error = refused(&remote);
    assert!(matches!(error, Error::Authorities { .. }), "{error:?}");
}

#[test]
fn an_unknown_host_key_is_refused_with_the_line_that_pins_it() {
    let (_server, mut remote) = part!(ssh());
    remote.credentials.known_hosts = None;
    let error = refused(&remote);
    let Error::HostKeyUnknown { line, fingerprint, .. } = &error else { panic!("{error:?}") };
    assert!(fingerprint.starts_with("SHA256:"));
    assert!(error.hint().unwrap().contains("`known_hosts_file`"));
    remote.credentials.known_hosts = Some(format!("{line}\n"));
    let _revision = Scene::new().fetch(&remote).unwrap();
}

#[test]
fn the_server_is_asked_for_a_key_of_the_kind_that_is_pinned() {
    let (server, mut remote) = part!(ssh());
    for pinned in [server.known_hosts(), server.second_hosts()] {
        remote.credentials.known_hosts = Some(fs::read_to_string(pinned).unwrap());
        let _revision = Scene::new().fetch(&remote).unwrap();
    }
}

#[test]
fn a_changed_host_key_is_refused_and_names_what_is_pinned() {
    let (server, mut remote) = part!(ssh());
    remote.credentials.known_hosts = Some(fs::read_to_string(server.wrong_hosts()).unwrap());
    let error = refused(&remote);
    let Error::HostKeyChanged { pinned, .. } = &error else { panic!("{error:?}") };
    assert_eq!(pinned.len(), 1);
    assert_eq!(error.disposition(), Disposition::WaitForChange);
}

#[test]
fn a_pinned_key_of_a_kind_that_the_server_no_longer_has_counts_as_changed() {
    let (server, mut remote) = part!(ssh());
    let scene = Scene::new();
    let key = scene.dir.path().join("rsa");
    let mut keygen = std::process::Command::new(part!(program("ssh-keygen")));
    let _made =
        run(keygen.args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&key)).stdout();
    let known = fs::read_to_string(server.known_hosts()).unwrap();
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let host = known.split(' ').next().unwrap();
    remote.credentials.known_hosts = Some(format!("{host} {public}"));
    let error = refused(&remote);
    let Error::HostKeyChanged { pinned, .. } = &error else { panic!("{error:?}") };
    assert!(pinned[0].starts_with("ssh-rsa SHA256:"), "{pinned:?}");
}

#[test]
fn a_key_that_the_server_does_not_know_is_refused() {
    let (server, mut remote) = part!(ssh());
    remote.credentials.ssh_key = Some(secret(&server.strangers_key()));
    let error = refused(&remote);
    assert!(matches!(error, Error::AccessDenied { tried: Tried::Key, .. }), "{error:?}");
    remote.credentials.ssh_key = None;
    let error = refused(&remote);
    assert!(matches!(error, Error::AccessDenied { tried: Tried::NoKey, .. }), "{error:?}");
}

#[test]
fn a_repository_that_is_not_there_is_told_from_a_server_that_is_away() {
    let (_server, https) = part!(https());
    let (_second, ssh) = part!(ssh());
    for mut remote in [https.clone(), ssh] {
        remote.url = remote.url.replace("stacks.git", "nothing.git");
        let error = refused(&remote);
        assert!(matches!(error, Error::NoRepository { .. }), "{error:?}");
    }
    for url in [
        "https://localhost:1/x.git",
        "ssh://git@127.0.0.1:1/x.git",
        "https://nowhere.invalid/x.git",
    ] {
        let error = refused(&Remote { url: url.to_owned(), ..https.clone() });
        assert!(matches!(error, Error::Network { .. }), "{error:?}");
        assert!(matches!(error.disposition(), Disposition::RetryAfter(_)));
    }
}

/// A file system of a quarter of a MiB, unmounted when the test ends.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Result<Self, Missing> {
        let dir = TempDir::new().unwrap();
        let mut mount = std::process::Command::new(program("mount")?);
        let ran = run(mount.args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(dir.path()));
        if ran.code == Some(0) {
            Ok(Self(dir))
        } else {
            Err(Missing("the right to mount a small disk".into()))
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut umount = std::process::Command::new("umount");
        let _also_when_busy = run(umount.arg("-l").arg(self.0.path()));
    }
}

#[test]
fn a_full_disk_is_named_and_leaves_what_was_fetched_before() {
    let disk = part!(SmallDisk::mount());
    let (server, mut https) = part!(https());
    let mirror = Mirror::at(disk.0.path().join("mirrors/home"));
    let fetch = |remote: &Remote| mirror.fetch(remote, &|_progress| (), &|| false);
    let before = fetch(&https).unwrap();
    let numbers = (0_u64..60_000).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let noise = numbers.fold(String::new(), |text, number| text + &number.to_string());
    server.repository.commit(&[("noise", &noise)]);
    let local = Remote { url: server.repository.url(), ..https.clone() };
    for remote in [&https, &local] {
        let error = fetch(remote).unwrap_err();
        assert!(matches!(error, Error::DiskFull { .. }), "{error:?}");
        assert_eq!(mirror.tip(remote).unwrap(), Some(before.clone()));
    }
    https.reference = Some(before.to_string());
    assert_eq!(fetch(&https).unwrap(), before);
    let used = fs::read_dir(mirror.path().join("objects/pack")).unwrap().count();
    assert!(used <= 3, "{used} files: the half-written ones are gone");
}

#[test]
fn who_cancels_while_objects_arrive_gets_no_half_mirror() {
    let (_server, remote) = part!(https());
    let scene = Scene::new();
    let arrived = std::cell::Cell::new(false);
    let error =
        scene.mirror.fetch(&remote, &|_progress| arrived.set(true), &|| arrived.get()).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    assert!(arrived.get() && !scene.mirror.path().exists());
}
