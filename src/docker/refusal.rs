//! From bollard's errors to ours: what the engine's words mean.

use std::error::Error as _;
use std::io;

use bollard::errors::Error as Bollard;

use super::error::{Error, Lost, Refusal};
use super::task::Task;
use super::way::was_kept_away;

/// What a failed call means.
pub(super) fn meaning(task: Task, error: Bollard) -> Error {
    if let Bollard::DockerResponseServerError { status_code, message } = &error {
        let message = message.trim().to_owned();
        return refused(task, Refusal { status: *status_code, message });
    }
    if was_kept_away(&error) {
        return Error::KeptAway { task };
    }
    if let Bollard::DockerStreamError { error: message } = error {
        return refused(task, Refusal { status: 200, message });
    }
    Error::NoAnswer { task, source: lost(&error) }
}

/// The innermost cause, which is the only one that tells a person something.
pub(super) fn lost(error: &Bollard) -> Lost {
    if let Bollard::JsonDataError { column, .. } = error {
        // The parser's message may quote the answer, which holds environments.
        return Lost(format!("unexpected JSON at column {column}"));
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Lost(cause.to_string())
}

/// The system's error below a failed connection.
pub(super) fn io_kind(error: &Bollard) -> Option<io::ErrorKind> {
    if let Bollard::IOError { err } = error {
        return Some(err.kind());
    }
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(io) = source.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = source.source();
    }
    None
}

fn refused(task: Task, source: Refusal) -> Error {
    let said = |words: &str| source.message.contains(words);
    if said("no space left on device") {
        return Error::DiskFull { task, source };
    }
    if said("port is already allocated")
        || (task.kind == "container" && said("address already in use"))
    {
        return Error::PortTaken { container: task.name, port: port_in(&source.message), source };
    }
    if let Some((_, path)) = source.message.split_once("bind source path does not exist: ") {
        let path = path.trim().to_owned();
        return Error::MountSourceMissing { task, path, source };
    }
    match source.status {
        404 if said("No such image") => Error::ImageNotFound { image: task.name, source },
        404 => Error::NotFound { task, source },
        409 if said("already in use") || said("already exists") => {
            Error::NameTaken { task, source }
        }
        _ => Error::Refused { task, source },
    }
}

impl Error {
    /// Whether a container was to be removed, and the engine has begun and cannot come to the end: it is dead, or another
    /// removal is under way.
    pub fn is_stuck_removal(&self) -> bool {
        const WORDS: [&str; 3] = [
            "unable to remove filesystem",
            "failed to remove root filesystem",
            "is already in progress",
        ];
        let Self::Refused { task, source } = self else { return false };
        task.kind == "container"
            && task.verb == "remove"
            && WORDS.iter().any(|words| source.message.contains(words))
    }

    /// The engine's words where it knows an image and has lost a layer of it, or its files.
    pub(super) fn lost_layer(&self) -> Option<&str> {
        const WORDS: [&str; 2] = ["layer does not exist", "no such file or directory"];
        let Self::Refused { task, source } = self else { return None };
        let is_lost = task.kind == "image" && WORDS.iter().any(|it| source.message.contains(it));
        is_lost.then_some(source.message.as_str())
    }
}

/// The host's port in one of the engine's several ways to say that it is taken.
fn port_in(message: &str) -> Option<String> {
    const BEFORE: [&str; 7] = [
        "Bind for ",
        "host port for ",
        "exposing port TCP ",
        "exposing port UDP ",
        "listen tcp4 ",
        "listen tcp ",
        "listen udp ",
    ];
    let address = BEFORE
        .iter()
        .find_map(|words| message.split_once(words).map(|(_, rest)| rest))?
        .split_whitespace()
        .next()?;
    let behind = match address.strip_prefix('[') {
        Some(v6) => v6.split_once("]:")?.1,
        None => match address.strip_prefix(":::") {
            Some(rest) => rest,
            None => address.split_once(':')?.1,
        },
    };
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    if digits.is_empty() { None } else { Some(digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, message: &str) -> String {
        let task = Task::container("start", "p-web-1");
        let source = Refusal { status, message: message.to_owned() };
        refused(task, source).to_string()
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = "cannot start container `p-web-1`: port 8080 is taken";
        for message in [
            "driver failed programming external connectivity on endpoint x (ab): Bind for 0.0.0.0:8080 failed: port is already allocated",
            "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            "failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use",
            "Bind for [::]:8080 failed: port is already allocated",
            "Bind for :::8080 failed: port is already allocated",
        ] {
            assert_eq!(check(500, message), taken);
        }
    }

    #[test]
    fn an_image_of_which_a_part_is_lost_is_told_from_one_that_is_not_there() {
        let check = |status, message: &str| {
            let task = Task::new("inspect", "image", "img");
            let source = Refusal { status, message: message.to_owned() };
            refused(task, source).lost_layer().is_some()
        };
        assert!(check(500, "layer does not exist"));
        assert!(check(500, "stat /var/lib/docker/overlay2/ab: no such file or directory"));
        assert!(!check(404, "No such image: img:latest"));
        assert!(!check(500, "context canceled"));
    }

    #[test]
    fn a_removal_that_came_to_no_end_is_told_from_one_that_was_refused() {
        let check = |status, message: &str| {
            let source = Refusal { status, message: message.to_owned() };
            refused(Task::container("remove", "p-web-1"), source).is_stuck_removal()
        };
        let stuck = "unable to remove filesystem for ab: unlinkat /x/keep: operation not permitted";
        assert!(check(500, stuck));
        assert!(check(409, "removal of container ab is already in progress"));
        assert!(!check(409, "You cannot remove a running container ab"));
    }

    #[test]
    fn the_engines_words_become_kinds_of_errors() {
        insta::assert_snapshot!(
            check(400, "invalid mount config for type \"bind\": bind source path does not exist: /srv/x"),
            @"cannot start container `p-web-1`: there is no `/srv/x` to mount"
        );
        insta::assert_snapshot!(
            check(404, "No such container: p-web-1"),
            @"cannot start container `p-web-1`: it does not exist"
        );
        insta::assert_snapshot!(
            check(409, "Conflict. The container name \"/p-web-1\" is already in use by container \"ab\"."),
            @"cannot start container `p-web-1`: the name is taken"
        );
        insta::assert_snapshot!(
            check(500, "write /var/lib/docker/x: no space left on device"),
            @"cannot start container `p-web-1`: the engine's disk is full"
        );
        insta::assert_snapshot!(check(500, "anything else"), @"cannot start container `p-web-1`");
    }
}
