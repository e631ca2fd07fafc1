//! Everything that can be wrong with an element of a Compose file, in words.

use super::inconsistency::Inconsistency;

/// What is wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    // The file as such.
    /// The file has no content.
    #[error("the file is empty")]
    EmptyFile,
    /// The top level is not a mapping.
    #[error("a Compose file must be a mapping, found {found}")]
    NotAMapping {
        /// What is there.
        found: &'static str,
    },
    /// A key is not text.
    #[error("the key {key} is not text")]
    KeyNotText {
        /// The key.
        key: String,
    },
    /// No file was named.
    #[error("no Compose file is named")]
    NoFiles,

    // Names.
    /// The project name breaks its rule.
    #[error("invalid project name `{name}`")]
    ProjectName {
        /// The name.
        name: String,
    },
    /// A service was named that the project does not have.
    #[error("no such service: `{name}`")]
    NoSuchService {
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Nothing remains of the directory's or the file's name.
    #[error("the project has no name")]
    NoProjectName,

    // Variables.
    /// A template is malformed.
    #[error("invalid interpolation format `{text}`")]
    Interpolation {
        /// The text.
        text: String,
    },
    /// `${X:?}` and `X` is missing.
    #[error("required variable `{name}` is missing a value{}", colon(message))]
    RequiredVariable {
        /// The variable.
        name: String,
        /// What the file says about it.
        message: String,
    },
    /// The value does not become the type that its place needs.
    #[error("{}", not(text, wanted))]
    Cast {
        /// The value.
        text: String,
        /// What is needed.
        wanted: &'static str,
    },
    /// A value in a file of variables is malformed.
    #[error("the value of `{name}` is not a valid template")]
    VariableInterpolation {
        /// The variable.
        name: String,
    },
    /// A variable's name holds a bad character.
    #[error("unexpected `{bad}` in the variable name `{name}`")]
    VariableName {
        /// The character.
        bad: char,
        /// The name.
        name: String,
    },
    /// A variable's name holds a space.
    #[error("the variable name `{name}` contains a space")]
    SpaceInVariableName {
        /// The name.
        name: String,
    },
    /// A quote is not closed.
    #[error("the quote around the value of `{name}` is not closed")]
    UnterminatedQuote {
        /// The variable.
        name: String,
    },
    /// `env_file` has an unknown format.
    #[error("unknown env_file format `{format}`")]
    EnvFileFormat {
        /// The format.
        format: String,
    },
    /// A file of variables is not text.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// Something that must be a file is something else.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// The path.
        path: String,
    },

    // Shape.
    /// A key that Compose does not know.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest known one.
        nearest: Option<&'static str>,
    },
    /// A key that Compose takes for an extension where it cannot have one.
    #[error("a key that begins with `x-` is taken for an extension, which cannot stand here")]
    ExtensionKey,
    /// A name of a service or another element has bad characters.
    #[error("invalid name `{name}`")]
    ElementName {
        /// The name.
        name: String,
    },
    /// A value of the wrong kind.
    #[error("must be {wanted}, found {found}")]
    Kind {
        /// What is needed.
        wanted: String,
        /// What is there.
        found: &'static str,
    },
    /// A member is missing.
    #[error("the key `{key}` is missing")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// Not one of the words that are allowed.
    #[error("`{text}` is not one of {}", words(allowed))]
    Word {
        /// The text.
        text: String,
        /// What is allowed.
        allowed: &'static [&'static str],
    },
    /// A number out of its range.
    #[error("{}", outside(*min, *max))]
    Range {
        /// The smallest.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A text that breaks a pattern.
    #[error("`{text}` is not {wanted}")]
    Pattern {
        /// The text.
        text: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// Two equal items.
    #[error("items {first} and {second} are equal")]
    Duplicate {
        /// Index of the first.
        first: usize,
        /// Index of the second.
        second: usize,
    },
    /// A number that JSON cannot write.
    #[error("infinity and NaN are not allowed")]
    NotFinite,
    /// Something that passes the schema, but that Conductor has no type for.
    #[error("is not supported: {reason}")]
    Unsupported {
        /// Why.
        reason: String,
    },
    /// Two forms that cannot be merged.
    #[error("cannot be overridden by {found}")]
    Override {
        /// What stands in the override.
        found: &'static str,
    },

    // Values.
    /// Not a size.
    #[error("`{text}` is not a size")]
    Size {
        /// The text.
        text: String,
    },
    /// Not a duration.
    #[error("`{text}` is not a duration")]
    Duration {
        /// The text.
        text: String,
    },
    /// Not permission bits.
    #[error("`{text}` is not a file mode")]
    FileMode {
        /// The text.
        text: String,
    },
    /// A command line with an open quote.
    #[error("a quote in the command line is not closed")]
    CommandLine,
    /// Not a port.
    #[error("`{port}` in the port `{text}` is not a port from 0 to 65535, nor a range of ports")]
    Port {
        /// The whole text.
        text: String,
        /// The part.
        port: String,
    },
    /// Ranges of different lengths.
    #[error("the two ranges of the port `{text}` differ in length")]
    PortRanges {
        /// The whole text.
        text: String,
    },
    /// No container port.
    #[error("the port `{text}` names no container port")]
    NoContainerPort {
        /// The whole text.
        text: String,
    },
    /// An unknown protocol.
    #[error("the protocol of the port `{text}` is not `tcp`, `udp` or `sctp`")]
    PortProtocol {
        /// The whole text.
        text: String,
    },
    /// Not an address.
    #[error("`{address}` in the port `{text}` is not an IP address")]
    PortAddress {
        /// The whole text.
        text: String,
        /// The part.
        address: String,
    },
    /// Not an address.
    #[error("`{text}` is not an IP address")]
    Address {
        /// The text.
        text: String,
    },
    /// An empty volume.
    #[error("the volume is empty")]
    EmptyVolume,
    /// A volume with an empty part.
    #[error("the volume `{text}` has nothing before or between its colons")]
    EmptyVolumeSection {
        /// The whole text.
        text: String,
    },
    /// Too many parts.
    #[error("the volume `{text}` has too many colons")]
    VolumeColons {
        /// The whole text.
        text: String,
    },
    /// A bind without a source.
    #[error("a bind mount needs a `source`")]
    BindWithoutSource,
    /// A device with too many parts.
    #[error("`{text}` is not a device")]
    Device {
        /// The text.
        text: String,
    },
    /// An extra host without an address.
    #[error("`{text}` is not a host with its address")]
    ExtraHost {
        /// The text.
        text: String,
    },
    /// A variable with a space behind its name.
    #[error("the variable `{name}` is followed by a space")]
    TrailingSpace {
        /// The variable.
        name: String,
    },
    /// Count and IDs of devices.
    #[error("`count` and `device_ids` exclude each other")]
    CountAndIds,

    // Composition.
    /// The extended service does not exist.
    #[error("the service `{service}` that it extends is not defined{}", in_file(file))]
    ExtendsUndefined {
        /// The service.
        service: String,
        /// The file, if it is another one.
        file: String,
    },
    /// Services extend each other in a circle.
    #[error("services extend each other in a circle: {chain}")]
    ExtendsCycle {
        /// The circle.
        chain: String,
    },
    /// Files include each other in a circle.
    #[error("files include each other in a circle: {chain}")]
    IncludeCycle {
        /// The circle.
        chain: String,
    },
    /// A file elsewhere.
    #[error("`{path}` is not in this repository, and files from elsewhere are not supported")]
    Remote {
        /// The address.
        path: String,
    },
    /// Nested far deeper than anybody means.
    #[error("nested too deeply")]
    TooDeep,
    /// Files and variables that multiply each other.
    #[error("the project becomes too large")]
    TooLarge,
    /// `~` where there is no home directory.
    #[error("`~` means nothing here: a stack of a source has no home directory")]
    NoHome,

    // Rules between keys and services.
    /// Keys or services that do not go together.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn in_file(file: &str) -> String {
    if file.is_empty() { String::new() } else { format!(" in `{file}`") }
}

/// What is not of the kind that is wanted; nothing at all is often a variable that is not set.
fn not(text: &str, wanted: &str) -> String {
    if text.is_empty() {
        format!("must be {wanted}, found nothing")
    } else {
        format!("`{text}` is not {wanted}")
    }
}

fn outside(min: i64, max: i64) -> String {
    if max == i64::MAX {
        format!("must be at least {min}")
    } else {
        format!("must be from {min} to {max}")
    }
}

pub(super) fn words(allowed: &[&str]) -> String {
    let quoted: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

impl Problem {
    /// Whether a service was named that the project does not have: the person's mistake, not the file's.
    pub fn is_unknown_service(&self) -> bool {
        matches!(self, Self::NoSuchService { .. })
    }

    /// The same without the texts that it quotes, for values that may not be shown.
    pub(super) fn hidden(mut self) -> Self {
        if let Self::Interpolation { text }
        | Self::PortRanges { text }
        | Self::NoContainerPort { text }
        | Self::PortProtocol { text }
        | Self::EmptyVolumeSection { text }
        | Self::VolumeColons { text }
        | Self::Port { text, .. }
        | Self::PortAddress { text, .. }
        | Self::RequiredVariable { message: text, .. } = &mut self
        {
            "***".clone_into(text);
        }
        if let Self::Port { port: part, .. }
        | Self::PortAddress { address: part, .. }
        | Self::RequiredVariable { name: part, .. } = &mut self
        {
            "***".clone_into(part);
        }
        self
    }
}
