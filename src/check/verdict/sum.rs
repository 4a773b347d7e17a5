//! Adding results up: associative, and in any order the same.

use super::{Inconclusive, Judged, LedgerRow, Undocumented, Unmatched, Verdict};
use crate::check::bounded::{Bounded, Fold};
use crate::check::exercised::Exercised;
use crate::check::ledger::Proof;
use crate::check::share::Shares;
use crate::check::tally::{FINDINGS, UNMATCHED};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Why results can't be added up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumError {
    /// They were come to in different ways.
    #[error("judged under other settings, or by another version, than the results before it")]
    Settings,
    /// A spec has changed between them.
    #[error("{0}: another state of this spec than in the results before it")]
    Spec(String),
    /// One of them is not what was written.
    #[error("{0}: its ledger is not that of the results before it")]
    Ledger(String),
    /// The same share twice.
    #[error("share {number}/{of} was added already")]
    Twice {
        /// Which share.
        number: u32,
        /// Of how many.
        of: u32,
    },
}

/// The sum of two results.
pub fn sum(left: Verdict, right: Verdict) -> Result<Verdict, SumError> {
    if left.settings != right.settings || left.required != right.required {
        return Err(SumError::Settings);
    }
    let mut totals = left.totals;
    totals.exchanges = totals.exchanges.saturating_add(right.totals.exchanges);
    totals.judged = totals.judged.saturating_add(right.totals.judged);
    totals.failed = totals.failed.saturating_add(right.totals.failed);
    for (severity, times) in right.totals.unlisted {
        totals.unlisted.entry(severity).or_default().fold(times);
    }
    let mut findings = Bounded::new(FINDINGS);
    for judged in left.findings.into_iter().chain(right.findings) {
        if let Some((_, dropped)) = findings.add(judged.finding.key(), judged) {
            let finding = dropped.finding;
            totals.unlisted.entry(finding.severity).or_default().fold(finding.exchanges);
        }
    }
    let mut unmatched_unlisted = left.unmatched_unlisted.saturating_add(right.unmatched_unlisted);
    let mut unmatched = Bounded::new(UNMATCHED);
    for Unmatched { method, path, exchanges } in left.unmatched.into_iter().chain(right.unmatched) {
        let dropped = unmatched.add((method, path), exchanges);
        unmatched_unlisted.fold(dropped.map_or(0, |(_, exchanges)| exchanges));
    }
    let unmatched = unmatched.into_pairs().map(|((method, path), exchanges)| Unmatched {
        method,
        path,
        exchanges,
    });
    let (specs, ledger) = ledgers((left.specs, left.ledger), (right.specs, right.ledger))?;
    let mut verdict = Verdict {
        totals,
        ledger,
        findings: findings.into_pairs().map(|(_, judged)| judged).collect(),
        undocumented: Undocumented::each_once(
            left.undocumented.into_iter().chain(right.undocumented),
        ),
        inconclusive: Inconclusive::each_once(
            left.inconclusive.into_iter().chain(right.inconclusive),
        ),
        unmatched: unmatched.collect(),
        unmatched_unlisted,
        unused_baseline: common(left.unused_baseline, &right.unused_baseline),
        unused_excuses: common(left.unused_excuses, &right.unused_excuses),
        specs,
        shares: shares(left.shares, right.shares)?,
        end: left.end,
        coverage: left.coverage,
        required: left.required,
        settings: left.settings,
    };
    verdict.settle();
    Ok(verdict)
}

type Part = (Vec<Exercised>, Vec<LedgerRow>);

/// The specs of both, and the rows of both added up. Where their specs are not the same ones, those
/// of the sum are in the order of their paths.
fn ledgers(left: Part, right: Part) -> Result<Part, SumError> {
    let paths = |part: &Part| part.0.iter().map(|spec| spec.path.clone()).collect::<Vec<_>>();
    let is_same = paths(&left) == paths(&right);
    let mut order = Vec::new();
    let mut all: BTreeMap<String, (Exercised, Vec<LedgerRow>)> = BTreeMap::new();
    for (specs, mut rows) in [left, right] {
        for spec in specs {
            let of_spec: Vec<LedgerRow> =
                rows.extract_if(.., |row| row.spec == spec.path).collect();
            match all.entry(spec.path.clone()) {
                Entry::Vacant(entry) => {
                    order.push(spec.path.clone());
                    entry.insert((spec, of_spec));
                }
                Entry::Occupied(mut entry) => {
                    let (path, (seen, known)) = (spec.path.clone(), entry.get_mut());
                    let same = seen.digest == spec.digest && seen.unite(spec).is_some();
                    same.then_some(()).ok_or(SumError::Spec(path.clone()))?;
                    add_rows(known, of_spec).ok_or(SumError::Ledger(path))?;
                }
            }
        }
    }
    if !is_same {
        order.sort();
    }
    let parts = order.iter().filter_map(|path| all.remove(path));
    let (specs, rows): (Vec<_>, Vec<_>) = parts.unzip();
    Ok((specs, rows.into_iter().flatten().collect()))
}

fn add_rows(known: &mut [LedgerRow], others: Vec<LedgerRow>) -> Option<()> {
    let name = |row: &LedgerRow| {
        (row.operation.clone(), row.method.clone(), row.path.clone(), row.code.clone())
    };
    if known.len() != others.len() {
        return None;
    }
    for (row, other) in known.iter_mut().zip(others) {
        (name(row) == name(&other) && row.changed == other.changed).then_some(())?;
        // What was tampered with must not add up to nought.
        row.exchanges.fold(other.exchanges);
        row.broken.fold(other.broken);
        row.simulated.fold(other.simulated);
        row.unclear.fold(other.unclear);
        // The newest proof; where there is none, the newest exchange.
        let proven = |row: &LedgerRow| row.proof > Proof::None;
        if (proven(&other), &other.newest) > (proven(row), &row.newest) {
            (row.proof, row.newest) = (other.proof, other.newest);
        }
        row.shown.fold(other.shown);
    }
    Some(())
}

impl Fold for Judged {
    fn fold(&mut self, other: Self) {
        self.finding.fold(other.finding);
        // What has expired in one of them has.
        if other.acceptance > self.acceptance {
            self.acceptance = other.acceptance;
        }
    }
}

impl Undocumented {
    /// Adds up what is of the same operation and code.
    pub(super) fn each_once(entries: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut sums: BTreeMap<(String, u16), u64> = BTreeMap::new();
        for Self { operation, code, exchanges } in entries {
            sums.entry((operation, code)).or_default().fold(exchanges);
        }
        let one = |((operation, code), exchanges)| Self { operation, code, exchanges };
        sums.into_iter().map(one).collect()
    }
}

impl Inconclusive {
    /// Adds up what is of the same operation and codes.
    pub(super) fn each_once(entries: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut sums: BTreeMap<(String, u16, u16), u64> = BTreeMap::new();
        for Self { operation, wanted, code, exchanges } in entries {
            sums.entry((operation, wanted, code)).or_default().fold(exchanges);
        }
        let one =
            |((operation, wanted, code), exchanges)| Self { operation, wanted, code, exchanges };
        sums.into_iter().map(one).collect()
    }
}

fn common<T: PartialEq>(mut left: Vec<T>, right: &[T]) -> Vec<T> {
    left.retain(|item| right.contains(item));
    left
}

/// The shares of both, without those pieces of work of which all shares are there.
fn shares(mut all: Vec<Shares>, others: Vec<Shares>) -> Result<Vec<Shares>, SumError> {
    for other in others {
        let Some(same) = all.iter_mut().find(|one| one.work == other.work && one.of == other.of)
        else {
            all.push(other);
            continue;
        };
        if let Some(number) = same.have.intersection(&other.have).next() {
            return Err(SumError::Twice { number: *number, of: other.of });
        }
        same.have.extend(other.have);
    }
    all.retain(|shares| !shares.is_whole());
    all.sort_by_key(|shares| (shares.work.hex(), shares.of));
    Ok(all)
}
