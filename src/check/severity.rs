use std::fmt;

/// How much a finding weighs. Only [`Severity::Error`] makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; breaks nothing.
    Info,
    /// Probably wrong, or wrong in a way that the documentation half admits.
    Warning,
    /// A promise is broken.
    Error,
}

impl Severity {
    /// The word used in reports and in `testimony.toml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Reads the word of [`Severity::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|level| level.as_str() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
