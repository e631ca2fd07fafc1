//! A command line whose first word is its command: the arguments of the others need not be built to read it, which takes
//! longer than many a command.

use std::ffi::OsString;

use clap::{Args, Parser};

use super::arguments::{Arguments, Command, Global};

/// What one command and every command take.
#[derive(Debug, Parser)]
struct Alone<T: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    own: T,
}

/// Reads a command line; help and what is wrong with it are told by the whole of what can be typed.
pub(super) fn parse(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    of_one_command(arguments).map_or_else(|| Arguments::try_parse_from(arguments), Ok)
}

/// The same where the command comes first, is one of the often called ones, and nothing is wrong.
fn of_one_command(arguments: &[OsString]) -> Option<Arguments> {
    let own = arguments.get(1..)?;
    match own.first()?.to_str()? {
        "config" => read(own, Command::Config),
        "sync" => read(own, Command::Sync),
        "plan" => read(own, Command::Plan),
        "status" => read(own, Command::Status),
        "stacks" => read(own, Command::Stacks),
        "lint" => read(own, Command::Lint),
        _ => None,
    }
}

fn read<T: Args>(own: &[OsString], command: fn(T) -> Command) -> Option<Arguments> {
    let Alone { global, own } = Alone::<T>::try_parse_from(own).ok()?;
    Some(Arguments { global, command: command(own) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command line as it is read alone, which is also how the whole reads it.
    fn check(line: &str) -> Option<String> {
        let arguments: Vec<OsString> =
            format!("conductor {line}").split_whitespace().map(OsString::from).collect();
        let alone = of_one_command(&arguments).map(|arguments| format!("{arguments:?}"));
        let whole = Arguments::try_parse_from(&arguments).map(|whole| format!("{whole:?}"));
        assert!(alone.is_none() || alone.as_ref() == whole.as_ref().ok(), "{line}: {whole:?}");
        alone
    }

    #[test]
    fn a_command_alone_is_read_as_among_the_others() {
        for line in [
            "config",
            "config -f a.yaml -f b.yaml --profile x web --format json -v",
            "config --hash * -o out --no-interpolate --state-dir /s",
            "sync --no-wait blog -vv",
            "plan --source . --ref main --color never",
            "status --format json",
            "stacks",
            "lint . --format sarif",
        ] {
            assert!(check(line).is_some(), "{line}");
        }
    }

    #[test]
    fn what_is_more_than_that_is_left_to_the_whole() {
        for line in [
            "",
            "-v config",
            "config --help",
            "config --nope",
            "config -V",
            "--version",
            "secrets keygen",
            "confg",
            "plan --format nope",
        ] {
            assert_eq!(check(line), None, "{line}");
        }
    }
}
