//! Networks, volumes, files and images.

use super::stack::stack;
use super::world::World;
use super::{change, first, shown};
use crate::model::labels;
use crate::model::observed::{Container, ContainerState, ObservedNetwork, RegistryAnswer};

#[test]
fn a_network_with_other_options_is_made_anew_with_its_containers() {
    insta::assert_snapshot!(change("a on=n\nb\nnet n mtu=1", "a on=n\nb\nnet n mtu=2"), @r"
        create   000000000003_p-a-1           options of network n changed
        stop     p-a-1                        options of network n changed
        remove   network p_n                  options of network n changed
        create   network p_n                  options of network n changed
        remove   p-a-1                        options of network n changed
        rename   000000000003_p-a-1 to p-a-1  options of network n changed
        start    p-a-1                        just created
        wait     a up                         must be up
        ");
}

#[test]
fn a_network_under_containers_that_stay_is_not_replaced() {
    insta::assert_snapshot!(change("a on=n\nold on=n\nnet n mtu=1", "a on=n\nnet n mtu=2"), @"error: the options of network `p_n` changed, but `p-old-1` is running on it and would stay");
}

#[test]
fn a_network_under_containers_of_another_project_is_not_replaced() {
    let mut world = World::with(&stack("a on=n\nnet n mtu=1"));
    let users = &mut world.observed.networks.get_mut("p_n").unwrap().users;
    let (name, state) = ("other-web-1".to_owned(), ContainerState::Running);
    users.push(Container { name, state, ..Container::default() });
    users.push(Container { name: "other-job-1".to_owned(), ..Container::default() });
    insta::assert_snapshot!(shown(&world, "a on=n\nnet n mtu=2"), @"error: the options of network `p_n` changed, but `other-web-1` is running on it and would stay");
}

#[test]
fn what_somebody_else_made_is_used_as_it_is() {
    let mut world = World::with(&stack("a vol=v:/v"));
    world.observed.networks.get_mut("p_default").unwrap().labels.clear();
    world.observed.volumes.get_mut("p_v").unwrap().labels.clear();
    insta::assert_snapshot!(shown(&world, "a vol=v:/v"), @r"
        note: network `p_default` was not made for this project, and is used as it is
        note: volume `p_v` was not made for this project, and is used as it is
        ");
}

#[test]
fn external_networks_and_volumes_must_exist() {
    insta::assert_snapshot!(first("a on=n\nnet n external"), @"error: network `p_n`, declared as external, does not exist");
    insta::assert_snapshot!(first("a vol=v:/v\nvolume v external"), @"error: volume `p_v`, declared as external, does not exist");
    let mut world = World::new();
    let network = ObservedNetwork { id: "1".into(), name: "p_n".into(), ..Default::default() };
    world.observed.networks.insert("p_n".into(), network);
    insta::assert_snapshot!(shown(&world, "a on=n\nnet n external").lines().next().unwrap(), @"create   p-a-1  no container");
}

#[test]
fn a_volume_is_never_recreated() {
    insta::assert_snapshot!(change("a vol=v:/v\nvolume v x=1", "a vol=v:/v\nvolume v x=2"), @"note: the declared options of volume `p_v` differ from those it was made with; it is never recreated, because its data would be lost");
}

#[test]
fn a_changed_file_is_written_and_named_as_the_cause() {
    insta::assert_snapshot!(change("web file=nginx.conf:1", "web file=nginx.conf:2"), @r"
        write    file nginx.conf                  content changed (1 line)
        create   000000000002_p-web-1             file nginx.conf changed (1 line)
        stop     p-web-1                          file nginx.conf changed (1 line)
        remove   p-web-1                          file nginx.conf changed (1 line)
        rename   000000000002_p-web-1 to p-web-1  file nginx.conf changed (1 line)
        start    p-web-1                          just created
        wait     web up                           must be up
        ");
    insta::assert_snapshot!(change("web copy=1", "web copy=2").lines().next().unwrap(), @"create   000000000002_p-web-1             config inline changed");
}

#[test]
fn an_adopted_container_is_recreated_for_a_changed_file() {
    let mut world = World::with(&stack("web file=x:1"));
    world.container("p-web-1").labels.remove(labels::SPEC);
    insta::assert_snapshot!(shown(&world, "web file=x:1"), @"nothing");
    insta::assert_snapshot!(shown(&world, "web file=x:2").lines().nth(1).unwrap(), @"create   000000000002_p-web-1             file x changed (1 line)");
}

#[test]
fn a_file_that_an_application_changed_stays_until_a_revision_changes_it() {
    let mut world = World::with(&stack("web file=x:1"));
    world.observed.files.values_mut().for_each(|file| file.digest = "other".to_owned());
    insta::assert_snapshot!(shown(&world, "web file=x:1"), @"note: `x` was changed by somebody else since it was laid out; it stays until a revision changes it");
    insta::assert_snapshot!(shown(&world, "web file=x:2").lines().next().unwrap(), @"write    file x                           content changed (1 line)");
}

#[test]
fn a_file_that_is_gone_or_has_other_permissions_is_written_again() {
    let mut world = World::with(&stack("web file=x:1"));
    world.observed.files.values_mut().for_each(|file| file.mode = 0o600);
    insta::assert_snapshot!(shown(&world, "web file=x:1"), @"write    file x  permissions changed");
    world.observed.files.clear();
    insta::assert_snapshot!(shown(&world, "web file=x:1"), @"write    file x  not there");
}

#[test]
fn a_file_that_nothing_desires_is_removed_at_last() {
    insta::assert_snapshot!(change("web file=x:1", "web"), @r"
        create   000000000002_p-web-1             file x removed
        stop     p-web-1                          file x removed
        remove   p-web-1                          file x removed
        rename   000000000002_p-web-1 to p-web-1  file x removed
        remove   file /work/x                     no longer declared
        start    p-web-1                          just created
        wait     web up                           must be up
        ");
}

#[test]
fn an_image_that_is_not_here_is_pulled_first() {
    insta::assert_snapshot!(first("web image=nginx"), @r"
        pull     image nginx        not here
        create   network p_default  not there
        create   p-web-1            no container
        start    p-web-1            just created
        wait     web up             must be up
        ");
}

#[test]
fn an_image_that_nothing_is_made_from_is_not_pulled() {
    let mut world = World::with(&stack("web"));
    world.observed.images.clear();
    insta::assert_snapshot!(shown(&world, "web"), @"note: image `img` is not here any more; the containers of `web` stay as they are");
}

#[test]
fn an_image_that_has_lost_its_name_gets_it_back_and_is_not_pulled() {
    let mut world = World::with(&stack("web"));
    let image = world.observed.images.remove("img").unwrap();
    world.observed.nameless.insert("img".to_owned(), image);
    insta::assert_snapshot!(shown(&world, "web"), @"tag      image img  its name was lost");
    insta::assert_snapshot!(shown(&world, "web scale=2"), @r"
        tag      image img  its name was lost
        create   p-web-2    no container
        start    p-web-2    just created
        wait     web up     must be up
        ");
    // Another service gets what this one runs with, too: a pull could bring another image, and replace what runs.
    insta::assert_snapshot!(shown(&world, "api\nweb"), @r"
        tag      image img  its name was lost
        create   p-api-1    no container
        start    p-api-1    just created
        wait     api up     must be up
        ");
    insta::assert_snapshot!(shown(&world, "api platform=linux/arm64 pull=never\nweb"), @"error: image `img` of service `api` is not here, and `pull_policy: never` forbids a pull");
    let desired = stack("web");
    let next = super::plan(&desired, &world.observed, &super::options()).unwrap();
    assert_eq!(next.pulls(), next, "it comes first, like a pull");
    world.carry_out(&desired, &next);
    assert_eq!(shown(&world, "web"), "nothing\n");
}

#[test]
fn what_runs_of_a_damaged_image_goes_on_and_nothing_is_made_of_it() {
    let mut world = World::with(&stack("web"));
    world.observed.images.clear();
    let reason = "stat /x: no such file or directory".to_owned();
    world.observed.damaged.insert("img".to_owned(), reason);
    insta::assert_snapshot!(shown(&world, "web"), @"note: image `img` is damaged; the containers of `web` stay as they are: stat /x: no such file or directory");
    insta::assert_snapshot!(shown(&world, "web scale=2"), @"error: image `img` of service `web` is damaged: stat /x: no such file or directory");
    world.exit("p-web-1", 1);
    assert!(shown(&world, "web").starts_with("start    p-web-1"));
}

#[test]
fn a_name_is_given_only_to_what_a_container_runs_with() {
    let mut world = World::with(&stack("web"));
    let image = world.observed.images.remove("img").unwrap();
    world.observed.nameless.insert("img".to_owned(), image);
    world.container("p-web-1").image_id = "sha256:another".to_owned();
    insta::assert_snapshot!(shown(&world, "web"), @"note: image `img` is not here any more; the containers of `web` stay as they are");
    world.observed.containers.clear();
    insta::assert_snapshot!(shown(&world, "web"), @r"
        pull     image img  not here
        create   p-web-1    no container
        start    p-web-1    just created
        wait     web up     must be up
        ");
}

#[test]
fn an_image_that_may_not_be_pulled_or_built_must_be_here() {
    insta::assert_snapshot!(first("web image=x pull=never"), @"error: image `x` of service `web` is not here, and `pull_policy: never` forbids a pull");
    insta::assert_snapshot!(first("web image=x build"), @"error: image `x` of service `web` is not here, and Conductor does not build images");
    insta::assert_snapshot!(first("web image= build"), @"error: image `p-web` of service `web` is not here, and Conductor does not build images");
    insta::assert_snapshot!(first("web image=x pull=sometimes"), @"error: unknown pull policy `sometimes` of service `web`");
}

#[test]
fn an_image_of_another_platform_is_none() {
    insta::assert_snapshot!(first("web platform=linux/arm64 pull=never"), @"error: image `img` of service `web` is not here, and `pull_policy: never` forbids a pull");
    assert!(!first("web platform=linux/amd64 pull=never").starts_with("error"));
}

#[test]
fn another_image_replaces_the_container() {
    let mut world = World::with(&stack("web"));
    world.image("img", "sha256:2");
    insta::assert_snapshot!(shown(&world, "web").lines().next().unwrap(), @"create   000000000002_p-web-1             image digest changed");
}

#[test]
fn always_pulls_only_when_the_registry_has_another_image() {
    let mut world = World::with(&stack("web pull=always"));
    let image = world.observed.images.get_mut("img").unwrap();
    image.repo_digests = vec!["img@sha256:aa".to_owned()];
    let mut asked = |answer: RegistryAnswer| {
        world.observed.registry.insert("img".to_owned(), answer);
        shown(&world, "web pull=always")
    };
    insta::assert_snapshot!(asked(RegistryAnswer::Digest("sha256:aa".into())), @"nothing");
    insta::assert_snapshot!(asked(RegistryAnswer::Digest("sha256:bb".into())), @r"
        pull     image img  the registry has another one
        note: `web` is recreated if the pull brings another `img`
        ");
    insta::assert_snapshot!(asked(RegistryAnswer::Unreachable("no route".into())), @"note: cannot ask the registry about `img`, so the local image is used: no route");
}

#[test]
fn pulls_can_be_planned_alone() {
    let plan = super::plan(
        &stack("a image=x\nb image=y after=a\nc image=x"),
        &World::new().observed,
        &super::options(),
    );
    insta::assert_snapshot!(plan.unwrap().pulls(), @r"
        pull     image x  not here
        pull     image y  not here
        ");
}
