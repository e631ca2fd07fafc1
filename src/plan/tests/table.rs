//! One change per attribute and kind of input, and exactly what is done about it and why.

use serde_json::Value;

use super::super::plan;
use super::stack::{service_name, stack};
use super::world::{World, options};
use crate::model::desired::Desired;
use crate::model::name::ServiceName;

/// Members of a service before and after, and the cause with which it is replaced; an empty one means that nothing is
/// done.
const ATTRIBUTES: &[(&str, &str, &str)] = &[
    (r"{'annotations': {'a': '1'}}", r"{'annotations': {'a': '2'}}", "configuration changed"),
    (
        r"{'blkio_config': {'weight': 10}}",
        r"{'blkio_config': {'weight': 20}}",
        "configuration changed",
    ),
    (r"{'cap_add': ['NET_ADMIN']}", r"{'cap_add': ['SYS_TIME']}", "cap_add changed"),
    (r"{'cap_drop': []}", r"{'cap_drop': ['ALL']}", "cap_drop changed"),
    (r"{'cgroup_parent': 'a'}", r"{'cgroup_parent': 'b'}", "configuration changed"),
    (r"{'command': ['a']}", r"{'command': ['a', 'b']}", "command changed"),
    (r"{'cpus': 1}", r"{'cpus': 2}", "configuration changed"),
    (r"{'cpu_shares': 1}", r"{'cpu_shares': 2}", "configuration changed"),
    (
        r"{'depends_on': {}}",
        r"{'depends_on': {'db': {'condition': 'service_started', 'required': true}}}",
        "",
    ),
    (r"{'deploy': {'replicas': 1}}", r"{'deploy': {'replicas': 1}}", ""),
    (
        r"{'devices': []}",
        r"{'devices': [{'source': '/dev/fuse', 'target': '/dev/fuse', 'permissions': 'rwm'}]}",
        "devices changed",
    ),
    (r"{'dns': ['1.1.1.1']}", r"{'dns': ['9.9.9.9']}", "configuration changed"),
    (r"{'dns_opt': ['a']}", r"{'dns_opt': ['b']}", "dns_opt changed"),
    (r"{'dns_search': ['a']}", r"{'dns_search': ['b']}", "dns_search changed"),
    (r"{'domainname': 'a'}", r"{'domainname': 'b'}", "domainname changed"),
    (r"{'entrypoint': ['a']}", r"{'entrypoint': ['b']}", "entrypoint changed"),
    (r"{'environment': {'A': '1'}}", r"{'environment': {'A': '2'}}", "environment A changed"),
    (r"{'environment': {}}", r"{'environment': {'A': '1', 'B': '2'}}", "environment A, B changed"),
    (r"{'environment': {'A': '1'}}", r"{'environment': {}}", "environment A changed"),
    (
        r"{'environment': {'PATH': '/bin'}}",
        r"{'environment': {'PATH': '/usr/bin'}}",
        "environment PATH changed",
    ),
    (r"{'expose': ['80']}", r"{'expose': ['81']}", "configuration changed"),
    (r"{'extra_hosts': ['a=1.1.1.1']}", r"{'extra_hosts': ['a=2.2.2.2']}", "extra_hosts changed"),
    (r"{'group_add': ['1']}", r"{'group_add': ['2']}", "group_add changed"),
    (
        r"{'healthcheck': {'test': ['CMD', 'a']}}",
        r"{'healthcheck': {'test': ['CMD', 'b']}}",
        "configuration changed",
    ),
    (r"{'hostname': 'a'}", r"{'hostname': 'b'}", "hostname changed"),
    (r"{'image': 'img'}", r"{'image': 'other'}", "image changed"),
    (r"{'init': false}", r"{'init': true}", "init changed"),
    (r"{'ipc': 'private'}", r"{'ipc': 'host'}", "configuration changed"),
    (r"{'labels': {'a': '1'}}", r"{'labels': {'a': '2'}}", "labels.a changed"),
    (r"{'labels': {}}", r"{'labels': {'a': '1'}}", "labels.a changed"),
    (
        r"{'logging': {'driver': 'local'}}",
        r"{'logging': {'driver': 'json-file'}}",
        "logging changed",
    ),
    (r"{'mem_limit': '1000000'}", r"{'mem_limit': '2000000'}", "mem_limit changed"),
    (r"{'oom_score_adj': 1}", r"{'oom_score_adj': 2}", "configuration changed"),
    (r"{'pid': ''}", r"{'pid': 'host'}", "configuration changed"),
    (
        r"{'ports': [{'target': 80, 'published': '8080'}]}",
        r"{'ports': [{'target': 80, 'published': '8081'}]}",
        "ports changed",
    ),
    (r"{'privileged': false}", r"{'privileged': true}", "privileged changed"),
    (r"{'profiles': []}", r"{'profiles': ['a']}", ""),
    (r"{'pull_policy': ''}", r"{'pull_policy': 'never'}", ""),
    (r"{'read_only': false}", r"{'read_only': true}", "read_only changed"),
    (r"{'restart': 'always'}", r"{'restart': 'unless-stopped'}", "restart changed"),
    (r"{'security_opt': ['a']}", r"{'security_opt': ['b']}", "configuration changed"),
    (r"{'shm_size': '1000'}", r"{'shm_size': '2000'}", "configuration changed"),
    (r"{'stdin_open': false}", r"{'stdin_open': true}", "stdin_open changed"),
    (r"{'stop_grace_period': '5s'}", r"{'stop_grace_period': '20s'}", "stop_grace_period changed"),
    (r"{'stop_signal': 'SIGINT'}", r"{'stop_signal': 'SIGQUIT'}", "stop_signal changed"),
    (r"{'sysctls': {'a': '1'}}", r"{'sysctls': {'a': '2'}}", "sysctls changed"),
    (r"{'tmpfs': ['/a']}", r"{'tmpfs': ['/b']}", "configuration changed"),
    (r"{'tty': false}", r"{'tty': true}", "tty changed"),
    (r"{'ulimits': {'nofile': 1}}", r"{'ulimits': {'nofile': 2}}", "ulimits changed"),
    (r"{'user': '1'}", r"{'user': '2'}", "user changed"),
    (
        r"{'volumes': []}",
        r"{'volumes': [{'type': 'bind', 'source': '/a', 'target': '/b'}]}",
        "volumes changed",
    ),
    (r"{'working_dir': '/a'}", r"{'working_dir': '/b'}", "working_dir changed"),
    (
        r"{'networks': {'default': null}}",
        r"{'networks': {'default': {'aliases': ['a']}}}",
        "configuration changed",
    ),
];

/// Projects in words before and after, and the cause with which `web` is replaced.
const INPUTS: &[(&str, &str, &str)] = &[
    ("web file=a:1", "web file=a:2", "file a changed (1 line)"),
    ("web file=d/a:1", "web file=d/a:1 file=d/b:1", "file d/b added"),
    ("web file=d/a:1 file=d/b:1", "web file=d/a:1", "file d/b removed"),
    ("web copy=1", "web copy=2", "config inline changed"),
    ("web secret=pw:1", "web secret=pw:2", "secret pw changed"),
    ("web secret=a:1 secret=b:1", "web secret=a:1 secret=b:2", "secret b changed"),
    (
        "web file=a:1 secret=b:1",
        "web file=a:2 secret=b:2",
        "secret b changed, file a changed (1 line)",
    ),
    (
        "web file=a:1 env.A=1",
        "web file=a:2 env.A=2",
        "environment A changed, file a changed (1 line)",
    ),
];

fn parsed(text: &str) -> Value {
    serde_json::from_str(&text.replace('\'', "\"")).unwrap()
}

/// A project whose service `web` has these members.
fn with(members: &str) -> Desired {
    let mut desired = stack("web\ndb");
    let name = service_name("web");
    let mut service = serde_json::to_value(&desired.project.services[&name]).unwrap();
    let all = service.as_object_mut().unwrap();
    for (key, value) in parsed(members).as_object().unwrap() {
        all.insert(key.clone(), value.clone());
    }
    desired.project.services.insert(name, serde_json::from_value(service).unwrap());
    desired
}

/// What is done when `web` is replaced for this cause; files are written before, or removed after it.
fn replaced(id: &str, cause: &str) -> String {
    let temporary = format!("{id}_p-web-1");
    [
        format!("create {temporary}: {cause}"),
        format!("stop p-web-1: {cause}"),
        format!("remove p-web-1: {cause}"),
        format!("rename {temporary} to p-web-1: {cause}"),
        "start p-web-1: just created".to_owned(),
        "wait web up: must be up".to_owned(),
    ]
    .join("\n")
}

/// The operations on containers, a line each.
fn operations(world: &World, desired: &Desired) -> String {
    let plan = plan(desired, &world.observed, &options()).unwrap();
    let about_files = |text: &str| text.contains(" file ");
    let lines = plan.operations.iter().map(|operation| format!("{operation}: {}", operation.cause));
    lines
        .filter(|line| !about_files(line.split(':').next().unwrap()))
        .collect::<Vec<_>>()
        .join("\n")
}

fn world(was: &Desired) -> World {
    let mut world = World::new();
    world.image("other", "sha256:2");
    world.bring(was);
    world
}

fn id(world: &mut World) -> String {
    world.container("p-web-1").id[..12].to_owned()
}

#[test]
fn every_attribute_that_makes_another_container_replaces_it_and_is_named() {
    for (was, is, cause) in ATTRIBUTES {
        let mut world = world(&with(was));
        let wanted =
            if cause.is_empty() { String::new() } else { replaced(&id(&mut world), cause) };
        assert_eq!(operations(&world, &with(is)), wanted, "from {was} to {is}");
        // Without a change nothing is done, and nothing is left when it has been done.
        assert_eq!(operations(&world, &with(was)), "", "{was}");
        world.bring(&with(is));
        assert_eq!(operations(&world, &with(is)), "", "{is}");
    }
}

#[test]
fn every_kind_of_input_replaces_its_container_and_is_named() {
    for (was, is, cause) in INPUTS {
        let mut world = world(&stack(was));
        let id = id(&mut world);
        let done = operations(&world, &stack(is));
        let done = done.replace("copy configs into p-web-1: just created\n", "");
        assert_eq!(done, replaced(&id, cause), "from {was} to {is}");
        world.bring(&stack(is));
        assert_eq!(operations(&world, &stack(is)), "", "{is}");
    }
}

#[test]
fn an_image_whose_digest_changed_replaces_its_container() {
    let mut world = world(&stack("web"));
    world.image("img", "sha256:new");
    let id = id(&mut world);
    assert_eq!(operations(&world, &stack("web")), replaced(&id, "image digest changed"));
}

#[test]
fn a_volume_that_gets_another_name_replaces_its_container() {
    let mut world = world(&stack("web vol=a:/data"));
    let id = id(&mut world);
    let done = operations(&world, &stack("web vol=b:/data"));
    let wanted = format!("create volume p_b: not there\n{}", replaced(&id, "volumes changed"));
    assert_eq!(done, wanted);
}

#[test]
fn a_service_that_shares_is_replaced_with_what_it_shares() {
    let mut world = world(&stack("web\nside share=web"));
    let side = world.container("p-side-1").id[..12].to_owned();
    let done = operations(&world, &stack("web env.A=1\nside share=web"));
    assert!(
        done.contains(&format!("create {side}_p-side-1: web, which it shares with, is recreated"))
    );
}

#[test]
fn the_order_of_keys_makes_no_difference() {
    let name: ServiceName = service_name("web");
    let service = |text: &str| -> crate::model::service::Service {
        serde_json::from_value(parsed(text)).unwrap()
    };
    let mut one = with("{}");
    let mut other = with("{}");
    one.project.services.insert(
        name.clone(),
        service(
            r"{'image': 'img', 'environment': {'A': '1', 'B': '2'}, 'networks': {'default': null}}",
        ),
    );
    other.project.services.insert(
        name,
        service(
            r"{'networks': {'default': null}, 'environment': {'B': '2', 'A': '1'}, 'image': 'img'}",
        ),
    );
    assert_eq!(operations(&world(&one), &other), "");
}
