//! What a trial of the judge showed, for people and for scripts.

mod json;
mod terminal;
mod truth;

use super::Paint;
use crate::check::{Specimen, TrialResult};

/// The forms that a trial can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrialKind {
    /// For people.
    Terminal,
    /// For scripts.
    Json,
}

impl TrialKind {
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
pub fn render_trial(kind: TrialKind, result: &TrialResult, paint: Paint) -> String {
    match kind {
        TrialKind::Terminal => terminal::render(result, paint),
        TrialKind::Json => json::render(result),
    }
}

/// What is planted where, in the order of the exchanges: for who judges them otherwise.
pub fn render_truth(shown: &[Specimen]) -> String {
    truth::render(shown)
}
