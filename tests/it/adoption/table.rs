//! Twenty stacks that are small, and together hold what people write.

/// A stack: its name, and its files. `RUN` stands for a service that runs until it is stopped, `IMAGE` for its image,
/// `NET` for the first half of a subnet that nobody else has.
pub(super) type Stack = (&'static str, &'static [(&'static str, &'static str)]);

/// All of them.
pub(super) const STACKS: [Stack; 20] = [
    ("plain", &[("compose.yaml", "services:\n  web: {RUN}\n")]),
    (
        "networks",
        &[(
            "compose.yaml",
            "services:
  web: {RUN, networks: {front: {aliases: [www, site], priority: 10}, back: null}, expose: ['80', 53/udp]}
  db: {RUN, networks: [back]}
  fixed: {RUN, networks: {addresses: {ipv4_address: NET.0.7}}, mac_address: '02:42:AC:11:00:09'}
networks:
  front: {driver: bridge, labels: {tier: front}}
  back: {internal: true}
  addresses: {ipam: {config: [{subnet: NET.0.0/24, gateway: NET.0.1}]}}
",
        )],
    ),
    (
        "volumes",
        &[(
            "compose.yaml",
            "services:
  db: {RUN, volumes: ['data:/data', '/anonymous', {type: volume, source: cache, target: /cache, volume: {nocopy: true}}, {type: volume, source: data, target: /again, read_only: true}]}
volumes:
  data: {labels: {keep: 'yes'}}
  cache: {driver: local, name: NAME_own_name}
",
        )],
    ),
    (
        "binds",
        &[
            (
                "compose.yaml",
                "services:
  web: {RUN, volumes: ['./data:/data', './conf:/conf:ro', './conf/a.conf:/a.conf:ro', {type: bind, source: ./conf, target: /long, bind: {create_host_path: false}}, {type: bind, source: ./data, target: /private, bind: {propagation: rprivate}}]}
",
            ),
            ("conf/a.conf", "a\n"),
            ("data/kept", "x\n"),
        ],
    ),
    (
        "configs",
        &[
            (
                "compose.yaml",
                "services:
  web: {RUN, configs: [file, {source: inline, target: /etc/inline, mode: 0400, uid: '1000'}]}
configs:
  file: {file: ./app.conf}
  inline: {content: \"a: ${WORD}\\n\"}
",
            ),
            ("app.conf", "x\n"),
            (".env", "WORD=one\n"),
        ],
    ),
    (
        "secrets",
        &[
            (
                "compose.yaml",
                "services:
  web: {RUN, secrets: [file, {source: file, target: other}, variable]}
secrets:
  file: {file: ./secret.txt}
  variable: {environment: TOKEN}
",
            ),
            ("secret.txt", "hush\n"),
            (".env", "TOKEN=hush\n"),
        ],
    ),
    (
        "health",
        &[(
            "compose.yaml",
            "services:
  app: {RUN, depends_on: {db: {condition: service_healthy}, job: {condition: service_completed_successfully}}}
  db: {RUN, healthcheck: {test: ['CMD', 'true'], interval: 1s, timeout: 5s, retries: 9, start_period: 2s}}
  off: {RUN, healthcheck: {disable: true}}
  job: {image: IMAGE, command: ['true']}
",
        )],
    ),
    (
        "scaled",
        &[(
            "compose.yaml",
            "services:
  two: {RUN, scale: 2}
  three: {RUN, deploy: {replicas: 3, resources: {limits: {cpus: '0.50', memory: 64M, pids: 50}, reservations: {memory: 16M}}, restart_policy: {condition: on-failure, max_attempts: 2}}}
  none: {RUN, scale: 0}
",
        )],
    ),
    (
        "labels",
        &[
            (
                "compose.yaml",
                "services:
  web: {RUN, labels: {a: 1, b: 'two words', 'c.d/e': '<&>', off: false}, annotations: {note: x}, label_file: more.labels}
  list: {RUN, labels: [x=1, y]}
",
            ),
            ("more.labels", "from.file=yes\n"),
        ],
    ),
    (
        "ports",
        &[(
            "compose.yaml",
            "services:
  web: {RUN, ports: ['127.0.0.1::80', '127.0.0.1::81/udp', {target: 82, host_ip: 127.0.0.1, protocol: tcp}, '83'], expose: ['9000-9002']}
",
        )],
    ),
    (
        "variables",
        &[
            (
                "compose.yaml",
                "services:
  web:
    RUN_KEYS
    env_file: [a.env, {path: missing.env, required: false}]
    environment: {A: '${A:-none}', B: 'x$$y', C: null, NUMBER: 1.50, YES: true, EMPTY: ''}
",
            ),
            ("a.env", "FROM_FILE=from a file\nB=lost\nQUOTED=\"a b\"\n"),
            (".env", "A=from the file\nC=passed on\n"),
        ],
    ),
    (
        "profiles",
        &[
            (
                "compose.yaml",
                "services:
  always: {RUN}
  on: {RUN, profiles: [extra]}
  off: {RUN, profiles: [debug]}
",
            ),
            (".env", "COMPOSE_PROFILES=extra\n"),
        ],
    ),
    (
        "extending",
        &[
            (
                "compose.yaml",
                "services:
  web: {extends: {file: parts/base.yaml, service: base}, environment: {B: 2}}
  own: {extends: web, labels: {own: 'yes'}}
",
            ),
            (
                "parts/base.yaml",
                "services:
  base: {RUN, environment: {A: 1, B: 1}, volumes: ['./here:/here']}
",
            ),
        ],
    ),
    (
        "including",
        &[
            ("compose.yaml", "include: [parts/db.yaml]\nservices:\n  web: {RUN, depends_on: [db]}\n"),
            ("parts/db.yaml", "services:\n  db: {RUN, volumes: ['data:/data', './local:/local']}\nvolumes: {data: {}}\n"),
        ],
    ),
    (
        "memory",
        &[(
            "compose.yaml",
            "services:
  web: {RUN, read_only: true, tmpfs: ['/tmp:size=1m,mode=1777', /run], shm_size: 16mb, mem_limit: 32m, memswap_limit: 64m, volumes: [{type: tmpfs, target: /cache, tmpfs: {size: 1048576, mode: 0700}}]}
",
        )],
    ),
    (
        "limits",
        &[(
            "compose.yaml",
            "services:
  web: {RUN, ulimits: {nofile: {soft: 1000, hard: 2000}, nproc: 100}, sysctls: {net.core.somaxconn: 512}, cap_add: [NET_ADMIN], cap_drop: [ALL], security_opt: ['no-new-privileges:true', 'seccomp=./profile.json'], group_add: ['1000'], dns: [9.9.9.9], dns_search: example.com, dns_opt: ['ndots:1'], extra_hosts: ['a=10.0.0.1', 'b:10.0.0.2'], cpus: 0.25, cpu_shares: 512, pids_limit: 100, oom_score_adj: 100}
",
        ), ("profile.json", "{ \"defaultAction\": \"SCMP_ACT_ALLOW\" }\n")],
    ),
    (
        "overridden",
        &[
            ("compose.yaml", "services:\n  web: {RUN, environment: {A: 1, B: 1}, ports: ['127.0.0.1::80']}\n"),
            ("compose.override.yaml", "services:\n  web: {environment: {B: 2}, ports: !reset [], labels: {from: override}}\n"),
        ],
    ),
    (
        "sharing",
        &[(
            "compose.yaml",
            "services:
  vpn: {RUN, hostname: gate, volumes: [/shared]}
  web: {RUN, network_mode: 'service:vpn', pid: 'service:vpn', depends_on: {vpn: {condition: service_started, restart: true}}}
  back: {RUN, volumes_from: [vpn]}
",
        )],
    ),
    (
        "named",
        &[(
            "compose.yaml",
            "name: NAME-by-name
services:
  web: {RUN, container_name: NAME-web, hostname: web, domainname: example.com, links: ['db:database'], user: '1000:1000', working_dir: /tmp, init: false, stdin_open: true, tty: true}
  db: {image: IMAGE, stop_signal: SIGKILL, entrypoint: [/bin/sh, -c, 'exec sleep 600'], command: [], stop_grace_period: 1m30s}
",
        )],
    ),
    (
        "hooked",
        &[(
            "compose.yaml",
            "x-logging: &logging {driver: json-file, options: {max-size: 1m, max-file: '2'}}
services:
  web: {RUN, restart: unless-stopped, logging: *logging, pull_policy: never, post_start: [{command: touch /started, user: root}], pre_stop: [{command: ['true']}], develop: {watch: [{path: ., action: rebuild}]}}
",
        )],
    ),
];
