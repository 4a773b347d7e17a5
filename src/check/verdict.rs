use super::catalogue::Catalogue;
use super::ledger::{Cell, Sighting, State};
use super::tally::Tally;
use super::{Baseline, Coverage, Excuse, Few, Finding, Fingerprint, Settings, Severity};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// The result of a run: what every report renders, and nothing that a renderer could change.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How it ends.
    pub end: End,
    /// Counts.
    pub totals: Totals,
    /// Every operation × documented code of every spec, in spec order.
    pub ledger: Vec<LedgerRow>,
    /// Findings, worst first, then in spec order.
    pub findings: Vec<Judged>,
    /// Codes that came and are not documented, in spec order.
    pub undocumented: Vec<Undocumented>,
    /// Requests that no operation fits.
    pub unmatched: Vec<Unmatched>,
    /// How many exchanges more no operation fits.
    pub unmatched_unlisted: u64,
    /// How much of the documentation was exercised.
    pub coverage: Coverage,
    /// The states that were required.
    pub required: Option<Vec<State>>,
    /// Entries of the baseline that no finding matches.
    pub unused_baseline: Vec<Fingerprint>,
    /// Excuses that fit no row of the ledger.
    pub unused_excuses: Vec<Excuse>,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Exchanges were judged, and all that was asked for holds.
    Conforms,
    /// A finding at error level that nobody accepted, or a required state that was not reached.
    Breaks,
    /// No exchange was judged, and nothing else was wrong.
    NothingJudged,
}

/// Counts of a run. Findings count once, in however many exchanges they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Exchanges read.
    pub exchanges: u64,
    /// Exchanges judged.
    pub judged: u64,
    /// Exchanges that have no response.
    pub failed: u64,
    /// Findings at error level that are not accepted.
    pub errors: u64,
    /// Findings at warning level that are not accepted.
    pub warnings: u64,
    /// Findings at info level that are not accepted.
    pub infos: u64,
    /// Findings that the baseline accepts.
    pub accepted: u64,
    /// How often findings came that there was no room for, by severity.
    pub unlisted: BTreeMap<Severity, u64>,
    /// Rows of the ledger in each state.
    pub states: BTreeMap<State, u64>,
    /// Rows of the ledger that are in no required state and not excused.
    pub unmet: u64,
}

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Path of the spec.
    pub spec: String,
    /// Title of the spec.
    pub title: String,
    /// Id of the operation.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path template.
    pub path: String,
    /// The code, or range of codes.
    pub code: String,
    /// What is known.
    pub state: State,
    /// Exchanges that show the code.
    pub exchanges: u64,
    /// Of these, how many could not be judged wholly.
    pub unclear: u64,
    /// The newest proof; where there is none, the newest exchange.
    pub newest: Option<Sighting>,
    /// The first few exchanges that show it.
    pub shown: Few,
    /// Why the code need not be shown.
    pub excuse: Option<String>,
    /// Whether a required state is not reached.
    pub unmet: bool,
}

/// A finding with what the baseline says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// Whether it is known.
    pub acceptance: Acceptance,
}

/// What a baseline says of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// Nothing.
    Open,
    /// It is known, for this reason.
    Accepted(String),
    /// It was known for this reason, up to a moment that is past.
    Expired(String),
}

/// A code that an operation does not document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undocumented {
    /// Id of the operation.
    pub operation: String,
    /// The code.
    pub code: u16,
    /// How many exchanges have it.
    pub exchanges: u64,
}

/// A method and path that no operation fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// How many exchanges have them.
    pub exchanges: u64,
}

impl Verdict {
    /// The verdict on a tally, as it stands at the moment `now`.
    pub fn of(
        catalogue: &Catalogue<'_>,
        tally: &Tally,
        settings: &Settings,
        now: jiff::Timestamp,
    ) -> Self {
        let ledger = ledger(catalogue, &tally.cells, settings, now);
        let findings = findings(catalogue, tally, &settings.baseline, now);
        let totals = totals(tally, &ledger, &findings);
        let unlisted_errors = totals.unlisted.contains_key(&Severity::Error);
        let end = if totals.errors > 0 || unlisted_errors || totals.unmet > 0 {
            End::Breaks
        } else if tally.judged == 0 {
            End::NothingJudged
        } else {
            End::Conforms
        };
        let undocumented = tally.undocumented.iter().map(|((position, code), exchanges)| {
            let operation = catalogue.operations[*position].operation.id.to_string();
            Undocumented { operation, code: *code, exchanges: *exchanges }
        });
        let unmatched = tally.unmatched.iter().map(|((method, path), exchanges)| Unmatched {
            method: method.clone(),
            path: path.clone(),
            exchanges: *exchanges,
        });
        let known = |print: &Fingerprint| findings.iter().any(|f| f.finding.fingerprint == *print);
        let unused_baseline =
            settings.baseline.iter().map(|(print, _)| print).filter(|print| !known(print));
        let unused =
            |excuse: &&Excuse| !ledger.iter().any(|row| excuse.fits(&row.operation, &row.code));
        Self {
            end,
            undocumented: undocumented.collect(),
            unmatched: unmatched.collect(),
            unmatched_unlisted: tally.unmatched_unlisted,
            coverage: Coverage::of(catalogue, &tally.cells, &tally.seen),
            required: settings.required.clone(),
            unused_baseline: unused_baseline.cloned().collect(),
            unused_excuses: settings.excuses.iter().filter(unused).cloned().collect(),
            totals,
            ledger,
            findings,
        }
    }
}

/// How far the clock of the machine that recorded may be ahead of ours.
const CLOCKS: Duration = Duration::from_secs(24 * 60 * 60);

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
    let row = |(row, cell): (&super::catalogue::Row<'_>, &Cell)| {
        let listed = catalogue.operations[row.operation];
        let (operation, code) = (listed.operation, row.promise.code.to_string());
        let state = cell.state(recent.as_ref());
        let excuse = settings.excuse(operation.id.as_str(), &code);
        let reached = settings.required.as_ref().is_none_or(|states| states.contains(&state));
        LedgerRow {
            spec: listed.spec.path.clone(),
            title: listed.spec.title.clone(),
            operation: operation.id.to_string(),
            method: operation.method.clone(),
            path: operation.path.clone(),
            code,
            state,
            exchanges: cell.exchanges,
            unclear: cell.unclear,
            shown: cell.shown.clone(),
            newest: cell.proof.clone().or_else(|| cell.newest.clone()),
            unmet: !reached && excuse.is_none(),
            excuse: excuse.map(|excuse| excuse.reason.clone()),
        }
    };
    catalogue.rows.iter().zip(cells).map(row).collect()
}

fn findings(
    catalogue: &Catalogue<'_>,
    tally: &Tally,
    baseline: &Baseline,
    now: jiff::Timestamp,
) -> Vec<Judged> {
    let order: HashMap<&str, usize> = catalogue
        .operations
        .iter()
        .enumerate()
        .rev()
        .map(|(position, listed)| (listed.operation.id.as_str(), position))
        .collect();
    let judged = |finding: &Finding| Judged {
        acceptance: match baseline.entry(&finding.fingerprint) {
            None => Acceptance::Open,
            Some(entry) if entry.holds(now) => Acceptance::Accepted(entry.reason.clone()),
            Some(entry) => Acceptance::Expired(entry.reason.clone()),
        },
        finding: finding.clone(),
    };
    let mut findings: Vec<Judged> = tally.findings.iter().map(|(_, f)| judged(f)).collect();
    findings.sort_by_cached_key(|Judged { finding, .. }| {
        let place = order.get(finding.operation.as_str()).copied();
        let shown = (finding.cassette.clone(), finding.exchange, finding.at.clone());
        (std::cmp::Reverse(finding.severity), place, finding.code.clone(), shown, finding.rule)
    });
    findings
}

fn totals(tally: &Tally, ledger: &[LedgerRow], findings: &[Judged]) -> Totals {
    let mut totals = Totals {
        exchanges: tally.exchanges,
        judged: tally.judged,
        failed: tally.failed,
        unlisted: tally.unlisted.clone(),
        states: State::ALL.into_iter().map(|state| (state, 0)).collect(),
        unmet: ledger.iter().filter(|row| row.unmet).count() as u64,
        ..Totals::default()
    };
    for row in ledger {
        *totals.states.entry(row.state).or_default() += 1;
    }
    for Judged { finding, acceptance } in findings {
        match (acceptance, finding.severity) {
            (Acceptance::Accepted(_), _) => totals.accepted += 1,
            (_, Severity::Error) => totals.errors += 1,
            (_, Severity::Warning) => totals.warnings += 1,
            (_, Severity::Info) => totals.infos += 1,
        }
    }
    totals
}
