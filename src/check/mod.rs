//! Judges exchanges against what specs promise: rules, findings, ledger, baseline. Pure.
//!
//! A [`Judge`] takes exchanges one at a time and adds up what they show in a [`Tally`], which merges
//! in any order; a [`Verdict`] is the tally with a user's [`Settings`] applied, ready to be rendered.
//! Findings are data and never errors.

mod baseline;
mod bounded;
mod catalogue;
mod coverage;
mod exercised;
mod finding;
mod fingerprint;
mod judge;
mod ledger;
mod location;
mod marks;
mod planting;
mod rule;
mod settings;
mod severity;
mod shape;
mod share;
mod shown;
mod suggest;
mod tally;
mod verdict;

pub use baseline::{Baseline, BaselineError};
pub use coverage::{Coverage, Pair};
pub use exercised::{Exercised, Kind};
pub use finding::{Blame, Finding, Party, PromiseReference, quoted};
pub use fingerprint::Fingerprint;
pub use judge::Judge;
pub use ledger::{Bearing, Proof, Sighting, State};
pub use location::Location;
pub use marks::Marks;
pub use planting::{
    Catch, FalseFinding, LeftOut, Missed, Mistake, Planted, PromiseName, Specimen, Trial,
    TrialResult,
};
pub use rule::Rule;
pub use settings::{Excuse, Override, Settings, Subject};
pub use severity::Severity;
pub use share::{Deal, Share, Shares};
pub use shown::{Few, Shown};
pub use suggest::{Form, Suggestions};
pub use tally::Tally;
pub use verdict::{
    Acceptance, End, Inconclusive, Judged, LedgerRow, SumError, Totals, Undocumented, Unmatched,
    Verdict, sum,
};
