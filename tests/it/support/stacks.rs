//! Twenty stacks of our own that run healthy, together with all that stacks are made of: networks, volumes, configs,
//! secrets, health, dependencies, replicas.

use super::images::BUSYBOX;

/// Each stack by its directory; every one begins with `begin`, so that no other test has its name.
pub(crate) fn twenty(begin: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let sleeps = format!("image: {BUSYBOX}, command: [sleep, '900'], stop_signal: SIGKILL");
    let written = |text: &str| {
        text.replace("SLEEP", &sleeps).replace("IMAGE", BUSYBOX).replace("BEGIN", begin)
    };
    for (name, compose) in COMPOSE {
        files.push((format!("{begin}-{name}/compose.yaml"), written(compose)));
        let of = FILES.iter().filter(|(of, ..)| of == name);
        files.extend(of.map(|(_, file, text)| (format!("{begin}-{name}/{file}"), written(text))));
    }
    files
}

/// How many containers they have.
pub(crate) const CONTAINERS: usize = 34;

const COMPOSE: &[(&str, &str)] = &[
    ("plain", "services:\n  web: {SLEEP}\n"),
    ("two", "services:\n  web: {SLEEP, depends_on: [db]}\n  db: {SLEEP}\n"),
    (
        "health",
        "services:\n  web: {SLEEP, depends_on: {db: {condition: service_healthy}}}\n  db: {SLEEP, healthcheck: {test: 'true', interval: 1s, retries: 30}}\n",
    ),
    ("scale", "services:\n  web: {SLEEP, scale: 3}\n"),
    (
        "replicas",
        "services:\n  web: {SLEEP, deploy: {replicas: 2, resources: {limits: {memory: 32M}}}}\n",
    ),
    (
        "volumes",
        "services:\n  web: {SLEEP, volumes: ['data:/data', '/cache', {type: tmpfs, target: /run}]}\n  db: {SLEEP, volumes: [{type: volume, source: data, target: /data, read_only: true}]}\nvolumes: {data: {labels: {a: b}}}\n",
    ),
    (
        "networks",
        "services:\n  web: {SLEEP, networks: {front: {aliases: [www]}, back: null}}\n  db: {SLEEP, networks: [back]}\nnetworks: {front: null, back: {internal: true, labels: {a: b}}}\n",
    ),
    (
        "subnet",
        "services:\n  web: {SLEEP, networks: {lan: {ipv4_address: 10.201.77.9}}}\nnetworks: {lan: {ipam: {config: [{subnet: 10.201.77.0/24}]}}}\n",
    ),
    (
        "configs",
        "services:\n  web: {SLEEP, configs: [site, {source: inline, target: /etc/inline, mode: 0440}]}\nconfigs: {site: {file: site.conf}, inline: {content: 'inline text'}}\n",
    ),
    (
        "secrets",
        "services:\n  web: {SLEEP, secrets: [pw, {source: key, target: /run/key, mode: 0400}]}\nsecrets: {pw: {file: pw.txt}, key: {environment: KEY}}\n",
    ),
    (
        "binds",
        "services:\n  web: {SLEEP, volumes: ['./conf:/conf:ro', './one.conf:/one.conf:ro']}\n",
    ),
    (
        "environment",
        "services:\n  web: {SLEEP, environment: {A: '1', B: '${WORD}', C: 'a=b'}, env_file: [more.env]}\n",
    ),
    (
        "once",
        "services:\n  job: {image: IMAGE, command: ['true']}\n  web: {SLEEP, depends_on: {job: {condition: service_completed_successfully}}}\n",
    ),
    (
        "restart",
        "services:\n  web: {SLEEP, restart: unless-stopped, init: true, tty: true}\n  other: {SLEEP, restart: always, stop_grace_period: 1s}\n",
    ),
    (
        "limits",
        "services:\n  web: {SLEEP, mem_limit: 64m, pids_limit: 50, ulimits: {nofile: {soft: 100, hard: 200}}, cap_drop: [ALL], cap_add: [NET_BIND_SERVICE], read_only: true, tmpfs: [/tmp]}\n",
    ),
    (
        "share",
        "services:\n  vpn: {SLEEP}\n  app: {SLEEP, network_mode: 'service:vpn', depends_on: [vpn]}\n",
    ),
    (
        "labels",
        "services:\n  web: {SLEEP, labels: {a: '1', b.c: 'x,y'}, annotations: {d: e}, hostname: web, domainname: example.org, extra_hosts: ['db:10.0.0.1']}\n",
    ),
    (
        "user",
        "services:\n  web: {SLEEP, user: '1000', working_dir: /tmp, group_add: ['1000'], sysctls: {net.core.somaxconn: '100'}}\n  named: {SLEEP, container_name: BEGIN-by-name}\n",
    ),
    (
        "extends",
        "services:\n  web: {extends: {file: common.yaml, service: base}, environment: {B: '2'}}\n  db: {SLEEP}\n",
    ),
    (
        "first",
        "services:\n  web: {SLEEP, scale: 2, x-conductor: {update: start-first, drain: 1s, on_config_change: restart}, configs: [c]}\n  app: {SLEEP, depends_on: [web], x-conductor: {on_config_change: {signal: SIGHUP}}, configs: [c]}\nconfigs: {c: {content: one}}\n",
    ),
];

const FILES: &[(&str, &str, &str)] = &[
    ("configs", "site.conf", "listen 80;\n"),
    ("secrets", "pw.txt", "not so secret\n"),
    ("secrets", ".env", "KEY=a key\n"),
    ("binds", "conf/a.conf", "a\n"),
    ("binds", "conf/deep/b.conf", "b\n"),
    ("binds", "one.conf", "one\n"),
    ("environment", ".env", "WORD=word\n"),
    ("environment", "more.env", "D=4\nE=five\n"),
    ("extends", "common.yaml", "services:\n  base: {SLEEP, environment: {A: '1'}}\n"),
];
