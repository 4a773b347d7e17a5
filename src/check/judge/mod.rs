//! Holds one exchange after the other to the specs' promises.
//!
//! [`Judge`] routes an exchange, lets the parts below find what is wrong with it, and adds what it
//! shows to a [`Tally`]. What it keeps does not grow with the number of exchanges.

mod body;
mod certain;
mod draft;
mod envelope;
mod hint;
mod naming;
mod parameter;
mod request;
mod response;

#[cfg(test)]
mod doubts;
#[cfg(test)]
mod tests;

use super::catalogue::{Catalogue, Item};
use super::finding::{Finding, quoted};
use super::fingerprint::path_without_ids;
use super::ledger::{Bearing, Sighting};
use super::tally::Tally;
use super::{Settings, Severity, Subject, Verdict};
use crate::exchange::{Exchange, Response, Target};
use crate::spec::{CodePattern, Promise, Route, Routed, Spec, route};
use draft::Draft;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Judges exchanges against specs.
#[derive(Debug)]
pub struct Judge<'a> {
    catalogue: Arc<Catalogue<'a>>,
    settings: &'a Settings,
    tally: Tally,
    cassette: Arc<str>,
}

/// One exchange before one operation.
struct Case<'c, 'a> {
    catalogue: &'c Catalogue<'a>,
    position: usize,
    routed: &'c Routed<'a>,
    exchange: &'c Exchange,
    response: &'c Response,
}

/// What was found in one exchange.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    seen: Vec<Item>,
    /// A part of the response could not be judged.
    unclear: bool,
}

impl<'a> Judge<'a> {
    /// A judge who knows these specs. What of them can't be read is found at once.
    pub fn new(specs: &'a [Spec], settings: &'a Settings) -> Self {
        let catalogue = Arc::new(Catalogue::of(specs));
        let tally = Tally::new(&catalogue);
        let mut judge = Self { catalogue, settings, tally, cassette: "".into() };
        for spec in specs {
            for problem in &spec.problems {
                let draft = Draft::unreadable(spec, &problem.pointer, &problem.what);
                judge.tally.find(draft.finding(&Subject::NONE, settings));
            }
        }
        judge
    }

    /// Judges an exchange of the cassette of that name.
    pub fn exchange(&mut self, cassette: &str, exchange: &Exchange) {
        if *self.cassette != *cassette {
            self.cassette = cassette.into();
        }
        self.tally.exchanges += 1;
        let Some(response) = &exchange.response else {
            self.tally.failed += 1;
            return;
        };
        match route(self.catalogue.specs, &exchange.request) {
            Route::Operation(routed) => self.operation(&routed, exchange, response),
            Route::OtherMethod(routed) => {
                let refused: Vec<_> =
                    routed.iter().filter(|routed| refuses(routed, response.status)).collect();
                let mut judged = false;
                for routed in &refused {
                    judged |= self.refusal(routed, exchange, response);
                }
                if refused.is_empty() {
                    self.no_operation(exchange, response, &routed);
                } else {
                    self.tally.judged += u64::from(judged);
                }
            }
            Route::Unknown => self.no_operation(exchange, response, &[]),
        }
    }

    /// What is found in one exchange, and whether all of it was judged; nothing of it is added up.
    pub fn alone(&mut self, exchange: &Exchange) -> (Vec<Finding>, bool) {
        let others = std::mem::replace(&mut self.tally, Tally::with_rows(0));
        self.exchange("", exchange);
        let tally = std::mem::replace(&mut self.tally, others);
        let findings = tally.findings.into_pairs().map(|(_, finding)| finding).collect();
        (findings, tally.judged > 0)
    }

    /// What the exchanges so far have shown.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Adds what another judge of the same specs has counted.
    pub fn absorb(&mut self, tally: Tally) {
        self.tally.merge(tally);
    }

    /// The result, as it stands at the moment `now`.
    pub fn verdict(&self, now: jiff::Timestamp) -> Verdict {
        Verdict::of(&self.catalogue, &self.tally, self.settings, now)
    }

    fn operation(&mut self, routed: &Routed<'a>, exchange: &Exchange, response: &Response) {
        let Some(position) = self.catalogue.position(routed) else { return };
        let catalogue = &*Arc::clone(&self.catalogue);
        let case = Case { catalogue, position, routed, exchange, response };
        let mut found = Found::default();
        found.seen.push(Item::Operation(position));
        let request_keeps = case.request(&mut found);
        case.certain(request_keeps, &mut found);
        let promise = routed.operation.promise(response.status);
        match promise {
            Some(promise) => case.response(promise, &mut found),
            None => found.drafts.push(case.undocumented_status()),
        }
        if promise.is_none() {
            *self.tally.undocumented.entry((position, response.status)).or_default() += 1;
        }
        let bearing = self.settle(&case, promise, found);
        self.tally.judged += u64::from(is_judged(bearing));
    }

    /// A 405 to a method that the path does not document, for one of the path's operations. Answers
    /// whether it was judged.
    fn refusal(&mut self, routed: &Routed<'a>, exchange: &Exchange, response: &Response) -> bool {
        let Some(position) = self.catalogue.position(routed) else { return false };
        let Some(promise) = routed.operation.promise(response.status) else { return false };
        let catalogue = &*Arc::clone(&self.catalogue);
        let case = Case { catalogue, position, routed, exchange, response };
        let mut found = Found::default();
        case.response(promise, &mut found);
        is_judged(self.settle(&case, Some(promise), found))
    }

    fn no_operation(&mut self, exchange: &Exchange, response: &Response, others: &[Routed<'a>]) {
        let request = &exchange.request;
        let path = Target::parse(&request.target).path;
        self.tally.miss(&quoted(&request.method), &quoted(path));
        let draft = Draft::undocumented_operation(request, response.status, others);
        let subject = Subject {
            method: &request.method,
            path: &path_without_ids(path),
            code: &response.status.to_string(),
            ..Subject::NONE
        };
        let finding = draft.finding(&subject, self.settings);
        self.tally.find(finding.shown_by(&self.cassette, exchange.number, exchange.source));
    }

    /// Adds what was found in one exchange to the tally, each fault once. Answers how the exchange
    /// bears on its promise.
    fn settle(&mut self, case: &Case<'_, 'a>, promise: Option<&Promise>, found: Found) -> Bearing {
        let code = case.response.status.to_string();
        let operation = case.routed.operation;
        let subject = Subject {
            operation: operation.id.as_str(),
            method: &operation.method,
            path: &operation.path,
            code: &code,
        };
        let mut findings: BTreeMap<_, Finding> = BTreeMap::new();
        for draft in found.drafts {
            let finding = draft.finding(&subject, self.settings);
            findings.entry(finding.key()).or_insert(finding);
        }
        let bearing = if findings.values().any(contradicts) {
            Bearing::Breaks
        } else if found.unclear {
            Bearing::Unclear
        } else {
            Bearing::Keeps
        };
        let exchange = case.exchange;
        let row = promise.and_then(|promise| self.catalogue.row(case.position, promise));
        if let Some(row) = row {
            let (cassette, number) = (Arc::clone(&self.cassette), exchange.number);
            let sighting = Sighting { at: exchange.at, cassette, exchange: number };
            self.tally.show(row, bearing, exchange.source, sighting);
        }
        self.tally.seen.extend(found.seen);
        for finding in findings.into_values() {
            self.tally.find(finding.shown_by(&self.cassette, exchange.number, exchange.source));
        }
        bearing
    }
}

/// What was judged in part and found sound is not rounded up: a run of such exchanges alone is no
/// success. What breaks its promise was judged, whatever else could not be.
fn is_judged(bearing: Bearing) -> bool {
    bearing != Bearing::Unclear
}

/// Whether a finding breaks the promise for the code of its exchange.
fn contradicts(finding: &Finding) -> bool {
    finding.rule.is_of_response() && finding.severity == Severity::Error
}

/// Whether a refusal with this code is one that the operation documents for other methods.
fn refuses(routed: &Routed<'_>, status: u16) -> bool {
    status == 405
        && routed.operation.promise(405).is_some_and(|promise| promise.code != CodePattern::Default)
}
