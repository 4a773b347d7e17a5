use super::kind::Kind;

/// Why a foreign file can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than [`super::FILE_LIMIT`].
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Neither JSON, YAML nor a flow file.
    #[error("line {line}: {cause}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        cause: String,
    },
    /// A flow file that breaks off or is none.
    #[error("flow {flow} (byte {offset}): {cause}")]
    Flow {
        /// Flow, from 1.
        flow: u64,
        /// Where the flow begins.
        offset: usize,
        /// What is wrong.
        cause: &'static str,
    },
    /// It can be read, but is no recording that is known.
    #[error("not a recording of a known kind")]
    Unknown,
    /// It is not of the kind that was named.
    #[error("not of the kind `{kind}`: {what} is missing")]
    OtherKind {
        /// The kind that was asked for.
        kind: Kind,
        /// What such a file has.
        what: &'static str,
    },
    /// A newer version of the format.
    #[error("version {version} of the format is not known")]
    Version {
        /// What the file says.
        version: String,
    },
    /// More than [`super::ENTRY_LIMIT`] entries.
    #[error("more than {0} entries")]
    TooMany(usize),
    /// An entry that can't be read.
    #[error("entry {entry}: {cause}")]
    Entry {
        /// Entry, from 1.
        entry: u64,
        /// What is wrong with it.
        cause: WrongEntry,
    },
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongEntry {
    /// A part is not there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value is not what its key asks for.
    #[error("`{key}` is `{value}`, expected {expected}")]
    Value {
        /// Key.
        key: &'static str,
        /// What stands there, shortened.
        value: String,
        /// What should.
        expected: &'static str,
    },
    /// A body in a file beside, which can't be had.
    #[error("body file `{name}`: {cause}")]
    BodyFile {
        /// Its name.
        name: String,
        /// Why not.
        cause: String,
    },
}

impl WrongEntry {
    /// A value that may hold a secret: only its length is told.
    pub(super) fn hidden(key: &'static str, value: &str, expected: &'static str) -> Self {
        Self::Value { key, value: format!("({} characters)", value.chars().count()), expected }
    }

    pub(super) fn value(key: &'static str, value: &str, expected: &'static str) -> Self {
        Self::Value { key, value: value.chars().take(80).collect(), expected }
    }
}
