//! The way out of a problem, where there is more to say than what is wrong.

use super::inconsistency::Inconsistency as Rule;
use super::problem::Problem;

type Test = fn(&Problem) -> bool;

const HINTS: &[(Test, &str)] = &[
    (|p| matches!(p, Problem::EmptyFile), "describe at least one service below `services:`"),
    (|p| matches!(p, Problem::NotText), "save the file as UTF-8"),
    (|p| matches!(p, Problem::UnknownKey { .. }), "keys of your own begin with `x-`"),
    (
        |p| matches!(p, Problem::Interpolation { .. }),
        "write `$$` for a dollar sign that is no variable",
    ),
    (
        |p| matches!(p, Problem::VariableInterpolation { .. }),
        "write the value in single quotes if the dollar sign belongs to it",
    ),
    (
        |p| matches!(p, Problem::ProjectName { .. }),
        "use lower-case letters, digits, `-` and `_`, beginning with a letter or digit",
    ),
    (
        |p| matches!(p, Problem::NoProjectName),
        "set `name:` in the Compose file, or pass a project name",
    ),
    (|p| matches!(p, Problem::ElementName { .. }), "use letters, digits, `.`, `_` and `-`"),
    (|p| matches!(p, Problem::KeyNotText { .. }), "put quotes around the key"),
    (|p| matches!(p, Problem::Size { .. }), "write a size such as `512m` or `1.5g`"),
    (
        |p| matches!(p, Problem::Duration { .. }),
        "write a duration such as `90s` or `1m30s`; the unit is needed",
    ),
    (|p| matches!(p, Problem::FileMode { .. }), "write octal digits, such as `0440`"),
    (
        |p| matches!(p, Problem::EmptyVolumeSection { .. }),
        "a variable in it may be empty or not set",
    ),
    (
        |p| matches!(p, Problem::SpaceInVariableName { .. } | Problem::VariableName { .. }),
        "each line is `NAME=value`; a value of several lines needs quotes",
    ),
    (
        |p| matches!(p, Problem::EnvFileFormat { .. }),
        "the only format is `raw`; leave it out for Compose's own",
    ),
    (
        |p| matches!(p, Problem::IncludeCycle { .. } | Problem::ExtendsCycle { .. }),
        "remove one of these links",
    ),
    (
        |p| matches!(p, Problem::Remote { .. }),
        "copy the files into the repository and name them by path",
    ),
    (
        |p| matches!(p, Problem::Cast { text, .. } if text.is_empty()),
        "a variable in it may be empty or not set",
    ),
    (
        |p| matches!(p, Problem::Kind { wanted, found } if wanted == "text" && !found.ends_with("list") && !found.ends_with("mapping")),
        "put quotes around the value",
    ),
    (
        |p| matches!(p, Problem::BindWithoutSource),
        "name the path of the host, or use `type: volume`",
    ),
    (|p| matches!(p, Problem::NoHome), "write the absolute path"),
    (|p| matches!(p, Problem::ExtraHost { .. }), "write `name=address`"),
    (|p| matches!(p, Problem::TrailingSpace { .. }), "remove the space before `=`"),
    (|p| matches!(p, Problem::CommandLine), "close the quote, or write the command as a list"),
    (
        |p| matches!(p, Problem::Inconsistent(Rule::HealthcheckTest)),
        "write the whole command as one text, or begin the list with `CMD`",
    ),
    (
        |p| matches!(p, Problem::Inconsistent(Rule::NothingToRun)),
        "add `image:`, `build:` or `provider:`",
    ),
    (
        |p| matches!(p, Problem::Inconsistent(Rule::Disabled { .. })),
        "enable one of its profiles, or write `required: false`",
    ),
    (
        |p| matches!(p, Problem::Inconsistent(Rule::NamedReplicas { .. })),
        "remove `container_name`, or run one replica",
    ),
];

/// One sentence that tells a person the way out, if there is one to tell.
pub(super) fn hint(problem: &Problem) -> Option<String> {
    if let Problem::UnknownKey { nearest: Some(nearest), .. } = problem {
        return Some(format!("did you mean `{nearest}`?"));
    }
    if let Problem::NoSuchService { known, .. } = problem {
        return Some(format!("known are: {known}"));
    }
    if let Problem::RequiredVariable { name, .. } = problem {
        return Some(format!(
            "set `{name}` in `.env` or in an env file; for `-f`, the environment counts, too"
        ));
    }
    if let Problem::Inconsistent(Rule::Undefined { kind, name, nearest }) = problem {
        let meant = nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?"));
        return meant.or_else(|| undefined(kind, name));
    }
    let (_, text) = HINTS.iter().find(|(test, _)| test(problem))?;
    Some((*text).to_owned())
}

fn undefined(kind: &str, name: &str) -> Option<String> {
    Some(match kind {
        "volume" if name.contains('/') => {
            format!("write `./{name}` for a directory beside the Compose file")
        }
        "network" | "volume" | "config" | "secret" | "model" => {
            format!("declare `{name}` below `{kind}s:`")
        }
        _ => return None,
    })
}
