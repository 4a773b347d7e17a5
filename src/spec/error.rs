/// Why a document could not be read as a spec at all (a part that cannot be read is a
/// [`super::Problem`] instead). The file comes first in each message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// More bytes than [`super::SIZE_LIMIT`].
    #[error("{file}: {bytes} bytes are more than a spec may have ({limit})")]
    TooLarge {
        /// File as shown.
        file: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("{file}: line {line}: not UTF-8")]
    NotText {
        /// File as shown.
        file: String,
        /// Line of the first byte that is not, from 1.
        line: usize,
    },
    /// Neither JSON nor YAML, or beyond the limits on depth and aliases.
    #[error("{file}: {}{cause}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Syntax {
        /// File as shown.
        file: String,
        /// Line, from 1, where it is known.
        line: Option<u64>,
        /// What the parser said.
        cause: String,
    },
    /// The document is a list or a scalar.
    #[error("{file}: an OpenAPI document is an object, this is {found}")]
    NotAnObject {
        /// File as shown.
        file: String,
        /// What it is.
        found: &'static str,
    },
    /// Neither `openapi` nor `swagger` stands at the root.
    #[error("{file}: neither `openapi` nor `swagger` stands at the root: not an OpenAPI document")]
    NoVersion {
        /// File as shown.
        file: String,
    },
    /// A version that this tool does not read.
    #[error("{file}: `{key}: {version}` is not supported; 2.0, 3.0, 3.1 and 3.2 are")]
    Version {
        /// File as shown.
        file: String,
        /// `openapi` or `swagger`.
        key: &'static str,
        /// The version as written.
        version: String,
    },
    /// Neither paths nor anything that others could refer to.
    #[error("{file}: `paths` is missing or no object: nothing is promised here")]
    NoPaths {
        /// File as shown.
        file: String,
    },
}
