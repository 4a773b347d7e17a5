//! Holds one exchange after the other to the specs' promises.
//!
//! [`Judge`] routes an exchange, lets the parts below find what is wrong with it, and adds what it
//! shows to a [`Tally`]. What it keeps does not grow with the number of exchanges.

mod body;
mod certain;
mod digits;
mod draft;
mod envelope;
mod hint;
mod naming;
mod parameter;
mod provoked;
mod remedy;
mod repeat;
mod request;
mod response;

#[cfg(test)]
mod doubts;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod tests;

use super::bounded::Bounded;
use super::catalogue::{Catalogue, Item};
use super::finding::{Finding, quoted};
use super::fingerprint::path_without_ids;
use super::ledger::{Bearing, Sighting};
use super::plain::{Marks, Plain};
use super::suggest::Suggestions;
use super::tally::Tally;
use super::{Party, Rule, Settings, Severity, Subject, Verdict};
use crate::exchange::{Exchange, Response, Target};
use crate::spec::{CodePattern, Promise, Route, Routed, Spec, foreign_host, nearer, route};
use draft::Draft;
pub use provoked::Provoked;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most hosts that are told of.
const HOSTS: usize = 50;

/// Judges exchanges against specs.
#[derive(Debug)]
pub struct Judge<'a> {
    catalogue: Arc<Catalogue<'a>>,
    settings: &'a Settings,
    tally: Tally,
    cassette: Arc<str>,
    /// Exchanges that count as evidence and are of a host that the spec does not name, by spec and host.
    elsewhere: Bounded<(usize, String), u64>,
    suggestions: Option<Suggestions>,
    /// What texts have shown of each plain schema.
    marks: Vec<Marks>,
}

/// One exchange before one operation.
struct Case<'c, 'a> {
    catalogue: &'c Catalogue<'a>,
    position: usize,
    routed: &'c Routed<'a>,
    exchange: &'c Exchange,
    response: &'c Response,
    /// Whether changes to the spec are wanted, and the exchange is evidence for any.
    suggesting: bool,
}

/// What was found in one exchange.
#[derive(Default)]
struct Found {
    drafts: Vec<Draft>,
    seen: Vec<Item>,
    /// A part of the response could not be judged.
    unclear: bool,
    /// What is wrong with the request, the first of it.
    request_fault: Option<String>,
    /// What texts have shown so far of each plain schema.
    marks: Vec<Marks>,
}

impl Found {
    /// Whether something keeps a schema beyond doubt, by its plain form; what is seen for the first time is noted.
    fn plainly(
        &mut self,
        plain: Option<(usize, &Plain)>,
        keeps: impl FnOnce(&Plain, &mut Marks) -> Option<Vec<Item>>,
    ) -> bool {
        let Some((position, plain)) = plain else { return false };
        if self.marks.len() <= position {
            self.marks.resize_with(position + 1, Marks::default);
        }
        let seen = keeps(plain, &mut self.marks[position]);
        let kept = seen.is_some();
        self.seen.extend(seen.into_iter().flatten());
        kept
    }
}

impl<'a> Judge<'a> {
    /// A judge who knows these specs. What of them can't be read is found at once.
    pub fn new(specs: &'a [Spec], settings: &'a Settings) -> Self {
        let catalogue = Arc::new(Catalogue::of(specs));
        let tally = Tally::new(&catalogue);
        let elsewhere = Bounded::new(HOSTS);
        let mut judge = Self {
            catalogue,
            settings,
            tally,
            cassette: "".into(),
            elsewhere,
            suggestions: None,
            marks: Vec::new(),
        };
        for spec in specs {
            for problem in &spec.problems {
                let draft = Draft::unreadable(spec, &problem.pointer, &problem.what);
                judge.tally.find(draft.finding(&Subject::NONE, settings));
            }
        }
        judge
    }

    /// The same judge, noting what would make observed conduct documented.
    #[must_use]
    pub fn suggesting(mut self) -> Self {
        self.suggestions = Some(Suggestions::default());
        self
    }

    /// What would make the conduct observed so far documented; of a judge that was asked to note it.
    pub fn suggestions(&self) -> Option<&Suggestions> {
        self.suggestions.as_ref()
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
            Route::Operation(routed) => {
                // A 405 is of the path that is asked before all others, if it has one of its own.
                let nearer = match response.status {
                    405 => nearer(&routed, &exchange.request),
                    _ => Vec::new(),
                };
                if !self.refusals(&nearer, exchange, response) {
                    self.operation(&routed, exchange, response);
                }
            }
            Route::OtherMethod(routed) => {
                if !self.refusals(&routed, exchange, response) {
                    self.no_operation(exchange, response, &routed);
                }
            }
            Route::Unknown => self.no_operation(exchange, response, &[]),
        }
    }

    /// Judges the refusal of a method by each operation of its path that documents it. Answers whether there is one.
    fn refusals(
        &mut self,
        routed: &[Routed<'a>],
        exchange: &Exchange,
        response: &Response,
    ) -> bool {
        let (mut is_documented, mut judged) = (false, false);
        for routed in routed.iter().filter(|routed| refuses(routed, response.status)) {
            is_documented = true;
            judged |= self.refusal(routed, exchange, response);
        }
        self.tally.judged += u64::from(judged);
        is_documented
    }

    /// Judges a fresh answer to a request that was answered with the code `wanted` before. A 429, or a code of
    /// gateways, that came in its place is inconclusive: it proves nothing but itself, where it is documented.
    pub fn fresh(&mut self, cassette: &str, exchange: &Exchange, wanted: u16) {
        if let Some((position, status, is_documented)) = self.of_gateways(exchange, wanted) {
            *self.tally.inconclusive.entry((position, wanted, status)).or_default() += 1;
            if !is_documented {
                self.tally.exchanges += 1;
                return;
            }
        }
        self.exchange(cassette, exchange);
    }

    /// Whether an answer where the code `wanted` was asked for is one of a gateway, which tells nothing of that.
    pub fn is_inconclusive(&self, exchange: &Exchange, wanted: u16) -> bool {
        let status = exchange.response.as_ref().map_or(wanted, |response| response.status);
        let known = || self.of_gateways(exchange, wanted).is_some();
        status != wanted && (response::is_of_any_gateway(status) || known())
    }

    /// The operation, by position, the code, and whether just that is documented.
    fn of_gateways(&self, exchange: &Exchange, wanted: u16) -> Option<(usize, u16, bool)> {
        let status = exchange.response.as_ref()?.status;
        let Route::Operation(routed) = route(self.catalogue.specs, &exchange.request) else {
            return None;
        };
        let position = self.catalogue.position(&routed)?;
        let promise = routed.operation.promise(status);
        let is_documented =
            promise.is_some_and(|promise| promise.code == CodePattern::Code(status));
        (status != wanted && response::is_of_gateways(status, routed.spec)).then_some((
            position,
            status,
            is_documented,
        ))
    }

    /// Notes that a cassette does not hold the exchanges that it counts: what was taken out can't be judged,
    /// and what is left proves less than it says. An error, whatever the rule weighs elsewhere.
    pub fn miscounted(&mut self, cassette: &str, what: &str) {
        let mut finding = Draft::miscounted(cassette, what).finding(&Subject::NONE, self.settings);
        finding.severity = Severity::Error;
        finding.cassette = cassette.into();
        finding.exchanges = 1;
        self.tally.find(finding);
    }

    /// What is found in one exchange, and whether all of it was judged; nothing of it is added up.
    pub fn alone(&mut self, exchange: &Exchange) -> (Vec<Finding>, bool) {
        let others = std::mem::replace(&mut self.tally, Tally::with_rows(0));
        let marks = std::mem::take(&mut self.marks);
        self.exchange("", exchange);
        let tally = std::mem::replace(&mut self.tally, others);
        // What was seen here was not added up.
        self.marks = marks;
        let findings = tally.findings.into_pairs().map(|(_, finding)| finding).collect();
        (findings, tally.judged > 0)
    }

    /// What the exchanges so far have shown.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Hosts that no server of the spec has, whose exchanges were judged as evidence all the same: path of the
    /// spec, host, and how many exchanges.
    pub fn elsewhere(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let specs = self.catalogue.specs;
        self.elsewhere
            .iter()
            .map(|((spec, host), times)| (specs[*spec].path.as_str(), host.as_str(), *times))
    }

    /// A judge by the same specs and settings who has seen nothing yet: for another thread.
    #[must_use]
    pub fn colleague(&self) -> Self {
        Self {
            catalogue: Arc::clone(&self.catalogue),
            settings: self.settings,
            tally: Tally::new(&self.catalogue),
            cassette: Arc::clone(&self.cassette),
            elsewhere: Bounded::new(HOSTS),
            suggestions: self.suggestions.as_ref().map(|_| Suggestions::default()),
            marks: Vec::new(),
        }
    }

    /// Adds what a colleague has seen.
    pub fn join(&mut self, colleague: Self) {
        self.tally.merge(colleague.tally);
        for (key, exchanges) in colleague.elsewhere.into_pairs() {
            // Hosts beyond the limit are not told of.
            let _ = self.elsewhere.add(key, exchanges);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.suggestions, colleague.suggestions) {
            ours.join(theirs);
        }
    }

    /// The result, as it stands at the moment `now`.
    pub fn verdict(&self, now: jiff::Timestamp) -> Verdict {
        Verdict::of(&self.catalogue, &self.tally, self.settings, now)
    }

    fn operation(&mut self, routed: &Routed<'a>, exchange: &Exchange, response: &Response) {
        let Some(position) = self.catalogue.position(routed) else { return };
        let catalogue = &*Arc::clone(&self.catalogue);
        if exchange.source.is_evidence()
            && let Some(host) = foreign_host(routed.operation, &exchange.request)
        {
            let _ = self.elsewhere.add((catalogue.operations[position].spec_index, host), 1);
        }
        let suggesting = self.suggestions.is_some() && exchange.source.is_evidence();
        let case = Case { catalogue, position, routed, exchange, response, suggesting };
        let mut found = Found { marks: std::mem::take(&mut self.marks), ..Found::default() };
        found.seen.push(Item::Operation(position));
        let request_keeps = case.request(&mut found);
        case.certain(request_keeps, &mut found);
        let promise = routed.operation.promise(response.status);
        if let Some(promise) = promise {
            case.response(promise, &mut found);
        } else {
            let draft = case.undocumented_status().suggesting(case.as_documented());
            // A refusal of a request that the documentation refuses as well.
            let deserved = found.request_fault.as_ref();
            let deserved = deserved.filter(|_| (400..500).contains(&response.status));
            found.drafts.push(match deserved {
                Some(fault) => draft.blaming(Party::Request, fault),
                None => draft,
            });
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
        let suggesting = self.suggestions.is_some() && exchange.source.is_evidence();
        let case = Case { catalogue, position, routed, exchange, response, suggesting };
        let mut found = Found { marks: std::mem::take(&mut self.marks), ..Found::default() };
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
        let mut finding = draft.finding(&subject, self.settings);
        finding.curl = repeat::command(request);
        self.tally.broken += u64::from(finding.severity == Severity::Error);
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
            if self.settings.is_off(draft.rule, subject) {
                continue;
            }
            let mut draft = draft;
            if let Some(suggestions) = &mut self.suggestions {
                let spec = self.catalogue.operations[case.position].spec_index;
                draft.edits.drain(..).for_each(|edit| suggestions.add(spec, edit));
            }
            let finding = draft.finding(&subject, self.settings);
            findings.entry(finding.key()).or_insert(finding);
        }
        let breaks = |finding: &Finding| {
            contradicts(finding)
                || (finding.rule == Rule::UndocumentedStatus && finding.severity == Severity::Error)
        };
        self.tally.broken += u64::from(findings.values().any(breaks));
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
        self.marks = found.marks;
        let curl: OnceCell<String> = OnceCell::new();
        for mut finding in findings.into_values() {
            // Told of the exchange that shows the finding, the first one.
            if !self.tally.is_known_before(&finding, &self.cassette, exchange.number) {
                finding.curl.clone_from(curl.get_or_init(|| repeat::command(&exchange.request)));
            }
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
