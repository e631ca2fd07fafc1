//! Containers that are made, replaced, scaled and started.

use super::stack::stack;
use super::world::World;
use super::{change, first, shown};
use crate::model::labels;
use crate::model::observed::ContainerState;

#[test]
fn everything_is_made_before_anything_is_started() {
    insta::assert_snapshot!(first("app after=db:healthy\ndb health vol=data:/data"), @r"
        create   network p_default  not there
        create   volume p_data      not there
        create   p-db-1             no container
        create   p-app-1            no container
        start    p-db-1             just created
        wait     db healthy         needed by app
        start    p-app-1            just created
        wait     app up             must be up
        ");
}

#[test]
fn what_is_as_it_should_be_needs_nothing() {
    insta::assert_snapshot!(change("web scale=2 anon=/a\njob ends", "web scale=2 anon=/a\njob ends"), @"nothing");
}

#[test]
fn a_changed_variable_is_named_and_replaces_one_container() {
    insta::assert_snapshot!(change("web env.LOG_LEVEL=info\ndb", "web env.LOG_LEVEL=debug\ndb"), @r"
        create   000000000004_p-web-1             environment LOG_LEVEL changed
        stop     p-web-1                          environment LOG_LEVEL changed
        remove   p-web-1                          environment LOG_LEVEL changed
        rename   000000000004_p-web-1 to p-web-1  environment LOG_LEVEL changed
        start    p-web-1                          just created
        wait     web up                           must be up
        ");
}

#[test]
fn variables_that_come_and_go_are_named_too() {
    insta::assert_snapshot!(change("web env.A=1 env.B=1", "web env.B=2 env.C=1").lines().next().unwrap(), @"create   000000000002_p-web-1             environment A, B, C changed");
}

#[test]
fn a_typing_error_does_not_become_two_thousand_million_containers() {
    insta::assert_snapshot!(first("web scale=2000000000"), @"error: service `web` asks for 2000000000 replicas, and 1000 is the most");
}

#[test]
fn changed_settings_are_named_by_their_keys() {
    let mut world = World::with(&stack("web env.A=1"));
    let settings = &mut world.container("p-web-1").details.as_mut().unwrap().settings;
    for (key, value) in [("privileged", "true"), ("tty", "false"), ("labels.old", "x")] {
        settings.insert(key.to_owned(), value.to_owned());
    }
    insta::assert_snapshot!(shown(&world, "web env.A=2").lines().next().unwrap(), @"create   000000000002_p-web-1             environment A, labels.old, privileged changed");
}

#[test]
fn volumes_without_a_name_are_taken_over() {
    let mut world = World::with(&stack("web anon=/a env.A=1"));
    let before = world.container("p-web-1").mounts.clone();
    world.bring(&stack("web anon=/a env.A=2"));
    assert_eq!(world.container("p-web-1").mounts, before);
}

#[test]
fn a_service_without_its_volume_or_network_is_recreated() {
    insta::assert_snapshot!(change("web vol=a:/data", "web vol=b:/data").lines().nth(1).unwrap(), @"create   000000000002_p-web-1             volumes changed");
    let mut world = World::with(&stack("web"));
    let gone = "0".repeat(64);
    world.container("p-web-1").networks.insert("p_default".to_owned(), gone);
    insta::assert_snapshot!(shown(&world, "web").lines().next().unwrap(), @"create   000000000002_p-web-1             not on network default");
}

#[test]
fn too_many_containers_go_by_their_numbers_and_too_few_are_added() {
    insta::assert_snapshot!(change("web scale=3", "web scale=1"), @r"
        stop     p-web-2  scaled down
        stop     p-web-3  scaled down
        remove   p-web-2  scaled down
        remove   p-web-3  scaled down
        ");
    insta::assert_snapshot!(change("web scale=1", "web scale=2"), @r"
        create   p-web-2  no container
        start    p-web-2  just created
        wait     web up   must be up
        ");
    insta::assert_snapshot!(change("web", "web scale=0"), @r"
        stop     p-web-1  scaled down
        remove   p-web-1  scaled down
        ");
}

#[test]
fn a_container_that_differs_goes_before_one_that_does_not() {
    let mut world = World::with(&stack("web scale=2"));
    let differs = world.container("p-web-1");
    differs.labels.insert(labels::CONFIG_HASH.to_owned(), "other".to_owned());
    insta::assert_snapshot!(shown(&world, "web"), @r"
        stop     p-web-1  scaled down
        remove   p-web-1  scaled down
        ");
}

#[test]
fn dependents_stop_first_and_restart_behind_a_dependency_where_declared() {
    insta::assert_snapshot!(
        change("app after=db:restart\nother after=db\ndb", "app after=db:restart\nother after=db\ndb env.A=1"),
        @r"
        create   000000000002_p-db-1            environment A changed
        stop     p-app-1                        dependency db is recreated
        stop     p-db-1                         environment A changed
        remove   p-db-1                         environment A changed
        rename   000000000002_p-db-1 to p-db-1  environment A changed
        start    p-db-1                         just created
        start    p-app-1                        dependency db is recreated
        wait     db up                          must be up
        wait     app up                         must be up
        "
    );
}

#[test]
fn services_that_share_namespaces_are_recreated_with_their_parent() {
    insta::assert_snapshot!(change("app share=vpn\nvpn", "app share=vpn\nvpn env.A=1"), @r"
        create   000000000002_p-vpn-1             environment A changed
        create   000000000004_p-app-1             vpn, which it shares with, is recreated
        stop     p-app-1                          vpn, which it shares with, is recreated
        stop     p-vpn-1                          environment A changed
        remove   p-vpn-1                          environment A changed
        remove   p-app-1                          vpn, which it shares with, is recreated
        rename   000000000002_p-vpn-1 to p-vpn-1  environment A changed
        rename   000000000004_p-app-1 to p-app-1  vpn, which it shares with, is recreated
        start    p-vpn-1                          just created
        start    p-app-1                          just created
        wait     vpn up                           must be up
        wait     app up                           must be up
        ");
}

#[test]
fn only_what_is_started_is_waited_for() {
    insta::assert_snapshot!(
        change("app after=db:healthy\ndb health", "app after=db:healthy env.A=1\ndb health").lines().skip(4).collect::<Vec<_>>().join("\n"),
        @r"
        start    p-app-1                          just created
        wait     app up                           must be up
        "
    );
    insta::assert_snapshot!(first("app after=db:healthy:optional\ndb health"), @r"
        create   network p_default  not there
        create   p-db-1             no container
        create   p-app-1            no container
        start    p-db-1             just created
        wait     db healthy         needed by app
        start    p-app-1            just created
        wait     db up              must be up
        wait     app up             must be up
        ");
}

#[test]
fn a_one_shot_that_has_done_its_work_rests() {
    let mut world = World::with(&stack("job ends\nweb once"));
    insta::assert_snapshot!(shown(&world, "job ends\nweb once"), @"nothing");
    world.exit("p-job-1", 3);
    insta::assert_snapshot!(shown(&world, "job ends\nweb once"), @r"
        start    p-job-1  not running (exit code 3)
        wait     job up   must be up
        ");
    world.exit("p-job-1", 0);
    world.container("p-job-1").details.as_mut().unwrap().oom_killed = true;
    insta::assert_snapshot!(shown(&world, "job ends\nweb once"), @r"
        start    p-job-1  not running (exit code 0)
        wait     job up   must be up
        ");
}

#[test]
fn a_one_shot_runs_again_when_its_spec_or_inputs_change() {
    insta::assert_snapshot!(change("job ends copy=1", "job ends copy=2"), @r"
        create   000000000002_p-job-1             config inline changed
        remove   p-job-1                          config inline changed
        rename   000000000002_p-job-1 to p-job-1  config inline changed
        copy     configs into p-job-1             just created
        start    p-job-1                          just created
        wait     job up                           must be up
        ");
}

#[test]
fn a_one_shot_that_rests_does_not_mind_its_network() {
    insta::assert_snapshot!(change("job ends on=n\nnet n mtu=1", "job ends on=n\nnet n mtu=2"), @r"
        remove   network p_n  options of network n changed
        create   network p_n  options of network n changed
        ");
}

#[test]
fn whatever_should_run_is_started() {
    let mut world = World::with(&stack("web"));
    world.exit("p-web-1", 0);
    insta::assert_snapshot!(shown(&world, "web"), @r"
        start    p-web-1  not running (exit code 0)
        wait     web up   must be up
        ");
    world.container("p-web-1").state = ContainerState::Paused;
    insta::assert_snapshot!(shown(&world, "web"), @r"
        unpause  p-web-1  paused
        wait     web up   must be up
        note: container `p-web-1` was paused by somebody
        ");
    world.container("p-web-1").state = ContainerState::Dead;
    insta::assert_snapshot!(shown(&world, "web"), @r"
        create   000000000002_p-web-1                  broken
        rename   p-web-1 to p-web-1_dead_000000000002  broken
        rename   000000000002_p-web-1 to p-web-1       broken
        start    p-web-1                               just created
        remove   p-web-1_dead_000000000002             broken
        wait     web up                                must be up
        ");
}

#[test]
fn inline_configs_are_copied_before_each_start() {
    insta::assert_snapshot!(first("web copy=1"), @r"
        create   network p_default     not there
        create   p-web-1               no container
        copy     configs into p-web-1  just created
        start    p-web-1               just created
        wait     web up                must be up
        ");
}

#[test]
fn a_container_that_another_tool_made_is_adopted() {
    let mut world = World::with(&stack("web env.A=1"));
    world.container("p-web-1").labels.remove(labels::SPEC);
    insta::assert_snapshot!(shown(&world, "web env.A=1"), @"nothing");
    insta::assert_snapshot!(shown(&world, "web env.A=2").lines().next().unwrap(), @"create   000000000002_p-web-1             environment A changed");
}

#[test]
fn services_switched_off_stay_as_they_are() {
    insta::assert_snapshot!(change("web\ndebug", "web\noff debug\nprune"), @"nothing");
}

#[test]
fn orphans_are_named_or_removed_once_everything_is_made() {
    insta::assert_snapshot!(change("old", "web"), @r"
        create   p-web-1  no container
        start    p-web-1  just created
        wait     web up   must be up
        note: no longer declared, but not removed: p-old-1
        ");
    insta::assert_snapshot!(change("old", "web\nprune"), @r"
        create   p-web-1  no container
        stop     p-old-1  no longer declared
        remove   p-old-1  no longer declared
        start    p-web-1  just created
        wait     web up   must be up
        ");
}

#[test]
fn an_orphan_of_another_directory_stays() {
    let mut world = World::with(&stack("old\nweb"));
    let labels = &mut world.container("p-old-1").labels;
    labels.insert(labels::WORKING_DIR.to_owned(), "/elsewhere".to_owned());
    labels.remove(labels::INSTANCE);
    insta::assert_snapshot!(shown(&world, "web\nprune"), @"note: no longer declared, but not removed: p-old-1");
}

#[test]
fn a_name_that_somebody_else_has_blocks_the_plan() {
    let mut world = World::new();
    world.observed.foreign.insert("proxy".to_owned(), Some("other".to_owned()));
    insta::assert_snapshot!(shown(&world, "web name=proxy"), @"error: the container name `proxy` of service `web` is taken by a container of project `other`");
    let world = World::with(&stack("old name=proxy"));
    insta::assert_snapshot!(shown(&world, "web name=proxy"), @"error: the container name `proxy` of service `web` is taken by a container of this project that stays");
    insta::assert_snapshot!(shown(&world, "web name=proxy\nprune"), @r"
        stop     proxy   no longer declared
        remove   proxy   no longer declared
        create   proxy   no container
        start    proxy   just created
        wait     web up  must be up
        ");
}

#[test]
fn services_in_a_circle_are_refused() {
    insta::assert_snapshot!(first("a after=b\nb after=a"), @"error: services depend on each other in a circle: `a`, `b`");
}

#[test]
fn a_dependency_stops_behind_everybody_who_needs_it_also_through_others() {
    let was = "app env.A=1 after=mid\nmid after=db\ndb env.A=1";
    let plan = change(was, "app env.A=2 after=mid\nmid after=db\ndb env.A=2");
    let place = |text: &str| plan.lines().position(|line| line.starts_with(text)).unwrap();
    assert!(place("stop     p-app-1") < place("stop     p-db-1"), "{plan}");
    let (world, desired) =
        (World::with(&stack(was)), stack("app env.A=2 after=mid\nmid after=db\ndb env.A=2"));
    let plan = super::super::plan(&desired, &world.observed, &super::options()).unwrap();
    let stop = |name: &str| {
        let text = format!("stop {name}");
        plan.operations.iter().find(|operation| operation.to_string() == text).unwrap()
    };
    assert!(stop("p-db-1").after.contains(&stop("p-app-1").id));
}
