//! The form for people: what is wrong first in detail, the ledger at a glance, and a line that sums
//! up. Every count is given as n of N.

use super::matrix::{self, LEGEND};
use super::paint::{Paint, Tone};
use super::wording::{self, counted, place, promised, shown_in, subject};
use crate::check::{Acceptance, Blame, End, Judged, LedgerRow, Severity, Verdict};
use std::fmt::Write as _;

/// Most findings at info level that are written out.
const INFOS: usize = 20;

/// The result as text.
pub(super) fn render(verdict: &Verdict, paint: Paint) -> String {
    let mut out = String::new();
    ledger(&mut out, verdict, paint);
    findings(&mut out, verdict, paint);
    excused(&mut out, verdict);
    stale(&mut out, verdict);
    unmatched(&mut out, verdict);
    summary(&mut out, verdict, paint);
    out
}

fn ledger(out: &mut String, verdict: &Verdict, paint: Paint) {
    let rows: Vec<&LedgerRow> = verdict.ledger.iter().collect();
    for rows in rows.chunk_by(|a, b| a.spec == b.spec) {
        if let Some(first) = rows.first() {
            let head = paint.tone(Tone::Strong, &first.title);
            let _ = writeln!(out, "{head}  {}", first.spec);
            out.push_str(&matrix::draw(rows, paint));
            out.push('\n');
        }
    }
    if !rows.is_empty() {
        let _ = writeln!(out, "{LEGEND}\n");
    }
}

fn findings(out: &mut String, verdict: &Verdict, paint: Paint) {
    let mut infos = 0;
    for judged in &verdict.findings {
        if judged.finding.severity == Severity::Info {
            infos += 1;
            if infos > INFOS {
                continue;
            }
        }
        finding(out, judged, paint);
    }
    if infos > INFOS {
        let more = infos - INFOS;
        let _ = writeln!(out, "and {more} findings more at info level: see `--format json`\n");
    }
    for more in wording::unlisted(verdict) {
        let _ = writeln!(out, "and {more}\n");
    }
}

fn finding(out: &mut String, judged: &Judged, paint: Paint) {
    let finding = &judged.finding;
    let tone = match finding.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Doubtful,
        Severity::Info => Tone::Quiet,
    };
    let head = paint.tone(tone, &format!("{}[{}]", finding.severity, finding.rule));
    if finding.cassette.is_empty() {
        let _ = writeln!(out, "{head} {}", finding.promise.spec);
    } else {
        let _ = writeln!(out, "{head} {}: {}", subject(finding), place(finding));
        let _ = writeln!(out, "  in        {}", shown_in(finding));
    }
    let promised = promised(finding);
    if !promised.is_empty() {
        let _ = writeln!(out, "  promised  {promised}");
    }
    let _ = writeln!(out, "  expected  {}", finding.expected);
    let _ = writeln!(out, "  observed  {}", finding.observed);
    if let Some(Blame { on, evidence }) = &finding.blame {
        let _ = writeln!(out, "  blame     {}: {evidence}", on.as_str());
    }
    match &judged.acceptance {
        Acceptance::Open => {
            let _ = writeln!(out, "  hint      {}", finding.hint);
        }
        Acceptance::Accepted(reason) => {
            let _ = writeln!(out, "  accepted  {reason}");
        }
        Acceptance::Expired(reason) => {
            let _ = writeln!(out, "  expired   was accepted: {reason}");
        }
    }
    if !finding.curl.is_empty() {
        let _ = writeln!(out, "  repeat    {}", finding.curl);
    }
    let _ = writeln!(out, "  {}\n", paint.tone(Tone::Quiet, finding.fingerprint.as_str()));
}

fn excused(out: &mut String, verdict: &Verdict) {
    let mut any = false;
    for row in &verdict.ledger {
        if let Some(reason) = &row.excuse {
            let (operation, code, state) = (&row.operation, &row.code, row.state);
            let _ = writeln!(out, "excused   {operation} {code} ({state}): {reason}");
            any = true;
        }
    }
    if any {
        out.push('\n');
    }
}

/// Most rows that are named where a proof is stale, or a required state is not reached.
const ROWS: usize = 20;

fn stale(out: &mut String, verdict: &Verdict) {
    let rows = verdict.ledger.iter().filter_map(|row| Some((row, wording::stale(row)?)));
    let told: Vec<String> = rows
        .map(|(row, why)| format!("stale     {} {}: {why}\n", row.operation, row.code))
        .collect();
    out.extend(told.iter().take(ROWS).map(String::as_str));
    if told.len() > ROWS {
        let _ = writeln!(out, "          and {} more", told.len() - ROWS);
    }
    if !told.is_empty() {
        out.push('\n');
    }
}

fn unmatched(out: &mut String, verdict: &Verdict) {
    for entry in &verdict.undocumented {
        let times = times(entry.exchanges);
        let _ = writeln!(out, "undocumented  {} {}  {times}", entry.operation, entry.code);
    }
    for entry in &verdict.inconclusive {
        let times = times(entry.exchanges);
        let told = wording::inconclusive(entry);
        let _ = writeln!(out, "inconclusive  {} {told}  {times}", entry.operation);
    }
    for entry in &verdict.unmatched {
        let times = times(entry.exchanges);
        let _ = writeln!(out, "unmatched     {} {}  {times}", entry.method, entry.path);
    }
    if verdict.unmatched_unlisted > 0 {
        let _ = writeln!(out, "unmatched     others  {}", times(verdict.unmatched_unlisted));
    }
    let none = verdict.undocumented.is_empty() && verdict.inconclusive.is_empty();
    if !none || !verdict.unmatched.is_empty() {
        out.push('\n');
    }
}

fn times(exchanges: u64) -> String {
    format!("in {}", counted(exchanges, "exchange"))
}

fn summary(out: &mut String, verdict: &Verdict, paint: Paint) {
    let totals = &verdict.totals;
    let failed = match totals.failed {
        0 => String::new(),
        n => format!(", {n} without a response"),
    };
    let _ = writeln!(out, "exchanges {} of {} judged{failed}", totals.judged, totals.exchanges);
    let rows = verdict.ledger.len();
    let _ = writeln!(out, "codes     {}", wording::states(verdict));
    let coverage = &verdict.coverage;
    let pair = |pair: crate::check::Pair| format!("{} of {}", pair.seen, pair.total);
    let _ = writeln!(
        out,
        "coverage  operations {}, codes {}, parameters {}, response fields {}, enumerated values {}, \
         media types {}: level {}",
        pair(coverage.operations),
        pair(coverage.codes),
        pair(coverage.parameters),
        pair(coverage.properties),
        pair(coverage.enum_values),
        pair(coverage.media_types),
        coverage.level,
    );
    let _ = writeln!(out, "findings  {}", wording::findings(verdict));
    if let Some(states) = &verdict.required {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let states = states.join(" or ");
        let _ = writeln!(
            out,
            "required  {states}: {} of {rows} codes are neither that nor excused",
            totals.unmet
        );
        unmet(out, verdict);
    }
    let tone = if verdict.end == End::Conforms { Tone::Good } else { Tone::Bad };
    let _ = writeln!(out, "{}", paint.tone(tone, wording::ended(verdict.end)));
}

fn unmet(out: &mut String, verdict: &Verdict) {
    let rows: Vec<&LedgerRow> = verdict.ledger.iter().filter(|row| row.unmet).collect();
    for row in rows.iter().take(ROWS) {
        let _ = writeln!(out, "          {} {} is {}", row.operation, row.code, row.state);
    }
    if rows.len() > ROWS {
        let _ = writeln!(out, "          and {} more", rows.len() - ROWS);
    }
}
