//! Names, each parsed once into a type that cannot be wrong.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that does not follow its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid {kind} `{text}`: {rule}")]
pub struct NameError {
    /// What the name was for, such as `project name`.
    pub kind: &'static str,
    /// The text as it was given.
    pub text: String,
    /// The rule it breaks, for people.
    pub rule: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $check:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses `text`, which must follow the rule of this kind of name.
            pub fn parse(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let valid: fn(&str) -> bool = $check;
                if valid(&text) { Ok(Self(text)) } else { Err(NameError { kind: $kind, text, rule: $rule }) }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name!(
    /// The name of a Compose project; the value of the label `com.docker.compose.project`.
    ProjectName,
    "project name",
    |text| text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-'),
    "lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
);
name!(
    /// The name of a Compose service.
    ServiceName,
    "service name",
    |text| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')),
    "letters, digits, `.`, `_` and `-`"
);
name!(
    /// The name of an engine in the settings.
    EngineName,
    "engine name",
    is_word,
    "lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
);
name!(
    /// The name of a source in the settings.
    SourceName,
    "source name",
    is_word,
    "lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
);
name!(
    /// Which Conductor a container belongs to; `default` unless set.
    InstanceName,
    "instance name",
    is_word,
    "lower-case letters, digits, `-` and `_`, beginning with a letter or digit"
);

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

impl ProjectName {
    /// Makes a project name of any text by Compose's rule: lower case, other characters dropped, leading `_` and `-`
    /// cut. Fails when nothing is left.
    pub fn normalise(text: &str) -> Result<Self, NameError> {
        let kept: String = text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_' || *c == '-')
            .collect();
        Self::parse(kept.trim_start_matches(['_', '-']))
            .map_err(|error| NameError { text: text.to_owned(), ..error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_name_is_normalised_as_compose_does() {
        assert_eq!(ProjectName::normalise("My App!").unwrap().as_str(), "myapp");
        assert_eq!(ProjectName::normalise("_-web_1").unwrap().as_str(), "web_1");
        assert!(ProjectName::normalise("!!").is_err());
    }

    #[test]
    fn a_name_that_breaks_its_rule_says_which() {
        let error = ProjectName::parse("Web").unwrap_err();
        insta::assert_snapshot!(error, @"invalid project name `Web`: lower-case letters, digits, `-` and `_`, beginning with a letter or digit");
    }
}
