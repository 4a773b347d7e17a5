//! A tally with the settings applied, and what of a verdict follows from the rest of it.

use super::{
    Acceptance, End, Inconclusive, Judged, LedgerRow, Totals, Undocumented, Unmatched, Verdict,
};
use crate::check::catalogue::{Catalogue, Row};
use crate::check::exercised::Exercised;
use crate::check::ledger::{Cell, State};
use crate::check::register::changes;
use crate::check::share::Shares;
use crate::check::tally::Tally;
use crate::check::{Baseline, Coverage, Excuse, Finding, Fingerprint, Settings, Severity};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How far the clock of the machine that recorded may be ahead of ours.
const CLOCKS: Duration = Duration::from_secs(24 * 60 * 60);

impl Verdict {
    /// The verdict on a tally, as it stands at the moment `now`.
    pub fn of(
        catalogue: &Catalogue<'_>,
        tally: &Tally,
        settings: &Settings,
        now: jiff::Timestamp,
    ) -> Self {
        let undocumented = tally.undocumented.iter().map(|((position, code), exchanges)| {
            let operation = catalogue.operations[*position].operation.id.to_string();
            Undocumented { operation, code: *code, exchanges: *exchanges }
        });
        let inconclusive =
            tally.inconclusive.iter().map(|((position, wanted, code), exchanges)| {
                let operation = catalogue.operations[*position].operation.id.to_string();
                Inconclusive { operation, wanted: *wanted, code: *code, exchanges: *exchanges }
            });
        let unmatched = tally.unmatched.iter().map(|((method, path), exchanges)| Unmatched {
            method: method.clone(),
            path: path.clone(),
            exchanges: *exchanges,
        });
        let mut verdict = Self {
            end: End::NothingJudged,
            totals: Totals {
                exchanges: tally.exchanges,
                judged: tally.judged,
                failed: tally.failed,
                unlisted: tally.unlisted.clone(),
                ..Totals::default()
            },
            ledger: ledger(catalogue, &tally.cells, settings, now),
            findings: tally
                .findings
                .iter()
                .map(|(_, finding)| judged(finding, &settings.baseline, now))
                .collect(),
            undocumented: Undocumented::each_once(undocumented),
            inconclusive: Inconclusive::each_once(inconclusive),
            unmatched: unmatched.collect(),
            unmatched_unlisted: tally.unmatched_unlisted,
            coverage: Coverage::default(),
            required: settings.required.clone(),
            unused_baseline: Vec::new(),
            unused_excuses: Vec::new(),
            specs: Exercised::of(catalogue, &tally.seen),
            settings: settings.digest(),
            shares: Vec::new(),
        };
        verdict.settle();
        verdict.note_unused(settings);
        verdict
    }

    /// The verdict as that of a share of the work.
    #[must_use]
    pub fn of_share(mut self, shares: Shares) -> Self {
        self.shares = Some(shares).filter(|shares| !shares.is_whole()).into_iter().collect();
        self.settle();
        self
    }

    /// The verdict with what follows from its parts worked out anew.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.settle();
        self
    }

    /// Whether all that was asked for holds. Of a share nobody knows that.
    pub fn conforms(&self) -> bool {
        self.end == End::Conforms && self.shares.is_empty()
    }

    /// Works out what follows: the order, the coverage, the totals, the end.
    pub(super) fn settle(&mut self) {
        self.arrange();
        self.coverage = Coverage::of(&self.specs, &self.ledger);
        let totals = &mut self.totals;
        (totals.errors, totals.warnings, totals.infos, totals.accepted) = (0, 0, 0, 0);
        totals.states = State::ALL.into_iter().map(|state| (state, 0)).collect();
        for row in &mut self.ledger {
            row.state = State::of(row.broken, row.proof, row.simulated);
            let reached = self.required.as_ref().is_none_or(|states| states.contains(&row.state));
            row.unmet = !reached && row.excuse.is_none();
            *totals.states.entry(row.state).or_default() += 1;
        }
        totals.unmet = self.ledger.iter().filter(|row| row.unmet).count() as u64;
        for Judged { finding, acceptance } in &self.findings {
            match (acceptance, finding.severity) {
                (Acceptance::Accepted(_), _) => totals.accepted += 1,
                (_, Severity::Error) => totals.errors += 1,
                (_, Severity::Warning) => totals.warnings += 1,
                (_, Severity::Info) => totals.infos += 1,
            }
        }
        let unlisted_errors = totals.unlisted.contains_key(&Severity::Error);
        // What is shown by no exchange of a share may be shown in another.
        let unmet = totals.unmet > 0 && self.shares.is_empty();
        self.end = if totals.errors > 0 || unlisted_errors || unmet {
            End::Breaks
        } else if totals.judged == 0 {
            End::NothingJudged
        } else {
            End::Conforms
        };
    }

    /// Findings worst first, then they and undocumented codes in spec order.
    fn arrange(&mut self) {
        let mut operations: HashMap<&str, usize> = HashMap::new();
        for (place, row) in self.ledger.iter().enumerate() {
            operations.entry(&row.operation).or_insert(place);
        }
        self.findings.sort_by_cached_key(|Judged { finding, .. }| {
            // What is of no operation comes first, and one that documents no code last.
            let place = operations.get(finding.operation.as_str()).copied().unwrap_or(usize::MAX);
            let place = (!finding.operation.is_empty()).then(|| (place, finding.operation.clone()));
            let shown = (finding.cassette.clone(), finding.exchange, finding.at.clone());
            let told_apart = (finding.rule, finding.fingerprint.clone());
            (Reverse(finding.severity), place, finding.code.clone(), shown, told_apart)
        });
        self.inconclusive.sort_by_cached_key(|entry| {
            let place = operations.get(entry.operation.as_str()).copied().unwrap_or(usize::MAX);
            (place, entry.operation.clone(), entry.wanted, entry.code)
        });
        self.undocumented.sort_by_cached_key(|entry| {
            let place = operations.get(entry.operation.as_str()).copied().unwrap_or(usize::MAX);
            (place, entry.operation.clone(), entry.code)
        });
    }

    fn note_unused(&mut self, settings: &Settings) {
        let known: HashSet<&Fingerprint> =
            self.findings.iter().map(|judged| &judged.finding.fingerprint).collect();
        let prints = settings.baseline.iter().map(|(print, _)| print);
        self.unused_baseline = prints.filter(|print| !known.contains(print)).cloned().collect();
        let unused = |excuse: &&Excuse| {
            !self.ledger.iter().any(|row| excuse.fits(&row.operation, &row.code))
        };
        self.unused_excuses = settings.excuses.iter().filter(unused).cloned().collect();
    }
}

fn ledger(
    catalogue: &Catalogue<'_>,
    cells: &[Cell],
    settings: &Settings,
    now: jiff::Timestamp,
) -> Vec<LedgerRow> {
    let recent = settings.max_age.map(|age| {
        // An age beyond the calendar makes nothing stale.
        let oldest = now.checked_sub(age).unwrap_or(jiff::Timestamp::MIN);
        oldest..=now.checked_add(CLOCKS).unwrap_or(jiff::Timestamp::MAX)
    });
    let changes = changes(catalogue, settings.register.as_ref());
    let row = |((row, cell), changed): ((&Row<'_>, &Cell), _)| {
        let listed = catalogue.operations[row.operation];
        let (operation, code) = (listed.operation, row.promise.code.to_string());
        let excuse = settings.excuse(operation.id.as_str(), &code);
        LedgerRow {
            spec: listed.spec.path.clone(),
            title: listed.spec.title.clone(),
            operation: operation.id.to_string(),
            method: operation.method.clone(),
            path: operation.path.clone(),
            code,
            state: State::Unproven,
            proof: cell.standing(recent.as_ref(), changed),
            changed,
            exchanges: cell.exchanges,
            broken: cell.broken,
            simulated: cell.simulated,
            unclear: cell.unclear,
            shown: cell.shown.clone(),
            newest: cell.proof.clone().or_else(|| cell.newest.clone()),
            unmet: false,
            excuse: excuse.map(|excuse| excuse.reason.clone()),
        }
    };
    catalogue.rows.iter().zip(cells).zip(changes).map(row).collect()
}

fn judged(finding: &Finding, baseline: &Baseline, now: jiff::Timestamp) -> Judged {
    let acceptance = match baseline.entry(&finding.fingerprint) {
        None => Acceptance::Open,
        Some(entry) if entry.holds(now) => Acceptance::Accepted(entry.reason.clone()),
        Some(entry) => Acceptance::Expired(entry.reason.clone()),
    };
    Judged { finding: finding.clone(), acceptance }
}
