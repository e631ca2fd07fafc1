//! Projects out of a generator: what `config` prints loads to the same again.

use proptest::prelude::*;

use crate::compose::testing::{again, try_load};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9]{0,6}",
        Just("$$x".to_owned()),
        Just("yes".to_owned()),
        Just("0755".to_owned()),
        Just("1:30".to_owned()),
        Just(" a: #b ".to_owned()),
        Just("é\\n\\t".to_owned()),
        Just("${GONE:-d}".to_owned()),
        Just(String::new()),
    ]
    .prop_map(|text| format!("\"{text}\""))
}

/// One member of a service, in one of its forms.
fn member() -> impl Strategy<Value = String> {
    let number = 0..100_u32;
    prop_oneof![
        word().prop_map(|word| format!("environment: {{A: {word}, B: 1.50, C: null}}")),
        word().prop_map(|word| format!("labels: [\"k={}\", b=1]", word.trim_matches('"'))),
        word().prop_map(|word| format!("command: [sh, -c, {word}]")),
        Just("entrypoint: sh -c 'a b'".to_owned()),
        number
            .clone()
            .prop_map(|n| format!("ports: [\"80{n:02}:80\", {{target: {n}1, mode: host}}]")),
        number.clone().prop_map(|n| format!("mem_limit: {n}.5m")),
        number.clone().prop_map(|n| format!("stop_grace_period: {n}m3s")),
        number
            .clone()
            .prop_map(|n| format!("ulimits: {{nofile: {n}, nproc: {{soft: 1, hard: 2}}}}")),
        number.prop_map(|n| format!("cpus: \"{n}.25\"")),
        Just(
            "volumes: [./a:/a:ro, data:/d, /anon, {type: tmpfs, target: /t, tmpfs: {size: 1k}}]"
                .to_owned()
        ),
        Just("networks: {front: {aliases: [x], priority: 7}, back: null}".to_owned()),
        Just("depends_on: {b: {condition: service_healthy, restart: true}}".to_owned()),
        Just("healthcheck: {test: curl x, interval: 90s, retries: 3}".to_owned()),
        Just(
            "deploy: {replicas: 1, resources: {reservations: {cpus: 1, memory: 5g}}, labels: [x]}"
                .to_owned()
        ),
        Just("build: {context: ., args: [A=1], ssh: [default], tags: [x]}".to_owned()),
        Just("secrets: [s, {source: s, target: t, mode: 0440}]".to_owned()),
        Just("configs: [{source: c, uid: \"1\"}]".to_owned()),
        Just("extra_hosts: {h: 1.2.3.4, i: \"::1\"}".to_owned()),
        Just("logging: {driver: x, options: {max-size: 1}}".to_owned()),
        Just("gpus: all".to_owned()),
        Just("develop: {watch: [{path: ./w, action: sync, target: /w, ignore: [x]}]}".to_owned()),
        Just("devices: [\"/dev/a:/dev/b\", {source: /dev/c, target: /dev/d}]".to_owned()),
        Just("post_start: [{command: a b, environment: [X=1]}]".to_owned()),
        Just("provider: {type: x, options: {a: [1, true]}}".to_owned()),
        Just("sysctls: [net.a=1]".to_owned()),
        Just("tmpfs: /run".to_owned()),
        Just("profiles: [p]".to_owned()),
        Just("restart: unless-stopped".to_owned()),
    ]
}

/// The members of a service, none of them twice.
fn service() -> impl Strategy<Value = String> {
    proptest::collection::vec(member(), 0..6).prop_map(|members| {
        let mut seen = std::collections::BTreeMap::from([("image", "image: i".to_owned())]);
        for member in &members {
            seen.insert(member.split(':').next().unwrap_or_default(), member.clone());
        }
        let lines: Vec<String> = seen.values().map(|member| format!("    {member}\n")).collect();
        lines.concat()
    })
}

const REST: &str = "networks: {front: {driver: bridge, labels: [a=b]}, back: {external: true}}
volumes: {data: {driver_opts: {type: none, o: bind, device: ./d}}}
secrets: {s: {file: ./s}}
configs: {c: {content: \"a$$b\"}}
x-more: {a: [1, 2.5, null, \"$$\"], b: {}}
";

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_loads_to_the_same(a in service(), b in service()) {
        let text = format!("services:\n  a:\n{a}  b:\n{}{REST}", b.replace("    depends_on: {b", "    depends_on: {c")
            + "  c: {image: c}\n");
        if let Ok(loaded) = try_load(&text) {
            let difference = again(&loaded);
            prop_assert!(difference.is_none(), "{text}\n{}", difference.unwrap_or_default());
        }
    }

    #[test]
    fn a_generated_project_loads(a in service()) {
        let text = format!("services:\n  a:\n{a}  b: {{image: b}}\n{REST}");
        prop_assert!(try_load(&text).is_ok(), "{text}");
    }
}
