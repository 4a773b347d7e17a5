//! The JSON form. Names, order and presence of the keys are the contract's; what we add to an
//! object comes after them, and all of it together is enough to add results up.

mod read;
mod write;

pub use read::ReadError;
pub(super) use read::read;
pub(super) use write::render;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

type Text<'v> = Cow<'v, str>;

#[derive(Serialize, Deserialize)]
struct Report<'v> {
    testimony: u32,
    conforms: bool,
    totals: TotalsForm<'v>,
    ledger: Vec<RowForm<'v>>,
    findings: Vec<FindingForm<'v>>,
    undocumented: Vec<UndocumentedForm<'v>>,
    unmatched: Vec<UnmatchedForm<'v>>,
    /// There only where there is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inconclusive: Vec<InconclusiveForm<'v>>,
    coverage: CoverageForm,
    required: Option<RequiredForm<'v>>,
    unmatched_unlisted: u64,
    specs: Vec<SpecForm<'v>>,
    settings: Text<'v>,
    shares: Vec<SharesForm<'v>>,
}

/// A spec, and which of the things that it documents were seen: of how many things of a kind, and the
/// positions of those seen, from 0.
#[derive(Serialize, Deserialize)]
struct SpecForm<'v> {
    path: Text<'v>,
    title: Text<'v>,
    sha256: Text<'v>,
    seen: BTreeMap<Text<'v>, MarksForm<'v>>,
}

#[derive(Serialize, Deserialize)]
struct MarksForm<'v> {
    of: usize,
    at: Text<'v>,
}

/// The shares of a piece of work that the result has, where these are not all.
#[derive(Serialize, Deserialize)]
struct SharesForm<'v> {
    work: Text<'v>,
    of: u32,
    have: Vec<u32>,
}

#[derive(Serialize, Deserialize)]
struct TotalsForm<'v> {
    exchanges: u64,
    judged: u64,
    errors: u64,
    warnings: u64,
    states: StatesForm,
    infos: u64,
    accepted: u64,
    failed: u64,
    unlisted: BTreeMap<Text<'v>, u64>,
}

#[derive(Serialize, Deserialize)]
struct InconclusiveForm<'v> {
    operation: Text<'v>,
    wanted: Text<'v>,
    code: Text<'v>,
    exchanges: u64,
}

#[derive(Serialize, Deserialize)]
struct StatesForm {
    proven: u64,
    simulated: u64,
    stale: u64,
    unproven: u64,
    contradicted: u64,
}

#[derive(Serialize, Deserialize)]
struct RowForm<'v> {
    operation: Text<'v>,
    method: Text<'v>,
    path: Text<'v>,
    code: Text<'v>,
    state: Text<'v>,
    exchanges: u64,
    newest: Option<Text<'v>>,
    reason: Option<Text<'v>>,
    spec: Text<'v>,
    shown_by: Option<ShownBy<'v>>,
    unclear: u64,
    broken: u64,
    simulated: u64,
    proof: Option<Text<'v>>,
    changed: Option<ChangeForm<'v>>,
    shown: Vec<ShownForm<'v>>,
}

/// The last change of a promise; where `known` is false it came at some time after.
#[derive(Serialize, Deserialize)]
struct ChangeForm<'v> {
    at: Text<'v>,
    known: bool,
}

/// One of the first few exchanges that show a code or a finding.
#[derive(Serialize, Deserialize)]
struct ShownForm<'v> {
    cassette: Text<'v>,
    exchange: u64,
    source: Text<'v>,
    bearing: Text<'v>,
}

#[derive(Serialize, Deserialize)]
struct ShownBy<'v> {
    cassette: Text<'v>,
    exchange: u64,
}

#[derive(Serialize, Deserialize)]
struct FindingForm<'v> {
    rule: Text<'v>,
    severity: Text<'v>,
    operation: Text<'v>,
    code: Text<'v>,
    cassette: Text<'v>,
    exchange: u64,
    at: Text<'v>,
    promise: PromiseForm<'v>,
    expected: Text<'v>,
    observed: Text<'v>,
    hint: Text<'v>,
    fingerprint: Text<'v>,
    exchanges: u64,
    accepted: Option<Text<'v>>,
    expired: Option<Text<'v>>,
    shown: Vec<ShownForm<'v>>,
    blame: Option<BlameForm<'v>>,
    curl: Text<'v>,
}

/// Where the evidence points.
#[derive(Serialize, Deserialize)]
struct BlameForm<'v> {
    on: Text<'v>,
    evidence: Text<'v>,
}

#[derive(Serialize, Deserialize)]
struct PromiseForm<'v> {
    spec: Text<'v>,
    pointer: Text<'v>,
    page: Option<Text<'v>>,
    line: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct UndocumentedForm<'v> {
    operation: Text<'v>,
    code: Text<'v>,
    exchanges: u64,
}

#[derive(Serialize, Deserialize)]
struct UnmatchedForm<'v> {
    method: Text<'v>,
    path: Text<'v>,
    exchanges: u64,
}

#[derive(Serialize, Deserialize)]
struct CoverageForm {
    operations: [usize; 2],
    codes: [usize; 2],
    parameters: [usize; 2],
    properties: [usize; 2],
    enum_values: [usize; 2],
    media_types: [usize; 2],
    level: u8,
}

#[derive(Serialize, Deserialize)]
struct RequiredForm<'v> {
    states: Vec<Text<'v>>,
    unmet: u64,
}
