//! The JSON form. Names, order and presence of the keys are the contract's; what we add to an
//! object comes after them.

use crate::check::{Acceptance, Coverage, End, Judged, LedgerRow, Pair, State, Totals, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Report<'v> {
    testimony: u32,
    conforms: bool,
    totals: TotalsForm,
    ledger: Vec<RowForm<'v>>,
    findings: Vec<FindingForm<'v>>,
    undocumented: Vec<UndocumentedForm<'v>>,
    unmatched: Vec<UnmatchedForm<'v>>,
    coverage: CoverageForm,
    required: Option<RequiredForm>,
    unmatched_unlisted: u64,
}

#[derive(Serialize)]
struct TotalsForm {
    exchanges: u64,
    judged: u64,
    errors: u64,
    warnings: u64,
    states: StatesForm,
    infos: u64,
    accepted: u64,
    failed: u64,
    unlisted: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct StatesForm {
    proven: u64,
    simulated: u64,
    stale: u64,
    unproven: u64,
    contradicted: u64,
}

#[derive(Serialize)]
struct RowForm<'v> {
    operation: &'v str,
    method: &'v str,
    path: &'v str,
    code: &'v str,
    state: &'static str,
    exchanges: u64,
    newest: Option<String>,
    reason: Option<&'v str>,
    spec: &'v str,
    shown_by: Option<ShownBy<'v>>,
    unclear: u64,
}

#[derive(Serialize)]
struct ShownBy<'v> {
    cassette: &'v str,
    exchange: u64,
}

#[derive(Serialize)]
struct FindingForm<'v> {
    rule: &'static str,
    severity: &'static str,
    operation: &'v str,
    code: &'v str,
    cassette: &'v str,
    exchange: u64,
    at: String,
    promise: PromiseForm<'v>,
    expected: &'v str,
    observed: &'v str,
    hint: &'v str,
    fingerprint: &'v str,
    exchanges: u64,
    accepted: Option<&'v str>,
}

#[derive(Serialize)]
struct PromiseForm<'v> {
    spec: &'v str,
    pointer: &'v str,
    page: Option<&'v str>,
    line: Option<u32>,
}

#[derive(Serialize)]
struct UndocumentedForm<'v> {
    operation: &'v str,
    code: String,
    exchanges: u64,
}

#[derive(Serialize)]
struct UnmatchedForm<'v> {
    method: &'v str,
    path: &'v str,
    exchanges: u64,
}

#[derive(Serialize)]
struct CoverageForm {
    operations: [usize; 2],
    codes: [usize; 2],
    parameters: [usize; 2],
    properties: [usize; 2],
    enum_values: [usize; 2],
    media_types: [usize; 2],
    level: u8,
}

#[derive(Serialize)]
struct RequiredForm {
    states: Vec<&'static str>,
    unmet: u64,
}

/// The result as indented JSON.
pub(super) fn render(verdict: &Verdict) -> String {
    let report = Report {
        testimony: 1,
        conforms: verdict.end == End::Conforms,
        totals: totals(&verdict.totals),
        ledger: verdict.ledger.iter().map(row).collect(),
        findings: verdict.findings.iter().map(finding).collect(),
        undocumented: verdict
            .undocumented
            .iter()
            .map(|entry| UndocumentedForm {
                operation: &entry.operation,
                code: entry.code.to_string(),
                exchanges: entry.exchanges,
            })
            .collect(),
        unmatched: verdict
            .unmatched
            .iter()
            .map(|entry| UnmatchedForm {
                method: &entry.method,
                path: &entry.path,
                exchanges: entry.exchanges,
            })
            .collect(),
        coverage: coverage(&verdict.coverage),
        required: verdict.required.as_ref().map(|states| RequiredForm {
            states: states.iter().map(|state| state.as_str()).collect(),
            unmet: verdict.totals.unmet,
        }),
        unmatched_unlisted: verdict.unmatched_unlisted,
    };
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn totals(totals: &Totals) -> TotalsForm {
    let state = |state| totals.states.get(&state).copied().unwrap_or_default();
    TotalsForm {
        exchanges: totals.exchanges,
        judged: totals.judged,
        errors: totals.errors,
        warnings: totals.warnings,
        states: StatesForm {
            proven: state(State::Proven),
            simulated: state(State::Simulated),
            stale: state(State::Stale),
            unproven: state(State::Unproven),
            contradicted: state(State::Contradicted),
        },
        infos: totals.infos,
        accepted: totals.accepted,
        failed: totals.failed,
        unlisted: totals.unlisted.iter().map(|(level, n)| (level.as_str(), *n)).collect(),
    }
}

fn row(row: &LedgerRow) -> RowForm<'_> {
    RowForm {
        operation: &row.operation,
        method: &row.method,
        path: &row.path,
        code: &row.code,
        state: row.state.as_str(),
        exchanges: row.exchanges,
        newest: row.newest.as_ref().map(|newest| newest.at.to_string()),
        reason: row.excuse.as_deref(),
        spec: &row.spec,
        shown_by: row
            .newest
            .as_ref()
            .map(|newest| ShownBy { cassette: &newest.cassette, exchange: newest.exchange.0 }),
        unclear: row.unclear,
    }
}

fn finding(judged: &Judged) -> FindingForm<'_> {
    let finding = &judged.finding;
    FindingForm {
        rule: finding.rule.id(),
        severity: finding.severity.as_str(),
        operation: &finding.operation,
        code: &finding.code,
        cassette: &finding.cassette,
        exchange: finding.exchange.0,
        at: finding.at.to_string(),
        promise: PromiseForm {
            spec: &finding.promise.spec,
            pointer: &finding.promise.pointer,
            page: finding.promise.page.as_deref(),
            line: finding.promise.line,
        },
        expected: &finding.expected,
        observed: &finding.observed,
        hint: &finding.hint,
        fingerprint: finding.fingerprint.as_str(),
        exchanges: finding.exchanges,
        accepted: match &judged.acceptance {
            Acceptance::Accepted(reason) => Some(reason),
            Acceptance::Open | Acceptance::Expired(_) => None,
        },
    }
}

fn coverage(coverage: &Coverage) -> CoverageForm {
    let pair = |pair: Pair| [pair.seen, pair.total];
    CoverageForm {
        operations: pair(coverage.operations),
        codes: pair(coverage.codes),
        parameters: pair(coverage.parameters),
        properties: pair(coverage.properties),
        enum_values: pair(coverage.enum_values),
        media_types: pair(coverage.media_types),
        level: coverage.level,
    }
}
