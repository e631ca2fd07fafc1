//! A person's day: plan, sync, again, a change, and what the status says.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::time::Duration;

use super::session;
use crate::support::dockerd::Dockerd;
use crate::support::engine::each_engine;
use crate::support::env::Env;
use crate::support::images::BUSYBOX;
use crate::support::process::{run, wait_until};
use crate::support::repository::Repository;

const SOON: Duration = Duration::from_secs(20);

/// Surroundings that follow a repository with a stack of two services, of which one ends by itself.
fn following(dockerd: &Dockerd, project: &str) -> (Env, Repository) {
    let mut env = Env::on(dockerd);
    env.set("CONDUCTOR_SETTLING", "1s");
    let file = format!("{project}/compose.yaml");
    let repository =
        Repository::with(&[(&file, &compose("one"))]).unwrap_or_else(|missing| panic!("{missing}"));
    let source = format!("sources: [{{name: home, url: '{}'}}]\n", repository.url());
    env.write("config.yaml", format!("instance: {project}\n{source}"));
    (env, repository)
}

fn compose(word: &str) -> String {
    format!(
        "services:\n  \
           web:\n    image: {BUSYBOX}\n    command: [sleep, '600']\n    init: true\n    stop_grace_period: 1s\n    environment: {{WORD: {word}}}\n  \
           once:\n    image: {BUSYBOX}\n    command: ['true']\n    restart: 'no'\n"
    )
}

/// What is said. The revision and IDs of containers are shown as words of the same width; what goes on at once is told
/// in the order of the alphabet.
fn told(env: &Env, repository: &Repository, line: &str) -> String {
    let said =
        session(env, line).replace(&repository.git(&["rev-parse", "HEAD"])[..12], "THE-REVISION");
    let (mut progress, rest): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.starts_with("! ") && line.contains("  "));
    progress.sort_unstable();
    let lines = progress.into_iter().chain(rest).map(without_ids);
    lines.collect::<Vec<_>>().join("\n")
}

/// A line with `CONTAINER-ID` in place of the twelve digits that begin the name of a container that is being replaced.
fn without_ids(line: &str) -> String {
    let part = |part: &str| {
        let (kept, id) = part.split_at(part.len().saturating_sub(12));
        let is_id = id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit());
        if is_id { format!("{kept}CONTAINER-ID") } else { part.to_owned() }
    };
    line.split('_').map(part).collect::<Vec<_>>().join("_")
}

each_engine! {
    fn a_day_with_a_repository(dockerd: &Dockerd) {
        let (env, repository) = following(dockerd, "day");
        insta::assert_snapshot!(told(&env, &repository, "stacks"), @r"
        STACK  SOURCE  PATH  REVISION      NOTE
        day    home    day   THE-REVISION
        [0]
        ");
        insta::assert_snapshot!(told(&env, &repository, "status"), @r"
        STACK  SERVICE  STATE  HEALTH   REVISION  SOURCE
        day    -        -      missing  -         home: day
        [1]
        ");
        insta::assert_snapshot!(told(&env, &repository, "plan"), @r"
        day is out of sync: 8 operations (home: day at THE-REVISION)
           write   file day/compose.yaml  not there
           create  network day_default    not there
           create  day-once-1             no container
           create  day-web-1              no container
           start   day-once-1             just created
           start   day-web-1              just created
           wait    once up                must be up
           wait    web up                 must be up
        [3]
        ");
        insta::assert_snapshot!(told(&env, &repository, "sync"), @r"
        ! day  create day-once-1  no container
        ! day  create day-web-1  no container
        ! day  create network day_default  not there
        ! day  start day-once-1  just created
        ! day  start day-web-1  just created
        ! day  wait once up  must be up
        ! day  wait web up  must be up
        ! day  write file day/compose.yaml  not there
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        day    changed  8           THE-REVISION  home: day
        [0]
        ");
        insta::assert_snapshot!(told(&env, &repository, "sync"), @r"
        STACK  OUTCOME  OPERATIONS  REVISION      SOURCE
        day    in sync  -           THE-REVISION  home: day
        ! nothing changed
        [0]
        ");
        insta::assert_snapshot!(told(&env, &repository, "plan"), @r"
        day is in sync (home: day at THE-REVISION)
        [0]
        ");
        insta::assert_snapshot!(told(&env, &repository, "status"), @r"
        STACK  SERVICE  STATE       HEALTH   REVISION      SOURCE
        day    once     exited (0)  healthy  THE-REVISION  home: day
        day    web      running     healthy  THE-REVISION  home: day
        [0]
        ");
    }
}

each_engine! {
    fn a_change_replaces_exactly_its_container(dockerd: &Dockerd) {
        let (env, repository) = following(dockerd, "change");
        let _said = env.conductor(&["sync"]).stdout();
        let _revision = repository.commit(&[("change/compose.yaml", &compose("two"))]);
        insta::assert_snapshot!(told(&env, &repository, "plan change"), @r"
        change is out of sync: 7 operations (home: change at THE-REVISION)
           write   file change/compose.yaml                   content changed (1 line)
           create  CONTAINER-ID_change-web-1                  environment WORD changed
           stop    change-web-1                               environment WORD changed
           remove  change-web-1                               environment WORD changed
           rename  CONTAINER-ID_change-web-1 to change-web-1  environment WORD changed
           start   change-web-1                               just created
           wait    web up                                     must be up
        [3]
        ");
        let answer = env.conductor(&["sync", "change/", "--format", "json"]).stdout();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["schema"], 1);
        let stack = &answer["stacks"][0];
        assert_eq!(stack["outcome"], serde_json::json!({"kind": "changed", "done": 7}));
        assert_eq!(stack["plan"]["operations"][2]["cause"], "environment WORD changed");
    }
}

each_engine! {
    fn a_failed_stack_is_told_last_with_what_was_not_done(dockerd: &Dockerd) {
        let mut env = Env::on(dockerd);
        env.set("CONDUCTOR_SETTLING", "1s");
        env.write("work/compose.yaml", format!(
            "name: unlucky\nservices:\n  \
               broken: {{image: {BUSYBOX}, command: ['false'], restart: 'no'}}\n  \
               later: {{image: {BUSYBOX}, command: [sleep, '600'], depends_on: {{broken: {{condition: service_completed_successfully}}}}}}\n",
        ));
        let said = session(&env, "sync -f compose.yaml");
        let end = said.find("! error").unwrap_or_default();
        insta::assert_snapshot!(said[end..], @r"
        ! error: unlucky: service `broken` did not complete: container `unlucky-broken-1` ended with exit code 1
        !
        ! hint: `docker logs unlucky-broken-1` shows what it says
        ! not done: unlucky: start unlucky-later-1, wait later up; the next sync carries on
        [1]
        ");
        let said = session(&env, "status unlucky");
        insta::assert_snapshot!(said, @r"
        STACK    SERVICE  STATE       HEALTH       REVISION   SOURCE
        unlucky  broken   exited (1)  degraded     directory  [ENV]/work
        unlucky  later    created     progressing  directory  [ENV]/work
        note: unlucky failed on [TIME] at directory (run 1): service `broken` did not complete: container `unlucky-broken-1` ended with exit code 1
        [1]
        ");
    }
}

each_engine! {
    fn orphans_of_a_project_in_place_are_named_and_removed_when_asked_for(dockerd: &Dockerd) {
        let env = Env::on(dockerd);
        let service = format!("{{image: {BUSYBOX}, command: [sleep, '600'], init: true, stop_grace_period: 1s}}");
        env.write("work/compose.yaml", format!("name: shrinking\nservices: {{one: {service}, two: {service}}}\n"));
        let _said = env.conductor(&["sync", "-f", "compose.yaml", "--no-wait"]).stdout();
        env.write("work/compose.yaml", format!("name: shrinking\nservices: {{one: {service}}}\n"));

        insta::assert_snapshot!(session(&env, "plan -f compose.yaml"), @r"
        shrinking is in sync ([ENV]/work)
           note: no longer declared, but not removed: shrinking-two-1
        [0]
        ");
        insta::assert_snapshot!(session(&env, "plan -f compose.yaml --remove-orphans"), @r"
        shrinking is out of sync: 2 operations ([ENV]/work)
           stop    shrinking-two-1  no longer declared
           remove  shrinking-two-1  no longer declared
        [3]
        ");
    }
}

each_engine! {
    fn ctrl_c_ends_a_sync_and_one_that_waits_for_it(dockerd: &Dockerd) {
        let env = Env::on(dockerd);
        let service = format!("{{image: {BUSYBOX}, command: [sleep, '600'], init: true, healthcheck: {{test: 'false', interval: 1s, start_period: 600s}}}}");
        env.write("work/compose.yaml", format!("name: patient\nservices: {{never: {service}}}\n"));
        let first = env.spawn(&["sync", "-f", "compose.yaml"]);
        wait_until("start", SOON, || {
            session(&env, "status patient").contains(" running ") // a created one is progressing, too
        });
        let mut second = env.spawn(&["sync", "-f", "compose.yaml"]);
        let mut said = BufReader::new(second.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert_eq!(line, format!("waiting for process {}: conductor sync\n", first.id()));

        interrupt(&second);
        assert_eq!(second.wait().unwrap().code(), Some(130));
        interrupt(&first);
        let first = first.wait_with_output().unwrap();
        let said = String::from_utf8(first.stderr).unwrap();
        assert_eq!(first.status.code(), Some(130), "{said}");
        assert!(said.contains("ending after the current operation"), "{said}");
        assert!(said.contains("not done: patient: wait never"), "{said}");
    }
}

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    let _said = run(Command::new("kill").args(["-INT", &child.id().to_string()])).stdout();
}
