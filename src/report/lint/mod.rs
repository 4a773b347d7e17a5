//! What documentation gets wrong by itself, for people, for scripts, and for what shows the results of
//! static analysis.

mod json;
mod sarif;
mod terminal;

use super::Paint;
use super::evidence::passages;
use crate::check::Severity;
use crate::lint::Flaw;
use std::collections::HashMap;

/// The forms that a lint's result can be given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LintKind {
    /// For people.
    Terminal,
    /// For scripts.
    Json,
    /// SARIF 2.1.0.
    Sarif,
}

impl LintKind {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Terminal, Self::Json, Self::Sarif];

    /// The word of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Sarif => "sarif",
        }
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Linted {
    /// Specs and pages, as they are shown.
    pub documents: Vec<String>,
    /// What is wrong.
    pub flaws: Vec<Flaw>,
    /// How many flaws were left out because their rule is off.
    pub off: usize,
    /// Lines of the specs' own texts, by spec and pointer.
    lines: HashMap<String, HashMap<String, u64>>,
}

impl Linted {
    /// Takes the lines of a spec's flaws out of its own text.
    pub fn locate(&mut self, spec: &str, text: &str) {
        let own = self.flaws.iter().filter(|flaw| flaw.spec == spec);
        let pointers = own.flat_map(|flaw| std::iter::once(&flaw.pointer).chain(&flaw.also));
        let found = passages(text, pointers.map(String::as_str));
        let found = found.into_iter().map(|(pointer, passage)| (pointer.to_owned(), passage.line));
        let found = found.collect();
        self.lines.insert(spec.to_owned(), found);
    }

    /// How many flaws weigh so much.
    pub fn count(&self, severity: Severity) -> usize {
        self.flaws.iter().filter(|flaw| flaw.severity() == severity).count()
    }

    /// Whether any flaw weighs so much or more.
    pub fn reaches(&self, severity: Severity) -> bool {
        self.flaws.iter().any(|flaw| flaw.severity() >= severity)
    }

    fn line(&self, spec: &str, pointer: &str) -> Option<u64> {
        self.lines.get(spec)?.get(pointer).copied()
    }
}

/// The result in a form, with a line break at its end. `paint` counts for what people read.
pub fn render_lint(kind: LintKind, linted: &Linted, paint: Paint) -> String {
    match kind {
        LintKind::Terminal => terminal::render(linted, paint),
        LintKind::Json => json::render(linted),
        LintKind::Sarif => sarif::render(linted),
    }
}
