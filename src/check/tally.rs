use super::bounded::{Bounded, Fold};
use super::catalogue::{Catalogue, Item};
use super::finding::Finding;
use super::ledger::{Bearing, Cell, Sighting};
use super::{Fingerprint, Severity};
use crate::exchange::{ExchangeNumber, Source};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Most different findings that are kept, worst first; the rest is counted.
pub const FINDINGS: usize = 10_000;

/// Most different methods and paths without an operation that are kept; the rest is counted.
pub const UNMATCHED: usize = 1_000;

/// What exchanges have shown, without any verdict yet: it adds up in any order and grouping, and
/// its size is bounded by the specs and not by the number of exchanges. Tallies add up when they
/// are of the same [`Catalogue`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Exchanges read.
    pub exchanges: u64,
    /// Exchanges whose response was held to an operation's promises.
    pub judged: u64,
    /// Exchanges without a response: the transport failed.
    pub failed: u64,
    /// How often an exchange broke what it was held to, each promise for itself.
    pub broken: u64,
    /// One for each row of the ledger.
    pub cells: Vec<Cell>,
    /// Findings by severity and fingerprint.
    pub findings: Bounded<(Reverse<Severity>, Fingerprint), Finding>,
    /// How often findings came that [`Tally::findings`] has no room for.
    pub unlisted: BTreeMap<Severity, u64>,
    /// Codes that an operation (by position) does not document.
    pub undocumented: BTreeMap<(usize, u16), u64>,
    /// Fresh answers of a gateway where another was asked for: operation by position, code wanted, code that came.
    pub inconclusive: BTreeMap<(usize, u16, u16), u64>,
    /// Requests that no operation fits, by method and path.
    pub unmatched: Bounded<(String, String), u64>,
    /// How many more there were.
    pub unmatched_unlisted: u64,
    /// What of the documentation was seen.
    pub seen: HashSet<Item>,
}

impl Tally {
    /// Nothing yet, of these specs.
    pub fn new(catalogue: &Catalogue<'_>) -> Self {
        Self::with_rows(catalogue.rows.len())
    }

    /// Nothing yet, of specs with so many rows; what is shown of others is passed over.
    pub fn with_rows(rows: usize) -> Self {
        Self {
            exchanges: 0,
            judged: 0,
            failed: 0,
            broken: 0,
            cells: vec![Cell::default(); rows],
            findings: Bounded::new(FINDINGS),
            unlisted: BTreeMap::new(),
            undocumented: BTreeMap::new(),
            inconclusive: BTreeMap::new(),
            unmatched: Bounded::new(UNMATCHED),
            unmatched_unlisted: 0,
            seen: HashSet::new(),
        }
    }

    /// Adds a finding.
    pub fn find(&mut self, finding: Finding) {
        if let Some((_, dropped)) = self.findings.add(finding.key(), finding) {
            *self.unlisted.entry(dropped.severity).or_default() += dropped.exchanges;
        }
    }

    /// Whether an earlier exchange shows the same finding, so that it stays the one that is told.
    pub fn is_known_before(
        &self,
        finding: &Finding,
        cassette: &str,
        exchange: ExchangeNumber,
    ) -> bool {
        let known = self.findings.get(&finding.key());
        known.is_some_and(|known| (&*known.cassette, known.exchange) < (cassette, exchange))
    }

    /// Notes that an exchange shows the code of a ledger row.
    pub fn show(&mut self, row: usize, bearing: Bearing, source: Source, sighting: Sighting) {
        if let Some(cell) = self.cells.get_mut(row) {
            cell.add(bearing, source, sighting);
        }
    }

    /// Notes a request that no operation fits.
    pub fn miss(&mut self, method: &str, path: &str) {
        let dropped = self.unmatched.add((method.to_owned(), path.to_owned()), 1);
        self.unmatched_unlisted += dropped.map_or(0, |(_, exchanges)| exchanges);
    }

    /// Adds another tally of the same catalogue. Associative, and the order does not matter.
    pub fn merge(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.judged += other.judged;
        self.failed += other.failed;
        self.broken += other.broken;
        for (cell, theirs) in self.cells.iter_mut().zip(other.cells) {
            cell.fold(theirs);
        }
        for (_, finding) in other.findings.into_pairs() {
            self.find(finding);
        }
        for (severity, times) in other.unlisted {
            *self.unlisted.entry(severity).or_default() += times;
        }
        for (key, exchanges) in other.undocumented {
            *self.undocumented.entry(key).or_default() += exchanges;
        }
        for (key, exchanges) in other.inconclusive {
            *self.inconclusive.entry(key).or_default() += exchanges;
        }
        for (key, exchanges) in other.unmatched.into_pairs() {
            let dropped = self.unmatched.add(key, exchanges);
            self.unmatched_unlisted += dropped.map_or(0, |(_, exchanges)| exchanges);
        }
        self.unmatched_unlisted += other.unmatched_unlisted;
        self.seen.extend(other.seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::PromiseReference;
    use crate::check::{Few, Location, Rule};
    use proptest::prelude::*;

    /// Something that one exchange adds.
    #[derive(Debug, Clone)]
    enum Event {
        Shown(usize, Bearing, Source, i64),
        Found(Severity, u8, u8, u64),
        Missed(u8),
        Undocumented(usize, u16),
        Seen(usize),
        Failed,
    }

    fn event() -> impl Strategy<Value = Event> {
        let bearing =
            prop_oneof![Just(Bearing::Keeps), Just(Bearing::Breaks), Just(Bearing::Unclear)];
        let source = prop_oneof![Just(Source::Live), Just(Source::Mock), Just(Source::Imported)];
        let severity =
            prop_oneof![Just(Severity::Info), Just(Severity::Warning), Just(Severity::Error)];
        prop_oneof![
            (0usize..3, bearing, source, 0i64..50)
                .prop_map(|(r, b, s, t)| Event::Shown(r, b, s, t)),
            (severity, 0u8..9, 0u8..3, 0u64..5).prop_map(|(s, f, c, n)| Event::Found(s, f, c, n)),
            (0u8..9).prop_map(Event::Missed),
            (0usize..2, 400u16..405).prop_map(|(o, c)| Event::Undocumented(o, c)),
            (0usize..4).prop_map(Event::Seen),
            Just(Event::Failed),
        ]
    }

    fn tally(events: &[Event]) -> Tally {
        let mut tally = Tally::with_rows(3);
        tally.findings = Bounded::new(4);
        tally.unmatched = Bounded::new(4);
        for event in events {
            tally.exchanges += 1;
            apply(&mut tally, event);
        }
        tally
    }

    fn apply(tally: &mut Tally, event: &Event) {
        match event {
            Event::Shown(row, bearing, source, second) => {
                tally.judged += 1;
                let at = jiff::Timestamp::from_second(*second).unwrap();
                let sighting = Sighting { at, cassette: "a".into(), exchange: ExchangeNumber(1) };
                tally.show(*row, *bearing, *source, sighting);
            }
            Event::Found(severity, fault, cassette, number) => tally.find(Finding {
                rule: Rule::ResponseSchema,
                severity: *severity,
                operation: String::new(),
                code: "200".into(),
                cassette: format!("{cassette}.cassette").into(),
                exchange: ExchangeNumber(*number),
                at: Location::Status,
                promise: PromiseReference::default(),
                expected: String::new(),
                observed: format!("{number}"),
                hint: String::new(),
                blame: None,
                curl: String::new(),
                fingerprint: Fingerprint::of(Rule::ResponseSchema, &[&fault.to_string()]),
                exchanges: 1,
                shown: Few::default(),
            }),
            Event::Missed(path) => tally.miss("GET", &format!("/{path}")),
            Event::Undocumented(operation, code) => {
                *tally.undocumented.entry((*operation, *code)).or_default() += 1;
            }
            Event::Seen(operation) => {
                tally.seen.insert(Item::Operation(*operation));
            }
            Event::Failed => tally.failed += 1,
        }
    }

    fn sum(mut left: Tally, right: &Tally) -> Tally {
        left.merge(right.clone());
        left
    }

    proptest! {
        #[test]
        fn tallies_add_up_in_any_order_and_grouping(
            a in prop::collection::vec(event(), 0..30),
            b in prop::collection::vec(event(), 0..30),
            c in prop::collection::vec(event(), 0..30),
        ) {
            let whole = tally(&[a.clone(), b.clone(), c.clone()].concat());
            let [a, b, c] = [&a, &b, &c].map(|events| tally(events));
            prop_assert_eq!(sum(sum(a.clone(), &b), &c), whole.clone());
            prop_assert_eq!(sum(a.clone(), &sum(b.clone(), &c)), whole.clone());
            prop_assert_eq!(sum(c, &sum(b, &a)), whole.clone());
            prop_assert_eq!(sum(tally(&[]), &whole), whole);
        }
    }
}
