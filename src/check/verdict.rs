mod settle;
mod sum;

pub use sum::{SumError, sum};

use super::exercised::Exercised;
use super::ledger::{Proof, Sighting, State};
use super::share::Shares;
use super::{Change, Coverage, Excuse, Few, Finding, Fingerprint, Severity};
use crate::exchange::Digest;
use std::collections::BTreeMap;

/// The result of a run: what every report renders, and nothing that a renderer could change.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Fresh answers of a gateway that prove nothing of what was asked for, in spec order.
    pub inconclusive: Vec<Inconclusive>,
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
    /// The specs, in order, and what was seen of them.
    pub specs: Vec<Exercised>,
    /// Digest of the settings that it was come to by.
    pub settings: Digest,
    /// The shares of the work that it is of, where these are not all.
    pub shares: Vec<Shares>,
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
    /// Whether a provider's own answer shows the code and keeps its promise.
    pub proof: Proof,
    /// The last change of the promise, as far as it is known.
    pub changed: Option<Change>,
    /// Exchanges that show the code.
    pub exchanges: u64,
    /// Of these, how many break the promise.
    pub broken: u64,
    /// Of these, how many keep the promise and are of our own servers, or were changed by hand.
    pub simulated: u64,
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

impl LedgerRow {
    /// What makes a stale proof stale, where that is a change of the promise.
    pub fn outdated_by(&self) -> Option<Change> {
        let stale = self.newest.as_ref().filter(|_| self.state == State::Stale)?;
        self.changed.filter(|change| change.outdates(stale.at))
    }
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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

/// A gateway's answer in the place of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inconclusive {
    /// Id of the operation.
    pub operation: String,
    /// The code that was asked for.
    pub wanted: u16,
    /// The code that came.
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
