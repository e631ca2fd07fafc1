//! What a table of the schema can say about a value.

/// Kinds of scalars, to be added up.
pub(crate) const TEXT: u8 = 1;
/// Whole numbers.
pub(crate) const INT: u8 = 2;
/// All numbers.
pub(crate) const NUMBER: u8 = 2 | 4;
/// Booleans.
pub(crate) const BOOL: u8 = 8;
/// Null.
pub(crate) const NULL: u8 = 16;

/// What a scalar becomes in the canonical model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To {
    /// Text, numbers printed as Go prints them.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Int,
    /// A whole number that is not negative.
    Unsigned,
    /// A whole number that text does not become.
    Count,
    /// A number.
    Float,
    /// A size in bytes.
    Bytes,
    /// A span of time.
    Duration,
    /// Permission bits.
    Mode,
    /// Permission bits as a plain number.
    ModeNumber,
}

/// A further rule for a scalar.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    /// Anything goes.
    Any,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number in this range.
    Range(i64, i64),
    /// A container's name.
    ContainerName,
    /// A pull policy.
    PullPolicy,
}

/// What the values of a list of `NAME=value` or of a mapping become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// Text; no value is empty text.
    Text,
    /// Text, or nothing.
    Variables,
}

/// What a value may look like, and what it becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// One of several kinds of scalar.
    Scalar(u8, To, Rule),
    /// A list, whose items may have to differ.
    List(&'static Self, Unique),
    /// A mapping with known keys.
    Record(&'static Record),
    /// A mapping with any keys.
    Table(&'static Self, Keys),
    /// One of several shapes, told apart by the kind of the value.
    Either(&'static [Self]),
    /// The shape, or null, which counts as an empty mapping.
    OrNull(&'static Self),
    /// A list of `NAME=value` or a mapping.
    Pairs(Pairs),
    /// Hosts with their addresses.
    Hosts,
    /// A command: null, one text or a list of words.
    Command,
    /// A healthcheck's test: one text or a list of words.
    Test,
    /// A list of texts, or one text.
    OneOrMore(Unique),
    /// A list, or one item of it.
    OneOrMoreOf(&'static Self),
    /// SSH agents and keys of a build.
    Ssh,
}

/// Whether the items of a list must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unique {
    /// They must.
    Yes,
    /// They need not.
    No,
}

/// What the keys of a mapping may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Names of elements: letters, digits, `.`, `_` and `-`.
    Names,
    /// Anything; the values of what is not a name of an element are not looked at.
    NamesOrAnything,
    /// Anything.
    Free,
    /// Lower-case letters; the values of others are not looked at.
    Limits,
}

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Record {
    /// In the order in which Compose prints them.
    pub(crate) fields: &'static [Field],
    /// Whether keys that begin with `x-` are allowed.
    pub(crate) extensible: bool,
    /// Whether other keys are ignored.
    pub(crate) open: bool,
}

/// A known key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// The key.
    pub(crate) name: &'static str,
    /// What its value may look like.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) required: bool,
}

/// A key that may be there.
pub(crate) const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// A key that must be there.
pub(crate) const fn must(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// A mapping that also takes `x-…`.
pub(crate) const fn record(fields: &'static [Field]) -> Record {
    Record { fields, extensible: true, open: false }
}

/// A mapping that takes its known keys only.
pub(crate) const fn closed(fields: &'static [Field]) -> Record {
    Record { fields, extensible: false, open: false }
}

/// A mapping that takes any key.
pub(crate) const fn open(fields: &'static [Field]) -> Record {
    Record { fields, extensible: true, open: true }
}

impl Record {
    /// The field of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
