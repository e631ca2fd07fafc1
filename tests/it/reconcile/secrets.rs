//! Files encrypted by the real `sops`: in containers they are plain, and nowhere else on a disk or a screen.

use std::path::Path;
use std::process::Command;

use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::missing::part;
use crate::support::process::run;
use crate::support::scene::{Scene, files_with, services, sleeper, sops};

/// What the fixtures hold.
const PLAINTEXT: &str = "hunter2";

/// A service with an encrypted secret file, an encrypted `env_file` and an encrypted `.env`.
fn safe() -> String {
    let more = "secrets: [db, {source: strict, target: /etc/db.env, mode: 0400}, whole], \
                env_file: [vars.env, whole.env.age], \
                environment: {FROM_DOTENV: '${DB_PASSWORD}'}";
    services(&[("web", sleeper(more)), ("other", sleeper(""))])
        + "secrets: {db: {file: ./db.secret}, strict: {file: ./db.secret}, whole: {file: ./whole.env.age}}\n"
}

fn files(directory: &str) -> Vec<(String, String)> {
    [
        ("compose.yaml", safe()),
        ("db.secret", sops("env.prod")),
        ("vars.env", sops("app.enc.env")),
        ("whole.env.age", sops("plain.env.age")),
        (".env", sops("app.enc.env")),
    ]
    .map(|(name, content)| (format!("{directory}/{name}"), content))
    .into()
}

fn scene<'e>(
    dockerd: &'e Dockerd,
    directory: &str,
) -> Result<Scene<'e>, crate::support::missing::Missing> {
    let files = files(directory);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Scene::new(dockerd, &files)?.with_key())
}

fn file_system(path: &Path) -> String {
    run(Command::new("stat").args(["-f", "-c", "%T"]).arg(path)).stdout().trim().to_owned()
}

each_engine! {
    fn a_secret_is_plain_in_its_container_and_nowhere_else(dockerd: &Dockerd) {
        let scene = part!(scene(dockerd, "safe"));
        let mut said = Vec::new();
        for arguments in [
            &["plan"][..], &["plan", "--format", "json"], &["-vv", "sync"], &["plan"], &["status"], &["stacks"],
            &["config", "safe"], &["config", "safe", "--format", "json"],
        ] {
            let ran = scene.conductor(arguments);
            assert!(ran.code == Some(0) || (ran.code == Some(3) && arguments[0] == "plan"), "{ran}");
            said.push(ran.to_string());
        }

        let secret = sops("app.decrypted.env");
        assert_eq!(scene.exec("safe-web-1", &["cat", "/run/secrets/db"]), secret);
        assert_eq!(scene.exec("safe-web-1", &["cat", "/etc/db.env"]), secret);
        assert_eq!(scene.exec("safe-web-1", &["stat", "-c", "%a", "/run/secrets/db"]), "444\n");
        assert_eq!(scene.exec("safe-web-1", &["stat", "-c", "%a", "/etc/db.env"]), "400\n");
        assert_eq!(scene.exec("safe-web-1", &["cat", "/run/secrets/whole"]), "A=1\nB=two words\n");
        assert_eq!(scene.variable("safe-web-1", "B"), "two words");
        assert_eq!(scene.variable("safe-web-1", "FROM_DOTENV"), PLAINTEXT);
        assert_eq!(scene.variable("safe-web-1", "DB_PASSWORD"), PLAINTEXT);

        let said = said.join("\n");
        assert!(!said.contains(PLAINTEXT), "{said}");
        assert_eq!(files_with(&scene.env.path(""), PLAINTEXT), [""; 0]);
        let laid_out = files_with(scene.env.runtime(), PLAINTEXT);
        assert!(!laid_out.is_empty());
        for mount in scene.inspect("safe-web-1")["Mounts"].as_array().unwrap() {
            let source = Path::new(mount["Source"].as_str().unwrap());
            assert!(source.starts_with(scene.env.runtime()), "{mount}");
            assert_eq!(file_system(source), "tmpfs");
        }
        assert_eq!(scene.sync(&[]), [""; 0]);
    }
}

each_engine! {
    fn config_shows_secrets_when_asked_and_stars_otherwise(dockerd: &Dockerd) {
        let scene = part!(scene(dockerd, "stars"));
        let stars = scene.conductor(&["config", "stars"]).stdout();
        assert!(stars.contains("FROM_DOTENV: '***'") || stars.contains("FROM_DOTENV: \"***\""), "{stars}");
        let shown = scene.conductor(&["config", "stars", "--show-secrets"]).stdout();
        assert!(shown.contains(&format!("FROM_DOTENV: {PLAINTEXT}")), "{shown}");
    }
}

each_engine! {
    fn a_changed_secret_replaces_the_container_that_has_it(dockerd: &Dockerd) {
        let scene = part!(scene(dockerd, "rotate"));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _revision = scene.repository.commit(&[("rotate/db.secret", &sops("ini-types.enc.ini"))]);
        let plan = scene.plan(&[]);
        assert!(plan.contains("rotate-web-1: secret db, secret strict changed") && !plan.contains("rotate-other-1"), "{plan}");
        let _second = scene.sync(&[]);
        assert_eq!(scene.changed_since(&before), ["rotate-web-1"]);
        assert_eq!(scene.exec("rotate-web-1", &["cat", "/run/secrets/db"]), sops("ini-types.decrypted.ini"));
    }
}

each_engine! {
    fn secrets_that_a_reboot_took_away_are_laid_out_again(dockerd: &Dockerd) {
        let scene = part!(scene(dockerd, "reboot"));
        let _first = scene.sync(&[]);
        let before = scene.containers();
        let _stopped = dockerd.docker(&["stop", "reboot-web-1"]).stdout();
        std::fs::remove_dir_all(scene.env.runtime().join("secrets")).unwrap();
        let _failed = dockerd.docker(&["start", "reboot-web-1"]).failed(1);

        let _second = scene.sync(&[]);
        assert!(scene.changed_since(&before).is_empty());
        assert_eq!(scene.exec("reboot-web-1", &["cat", "/run/secrets/db"]), sops("app.decrypted.env"));
        assert_eq!(scene.plan(&[]), "");
    }
}

each_engine! {
    fn a_tampered_secret_is_refused_and_what_runs_stays(dockerd: &Dockerd) {
        let scene = part!(scene(dockerd, "tampered"));
        let _first = scene.sync(&[]);
        let tampered = sops("app.enc.env").replace("PUBLIC_unencrypted=clear", "PUBLIC_unencrypted=dirty");
        let _revision = scene.repository.commit(&[
            ("tampered/vars.env", &tampered), ("tampered/compose.yaml", &safe().replace("600", "601")),
        ]);
        for command in ["plan", "sync"] {
            let said = scene.refused(&[command]);
            assert!(said.contains("vars.env") && said.contains("its MAC does not match"), "{said}");
            assert!(said.contains("restore the file from a revision that worked") && said.ends_with("[1]"), "{said}");
            assert!(!said.contains(PLAINTEXT), "{said}");
        }
    }
}

each_engine! {
    fn without_the_key_nothing_is_touched_and_the_recipient_is_named(dockerd: &Dockerd) {
        let mut scene = part!(scene(dockerd, "keyless"));
        scene.env.set("SOPS_AGE_KEY_FILE", "");
        let said = scene.refused(&["sync"]);
        assert!(said.contains("no identity is configured") && said.contains("SOPS_AGE_KEY_FILE"), "{said}");
        scene.env.set("SOPS_AGE_KEY", sops("keys/age2.txt").trim());
        let said = scene.refused(&["sync"]);
        assert!(said.contains("no identity of this host matches its 1 recipient"), "{said}");
        assert!(said.contains("conductor secrets updatekeys") && said.ends_with("[1]"), "{said}");
        assert!(!said.contains("AGE-SECRET-KEY"), "{said}");
    }
}

each_engine! {
    fn ciphertext_never_reaches_a_container(dockerd: &Dockerd) {
        let file = |volumes: &str| services(&[("web", sleeper(&format!("volumes: ['{volumes}']")))]);
        let scene = part!(Scene::new(dockerd, &[
            ("cipher/compose.yaml", &file("./db.secret:/etc/db:ro")), ("cipher/db.secret", &sops("env.prod")),
        ])).with_key();
        let said = scene.refused(&["sync"]);
        assert!(said.contains("cipher/db.secret") && said.contains("encrypted") && said.contains("secrets:"), "{said}");

        let _revision = scene.repository.commit(&[("cipher/compose.yaml", &file(".:/etc/all:ro"))]);
        let said = scene.refused(&["sync"]);
        assert!(said.contains("cipher/db.secret") && said.ends_with("[1]"), "{said}");
    }
}
