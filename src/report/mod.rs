//! Renderers over one result: each takes a [`Verdict`](crate::check::Verdict), or what a replay came to
//! ([`Played`](crate::matching::Played)), and gives text, and none can change what it says. A further form is a variant of [`Kind`] and a file beside these.

mod json;
mod matrix;
mod paint;
mod played;
mod terminal;
mod trial;

pub use json::ReadError;
pub use paint::Paint;
pub use played::{PlayedKind, Unused, render_miss, render_played};
pub use trial::{TrialKind, render_trial};

use crate::check::Verdict;

/// The forms that a result can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// For people.
    Terminal,
    /// For scripts: the form of the contract, version 1.
    Json,
}

impl Kind {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Terminal, Self::Json];

    /// The word of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
        }
    }
}

/// The result in a form, with a line break at its end. `paint` counts for what people read.
pub fn render(kind: Kind, verdict: &Verdict, paint: Paint) -> String {
    match kind {
        Kind::Terminal => terminal::render(verdict, paint),
        Kind::Json => json::render(verdict),
    }
}

/// Reads a result in the form of [`Kind::Json`], as far as that goes: rendering it again gives the
/// same text.
pub fn read(json: &[u8]) -> Result<Verdict, ReadError> {
    json::read(json)
}
