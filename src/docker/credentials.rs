//! Logins of registries.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Deserialize;
use serde_json::json;

use crate::model::secret::Secret;

use super::error::Error;
use super::reference::Reference;

/// The login of one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The registry, such as `docker.io` or `registry.lan:5000`.
    pub registry: String,
    /// The user.
    pub username: String,
    /// The password, or a token.
    pub password: Secret,
    /// Whether `password` is an identity token, as `docker login` keeps for some registries.
    pub identity_token: bool,
}

/// All logins that are known, the settings' before Docker's own.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    logins: Vec<Credentials>,
    helpers: BTreeMap<String, String>,
    default_helper: Option<String>,
}

/// Docker's `config.json`, as far as it is about logins.
#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: Option<String>,
}

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    identitytoken: String,
}

impl Keyring {
    /// A keyring of the logins in the settings.
    pub fn new(logins: Vec<Credentials>) -> Self {
        let registry =
            |login: Credentials| Credentials { registry: host_of(&login.registry), ..login };
        Self { logins: logins.into_iter().map(registry).collect(), ..Self::default() }
    }

    /// Adds the logins of Docker's `config.json`; those that are known already count more.
    pub fn add_docker_config(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        let wrong = |reason: String| Error::CredentialsFile { path: path.to_owned(), reason };
        // The parser's own message may quote the text, which holds passwords.
        let config: DockerConfig = serde_json::from_str(text)
            .map_err(|error| wrong(format!("no valid JSON at line {}", error.line())))?;
        for (registry, auth) in config.auths {
            let registry = host_of(&registry);
            if auth.auth.is_empty() && auth.identitytoken.is_empty() {
                continue; // A helper keeps it.
            }
            let login = decode(&registry, &auth)
                .ok_or_else(|| wrong(format!("the entry of `{registry}` is malformed")))?;
            self.logins.push(login);
        }
        let helpers = config.helpers.into_iter();
        self.helpers.extend(helpers.map(|(registry, helper)| (host_of(&registry), helper)));
        self.default_helper = config.store.filter(|store| !store.is_empty());
        Ok(())
    }

    /// The login for an image. `None`: there is none, and the image may be public. A registry whose login only a
    /// credential helper knows is refused: such helpers are programs, and none is ever started.
    pub fn login(&self, image: &Reference) -> Result<Option<&Credentials>, Error> {
        let found = self.logins.iter().find(|login| login.registry == image.registry);
        match (found, self.helpers.get(&image.registry)) {
            (None, Some(helper)) => Err(Error::CredentialHelper {
                registry: image.registry.clone(),
                helper: helper.clone(),
            }),
            (found, _) => Ok(found),
        }
    }

    /// All logins as Docker's client keeps them in its `config.json`; `None` where there is none.
    pub fn client_settings(&self) -> Option<Secret> {
        if self.logins.is_empty() {
            return None;
        }
        let mut auths = serde_json::Map::new();
        for login in self.logins.iter().rev() {
            let password = String::from_utf8_lossy(login.password.expose());
            let auth = if login.identity_token {
                json!({"auth": STANDARD.encode(format!("{}:", login.username)), "identitytoken": password})
            } else {
                json!({"auth": STANDARD.encode(format!("{}:{password}", login.username))})
            };
            auths.insert(login.server().to_owned(), auth);
        }
        Some(Secret::new(json!({ "auths": auths }).to_string().into_bytes()))
    }

    /// The helper that may know a login that we lack; told when a registry refuses.
    pub(super) fn helper(&self) -> Option<&str> {
        self.default_helper.as_deref()
    }
}

impl Credentials {
    /// The registry's address, as Docker's client writes it.
    fn server(&self) -> &str {
        match self.registry.as_str() {
            "docker.io" => "https://index.docker.io/v1/",
            other => other,
        }
    }

    /// The value of the header `X-Registry-Auth`.
    pub(super) fn header(&self) -> String {
        let password = String::from_utf8_lossy(self.password.expose());
        let server = self.server();
        let login = if self.identity_token {
            json!({"identitytoken": password, "serveraddress": server})
        } else {
            json!({"username": self.username, "password": password, "serveraddress": server})
        };
        URL_SAFE.encode(login.to_string())
    }
}

fn decode(registry: &str, auth: &Auth) -> Option<Credentials> {
    let pair = String::from_utf8(STANDARD.decode(auth.auth.trim()).ok()?).ok()?;
    let (username, password) = match pair.split_once(':') {
        Some(pair) => pair,
        None if auth.identitytoken.is_empty() => return None,
        None => ("", ""),
    };
    let token = !auth.identitytoken.is_empty();
    let secret = if token { auth.identitytoken.as_str() } else { password.trim_end_matches('\0') };
    Some(Credentials {
        registry: registry.to_owned(),
        username: username.to_owned(),
        password: Secret::new(secret.as_bytes().to_vec()),
        identity_token: token,
    })
}

/// The registry in one of the forms that people and `docker login` write: with a scheme, with a path.
fn host_of(text: &str) -> String {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = bare.split('/').next().unwrap_or(bare);
    match host {
        "index.docker.io" | "registry-1.docker.io" | "hub.docker.com" => "docker.io".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
        "auths": {
            "https://index.docker.io/v1/": {"auth": "bWU6czNjcjN0"},
            "registry.lan:5000": {"auth": "cm9ib3Q6YTpi"},
            "kept.example": {}
        },
        "credHelpers": {"ecr.example": "ecr-login"},
        "credsStore": "pass"
    }"#;

    fn check(image: &str) -> String {
        let mut ring = Keyring::default();
        ring.add_docker_config(Path::new("/root/.docker/config.json"), CONFIG).unwrap();
        match ring.login(&Reference::parse(image).unwrap()) {
            Ok(Some(login)) => {
                format!("{} {}", login.username, login.password.expose_str().unwrap())
            }
            Ok(None) => "no login".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_login_is_that_of_the_images_registry() {
        assert_eq!(check("busybox"), "me s3cr3t");
        assert_eq!(check("registry.lan:5000/app"), "robot a:b");
        assert_eq!(check("ghcr.io/x/y"), "no login");
        assert_eq!(check("kept.example/app"), "no login");
        insta::assert_snapshot!(check("ecr.example/app"), @"cannot log in to `ecr.example`: its password is kept by the credential helper `ecr-login`");
    }

    #[test]
    fn the_settings_count_more_than_dockers_own_file() {
        let mut ring = Keyring::new(vec![Credentials {
            registry: "https://registry.lan:5000/v2/".to_owned(),
            username: "ours".to_owned(),
            password: Secret::new(b"pw".to_vec()),
            identity_token: false,
        }]);
        ring.add_docker_config(Path::new("/c.json"), CONFIG).unwrap();
        let image = Reference::parse("registry.lan:5000/app").unwrap();
        assert_eq!(ring.login(&image).unwrap().unwrap().username, "ours");
    }

    #[test]
    fn no_error_and_no_debug_output_holds_a_password() {
        let mut ring = Keyring::default();
        let broken = r#"{"auths": {"x.example": {"auth": "s3cr3t"#;
        let error = ring.add_docker_config(Path::new("/c.json"), broken).unwrap_err();
        insta::assert_snapshot!(error, @"cannot read the registry logins of `/c.json`: no valid JSON at line 1");
        ring.add_docker_config(Path::new("/c.json"), CONFIG).unwrap();
        assert!(!format!("{ring:?}").contains("s3cr3t"));
    }

    #[test]
    fn the_header_is_base64_for_urls() {
        let login = Credentials {
            registry: "docker.io".to_owned(),
            username: "me".to_owned(),
            password: Secret::new(b"??>>~~".to_vec()),
            identity_token: false,
        };
        let header = login.header();
        assert!(!header.contains(['+', '/']));
        let text = String::from_utf8(URL_SAFE.decode(header).unwrap()).unwrap();
        insta::assert_snapshot!(text, @r#"{"username":"me","password":"??>>~~","serveraddress":"https://index.docker.io/v1/"}"#);
    }
}
