//! Short forms, written out.

use crate::compose::testing::{indented, service};

fn check(lines: &str) -> String {
    let lines = indented(lines, 4);
    let rest = "  b: {image: y}\nvolumes: {data: }\nnetworks: {n: }\nconfigs: {c: {content: x}}\nsecrets: {s: {environment: S}}\n";
    let text = service(&format!("services:\n  a:\n    image: x\n{lines}{rest}"));
    text.replace(r#""command":null,"#, "")
        .replace(r#""entrypoint":null,"#, "")
        .replace(r#""image":"x","#, "")
        .replace(r#""networks":{"default":null},"#, "")
        .replace(r#","networks":{"default":null}"#, "")
}

#[test]
fn a_service_is_printed_in_long_form() {
    insta::assert_snapshot!(check("ports: [80, '127.0.0.1:8080:80/udp', {target: 9, published: 10}]"), @r#"{"ports":[{"mode":"ingress","target":80,"protocol":"tcp"},{"mode":"ingress","host_ip":"127.0.0.1","target":80,"published":"8080","protocol":"udp"},{"mode":"ingress","target":9,"published":"10","protocol":"tcp"}]}"#);
    insta::assert_snapshot!(check("volumes: ['data:/d', '/x', './y:/y:ro,z', {type: tmpfs, target: /t, tmpfs: {size: 1m}}]"), @r#"{"volumes":[{"type":"volume","source":"data","target":"/d","volume":{}},{"type":"volume","target":"/x"},{"type":"bind","source":"/p/y","target":"/y","read_only":true,"bind":{"selinux":"z"}},{"type":"tmpfs","target":"/t","tmpfs":{"size":"1048576"}}]}"#);
    insta::assert_snapshot!(check("volumes: [{type: bind, source: ./z, target: /z, bind: {create_host_path: false}}]"), @r#"{"volumes":[{"type":"bind","source":"/p/z","target":"/z","bind":{"create_host_path":false}}]}"#);
    insta::assert_snapshot!(check("environment: {I: 0755, F: 1.10, T: true, N: , S: 'x$$y'}"), @r#"{"environment":{"F":"1.1","I":"493","N":null,"S":"x$$y","T":"true"}}"#);
    insta::assert_snapshot!(check("healthcheck: {test: curl localhost, interval: 90s, retries: '3'}"), @r#"{"healthcheck":{"test":["CMD-SHELL","curl localhost"],"interval":"1m30s","retries":3}}"#);
    insta::assert_snapshot!(check("command: sh -c 'a b'\nentrypoint: []"), @r#"{"command":["sh","-c","a b"],"entrypoint":[]}"#);
    insta::assert_snapshot!(check("depends_on: [b]"), @r#"{"depends_on":{"b":{"condition":"service_started","required":true}}}"#);
    insta::assert_snapshot!(check("depends_on: {b: {condition: service_healthy, restart: true}}"), @r#"{"depends_on":{"b":{"condition":"service_healthy","restart":true,"required":true}}}"#);
    insta::assert_snapshot!(check("networks: [n]\ndns: 1.1.1.1\ntmpfs: /t"), @r#"{"dns":["1.1.1.1"],"networks":{"n":null},"tmpfs":["/t"]}"#);
    insta::assert_snapshot!(check("configs: [c]\nsecrets: [s, {source: s, target: t, mode: 0400}]"), @r#"{"configs":[{"source":"c"}],"secrets":[{"source":"s","target":"/run/secrets/s"},{"source":"s","target":"t","mode":"0400"}]}"#);
    insta::assert_snapshot!(check("ulimits: {nofile: 1, nproc: {soft: 2, hard: 3}}\nmem_limit: 1.5g\nshm_size: 64m"), @r#"{"mem_limit":"1610612736","shm_size":"67108864","ulimits":{"nofile":1,"nproc":{"soft":2,"hard":3}}}"#);
    insta::assert_snapshot!(check("extra_hosts: ['h:1.1.1.1', 'i=[::1]']\ndevices: ['/dev/a:/dev/b:r', /dev/c]"), @r#"{"devices":[{"source":"/dev/a","target":"/dev/b","permissions":"r"},{"source":"/dev/c","target":"/dev/c","permissions":"rwm"}],"extra_hosts":["h=1.1.1.1","i=::1"]}"#);
    insta::assert_snapshot!(check("gpus: all\ndeploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 50M}}}"), @r#"{"deploy":{"replicas":2,"resources":{"limits":{"cpus":0.5,"memory":"52428800"}},"placement":{}},"gpus":[{"count":-1}]}"#);
    insta::assert_snapshot!(check("build: {context: ./app, args: [A=1, NOPE], ssh: [default]}"), @r#"{"build":{"context":"/p/app","dockerfile":"Dockerfile","args":{"A":"1"},"ssh":["default"]}}"#);
    insta::assert_snapshot!(check("links: ['b:db']\nrestart: no\nstop_grace_period: 1m30s\ninit: true"), @r#"{"depends_on":{"b":{"condition":"service_started","restart":true,"required":true}},"init":true,"links":["b:db"],"restart":"no","stop_grace_period":"1m30s"}"#);
    insta::assert_snapshot!(check("sysctls: [a=1]\nlabels: [x, y=2]\nannotations: {z: 3}"), @r#"{"annotations":{"z":"3"},"labels":{"x":"","y":"2"},"sysctls":{"a":"1"}}"#);
}
