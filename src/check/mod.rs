//! Judges exchanges against what specs promise: rules, findings, ledger, baseline. Pure.
//!
//! A [`Judge`] takes exchanges one at a time and adds up what they show in a [`Tally`], which merges
//! in any order; a [`Verdict`] is the tally with a user's [`Settings`] applied, ready to be rendered.
//! Findings are data and never errors.

mod baseline;
mod bounded;
mod catalogue;
mod coverage;
mod finding;
mod fingerprint;
mod judge;
mod ledger;
mod location;
mod rule;
mod settings;
mod severity;
mod shape;
mod shown;
mod tally;
mod verdict;

pub use baseline::{Baseline, BaselineError};
pub use coverage::{Coverage, Pair};
pub use finding::{Finding, PromiseReference};
pub use fingerprint::Fingerprint;
pub use judge::Judge;
pub use ledger::{Bearing, Sighting, State};
pub use location::Location;
pub use rule::Rule;
pub use settings::{Excuse, Override, Settings, Subject};
pub use severity::Severity;
pub use shown::{Few, Shown};
pub use tally::Tally;
pub use verdict::{Acceptance, End, Judged, LedgerRow, Totals, Undocumented, Unmatched, Verdict};
