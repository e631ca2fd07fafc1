//! What Compose makes of odd values, found by asking it.

use crate::compose::testing::{part, service, try_load};

fn one(members: &str) -> String {
    service(&format!("services:\n  a: {{image: i, {members}}}\nsecrets: {{s: {{file: s}}}}\n"))
}

fn refused(members: &str) -> String {
    one(members).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_key_with_x_among_own_names_is_taken_for_an_extension_and_said_so() {
    insta::assert_snapshot!(one("environment: {x-a: 1, x-b: null, C: 2}"), @r##"{"command":null,"entrypoint":null,"environment":{"#extensions":"map[x-a:1 x-b:<nil>]","C":"2"},"image":"i","networks":{"default":null}}"##);
    insta::assert_snapshot!(refused("networks: [x-a]"), @"error: `/p/compose.yaml:2:3`: `services.a.networks.#extensions`: refers to the undefined network `#extensions`");
    insta::assert_snapshot!(refused("storage_opt: {x-a: b}"), @"error: `/p/compose.yaml:2:31`: `services.a.storage_opt`: a key that begins with `x-` is taken for an extension, which cannot stand here");
    let loaded = try_load("services: {a: {image: i, labels: {x-a: b}}}\n").unwrap();
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    `/p/compose.yaml:1:35`: `services.a.labels.x-a` is taken for an extension and does not count
    hint: choose a name that does not begin with `x-`, or write a list of `NAME=value`
    ");
    insta::assert_snapshot!(one("labels: [x-a=b]"), @r#"{"command":null,"entrypoint":null,"image":"i","labels":{"x-a":"b"},"networks":{"default":null}}"#);
}

#[test]
fn numbers_that_do_not_fit_are_what_go_makes_of_them() {
    insta::assert_snapshot!(one("pids_limit: 99999999999999999999"), @r#"{"command":null,"entrypoint":null,"image":"i","networks":{"default":null},"pids_limit":-9223372036854775808}"#);
    insta::assert_snapshot!(refused("scale: 99999999999999999999"), @"error: `/p/compose.yaml:2:17`: `services.a.scale`: the number of replicas is negative");
    for members in [
        "cpu_percent: 1e3",
        "cpu_percent: \"-1\"",
        "oom_score_adj: 99999999999999999999",
        "deploy: {update_config: {parallelism: -1}}",
        "deploy: {restart_policy: {max_attempts: \"-1\"}}",
        "deploy: {placement: {max_replicas_per_node: -1}}",
        "healthcheck: {test: x, retries: -1}",
    ] {
        let refused = refused(members);
        assert!(refused.contains("must be "), "{members}: {refused}");
    }
}

#[test]
fn what_is_empty_is_left_out_or_stays_as_compose_has_it() {
    insta::assert_snapshot!(one("build: \"\", models: [], pull_refresh_after: x"), @r#"{"build":{"dockerfile":"Dockerfile"},"command":null,"entrypoint":null,"image":"i","networks":{"default":null}}"#);
    insta::assert_snapshot!(one("build: {context: ., ssh: []}"), @r#"{"build":{"context":"/p","dockerfile":"Dockerfile"},"command":null,"entrypoint":null,"image":"i","networks":{"default":null}}"#);
    insta::assert_snapshot!(one("devices: [{source: /a, target: /b}]"), @r#"{"command":null,"devices":[{"source":"/a","target":"/b"}],"entrypoint":null,"image":"i","networks":{"default":null}}"#);
    insta::assert_snapshot!(one("blkio_config: {device_read_bps: [{path: /a}]}"), @r#"{"blkio_config":{"device_read_bps":[{"Path":"/a","Rate":"0"}]},"command":null,"entrypoint":null,"image":"i","networks":{"default":null}}"#);
    insta::assert_snapshot!(part("x-a: [[], {b: []}]\nservices: {a: {image: i}}\n", &["x-a"]), @r#"[null,{"b":null}]"#);
    insta::assert_snapshot!(part("services: {a: {image: i, networks: [n]}}\nnetworks: {n: {name: \"\"}}\n", &["networks"]), @r#"{"n":{"ipam":{}}}"#);
    insta::assert_snapshot!(part("include: [{}]\nservices: {a: {image: i}}\n", &["services", "a", "image"]), @r#""i""#);
}

#[test]
fn pairs_need_their_sign_and_targets_are_mounted_once() {
    insta::assert_snapshot!(refused("build: {additional_contexts: [x]}"), @"error: `/p/compose.yaml:2:47`: `services.a.build.additional_contexts`: `x` is not `NAME=value`");
    insta::assert_snapshot!(refused("build: {additional_contexts: {x: 1}}"), @"error: `/p/compose.yaml:2:50`: `services.a.build.additional_contexts.x`: must be text, found a whole number");
    insta::assert_snapshot!(refused("build: {ssh: [x]}"), @"error: `/p/compose.yaml:2:31`: `services.a.build.ssh`: `x` is not `default`, nor `NAME=PATH`");
    insta::assert_snapshot!(refused("tmpfs: [/a, \"/a:ro\"]"), @"error: `/p/compose.yaml:2:29`: `services.a.tmpfs[1]`: `/a` is already mounted by `services.a.tmpfs[0]`");
    insta::assert_snapshot!(refused("links: [\"b=c\"]"), @"error: `/p/compose.yaml:2:3`: `services.a.depends_on`: refers to the undefined service `b=c`");
}

#[test]
fn a_document_of_nothing_beside_another_is_refused() {
    insta::assert_snapshot!(part("services: {a: {image: i}}\n---\n", &[]).lines().next().unwrap(), @"error: `/p/compose.yaml:2:4`: a Compose file must be a mapping, found nothing");
}

#[test]
fn a_name_of_which_nothing_is_left_is_refused_after_what_is_wrong_with_the_files() {
    let text = "name: \"$GONE\"\nservices: {a: {image: i, scale: \"$GONE\"}}\n";
    insta::assert_snapshot!(part(text, &[]).lines().next().unwrap(), @"error: `/p/compose.yaml:2:33`: `services.a.scale`: must be a whole number, found nothing");
    insta::assert_snapshot!(part("name: \"$GONE\"\nservices: {a: {image: i}}\n", &[]).lines().next().unwrap(), @"error: cannot load the project: the project has no name");
}
