//! What containers wrote.

/// Which part of a container's log is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogsAsked {
    /// So many lines from its end.
    pub tail: u32,
    /// Nothing that is older: seconds since 1970.
    pub since: Option<i64>,
    /// Where it ends.
    pub reach: Reach,
}

/// Where the reading of a log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// With what is there.
    Past,
    /// With the container: what it will write is read, too.
    Follow,
}

/// Where a container wrote a line to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Its terminal, where it has one: both in one.
    Terminal,
}

impl LogStream {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Terminal => "terminal",
        }
    }
}

/// A line that a container wrote, or a part of a very long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where to.
    pub stream: LogStream,
    /// When, as the engine says it (RFC 3339); only the first part of a line has it.
    pub at: Option<String>,
    /// What, without the end of the line. What is no UTF-8 is replaced.
    pub text: String,
}
