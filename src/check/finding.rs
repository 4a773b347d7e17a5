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
    /// Its stable name.
    pub fingerprint: Fingerprint,
    /// In how many exchanges it was found.
    pub exchanges: u64,
    /// The first few of them.
    pub shown: Few,
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
