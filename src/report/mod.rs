//! Renderers over one result: each takes a [`Verdict`] with what it is shown with, or what a replay
//! came to ([`Played`](crate::matching::Played)), and gives text, and none can change what it says. A
//! further form is a variant of [`Kind`] and a file beside these.

mod evidence;
mod github;
mod html;
mod json;
mod junit;
mod lint;
mod markdown;
mod matrix;
mod paint;
mod played;
mod sarif;
mod suites;
mod terminal;
mod trial;
mod wording;

pub use evidence::{Evidence, Excerpt, Line, Mark, Message, Passage, Record};
pub use json::ReadError;
pub use lint::{LintKind, Linted, render_lint};
pub use paint::Paint;
pub use played::{PlayedKind, Unused, render_miss, render_played};
pub use trial::{TrialKind, render_trial, render_truth};

use crate::check::Verdict;

/// The forms that a result can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// For people.
    Terminal,
    /// For scripts: the form of the contract, version 1.
    Json,
    /// For what shows the results of tests.
    Junit,
    /// For what shows the results of static analysis: SARIF 2.1.0.
    Sarif,
    /// For people: one file for a browser.
    Html,
    /// For comments.
    Markdown,
    /// For the log of GitHub Actions: annotations.
    Github,
}

impl Kind {
    /// Every form.
    pub const ALL: [Self; 7] = [
        Self::Terminal,
        Self::Json,
        Self::Junit,
        Self::Sarif,
        Self::Html,
        Self::Markdown,
        Self::Github,
    ];

    /// The word of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Sarif => "sarif",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Github => "github",
        }
    }

    /// Whether the form shows more than the verdict says: it is to be rendered with [`Evidence`].
    pub const fn shows_evidence(self) -> bool {
        matches!(self, Self::Sarif | Self::Html | Self::Github)
    }
}

/// A result as reports are given it.
#[derive(Debug, Clone, Copy)]
pub struct Report<'v> {
    /// What was judged.
    pub verdict: &'v Verdict,
    /// What it is shown with; reports do without what is not there.
    pub evidence: &'v Evidence,
    /// When it was judged, where that is to be told.
    pub at: Option<jiff::Timestamp>,
}

/// The result in a form, with a line break at its end. `paint` counts for what people read.
pub fn render(kind: Kind, report: &Report<'_>, paint: Paint) -> String {
    let verdict = report.verdict;
    match kind {
        Kind::Terminal => terminal::render(verdict, paint),
        Kind::Json => json::render(verdict),
        Kind::Junit => junit::render(verdict),
        Kind::Sarif => sarif::render(report),
        Kind::Html => html::render(report),
        Kind::Markdown => markdown::render(report, markdown::COMMENT),
        Kind::Github => github::render(report),
    }
}

/// The summary of a step of GitHub Actions, in at most so many bytes.
pub fn render_summary(report: &Report<'_>, limit: usize) -> String {
    markdown::render(report, limit)
}

/// Reads a result in the form of [`Kind::Json`], as far as that goes: rendering it again gives the
/// same text.
pub fn read(json: &[u8]) -> Result<Verdict, ReadError> {
    json::read(json)
}
