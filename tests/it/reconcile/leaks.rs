//! Twenty secrets through every door there is: afterwards they are in memory, in their containers, and in what the engine
//! keeps of those; nowhere else.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conductor::secrets::{Format, Indent, Policy, Recipe, Unsealed};

use crate::support::dockerd::Dockerd;
use crate::support::engine::Version;
use crate::support::images::BUSYBOX;
use crate::support::missing::part;
use crate::support::process::Ran;
use crate::support::scene::{Scene, files_with};

/// Whose key a [`Scene`] has.
const RECIPIENT: &str = "age1vq3967vgpv5ym2k0exng6mm8n6a0qupj4ln8ly04deq25pv6692savfrz8";
/// Bytes of a file that is looked into where others put theirs.
const LARGEST: u64 = 10 << 20;
/// What the engine keeps of a container, a network or a volume, by the ends of the files' names.
const KEPT: &[&str] = &[
    // A container: its environment, labels, command and health checks.
    "/config.v2.json",
    "/hostconfig.json",
    "/config.json",
    "-json.log",
    // The same, as containerd keeps it.
    "/io.containerd.metadata.v1.bolt/meta.db",
    // Labels and options of networks and volumes.
    "local-kv.db",
    "metadata.db",
    "/opts.json",
];

/// Secrets that stand nowhere but in this process.
fn secrets() -> Vec<String> {
    let chance = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap().replace('-', "");
    (0..20).map(|number| format!("leak{number:02}-{}", &chance[..20])).collect()
}

/// A file as `sops` would have encrypted it.
fn sealed(name: &str, plain: &str) -> String {
    let recipe = Recipe::of_recipients(&[RECIPIENT.to_owned()]);
    seal(name, plain, &recipe)
}

fn seal(name: &str, plain: &str, recipe: &Recipe) -> String {
    let name = Path::new(name);
    let unsealed =
        Unsealed::of_plain(name, plain.as_bytes(), Format::of_name(name), recipe).unwrap();
    String::from_utf8(unsealed.seal(None, Indent::default(), 1_800_000_000).unwrap()).unwrap()
}

/// The files of the stack; `more` is a further service, `extra` a further key of the first one.
fn files(secrets: &[String], more: &str, extra: &str) -> Vec<(String, String)> {
    let [db, tree, json, ini] = [13, 14, 15, 16].map(|number| secrets[number].as_str());
    let lines: Vec<String> =
        secrets[..10].iter().enumerate().map(|(n, secret)| format!("S{n:02}={secret}\n")).collect();
    let variables = lines.concat();
    let policy = format!("creation_rules: [{{age: {RECIPIENT}, encrypted_regex: ^environment$}}]");
    let policy = Policy::parse(Path::new("/.sops.yaml"), policy.as_bytes()).unwrap();
    let over =
        format!("services:\n  web:\n    environment:\n      FROM_OVERRIDE: {}\n", secrets[19]);
    let compose = format!(
        "services:
  web:
    image: {BUSYBOX}
    command: [sh, -c, 'while :; do sleep 1; done', '${{S02}}']
    stop_signal: SIGKILL
    {extra}
    environment: {{INTERPOLATED: 'a ${{S00}} b'}}
    env_file: [vars.env, more.env]
    labels: {{label: '${{S01}}'}}
    healthcheck: {{test: [CMD, echo, '${{S05}}'], interval: 1s}}
    working_dir: /tmp/${{S08}}
    volumes: ['data:/data/${{S09}}']
    configs: [inline, whole]
    secrets: [variable, db, tree, json, ini, age]
{more}
volumes: {{data: {{labels: {{of: '${{S07}}'}}}}}}
configs: {{inline: {{content: 'x=${{S03}}'}}, whole: {{file: whole.conf}}}}
secrets:
  variable: {{environment: S04}}
  db: {{file: db.secret}}
  tree: {{file: tree.yaml}}
  json: {{file: tree.json}}
  ini: {{file: tree.ini}}
  age: {{file: whole.age}}
"
    );
    let recipe = Recipe::of_recipients(&[RECIPIENT.to_owned()]);
    let age =
        conductor::secrets::encrypt_whole(Path::new("whole.age"), secrets[17].as_bytes(), &recipe);
    [
        ("compose.yaml", compose),
        (
            "compose.override.yaml",
            seal("compose.override.yaml", &over, policy.recipe(Path::new("/x")).unwrap()),
        ),
        (".env", sealed(".env", &variables)),
        ("vars.env", sealed("vars.env", &format!("V10={}\nV11={}\n", secrets[10], secrets[11]))),
        ("more.env", sealed("more.env", &format!("V12='{}'\n", secrets[12]))),
        ("db.secret", sealed("db.secret", db)),
        ("tree.yaml", sealed("tree.yaml", &format!("password: {tree}\n"))),
        ("tree.json", sealed("tree.json", &format!("{{\"password\": \"{json}\"}}"))),
        ("tree.ini", sealed("tree.ini", &format!("[db]\npassword = {ini}\n"))),
        ("whole.age", String::from_utf8(age.unwrap()).unwrap()),
        ("whole.conf", sealed("whole.conf", &secrets[18])),
    ]
    .map(|(name, content)| (format!("leaks/{name}"), content))
    .into()
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect()
}

/// What all of them have in common, as it is and in base64.
fn common(secrets: &[String]) -> [String; 2] {
    let (head, tail) = secrets[0].split_at("leak00-".len());
    [
        tail.to_owned(),
        STANDARD.encode(format!("{head}{tail}"))[head.len().div_ceil(3) * 4..].to_owned(),
    ]
}

fn assert_silent(secrets: &[String], ran: &Ran) {
    let said = ran.to_string();
    for secret in common(secrets) {
        assert!(!said.contains(&secret), "`{secret}` in: {said}");
    }
}

/// Looks at the command lines of all processes outside of containers, until it is told to stop.
fn watch(secrets: &[String], stop: &AtomicBool) -> Vec<String> {
    let common = common(secrets);
    let space = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/pid"));
    let mut found = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        for entry in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
            let pid = entry.file_name().to_string_lossy().into_owned();
            let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
            let line = String::from_utf8_lossy(&line).into_owned();
            let leaked = common.iter().any(|secret| line.contains(secret));
            if leaked && space(&pid).ok() == space("self").ok() {
                found.push(line);
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    found
}

/// Files directly in a directory that hold a secret, where they can be read.
fn beside(directory: &str, secret: &str) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    let holds = |path: &std::path::PathBuf| {
        fs::metadata(path).is_ok_and(|known| known.is_file() && known.len() < LARGEST)
            && fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(secret))
    };
    files.filter(holds).map(|path| path.display().to_string()).collect()
}

fn assert_nowhere_on_disk(scene: &Scene<'_>, secrets: &[String]) {
    for secret in common(secrets) {
        assert_eq!(files_with(&scene.env.path(""), &secret), [""; 0], "{secret}");
        assert_eq!(files_with(&scene.repository.path(), &secret), [""; 0], "{secret}");
        assert_eq!(beside("/tmp", &secret), [""; 0], "{secret}");
        let mut kept = files_with(&scene.dockerd.data_root(), &secret);
        kept.retain(|file| !KEPT.iter().any(|end| format!("/{file}").ends_with(end)));
        assert_eq!(kept, [""; 0], "the engine keeps more than is known");
    }
}

#[test]
fn secrets_of_every_door_are_in_memory_in_containers_and_in_what_the_engine_keeps_and_nowhere_else()
{
    let dockerd = part!(Dockerd::start(Version::Newer));
    let secrets = secrets();
    let mut scene = part!(Scene::new(&dockerd, &borrowed(&files(&secrets, "", "")))).with_key();
    scene.env.set("RUST_LOG", "trace");
    let stop = AtomicBool::new(false);
    let lines = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&secrets, &stop));
        let synced = scene.conductor(&["-vvv", "sync"]);
        assert_eq!(synced.code, Some(0), "{synced}");
        assert_silent(&secrets, &synced);
        provoke(&scene, &secrets);
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap()
    });
    assert_eq!(lines, [""; 0]);

    // They did arrive.
    let shown = scene.exec(
        "leaks-web-1",
        &["sh", "-c", "env; cat /run/secrets/* /inline /whole /proc/1/cmdline; pwd; ls /data"],
    );
    let inspected = dockerd.docker(&["inspect", "leaks-web-1"]).stdout()
        + &dockerd.docker(&["volume", "inspect", "leaks_data"]).stdout();
    for (number, secret) in secrets.iter().enumerate().filter(|(number, _)| *number != 6) {
        assert!(shown.contains(secret) || inspected.contains(secret), "{number}: {shown}");
    }
    assert_nowhere_on_disk(&scene, &secrets);

    // What was laid out goes with its container.
    assert!(!files_with(scene.env.runtime(), &secrets[13]).is_empty());
    let bare = format!(
        "services: {{web: {{image: {BUSYBOX}, command: [sleep, '600'], stop_signal: SIGKILL}}}}\n"
    );
    let over = "services: {}\n";
    let _revision = scene
        .repository
        .commit(&[("leaks/compose.yaml", &bare), ("leaks/compose.override.yaml", over)]);
    let _changed = scene.sync(&[]);
    assert_eq!(files_with(scene.env.runtime(), &common(&secrets)[0]), [""; 0]);
}

/// Errors of all stages, each with a secret in what went wrong.
fn provoke(scene: &Scene<'_>, secrets: &[String]) {
    let broken = format!("  broken: {{image: {BUSYBOX}, entrypoint: ['/no/such/${{S06}}']}}");
    for (more, extra, told) in [
        // The engine quotes the program that it cannot start.
        (broken.as_str(), "", "***"),
        // A value that is no port.
        ("", "ports: ['${S06}']", ""),
        // A file that is not there.
        ("", "volumes: ['./${S06}:/x:ro']", ""),
    ] {
        let _revision = scene.repository.commit(&borrowed(&files(secrets, more, extra)));
        let ran = scene.conductor(&["-vvv", "sync"]);
        if told.is_empty() {
            assert_ne!(ran.code, None, "{ran}");
        } else {
            assert_eq!(ran.code, Some(1), "{ran}");
            assert!(ran.to_string().contains(told), "{ran}");
        }
        assert_silent(secrets, &ran);
    }
    let _revision = scene.repository.commit(&borrowed(&files(secrets, "", "")));
    for command in [
        &["sync"][..],
        &["plan"],
        &["plan", "--format", "json"],
        &["status"],
        &["stacks"],
        &["config", "leaks"],
        &["config", "leaks", "--format", "json"],
        &["secrets", "check", "/tmp/none"],
    ] {
        let ran = scene.conductor(&[&["-vvv"], command].concat());
        assert_silent(secrets, &ran);
    }
}
