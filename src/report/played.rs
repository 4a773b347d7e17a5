//! Renderers of what a replay came to: the same facts for people, scripts and test servers.

mod json;
mod junit;
mod line;
mod terminal;

use super::Paint;
use crate::matching::{Missed, Played};

/// The forms that it can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayedKind {
    /// For people.
    Terminal,
    /// For scripts, version 1.
    Json,
    /// For what shows the results of tests.
    Junit,
}

impl PlayedKind {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Terminal, Self::Json, Self::Junit];

    /// The word of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Junit => "junit",
        }
    }
}

/// Whether exchanges that were never asked for are failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unused {
    /// They are told.
    Told,
    /// They are.
    Fails,
}

/// What a replay came to, in a form, with a line break at its end.
pub fn render_played(kind: PlayedKind, played: &Played, unused: Unused, paint: Paint) -> String {
    match kind {
        PlayedKind::Terminal => terminal::account(played, paint),
        PlayedKind::Json => json::render(played, unused),
        PlayedKind::Junit => junit::render(played, unused),
    }
}

/// One miss for people, on one screen (24 lines of 100 columns), with a line break at its end.
pub fn render_miss(missed: &Missed, paint: Paint) -> String {
    terminal::miss(missed, paint)
}

/// Whether all was as asked for.
fn holds(played: &Played, unused: Unused) -> bool {
    played.missed == 0 && (unused == Unused::Told || played.unused == 0)
}
