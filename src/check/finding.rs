use super::bounded::Fold;
use super::{Bearing, Few, Fingerprint, Location, Rule, Severity, Shown};
use crate::exchange::{ExchangeNumber, Source};
use std::sync::Arc;

/// One broken promise. The same fault in many exchanges is one finding, shown where it came first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// How much it weighs, configuration applied.
    pub severity: Severity,
    /// Id of the operation; empty where there is none.
    pub operation: String,
    /// The status code; empty where the finding is about a spec alone.
    pub code: String,
    /// Cassette of the exchange that shows it; empty where the finding is about a spec alone.
    pub cassette: Arc<str>,
    /// That exchange; 0 where the finding is about a spec alone.
    pub exchange: ExchangeNumber,
    /// Where in the exchange.
    pub at: Location,
    /// What was promised.
    pub promise: PromiseReference,
    /// What the promise wants here.
    pub expected: String,
    /// What is there.
    pub observed: String,
    /// What to do next.
    pub hint: String,
    /// Where the evidence points.
    pub blame: Option<Blame>,
    /// A command that sends the request again, secrets as `$SECRET_1`; empty where there is no request.
    pub curl: String,
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// In how many exchanges it was found.
    pub exchanges: u64,
    /// The first few of them.
    pub shown: Few,
}

/// Who seems to be at fault, as far as the exchange and the documentation tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blame {
    /// Where to look first.
    pub on: Party,
    /// What tells so.
    pub evidence: String,
}

/// Where to look first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The documentation contradicts itself, or cannot be read.
    Documentation,
    /// Documentation and provider disagree, and nothing tells which of them is wrong.
    Disagreement,
    /// The request was wrong.
    Request,
}

impl Party {
    /// Every party.
    pub const ALL: [Self; 3] = [Self::Documentation, Self::Disagreement, Self::Request];

    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documentation => "documentation",
            Self::Disagreement => "disagreement",
            Self::Request => "request",
        }
    }
}

/// Where the documentation makes the promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PromiseReference {
    /// Path of the spec; empty where no spec says anything.
    pub spec: String,
    /// JSON pointer into it.
    pub pointer: String,
    /// Documentation page that it was read from.
    pub page: Option<String>,
    /// Line of that page, from 1.
    pub line: Option<u32>,
}

/// Longest text that a finding quotes, in characters.
const QUOTED: usize = 240;

/// A piece of foreign text, fit to be shown: one line, without control characters, of bounded length.
pub fn quoted(text: &str) -> String {
    let mut out: String =
        text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() {
        out.push('…');
    }
    out
}

impl Finding {
    /// The order in which findings are kept and shown: worst first.
    pub fn key(&self) -> (std::cmp::Reverse<Severity>, Fingerprint) {
        (std::cmp::Reverse(self.severity), self.fingerprint.clone())
    }

    /// The same, found in this exchange.
    #[must_use]
    pub fn shown_by(
        mut self,
        cassette: &Arc<str>,
        exchange: ExchangeNumber,
        source: Source,
    ) -> Self {
        let bearing = if self.severity == Severity::Error && self.rule.is_of_response() {
            Bearing::Breaks
        } else {
            Bearing::Keeps
        };
        self.shown.add(Shown { bearing, cassette: Arc::clone(cassette), exchange, source });
        self.cassette = Arc::clone(cassette);
        self.exchange = exchange;
        self.exchanges = 1;
        self
    }

    fn shown_at(&self) -> impl Ord + '_ {
        (
            (&self.cassette, self.exchange, &self.at, self.rule, &self.operation, &self.code),
            (&self.promise, &self.expected, &self.observed, &self.hint),
        )
    }
}

impl Fold for Finding {
    fn fold(&mut self, other: Self) {
        let exchanges = self.exchanges + other.exchanges;
        let mut shown = std::mem::take(&mut self.shown);
        shown.fold(other.shown.clone());
        if other.shown_at() < self.shown_at() {
            *self = other;
        }
        self.exchanges = exchanges;
        self.shown = shown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_one_bounded_line() {
        assert_eq!(quoted("a\nb\u{1b}[31m"), "a b [31m");
        let long = quoted(&"é".repeat(1000));
        assert_eq!(long.chars().count(), QUOTED + 1);
        assert!(long.ends_with('…'));
    }
}
