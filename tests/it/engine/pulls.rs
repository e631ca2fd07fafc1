//! Pulls from a registry with a password.

use std::path::Path;
use std::sync::Mutex;

use conductor::docker::{Credentials, Error, Keyring, Look, Pull, observe};
use conductor::model::observed::RegistryAnswer;
use conductor::model::secret::Secret;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::stack::{Stack, sleeper};
use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::registry::Registry;

fn pull(stack: &Stack, reference: &str, keyring: &Keyring) -> Result<Vec<String>, Error> {
    let steps = Mutex::new(Vec::new());
    let pull = Pull { reference, platform: "", keyring };
    let note = |step: conductor::docker::PullProgress| steps.lock().unwrap().push(step.status);
    stack.run(stack.engine.pull(&pull, &note, &CancellationToken::new()))?;
    Ok(steps.into_inner().unwrap())
}

each_engine! {
    fn a_private_image_is_pulled_with_the_right_login_only(dockerd: &Dockerd) {
        let registry = part!(Registry::start_in(dockerd));
        let image = registry.push(dockerd, BUSYBOX, "team/app:1");
        let _removed = dockerd.docker(&["rmi", &image]).stdout();
        let stack = Stack::adopt(dockerd, "pulls", &json!({"services": {"web": sleeper(&json!({"image": image, "pull_policy": "always"}))}}));

        let denied = pull(&stack, &image, &Keyring::default()).unwrap_err();
        assert_eq!(denied.to_string(), format!("cannot pull image `{image}`: `{}` refused access", registry.address()));
        let login = |password: &str| Keyring::new(vec![Credentials {
            registry: registry.address(),
            username: Registry::USER.to_owned(),
            password: Secret::new(password.as_bytes().to_vec()),
            identity_token: false,
        }]);
        assert!(matches!(pull(&stack, &image, &login("wrong")).unwrap_err(), Error::ImageDenied { .. }));

        let steps = pull(&stack, &image, &login(Registry::PASSWORD)).unwrap();
        assert!(steps.iter().any(|step| step.starts_with("Digest: ")), "{steps:?}");
        let absent = format!("{}/team/app:2", registry.address());
        let error = pull(&stack, &absent, &login(Registry::PASSWORD)).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot find image `{absent}`"));

        let mut docker = Keyring::default();
        let file = registry.login().join("config.json");
        docker.add_docker_config(Path::new("config.json"), &std::fs::read_to_string(file).unwrap()).unwrap();
        let look = Look::Registries { keyring: &docker, now: 0 };
        let observed = stack.run(observe(&stack.engine, &stack.desired, look)).unwrap();
        let RegistryAnswer::Digest(digest) = &observed.registry[&image] else { panic!("{:?}", observed.registry) };
        assert!(observed.images[&image].repo_digests.iter().any(|known| known.ends_with(digest)));
        let blind = Keyring::default();
        let look = Look::Registries { keyring: &blind, now: 0 };
        let observed = stack.run(observe(&stack.engine, &stack.desired, look)).unwrap();
        assert!(matches!(&observed.registry[&image], RegistryAnswer::Unreachable(_)));
    }
}

each_engine! {
    fn a_registry_that_nobody_can_reach_is_told(dockerd: &Dockerd) {
        let stack = Stack::adopt(dockerd, "unreachable", &json!({}));
        let error = pull(&stack, "127.0.0.1:1/app:1", &Keyring::default()).unwrap_err();
        assert_eq!(error.to_string(), "cannot pull image `127.0.0.1:1/app:1`: the engine cannot reach `127.0.0.1:1`");
    }
}
