//! `conductor docker drop-in`: what makes Docker's own unit easier to look after.

use std::fs;
use std::path::PathBuf;

use super::acts::failed;
use super::arguments::DropInArguments;
use crate::cli::failure::{Complaint, Exit};
use crate::cli::session::{Session, wait_for};
use crate::healer::Setup;
use crate::report::{Line, Style};
use crate::systemd::reload_units;

/// Shows the drop-in, or writes it where a person says so.
pub(super) fn drop_in(
    session: &Session,
    setup: &Setup,
    arguments: &DropInArguments,
) -> Result<Exit, Complaint> {
    let unit = setup.unit.as_deref().unwrap_or("docker.service");
    let path = PathBuf::from("/etc/systemd/system").join(format!("{unit}.d/50-conductor.conf"));
    let text = text(setup);
    if !arguments.write {
        session.screen.raw(&format!("# {}\n{text}", path.display()));
        return Ok(Exit::Done);
    }
    let directory = path.parent().map(PathBuf::from).unwrap_or_default();
    let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, text));
    written.map_err(|error| {
        let what = format!("cannot write `{}`", path.display());
        failed(what, Some(error.to_string()), "it takes root, and a machine with systemd")
    })?;
    wait_for(async {
        reload_units().await.map_err(|error| {
            failed(
                "cannot reload the units",
                Some(error.to_string()),
                "run `systemctl daemon-reload`",
            )
        })
    })?;
    let word = format!("{} is written; it counts from Docker's next start", path.display());
    session.screen.tell(&[Line::of(Style::Good, word)]);
    Ok(Exit::Done)
}

fn text(setup: &Setup) -> String {
    format!(
        "[Unit]\n\
         # It never starts on the bare directory below a mount that is missing.\n\
         RequiresMountsFor={}\n\n\
         [Service]\n\
         # Also after an end without an error, as newer packages have it.\n\
         Restart=always\n\
         RestartSec=2\n\
         # Among the last ones to go when memory is short.\n\
         OOMScoreAdjust=-500\n\
         # Longer than the longest `stop_grace_period`.\n\
         TimeoutStopSec=120\n\
         # A dump of its memory must not fill the disk.\n\
         LimitCORE=0\n",
        setup.data_root.display()
    )
}
