//! Fetching from a repository on disk into a mirror: what every way in has in common.

use std::cell::Cell;
use std::fs;

use crate::model::failure::{Disposition, Failure};
use crate::model::name::{EngineName, ProjectName};
use crate::model::revision::Revision;
use crate::model::tree::Tree;

use super::error::Error;
use super::mirror::{Keep, Mirror};
use super::testing::{FILE, Fixture, packs, revision};

fn names() -> (EngineName, ProjectName) {
    (EngineName::parse("local").unwrap(), ProjectName::parse("web").unwrap())
}

/// The text of `web/compose.yaml` in a revision.
fn text(mirror: &Mirror, revision: &Revision) -> String {
    let tree = mirror.tree(revision, "/work").unwrap();
    String::from_utf8(tree.read("/work/web/compose.yaml".as_ref()).unwrap()).unwrap()
}

const ONE: &[(&str, i32, &str)] = &[("web/compose.yaml", FILE, "one")];
const TWO: &[(&str, i32, &str)] = &[("web/compose.yaml", FILE, "two"), ("new", FILE, "n")];

#[test]
fn a_revision_is_found_by_head_branch_tag_and_commit_id() {
    let fixture = Fixture::new();
    let first = fixture.commit("main", None, ONE);
    let second = fixture.commit("feature/x", Some(first), TWO);
    let commit = fixture.upstream.find_object(first, None).unwrap();
    let who = git2::Signature::now("A", "a@example.org").unwrap();
    fixture.upstream.tag("v1", &commit, &who, "annotated", false).unwrap();
    fixture
        .upstream
        .tag_lightweight("v2", fixture.upstream.find_object(second, None).as_ref().unwrap(), false)
        .unwrap();
    for (reference, expected) in [
        ("", first),
        ("main", first),
        ("refs/heads/main", first),
        ("feature/x", second),
        ("v1", first),
        ("refs/tags/v1", first),
        ("v2", second),
        (&first.to_string(), first),
        (&second.to_string()[..8], second),
    ] {
        assert_eq!(fixture.fetch(reference).unwrap(), revision(expected), "{reference}");
        assert_eq!(
            fixture.mirror.tip(&fixture.remote(reference)).unwrap(),
            Some(revision(expected)),
            "{reference}"
        );
    }
}

#[test]
fn a_branch_that_is_not_there_names_the_nearest() {
    let fixture = Fixture::new();
    fixture.commit("main", None, ONE);
    fixture.commit("staging", None, TWO);
    let error = fixture.fetch("mian").unwrap_err();
    assert!(
        error.to_string().starts_with("cannot find the branch, tag or commit `mian` in `/"),
        "{error}"
    );
    assert_eq!(error.hint().unwrap(), "the repository has `main`; set the source's `ref`");
    let error = fixture.fetch("1234567").unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "the repository has `main`, `staging`; set the source's `ref`"
    );
    assert!(!fixture.mirror.path().exists(), "nothing half-made stays behind");
}

#[test]
fn what_is_not_a_repository_and_what_is_empty_say_so() {
    let fixture = Fixture::new();
    assert!(matches!(fixture.fetch(""), Err(Error::Empty { .. })));
    let mut remote = fixture.remote("");
    remote.url = fixture.dir.path().display().to_string();
    let error = fixture.mirror.fetch(&remote, &|_progress| (), &|| false).unwrap_err();
    assert!(matches!(error, Error::NoRepository { .. }), "{error:?}");
    assert_eq!(error.disposition(), Disposition::WaitForChange);
    remote.url = "https://me:hunter2@localhost/x".to_owned();
    assert!(!format!("{remote:?}").contains("hunter2"));
}

#[test]
fn a_work_tree_counts_with_what_is_committed() {
    let fixture = Fixture::new();
    fixture.commit("main", None, ONE);
    let path = fixture.dir.path().join("checkout");
    git2::Repository::clone(fixture.upstream.path().to_str().unwrap(), &path).unwrap();
    fs::write(path.join("web/compose.yaml"), "not committed").unwrap();
    let mut remote = fixture.remote("");
    for url in [path.display().to_string(), format!("file://{}", path.display())] {
        remote.url = url;
        let revision = fixture.mirror.fetch(&remote, &|_progress| (), &|| false).unwrap();
        assert_eq!(text(&fixture.mirror, &revision), "one");
    }
}

#[test]
fn only_the_last_commit_is_fetched_and_only_what_is_new() {
    let fixture = Fixture::new();
    let first = fixture.commit("main", None, ONE);
    let second = fixture.commit("main", Some(first), TWO);
    fixture.fetch("").unwrap();
    let mirror = git2::Repository::open(fixture.mirror.path()).unwrap();
    assert!(mirror.find_commit(first).is_err());
    assert!(mirror.is_shallow());
    assert_eq!(packs(fixture.mirror.path()).len(), 1);
    fixture.fetch("").unwrap();
    assert_eq!(packs(fixture.mirror.path()).len(), 1, "an unchanged revision brings nothing");
    fixture.commit("main", Some(second), ONE);
    fixture.fetch("").unwrap();
    assert_eq!(packs(fixture.mirror.path()).len(), 2);
}

#[test]
fn a_force_push_is_followed_and_what_is_applied_stays_readable() {
    let fixture = Fixture::new();
    let (engine, project) = names();
    fixture.commit("main", None, ONE);
    let before = fixture.fetch("main").unwrap();
    fixture.mirror.pin(&engine, &project, &before).unwrap();
    let after = revision(fixture.commit("main", None, TWO));
    assert_eq!(fixture.fetch("main").unwrap(), after);
    assert_eq!(fixture.mirror.pinned(&engine, &project).unwrap(), Some(before.clone()));
    assert_eq!(text(&fixture.mirror, &before), "one");
    assert_eq!(text(&fixture.mirror, &after), "two");
    assert_eq!(fixture.mirror.pins().unwrap(), [(engine.clone(), project.clone(), before)]);
    fixture.mirror.unpin(&engine, &project).unwrap();
    assert_eq!(fixture.mirror.pinned(&engine, &project).unwrap(), None);
}

#[test]
fn a_damaged_mirror_is_made_anew_and_keeps_what_is_applied_where_it_can() {
    type Damage = fn(&std::path::Path);
    let cases: [(&str, Damage, bool); 6] = [
        ("head", |mirror| fs::write(mirror.join("HEAD"), "garbage").unwrap(), false),
        ("config", |mirror| fs::write(mirror.join("config"), "[core\n=").unwrap(), false),
        (
            "tip",
            |mirror| fs::write(mirror.join("refs/conductor/tip/at-main"), "garbage\n").unwrap(),
            true,
        ),
        (
            "new pack",
            |mirror| packs(mirror).iter().skip(1).for_each(|pack| fs::remove_file(pack).unwrap()),
            false,
        ),
        (
            "all packs cut",
            |mirror| {
                for pack in packs(mirror) {
                    let bytes = fs::read(&pack).unwrap();
                    fs::remove_file(&pack).unwrap();
                    fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
                }
            },
            false,
        ),
        (
            "a lock of a killed process",
            |mirror| {
                fs::write(mirror.join("refs/conductor/tip/at-main.lock"), "").unwrap();
                fs::write(mirror.join("objects/pack/pack_git2_1a2b3c"), "half").unwrap();
            },
            true,
        ),
    ];
    for (case, damage, keeps_pins) in cases {
        let fixture = Fixture::new();
        let (engine, project) = names();
        let first = fixture.commit("main", None, ONE);
        let before = fixture.fetch("main").unwrap();
        fixture.mirror.pin(&engine, &project, &before).unwrap();
        let after = revision(fixture.commit("main", Some(first), TWO));
        fixture.fetch("main").unwrap();
        damage(fixture.mirror.path());
        assert_eq!(fixture.fetch("main").unwrap(), after, "{case}");
        assert_eq!(text(&fixture.mirror, &after), "two", "{case}");
        let pinned = fixture.mirror.pinned(&engine, &project).unwrap();
        assert!(!keeps_pins || pinned == Some(before.clone()), "{case}");
        if pinned.is_some() {
            assert_eq!(text(&fixture.mirror, &before), "one", "{case}");
        }
    }
}

#[test]
fn a_lost_file_of_the_tip_is_noticed_and_the_applied_revision_survives() {
    let fixture = Fixture::new();
    let (engine, project) = names();
    let first = fixture.commit("main", None, ONE);
    let before = fixture.fetch("main").unwrap();
    fixture.mirror.pin(&engine, &project, &before).unwrap();
    let old = packs(fixture.mirror.path());
    let after = revision(fixture.commit("main", Some(first), TWO));
    fixture.fetch("main").unwrap();
    for pack in packs(fixture.mirror.path()) {
        if !old.contains(&pack) {
            fs::remove_file(pack.with_extension("idx")).unwrap();
            fs::remove_file(pack).unwrap();
        }
    }
    assert_eq!(fixture.fetch("main").unwrap(), after);
    assert_eq!(fixture.mirror.pinned(&engine, &project).unwrap(), Some(before.clone()));
    assert_eq!(
        (text(&fixture.mirror, &before), text(&fixture.mirror, &after)),
        ("one".into(), "two".into())
    );
}

#[test]
fn what_is_kept_to_go_back_to_outlives_a_force_push_and_a_mirror_made_anew() {
    let fixture = Fixture::new();
    let (engine, project) = names();
    let of = (&engine, &project);
    let mirror = &fixture.mirror;
    fixture.commit("main", None, ONE);
    let good = fixture.fetch("main").unwrap();
    mirror.keep(Keep::Good, of, &good).unwrap();
    let after = revision(fixture.commit("main", None, TWO));
    assert_eq!(fixture.fetch("main").unwrap(), after);
    fs::write(mirror.path().join("refs/conductor/tip/at-main"), "garbage\n").unwrap();
    assert_eq!(fixture.fetch("main").unwrap(), after);
    assert_eq!(mirror.kept(Keep::Good, of).unwrap(), Some(good.clone()));
    assert_eq!(mirror.kept(Keep::Earlier, of).unwrap(), None);
    assert_eq!((text(mirror, &good), text(mirror, &after)), ("one".into(), "two".into()));
    assert_eq!(mirror.find(&good.to_string()[..9]).unwrap(), Some(good));
    assert_eq!(mirror.find("0123456").unwrap(), None);
}

#[test]
fn a_mirror_with_very_many_packs_is_made_anew() {
    let fixture = Fixture::new();
    let (engine, project) = names();
    fixture.commit("main", None, ONE);
    let before = fixture.fetch("main").unwrap();
    fixture.mirror.pin(&engine, &project, &before).unwrap();
    for number in 0..100 {
        fs::write(fixture.mirror.path().join(format!("objects/pack/pack-{number}.pack")), "")
            .unwrap();
    }
    let after = revision(fixture.commit("main", None, TWO));
    assert_eq!(fixture.fetch("main").unwrap(), after);
    assert_eq!(packs(fixture.mirror.path()).len(), 2);
    assert_eq!(
        (text(&fixture.mirror, &before), text(&fixture.mirror, &after)),
        ("one".into(), "two".into())
    );
}

#[test]
fn a_swap_that_was_killed_half_way_is_finished() {
    let fixture = Fixture::new();
    let tip = revision(fixture.commit("main", None, ONE));
    fixture.fetch("").unwrap();
    let dir = fixture.mirror.path();
    fs::rename(dir, dir.with_added_extension("old")).unwrap();
    fs::create_dir(dir.with_added_extension("new")).unwrap();
    let (engine, project) = names();
    fixture.mirror.pin(&engine, &project, &tip).unwrap();
    assert_eq!(fixture.mirror.pinned(&engine, &project).unwrap(), Some(tip));
    assert!(!dir.with_added_extension("new").exists());
}

#[test]
fn who_cancels_gets_no_half_mirror() {
    let fixture = Fixture::new();
    fixture.commit("main", None, ONE);
    let asked = Cell::new(0);
    let later = || asked.replace(asked.get() + 1) > 1;
    let error = fixture.mirror.fetch(&fixture.remote(""), &|_progress| (), &later).unwrap_err();
    assert!(matches!(error, Error::Cancelled { .. }), "{error:?}");
    assert!(!fixture.mirror.path().exists());
}

#[test]
fn a_repository_that_has_lost_a_file_is_named_not_the_mirror() {
    let fixture = Fixture::new();
    fixture.commit("main", None, ONE);
    let blob = fixture.upstream.blob(b"one").unwrap().to_string();
    let object = fixture.upstream.path().join("objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let error = fixture.fetch("").unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
}

#[test]
fn a_mirror_that_was_never_fetched_has_nothing_and_is_not_made() {
    let fixture = Fixture::new();
    let (engine, project) = names();
    assert_eq!(fixture.mirror.tip(&fixture.remote("")).unwrap(), None);
    assert_eq!(fixture.mirror.pinned(&engine, &project).unwrap(), None);
    let error = fixture.mirror.tree(&Revision::Commit("0".repeat(40)), "/work").unwrap_err();
    assert!(matches!(error, Error::NoSuchRevision { .. }), "{error:?}");
    assert!(!fixture.mirror.path().exists());
}
