use thiserror::Error;

/// Why pages could not be read into a spec. Each names the page and what is missing on it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PageError {
    /// No page was given.
    #[error("no page was given")]
    NoPages,
    /// The page is larger than any reference page.
    #[error("{page}: {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// Name of the page.
        page: String,
        /// Its size.
        bytes: usize,
        /// The largest size that is read.
        limit: usize,
    },
    /// The page has more lines than any reference page.
    #[error("{page}: {lines} lines, the limit is {limit}")]
    TooLong {
        /// Name of the page.
        page: String,
        /// Its number of lines.
        lines: usize,
        /// The largest number that is read.
        limit: usize,
    },
    /// The page has more of something than any reference page.
    #[error("{page}: more than {limit} {what}")]
    TooMany {
        /// Name of the page.
        page: String,
        /// What there is too much of.
        what: &'static str,
        /// The largest number that is read.
        limit: usize,
    },
    /// The page is no text.
    #[error("{page}: line {line}: not UTF-8 text")]
    NotText {
        /// Name of the page.
        page: String,
        /// The line that is no text, from 1.
        line: usize,
    },
    /// The page has neither a parameter table nor a table of status codes.
    #[error("{page}: no table of parameters and no status code on the page")]
    NoTables {
        /// Name of the page.
        page: String,
        /// How many addresses (methods with paths) it names.
        addresses: usize,
    },
    /// The page names no HTTP method.
    #[error("{page}: no HTTP method and path on the page (a line such as `POST /v1/…`)")]
    NoMethod {
        /// Name of the page.
        page: String,
        /// How many tables it has whose columns are of parameters.
        tables: usize,
    },
    /// The method is none that OpenAPI knows (3.1, section 4.8.9).
    #[error("{page}: `{method}` is no HTTP method")]
    BadMethod {
        /// Name of the page.
        page: String,
        /// The method as found.
        method: String,
    },
    /// The page names no path.
    #[error("{page}: no path on the page")]
    NoPath {
        /// Name of the page.
        page: String,
    },
    /// The path is no path template.
    #[error("{page}: `{path}` is no path: it must begin with `/` and close its braces")]
    BadPath {
        /// Name of the page.
        page: String,
        /// The path as found.
        path: String,
    },
    /// An RPC page that does not name its operation.
    #[error("{page}: no operation name in the title (`SERVICE:OPERATION`)")]
    NoOperationName {
        /// Name of the page.
        page: String,
    },
    /// The API version is on no page of the family, and the product is not known.
    #[error("{page}: the API version is not on the page, and the product `{service}` is not known")]
    NoVersion {
        /// Name of the page.
        page: String,
        /// What the page calls the product.
        service: String,
    },
    /// A family of that name does not exist.
    #[error("family `{name}` is not known: {known}")]
    UnknownFamily {
        /// The name as given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Pages of different families were given for one document.
    #[error("{page}: a page of `{family}` among pages of `{other}`")]
    SeveralFamilies {
        /// Name of the page.
        page: String,
        /// Its family.
        family: &'static str,
        /// The family of the pages before it.
        other: &'static str,
    },
    /// Two pages describe the same operation.
    #[error("{page}: `{operation}` is already described by {other}")]
    Twice {
        /// Name of the page.
        page: String,
        /// Method and path, or the operation's id.
        operation: String,
        /// Name of the first page.
        other: String,
    },
    /// A setting that is not known, or names no page.
    #[error("setting `{setting}`: {reason}")]
    Setting {
        /// The setting as given.
        setting: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl PageError {
    /// The page, where it is about one.
    pub fn page(&self) -> Option<&str> {
        match self {
            Self::NoPages | Self::UnknownFamily { .. } | Self::Setting { .. } => None,
            Self::TooLarge { page, .. }
            | Self::TooLong { page, .. }
            | Self::TooMany { page, .. }
            | Self::NotText { page, .. }
            | Self::NoTables { page, .. }
            | Self::NoMethod { page, .. }
            | Self::BadMethod { page, .. }
            | Self::NoPath { page }
            | Self::BadPath { page, .. }
            | Self::NoOperationName { page }
            | Self::NoVersion { page, .. }
            | Self::SeveralFamilies { page, .. }
            | Self::Twice { page, .. } => Some(page),
        }
    }

    /// Why the page is none of an operation at all, but an index, a history or prose: it has neither tables
    /// of parameters nor one address. `None` where it may be one that is not understood.
    pub fn no_operation(&self) -> Option<&'static str> {
        match self {
            Self::NoMethod { tables: 0, .. } => Some("no address and no parameters"),
            Self::NoTables { addresses, .. } if *addresses != 1 => {
                Some("addresses of several operations, and parameters of none")
            }
            _ => None,
        }
    }

    /// What to do next, where there is something.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoPages => "name one page or more",
            Self::NoTables { .. } => "save the page with its tables, one operation a page",
            Self::NoMethod { .. }
            | Self::NoPath { .. }
            | Self::BadPath { .. }
            | Self::BadMethod { .. } => "give them with --set method=POST --set path=/v1/…",
            Self::NoOperationName { .. } => "give it with --set operationId=NAME",
            Self::NoVersion { .. } => "give it with --set version=YYYY-MM-DD",
            Self::SeveralFamilies { .. } => {
                "--out FOLDER/ writes a document for each API; or name one family with --family"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
