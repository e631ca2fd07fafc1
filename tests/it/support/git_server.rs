//! A real git server: lighttpd with `git http-backend` behind TLS and a password, and sshd with one key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::background::{Background, free_port};
use super::missing::Missing;
use super::process::{program, run};
use super::repository::Repository;

/// A repository that is served over HTTPS.
#[derive(Debug)]
pub(crate) struct GitHttps {
    pub(crate) repository: Repository,
    server: Background,
    port: u16,
}

impl GitHttps {
    /// Who may read.
    pub(crate) const USER: &str = "reader";
    /// With this password.
    pub(crate) const PASSWORD: &str = "correct-horse";

    /// Serves a repository to one user, with a certificate that only `ca()` vouches for.
    pub(crate) fn serve(repository: Repository) -> Result<Self, Missing> {
        let lighttpd = program("lighttpd")?;
        let backend = run(Command::new(program("git")?).arg("--exec-path")).stdout();
        let backend = Path::new(backend.trim()).join("git-http-backend");
        let (directory, port) = (Background::directory(), free_port());
        certificates(&program("openssl")?, &directory);
        fs::write(directory.join("users"), format!("{}:{}\n", Self::USER, Self::PASSWORD)).unwrap();
        let settings = directory.join("lighttpd.conf");
        fs::write(&settings, lighttpd_settings(&directory, &backend, &repository, port)).unwrap();
        let server =
            Background::start(Command::new(lighttpd).arg("-D").arg("-f").arg(settings), directory);
        server.listens(port);
        Ok(Self { repository, server, port })
    }

    /// Where the repository is.
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/git/stacks.git", self.port)
    }

    /// The server's port on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The certificate authority, as PEM.
    pub(crate) fn ca(&self) -> PathBuf {
        self.server.path().join("ca.pem")
    }
}

fn lighttpd_settings(
    directory: &Path,
    backend: &Path,
    repository: &Repository,
    port: u16,
) -> String {
    let (at, backend) = (directory.display(), backend.display());
    let root = repository.path();
    let root = root.parent().unwrap().display();
    format!(
        r#"
server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi", "mod_openssl")
server.document-root = "{at}"
server.bind = "127.0.0.1"
server.port = {port}
server.upload-dirs = ("{at}")
ssl.engine = "enable"
ssl.pemfile = "{at}/server.pem"
ssl.privkey = "{at}/server.key"
auth.backend = "plain"
auth.backend.plain.userfile = "{at}/users"
alias.url = ("/git" => "{backend}")
$HTTP["url"] =~ "^/git/" {{
  cgi.assign = ("" => "")
  setenv.set-environment = ("GIT_PROJECT_ROOT" => "{root}", "GIT_HTTP_EXPORT_ALL" => "1", "HOME" => "{at}")
  auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))
}}
$HTTP["url"] !~ "^/git/" {{ url.access-deny = ("") }}
"#
    )
}

/// An authority `ca.pem` and a certificate of `localhost`, valid from now on for two days.
fn certificates(openssl: &Path, directory: &Path) {
    let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
    let make = |arguments: &[&str]| {
        let _made =
            run(Command::new(openssl).current_dir(directory).arg("req").args(arguments).args(new))
                .stdout();
    };
    make(&["-x509", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem"]);
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    make(&[
        "-subj",
        "/CN=localhost",
        "-addext",
        names,
        "-keyout",
        "server.key",
        "-out",
        "server.csr",
    ]);
    let sign = [
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
    ];
    fs::write(directory.join("extensions"), names).unwrap();
    let sign = sign.iter().chain(&["-extfile", "extensions", "-out", "server.pem"]);
    let _signed = run(Command::new(openssl).current_dir(directory).args(sign)).stdout();
}

/// A repository that is served over SSH.
#[derive(Debug)]
pub(crate) struct GitSsh {
    pub(crate) repository: Repository,
    server: Background,
    port: u16,
    user: String,
}

impl GitSsh {
    /// Serves a repository to the holder of `key()`.
    pub(crate) fn serve(repository: Repository) -> Result<Self, Missing> {
        let (sshd, keygen) = (program("sshd")?, program("ssh-keygen")?);
        let (shell, user) = (program("git-shell")?, run(Command::new("id").arg("-un")).stdout());
        let (directory, port) = (Background::directory(), free_port());
        // The server has a second key of another kind, as real ones do: who pinned one must get that one.
        for (name, kind) in [
            ("host", "ed25519"),
            ("second", "ecdsa"),
            ("client", "ed25519"),
            ("stranger", "ed25519"),
        ] {
            let arguments = ["-q", "-t", kind, "-N", "", "-C", name, "-f", name];
            let _made = run(Command::new(&keygen).current_dir(&directory).args(arguments)).stdout();
        }
        let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
        let (at, shell) = (directory.display(), shell.display());
        let allowed = format!(
            "restrict,command=\"{shell} -c \\\"$SSH_ORIGINAL_COMMAND\\\"\" {}",
            read("client.pub")
        );
        fs::write(directory.join("allowed"), allowed).unwrap();
        let files = [
            ("known_hosts", "host.pub"),
            ("second_hosts", "second.pub"),
            ("wrong_hosts", "stranger.pub"),
        ];
        for (file, key) in files {
            fs::write(directory.join(file), format!("[127.0.0.1]:{port} {}", read(key))).unwrap();
        }
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host\nHostKey {at}/second\nPidFile none\nAuthorizedKeysFile {at}/allowed\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        );
        fs::write(directory.join("sshd_config"), settings).unwrap();
        // Where sshd, as root, wants to have been installed as a service.
        let _only_root_may = fs::create_dir_all("/run/sshd");
        let mut command = Command::new(sshd);
        let server = Background::start(
            command.args(["-D", "-e", "-f"]).arg(directory.join("sshd_config")),
            directory,
        );
        server.listens(port);
        Ok(Self { repository, server, port, user: user.trim().to_owned() })
    }

    /// Where the repository is.
    pub(crate) fn url(&self) -> String {
        format!("ssh://{}@127.0.0.1:{}{}", self.user, self.port, self.repository.path().display())
    }

    /// The private key that is let in.
    pub(crate) fn key(&self) -> PathBuf {
        self.server.path().join("client")
    }

    /// A private key that is not.
    pub(crate) fn strangers_key(&self) -> PathBuf {
        self.server.path().join("stranger")
    }

    /// One of the server's host keys, as `known_hosts` has it.
    pub(crate) fn known_hosts(&self) -> PathBuf {
        self.server.path().join("known_hosts")
    }

    /// The server's host key of another kind.
    pub(crate) fn second_hosts(&self) -> PathBuf {
        self.server.path().join("second_hosts")
    }

    /// Another host key for the same server: the one of an impostor.
    pub(crate) fn wrong_hosts(&self) -> PathBuf {
        self.server.path().join("wrong_hosts")
    }
}
