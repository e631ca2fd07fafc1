//! The git server and the registry: they let in whom they should, and nobody else.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::git_server::{GitHttps, GitSsh};
use crate::support::images::BUSYBOX;
use crate::support::missing::{Missing, part};
use crate::support::process::{Ran, program, run};
use crate::support::registry::Registry;
use crate::support::repository::{Repository, quiet};

/// What `git ls-remote` says with these settings.
fn ls_remote(url: &str, variables: &[(&str, &str)]) -> Ran {
    let mut git = quiet(&program("git").unwrap(), Path::new("/nonexistent"));
    run(git.envs(variables.iter().copied()).args(["ls-remote", url, "main"]))
}

fn repository() -> Result<Repository, Missing> {
    Repository::with(&[("web/compose.yaml", "services: {}\n")])
}

#[test]
fn a_commit_takes_the_files_that_are_there() {
    let repository = part!(repository());
    let first = repository.git(&["rev-parse", "HEAD"]);
    let second =
        repository.commit(&[("blog/compose.yaml", "services: {}\n"), ("blog/.env", "A=b\n")]);
    repository.remove("web");
    repository.remove("blog/.env");
    let third = repository.commit(&[]);

    assert_eq!(
        repository.git(&["rev-list", "--reverse", "main"]),
        [first, second, third].join("\n")
    );
    assert_eq!(repository.git(&["ls-tree", "-r", "--name-only", "main"]), "blog/compose.yaml");
    assert!(ls_remote(&repository.url(), &[]).stdout().contains("refs/heads/main"));
}

#[test]
fn https_wants_the_password_and_the_authority() {
    let server = part!(GitHttps::serve(part!(repository())));
    let ca = server.ca();
    let trust = ("GIT_SSL_CAINFO", ca.to_str().unwrap());
    let with =
        |password: &str| server.url().replace("//", &format!("//{}:{password}@", GitHttps::USER));

    let revision = server.repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(
        ls_remote(&with(GitHttps::PASSWORD), &[trust]).stdout(),
        format!("{revision}\trefs/heads/main\n")
    );
    let refused = ls_remote(&with("wrong"), &[trust]).failed(128);
    assert!(refused.contains("Authentication failed"), "{refused}");
    let anonymous = ls_remote(&server.url(), &[trust]).failed(128);
    assert!(anonymous.contains("could not read Username"), "{anonymous}");
    let unknown = ls_remote(&with(GitHttps::PASSWORD), &[]).failed(128);
    assert!(unknown.contains("certificate"), "{unknown}");
}

#[test]
fn ssh_wants_the_key_and_shows_its_own() {
    let server = part!(GitSsh::serve(part!(repository())));
    let ssh = |key: &Path, hosts: &Path| {
        let (key, hosts) = (key.display(), hosts.display());
        let command = format!(
            "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -i {key} -o UserKnownHostsFile={hosts}"
        );
        ls_remote(&server.url(), &[("GIT_SSH_COMMAND", &command)])
    };

    assert!(ssh(&server.key(), &server.known_hosts()).stdout().contains("refs/heads/main"));
    let refused = ssh(&server.strangers_key(), &server.known_hosts()).failed(128);
    assert!(refused.contains("Permission denied"), "{refused}");
    let impostor = ssh(&server.key(), &server.wrong_hosts()).failed(128);
    assert!(impostor.contains("Host key verification failed"), "{impostor}");
}

#[test]
fn a_server_ends_with_its_test() {
    let server = part!(GitHttps::serve(part!(repository())));
    let (directory, port) = (server.ca().parent().unwrap().to_path_buf(), server.port());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    drop(server);

    assert!(!directory.exists());
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}

each_engine! {
    fn a_registry_serves_its_user_and_refuses_others(dockerd: &Dockerd) {
        let registry = part!(Registry::start_in(dockerd));
        let image = registry.push(dockerd, BUSYBOX, "team/busybox:1");
        let _removed = dockerd.docker(&["rmi", &image]).stdout();

        let refused = dockerd.docker(&["pull", &image]).failed(1);
        assert!(refused.contains("no basic auth credentials"), "{refused}\n{}", registry.log());
        let login = registry.login().to_str().unwrap();
        assert!(dockerd.docker(&["--config", login, "pull", "-q", &image]).stdout().contains(&image));
        let _removed = dockerd.docker(&["rmi", &image]).stdout();
    }
}
