use std::fmt;

/// What a change means, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The newer answer breaks its promise as the recorded one did not, or is under another promise.
    Contract,
    /// It keeps its promise, and says something else.
    Value,
    /// What differs is made up for every answer.
    Noise,
}

impl Kind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 3] = [Self::Contract, Self::Value, Self::Noise];

    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Value => "value",
            Self::Noise => "noise",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One place at which two answers differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it means.
    pub kind: Kind,
    /// A JSON pointer into the body, `header:NAME`, `status`, or `line N`.
    pub at: String,
    /// What was recorded there; empty where nothing was.
    pub recorded: String,
    /// What is there now; empty where nothing is.
    pub observed: String,
    /// What tells so, in a few words.
    pub why: String,
}

impl Change {
    pub(super) fn new(
        kind: Kind,
        at: &str,
        sides: (Option<&str>, Option<&str>),
        why: &str,
    ) -> Self {
        let text = |side: Option<&str>| side.unwrap_or_default().to_owned();
        Self {
            kind,
            at: at.to_owned(),
            recorded: text(sides.0),
            observed: text(sides.1),
            why: why.to_owned(),
        }
    }
}
