//! Phrases that the forms for people have in common.

use crate::check::{
    Change, End, Finding, Inconclusive, LedgerRow, Severity, Shares, State, Verdict,
};
use std::collections::HashMap;

/// `1 exchange`, `2 exchanges`.
pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// How a run ends.
pub(super) const fn ended(end: End) -> &'static str {
    match end {
        End::Conforms => "conforms",
        End::Breaks => "does not conform",
        End::NothingJudged => "nothing was judged",
    }
}

/// Operation and code of a finding, as far as it has them.
pub(super) fn subject(finding: &Finding) -> String {
    let parts = [finding.operation.as_str(), &finding.code];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What came in whose place: `429 where 200 was asked for`.
pub(super) fn inconclusive(entry: &Inconclusive) -> String {
    format!("{} where {} was asked for", entry.code, entry.wanted)
}

/// Where in the exchange a finding is.
pub(super) fn place(finding: &Finding) -> String {
    match finding.at.to_string() {
        at if at.is_empty() => "the body".to_owned(),
        at => at,
    }
}

/// The exchange that shows a finding; empty where there is none.
pub(super) fn shown_in(finding: &Finding) -> String {
    if finding.cassette.is_empty() {
        return String::new();
    }
    if finding.exchange.0 == 0 {
        return finding.cassette.to_string();
    }
    let more = match finding.exchanges {
        0 | 1 => String::new(),
        n => format!(" and {} more", counted(n - 1, "exchange")),
    };
    format!("{} exchange {}{more}", finding.cassette, finding.exchange)
}

/// Where a promise is made: page and line, and the place in the spec; empty where none was.
pub(super) fn promised(finding: &Finding) -> String {
    let promise = &finding.promise;
    let fragment =
        if promise.pointer.is_empty() { String::new() } else { format!("#{}", promise.pointer) };
    match (&promise.page, promise.line) {
        (Some(page), Some(line)) => format!("{page}:{line}  ({}{fragment})", promise.spec),
        (Some(page), None) => format!("{page}  ({}{fragment})", promise.spec),
        _ if promise.spec.is_empty() => String::new(),
        _ => format!("{}{fragment}", promise.spec),
    }
}

/// `0 of 3 proven, 2 of 3 contradicted`: states that no row is in are left out, `proven` never is.
pub(super) fn states(verdict: &Verdict) -> String {
    let rows = verdict.ledger.len();
    let count = |state: State| verdict.totals.states.get(&state).copied().unwrap_or_default();
    let told = State::ALL.into_iter().rev();
    let told = told.filter(|state| *state == State::Proven || count(*state) > 0);
    told.map(|state| format!("{} of {rows} {state}", count(state))).collect::<Vec<_>>().join(", ")
}

/// Why a row is stale; `None` where it is not.
pub(super) fn stale(row: &LedgerRow) -> Option<String> {
    let newest = row.newest.as_ref().filter(|_| row.state == State::Stale)?.at;
    Some(match row.outdated_by() {
        None => format!("the newest proof is of {newest}"),
        Some(Change::At(change)) => {
            format!("the newest proof is of {newest}, and the promise changed on {change}")
        }
        Some(Change::After(noted)) => {
            format!(
                "the newest proof is of {newest}, and the promise is not what it was on {noted}"
            )
        }
    })
}

/// `7 errors, 0 warnings, 0 for information, 0 accepted`.
pub(super) fn findings(verdict: &Verdict) -> String {
    let totals = &verdict.totals;
    let (errors, warnings) = (counted(totals.errors, "error"), counted(totals.warnings, "warning"));
    format!("{errors}, {warnings}, {} for information, {} accepted", totals.infos, totals.accepted)
}

/// What is missing of a result that is of some shares alone: `1 of 3 shares`.
pub(super) fn partial(verdict: &Verdict) -> Option<String> {
    let told = |shares: &Shares| format!("{} of {} shares", shares.have.len(), shares.of);
    let told: Vec<String> = verdict.shares.iter().map(told).collect();
    (!told.is_empty()).then(|| format!("a part of the whole: {}", told.join(", ")))
}

/// Findings that there was no room for: severity, and how often they came.
pub(super) fn unlisted(verdict: &Verdict) -> impl Iterator<Item = String> {
    let told = |(severity, times): (&Severity, &u64)| {
        format!("more findings at {severity} level, found {times} times")
    };
    verdict.totals.unlisted.iter().rev().map(told)
}

/// Which findings speak of which row of the ledger, by position. What speaks of none is `None`'s.
pub(super) fn by_row(verdict: &Verdict) -> HashMap<Option<usize>, Vec<usize>> {
    fn key(row: &LedgerRow) -> (&str, &str, &str) {
        (&row.spec, &row.operation, &row.code)
    }
    let rows: HashMap<_, usize> =
        verdict.ledger.iter().enumerate().rev().map(|(at, row)| (key(row), at)).collect();
    let mut found: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (index, judged) in verdict.findings.iter().enumerate() {
        let finding = &judged.finding;
        let (spec, operation) = (finding.promise.spec.as_str(), finding.operation.as_str());
        let class = format!("{}XX", finding.code.get(..1).unwrap_or_default());
        let row = [finding.code.as_str(), &class];
        let row = row.into_iter().find_map(|code| rows.get(&(spec, operation, code)));
        found.entry(row.copied()).or_default().push(index);
    }
    found
}
