//! What one exchange alone does not tell, and whoever made its request knows: which code it deserved.

use super::{Case, Judge, repeat};
use crate::check::judge::draft::Draft;
use crate::check::ledger::{Bearing, Sighting};
use crate::check::{Location, Rule, Severity, Subject};
use crate::exchange::{Exchange, Response};
use crate::spec::{CodePattern, Routed};
use std::sync::Arc;

/// An answer that is not the one that the request deserved.
#[derive(Debug, Clone)]
pub struct Provoked<'p, 'a> {
    /// The operation that was asked.
    pub routed: &'p Routed<'a>,
    /// The documented code whose promise is broken.
    pub wanted: CodePattern,
    /// `wrong-status` or `undeserved-error`.
    pub rule: Rule,
    /// How sure it is: what may have a cause that the document does not know is a warning.
    pub severity: Severity,
    /// What tells this fault from others of the same operation and code.
    pub place: String,
    /// What the request deserved, and why.
    pub expected: String,
    /// What came.
    pub observed: String,
}

impl<'a> Judge<'a> {
    /// Adds that an answer is not what its request deserved: the promise of the code that it did deserve is broken.
    pub fn provoked(&mut self, cassette: &str, exchange: &Exchange, provoked: &Provoked<'_, 'a>) {
        // A connection that was closed in the place of an answer is one, too.
        let none = Response::default();
        let response = exchange.response.as_ref().unwrap_or(&none);
        let Some(position) = self.catalogue.position(provoked.routed) else { return };
        let catalogue = &*Arc::clone(&self.catalogue);
        let routed = provoked.routed;
        let operation = routed.operation;
        let promised = operation.promises.iter().find(|promise| promise.code == provoked.wanted);
        let case = Case { catalogue, position, routed, exchange, response, suggesting: false };
        let promise = match promised {
            Some(promise) => case.of_promise(promise, &promise.pointer),
            None => case.of_operation(),
        };
        let draft = Draft::new(provoked.rule, Location::Status, promise)
            .known_by(&provoked.place)
            .weighing(provoked.severity)
            .because(provoked.expected.as_str(), &provoked.observed);
        let code = provoked.wanted.to_string();
        let subject = Subject {
            operation: operation.id.as_str(),
            method: &operation.method,
            path: &operation.path,
            code: &code,
        };
        let mut finding = draft.finding(&subject, self.settings);
        finding.curl = repeat::command(&exchange.request);
        let breaks = super::contradicts(&finding);
        self.tally.broken += u64::from(breaks);
        let (cassette, number): (Arc<str>, _) = (cassette.into(), exchange.number);
        let row = promised.and_then(|promise| catalogue.row(position, promise));
        if let Some(row) = row.filter(|_| breaks) {
            let sighting =
                Sighting { at: exchange.at, cassette: Arc::clone(&cassette), exchange: number };
            self.tally.show(row, Bearing::Breaks, exchange.source, sighting);
        }
        self.tally.find(finding.shown_by(&cassette, number, exchange.source));
    }
}
