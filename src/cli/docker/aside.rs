//! `conductor docker quarantine` and `rebuild --dry-run`.

use std::path::PathBuf;

use serde_json::json;

use super::acts::failed;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::Session;
use crate::healer::{self, Setup, memory, would_move};
use crate::report::{Line, Style};

/// Where Docker keeps its data, as far as is known.
fn root(setup: &Setup) -> PathBuf {
    let memory = memory(&setup.memory());
    let known = memory.identity().map(|identity| PathBuf::from(&identity.root));
    known.unwrap_or_else(|| setup.data_root.clone())
}

fn places(setup: &Setup) -> [PathBuf; 2] {
    [root(setup), PathBuf::from("/var/lib/containerd")]
}

/// Lists what was moved aside.
pub(super) fn list(session: &Session, setup: &Setup) -> Exit {
    let kept = healer::kept(&places(setup));
    if session.screen.is_json() {
        let all =
            json!({"schema": 1, "quarantine": serde_json::to_value(&kept).unwrap_or_default()});
        session.screen.raw(&format!("{all:#}\n"));
        return Exit::Done;
    }
    if kept.is_empty() {
        session.screen.warn(&["nothing was moved aside".to_owned()]);
    }
    for one in &kept {
        let heading =
            Line::of(Style::Strong, &one.name).with(Style::Plain, format!("  {}", one.why));
        let moved = one.moved.iter().map(|(from, to)| {
            Line::of(Style::Faint, format!("  {} is in {}", from.display(), to.display()))
        });
        session.screen.data(&std::iter::once(heading).chain(moved).collect::<Vec<_>>());
    }
    Exit::Done
}

/// Puts something back.
pub(super) fn restore(session: &Session, setup: &Setup, name: &str) -> Result<Exit, Complaint> {
    let hint = "list it with `conductor docker quarantine list`";
    let kept = healer::kept(&places(setup));
    let Some(one) = kept.iter().find(|one| one.name == name) else {
        return Err(failed(format!("nothing was moved aside as `{name}`"), None, hint));
    };
    if healer::docker_runs() {
        let hint =
            "stop it first: `conductor docker pause`, then `systemctl stop docker.socket docker`";
        return Err(failed(format!("cannot put `{name}` back while Docker runs"), None, hint));
    }
    healer::restore(one).map_err(|error| {
        failed(
            format!("cannot put `{name}` back"),
            Some(error.to_string()),
            "check what is in its place",
        )
    })?;
    session.screen.tell(&[Line::of(Style::Good, format!("{name} is back in its place"))]);
    Ok(Exit::Done)
}

/// Shows what a rebuild would move aside.
pub(super) fn rebuild(session: &Session, setup: &Setup) -> Exit {
    let root = root(setup);
    let moved = would_move(&root);
    if session.screen.is_json() {
        let paths = moved.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        session.screen.raw(&format!("{:#}\n", json!({"schema": 1, "moved": paths})));
        return Exit::Done;
    }
    if moved.is_empty() {
        let place = root.display();
        let text = format!("there is nothing to move aside: `{place}` holds no data of Docker");
        session.screen.warn(&[text]);
        return Exit::Done;
    }
    let mut lines = vec![Line::of(Style::Strong, "A rebuild would stop Docker and move aside:")];
    lines.extend(moved.iter().map(|path| Line::of(Style::Plain, format!("  {}", path.display()))));
    lines.push(Line::of(
        Style::Plain,
        "Volumes stay where they are. Images are pulled anew, containers made anew from git.",
    ));
    session.screen.data(&lines);
    Exit::Done
}
