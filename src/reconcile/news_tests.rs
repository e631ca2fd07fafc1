//! Which stacks a revision touches, and what is remembered for a daemon; with real mirrors, and without an engine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use repository::{Fixture, files};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Environment, Flags, Source};
use crate::journal::{StackKey, Trigger};
use crate::model::desired::Orphans;
use crate::model::name::{EngineName, ProjectName};
use crate::model::revision::Revision;

use super::found;
use super::prune::Held;
use super::render::render_traced;
use super::*;

/// A repository that a Conductor follows.
mod repository {
    pub(super) use crate::source::testing::Fixture;
    use crate::source::testing::{FILE, LINK};

    /// Files as a commit has them; `-> target` is a link.
    pub(super) fn files<'f>(all: &[(&'f str, &'f str)]) -> Vec<(&'f str, i32, &'f str)> {
        let file = |(path, text): &(&'f str, &'f str)| match text.strip_prefix("-> ") {
            Some(target) => (*path, LINK, target),
            None => (*path, FILE, *text),
        };
        all.iter().map(file).collect()
    }
}

struct Home {
    fixture: Fixture,
    context: Context,
    source: Source,
}

fn terms(trigger: Trigger) -> Terms {
    Terms {
        now: 1_000_000,
        since: Instant::now(),
        trigger,
        caller: "test".to_owned(),
        progress: Arc::new(Silent),
        cancel: CancellationToken::new(),
        cuts: Cuts::default(),
    }
}

impl Home {
    fn new() -> Self {
        let fixture = Fixture::new();
        let root = fixture.dir.path().to_owned();
        let path = |name: &str| root.join(name).display().to_string();
        let variables = BTreeMap::from([
            ("CONDUCTOR_SOURCE_URL".to_owned(), path("up.git")),
            ("CONDUCTOR_STATE_DIR".to_owned(), path("state")),
            ("CONDUCTOR_RUNTIME_DIR".to_owned(), path("run")),
            ("HOME".to_owned(), path("home")),
        ]);
        let environment = Environment {
            variables,
            working_dir: PathBuf::from("/"),
            uid: 1000,
            hostname: "nas".to_owned(),
            in_container: false,
            container: None,
            unreadable: Vec::new(),
        };
        let settings = config::load(&environment, &Flags::default()).unwrap().settings;
        let source = settings.sources[0].clone();
        let context = Context::open(settings, &mut Vec::new()).unwrap();
        let context = context.to_act(1_000_000, &mut Vec::new()).unwrap();
        Self { fixture, context, source }
    }

    async fn news(&self, known: Option<Revision>) -> News {
        news(&self.context, self.source.clone(), known, terms(Trigger::Poll)).await.unwrap()
    }

    /// Commits these files, and gives the revision with what it touches.
    async fn push(&self, all: &[(&str, &str)]) -> (Revision, String) {
        let _commit = self.fixture.commit("main", None, &files(all));
        match self.news(None).await {
            News::Nothing => panic!("a directory has no revision"),
            News::Revision { revision, touched: Touched::All } => (revision, "all".to_owned()),
            News::Revision { revision, touched: Touched::Some(stacks) } => {
                let names: Vec<&str> = stacks.iter().map(ProjectName::as_str).collect();
                (revision, names.join(" "))
            }
        }
    }

    fn files(&self, revision: &Revision) -> found::Files {
        let known = (&self.source, Some(revision.clone()));
        fetch::files(&self.context, known, &terms(Trigger::Poll), &mut Vec::new()).unwrap()
    }

    /// What a pass over everything leaves behind, without an engine.
    fn pass(&self, revision: &Revision) {
        let finding = found::find(&self.context, &self.source, &self.files(revision)).unwrap();
        Held::by(&self.source.name, &finding).survey(&self.context);
        for stack in &finding.stacks {
            let (rendered, footprint) = render_traced(&self.context, stack, Orphans::Remove);
            rendered.unwrap_or_else(|trouble| panic!("{trouble:?}"));
            self.context.footprints.note(&self.source.name, &stack.project, footprint.unwrap());
        }
    }
}

const WEB: &str = "services: {web: {image: img, env_file: [../shared/web.env], volumes: ['./conf:/conf:ro', './link:/link']}}";
const DB: &str = "services: {db: {image: img}}";

/// Two stacks, of which one gets files from elsewhere in the repository, and over a link.
const FILES: &[(&str, &str)] = &[
    ("db/compose.yaml", DB),
    ("shared/target", "1"),
    ("shared/unused", "1"),
    ("shared/web.env", "A=1"),
    ("web/compose.yaml", WEB),
    ("web/conf/deep/nginx.conf", "1"),
    ("web/link", "-> ../shared/target"),
    ("web/notes.md", "1"),
];

type Changes = &'static [(&'static str, Option<&'static str>)];

/// The files with some of them changed; one without a text is gone.
fn with<'f>(changes: &[(&'f str, Option<&'f str>)]) -> Vec<(&'f str, &'f str)> {
    let mut all: BTreeMap<&str, &str> = FILES.iter().copied().collect();
    for (path, text) in changes {
        match text {
            Some(text) => drop(all.insert(path, text)),
            None => drop(all.remove(path)),
        }
    }
    all.into_iter().collect()
}

#[tokio::test]
async fn a_revision_touches_the_stacks_whose_files_it_changes() {
    let home = Home::new();
    let (first, touched) = home.push(FILES).await;
    assert_eq!(touched, "all", "nothing is known yet");
    home.pass(&first);
    assert_eq!(home.news(Some(first.clone())).await, News::Nothing);
    let changes: &[(&str, Changes)] = &[
        ("", &[("README.md", Some("words"))]),
        ("", &[("web/notes.md", Some("2"))]),
        ("", &[("shared/unused", Some("2"))]),
        ("web", &[("shared/web.env", Some("A=2"))]),
        ("web", &[("web/conf/deep/nginx.conf", Some("2"))]),
        ("web", &[("web/conf/deep/new.conf", Some("1"))]),
        ("web", &[("shared/target", Some("2"))]),
        ("web", &[("web/.env", Some("B=1"))]),
        ("db", &[("db/compose.yaml", Some("services: {db: {image: other}}"))]),
        ("web", &[("web/compose.override.yaml", Some("services: {web: {init: true}}"))]),
        ("more", &[("more/compose.yaml", Some(DB))]),
        ("all", &[("db/compose.yaml", None)]),
        ("all", &[("conductor.yaml", Some("stacks: {web: {rollback: false}}"))]),
    ];
    for (expected, changes) in changes {
        let (_revision, touched) = home.push(&with(changes)).await;
        assert_eq!(touched, *expected, "{changes:?}");
    }
}

#[tokio::test]
async fn a_stack_that_was_not_applied_well_is_touched_by_every_revision() {
    let home = Home::new();
    let (first, _touched) = home.push(FILES).await;
    home.pass(&first);
    home.context.footprints.forget(&home.source.name, &ProjectName::parse("db").unwrap());
    let (_second, touched) = home.push(&with(&[("README.md", Some("words"))])).await;
    assert_eq!(touched, "db");
}

#[test]
fn what_was_seen_of_containers_is_remembered_until_they_run_again() {
    let home = Home::new();
    let project = ProjectName::parse("web").unwrap();
    let key = StackKey { engine: EngineName::parse("local").unwrap(), project: project.clone() };
    let by_hand =
        Fact::StoppedByHand { container: "id".to_owned(), name: "web-web-1".to_owned(), at: 5 };
    home.context.witness(&project, &by_hand).unwrap();
    let healed = Fact::Healed { name: "web-web-1".to_owned(), at: 6 };
    home.context.witness(&project, &healed).unwrap();
    let journal = &home.context.journal;
    assert_eq!(journal.stopped_by_hand(&key).unwrap()["id"].at, 5);
    assert_eq!(journal.heals(&key).unwrap()["web-web-1"], [6]);
    for container in ["other", "id"] {
        let started = Fact::Started { container: container.to_owned() };
        home.context.witness(&project, &started).unwrap();
    }
    assert!(journal.stopped_by_hand(&key).unwrap().is_empty());
}

#[tokio::test]
async fn a_commit_is_looked_through_once_for_the_same_settings() {
    let home = Home::new();
    let (revision, _) = home.push(FILES).await;
    let files = home.files(&revision);
    let look = |source: &Source| home.context.findings.find(&home.context, source, &files);
    let first = look(&home.source).unwrap();
    std::fs::remove_dir_all(home.fixture.dir.path().join("state/mirrors")).unwrap();
    let names = |finding: &found::Finding| -> Vec<String> {
        finding.stacks.iter().map(|stack| stack.project.to_string()).collect()
    };
    assert_eq!(names(&look(&home.source).unwrap()), names(&first));
    let narrower = Source { paths: vec!["web".into()], ..home.source.clone() };
    assert!(look(&narrower).is_err(), "other settings ask the mirror, which is gone");
}
