//! The rules, each with a stable id.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Probably not as it was meant.
    Warning,
    /// A sync would refuse it, or fail on it.
    Error,
}

impl Level {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Which.
    pub id: RuleId,
    /// Its stable name: `group/name`.
    pub name: &'static str,
    /// How bad it is to break it.
    pub level: Level,
    /// What is wrong where it is broken, in one sentence.
    pub summary: &'static str,
    /// The way out.
    pub hint: &'static str,
}

impl RuleId {
    /// The rule.
    pub fn rule(self) -> &'static Rule {
        // The table holds every id once; a test sees to it.
        RULES.iter().find(|rule| rule.id == self).unwrap_or(&RULES[0])
    }
}

macro_rules! rules {
    ($($id:ident $name:literal $level:ident: $summary:literal, $hint:literal;)*) => {
        /// Names a rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RuleId {
            $(
                #[doc = concat!("`", $name, "`: ", $summary, ".")]
                $id,
            )*
        }

        /// All rules, in the order of the documentation.
        pub const RULES: &[Rule] = &[
            $(Rule { id: RuleId::$id, name: $name, level: Level::$level, summary: $summary, hint: $hint },)*
        ];
    };
}

rules! {
    Unreadable "compose/unreadable" Error:
        "a file that the stack is made of cannot be read", "commit the file, or correct the path";
    Yaml "compose/yaml" Error:
        "a Compose file is not valid YAML", "correct the file at that place";
    UnknownKey "compose/unknown-key" Error:
        "a key that Compose does not know", "correct its spelling; keys of your own begin with `x-`";
    Invalid "compose/invalid" Error:
        "a value that Compose does not accept there", "write the value in the form that Compose asks for";
    Variable "compose/variable" Error:
        "a variable is required and not set, or its template is malformed",
        "set it in `.env`, in an env file or in the source's `environment`, or write `$$` for a dollar sign";
    Undefined "compose/undefined" Error:
        "something is used that is defined nowhere", "define it, or correct the name";
    Cycle "compose/cycle" Error:
        "services or files depend on each other in a circle", "remove one of the links";
    Inconsistent "compose/inconsistent" Error:
        "keys or services that do not go together", "remove one of them";
    UnsetVariable "compose/unset-variable" Warning:
        "a variable is not set and counts as blank", "set it, or give it a default: `${NAME:-default}`";
    Obsolete "compose/obsolete" Warning:
        "a key or form that is obsolete", "remove it, or write the newer form";
    Doubtful "compose/doubtful" Warning:
        "something that loads, but probably not as it was meant", "write what you mean";
    Settings "conductor/settings" Error:
        "`conductor.yaml` is not valid", "correct it; docs/repository.schema.json describes all keys";
    UnknownStack "conductor/unknown-stack" Warning:
        "`conductor.yaml` names a stack that does not exist", "correct the project name, or remove the entry";
    NoEffect "conductor/no-effect" Warning:
        "a key that is known, but not carried out yet", "remove it, or wait for a version that carries it out";
    Twins "conductor/project-twins" Error:
        "two stacks have one project name", "give all but one another `name:` in its Compose file";
    StackCycle "conductor/stack-cycle" Error:
        "stacks depend on each other in a circle", "remove one of the links in `depends_on`";
    StackDependency "conductor/stack-dependency" Error:
        "a stack depends on one that is not there for the same hosts", "correct the name, or the `hosts` of one of the two";
    Unsupported "conductor/unsupported" Error:
        "Conductor refuses a key that it does not carry out", "use what the message names instead";
    NoStack "conductor/no-stack" Warning:
        "there is no stack", "add a directory with a `compose.yaml`";
    Unused "conductor/unused-file" Warning:
        "a Compose file that is not read", "remove it, or merge it into the one that is read";
    Skipped "conductor/skipped" Warning:
        "a directory that was not looked into", "move the stacks out of it";
    Missing "files/missing" Error:
        "a config or secret names a file that does not exist", "commit the file, or correct the path";
    BindMissing "files/bind-missing" Warning:
        "a bind mount names what looks like a file and does not exist; the engine makes a directory in its place",
        "commit the file, or set `create_host_path: false`";
    Ciphertext "secrets/ciphertext" Error:
        "a container would get an encrypted file as it is",
        "give it to the service as a secret (`secrets:` with `file:`): secrets are decrypted in memory";
    Plaintext "secrets/plaintext" Warning:
        "a variable that looks like a secret stands in the repository in plain text",
        "encrypt it with SOPS, best as a file: `secrets:` with `file:`, and `NAME_FILE` where the image knows it";
    PlaintextFile "secrets/plaintext-file" Warning:
        "a secret is a file that is not encrypted", "encrypt the file with SOPS or age";
    InEnvironment "secrets/in-environment" Note:
        "a secret reaches a container as a variable, which the engine keeps in plain text",
        "give it to the service as a file, where the image can read one";
    NotChecked "secrets/not-checked" Note:
        "an encrypted file could not be decrypted here, so its contents were not checked",
        "nothing, in a CI without the identity; else check `secrets.age_key_files` in the settings";
    MutableTag "images/mutable-tag" Note:
        "an image without a tag, or with one that is moved often", "name a version, or pin it: `NAME:TAG@sha256:…`";
    PortTwice "ports/conflict" Error:
        "one port of the host is published twice", "choose another port for one of the two";
    NameTwice "names/container-name" Error:
        "two services have one container name", "remove `container_name`, or choose another one";
    NoHealthcheck "health/missing-healthcheck" Warning:
        "a service waits for the health of one without a healthcheck",
        "add a `healthcheck`, unless the image has one of its own";
    HealthcheckOff "health/disabled-healthcheck" Error:
        "a service waits for the health of one whose healthcheck is switched off",
        "remove `disable`, or wait for `service_started`";
    NeverCompletes "health/never-completes" Warning:
        "a service waits for the end of one that is restarted whenever it ends", "set its `restart` to `no` or `on-failure`";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_an_id_a_name_and_a_sentence_of_its_own() {
        let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
        for rule in RULES {
            assert_eq!(rule.id.rule().name, rule.name);
            assert!(rule.name.split_once('/').is_some(), "{}", rule.name);
            assert!(!rule.summary.ends_with('.') && !rule.hint.ends_with('.'), "{}", rule.name);
        }
    }

    #[test]
    fn the_documentation_has_every_rule_as_it_is() {
        let row = |rule: &Rule| {
            format!("| `{}` | {} | {} | {} |\n", rule.name, rule.level, rule.summary, rule.hint)
        };
        let table: Vec<String> = RULES.iter().map(row).collect();
        let table = table.concat();
        let written = include_str!("../../docs/lint.md");
        assert!(written.contains(&table), "docs/lint.md must hold:\n{table}");
    }
}
