//! The forms of what changed.

use super::{Drifted, Told};
use crate::check::Verdict;
use crate::drift::{Change, Kind};
use crate::report::{self, Evidence, Paint, Report};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Longest text of a side in Markdown, in characters.
const SIDE: usize = 120;
/// Most rows of the table in Markdown.
const ROWS: usize = 200;

/// For people: what is contract and value, each with its place; noise by place.
pub(super) fn terminal(told: &Told) -> String {
    let mut out = String::new();
    for one in told.drifted.iter().filter(|one| is_told(one)) {
        let _ =
            writeln!(out, "{}  {} exchange {}", one.request, one.cassette.display(), one.number);
        for change in one.changes.iter().filter(|change| change.kind != Kind::Noise) {
            line(change, &mut out);
        }
        let noise: Vec<&str> = places(one, Kind::Noise).collect();
        if !noise.is_empty() {
            let _ = writeln!(out, "  noise     {}", noise.join(", "));
        }
        out.push('\n');
    }
    for (wanted, came, request) in &told.inconclusive {
        let _ = writeln!(out, "inconclusive  {request}  {came} where {wanted} was recorded");
    }
    out.push_str(&summary(told));
    out
}

/// The lines that tell a change.
pub(super) fn line(change: &Change, out: &mut String) {
    let at = if change.at.is_empty() { "the body" } else { &change.at };
    let _ = writeln!(out, "  {:<9} {at}  ({})", change.kind.as_str(), change.why);
    for (sign, side) in [('-', &change.recorded), ('+', &change.observed)] {
        if !side.is_empty() {
            let _ = writeln!(out, "            {sign} {}", one_line(side));
        }
    }
}

fn summary(told: &Told) -> String {
    let mut out = String::new();
    let differ = told.drifted.iter().filter(|one| is_told(one)).count();
    let counted = |kind| format!("{} {kind}", told.count(kind));
    let _ = writeln!(
        out,
        "{} exchanges compared, {differ} of them drifted: {} changes, {}, {}",
        told.compared,
        counted(Kind::Contract),
        counted(Kind::Value),
        counted(Kind::Noise)
    );
    out
}

/// The result of `check` on the newer exchanges, with `drift` in it.
pub(super) fn json(told: &Told, verdict: &Verdict) -> String {
    let evidence = Evidence::default();
    let report = Report { verdict, evidence: &evidence, at: None };
    let text = report::render(report::Kind::Json, &report, Paint::Plain);
    let mut result: Value = serde_json::from_str(&text).unwrap_or_default();
    let changes = told.drifted.iter().flat_map(|one| one.changes.iter().map(move |c| (one, c)));
    result["drift"] = changes
        .map(|(one, change)| {
            json!({
                "kind": change.kind.as_str(),
                "cassette": one.cassette.display().to_string(),
                "exchange": one.number.0,
                "at": change.at,
                "recorded": change.recorded,
                "observed": change.observed,
                "why": change.why,
                "request": one.request,
            })
        })
        .collect();
    result["compared"] = told.compared.into();
    serde_json::to_string_pretty(&result).unwrap_or_default() + "\n"
}

/// A summary for a pull request.
pub(super) fn markdown(told: &Told, without_specs: bool) -> String {
    let mut out = String::from("## Drift\n\n");
    let _ = writeln!(out, "{}", summary(told).trim_end());
    for (wanted, came, request) in told.inconclusive.iter().take(ROWS) {
        let _ =
            writeln!(out, "\nInconclusive: {} {came} where {wanted} was recorded", code(request));
    }
    if without_specs {
        out.push_str("\nNo spec was given: only other status codes count as contract.\n");
    }
    let told_changes = || {
        let changes = told.drifted.iter().flat_map(|one| one.changes.iter().map(move |c| (one, c)));
        changes.filter(|(_, change)| change.kind != Kind::Noise)
    };
    if told_changes().next().is_some() {
        out.push_str("\n| drift | request | exchange | at | recorded | observed |\n|---|---|---|---|---|---|\n");
    }
    for (one, change) in told_changes().take(ROWS) {
        let at = if change.at.is_empty() { "the body" } else { &change.at };
        let cells = [
            change.kind.as_str().to_owned(),
            code(&one.request),
            format!("{} {}", code(&one.cassette.display().to_string()), one.number),
            code(at),
            code(&change.recorded),
            code(&change.observed),
        ];
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    let more = told_changes().count().saturating_sub(ROWS);
    if more > 0 {
        let _ = writeln!(out, "\nand {more} changes more");
    }
    let mut noise: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &told.drifted {
        places(one, Kind::Noise).for_each(|at| *noise.entry(at).or_default() += 1);
    }
    if !noise.is_empty() {
        let told: Vec<String> =
            noise.iter().take(ROWS).map(|(at, times)| format!("{} ({times})", code(at))).collect();
        let _ = writeln!(out, "\nNoise: {}", told.join(", "));
    }
    out
}

fn is_told(one: &Drifted) -> bool {
    one.changes.iter().any(|change| change.kind != Kind::Noise)
}

fn places(one: &Drifted, kind: Kind) -> impl Iterator<Item = &str> {
    one.changes.iter().filter(move |change| change.kind == kind).map(|change| change.at.as_str())
}

/// Foreign text in one line, without control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Foreign text as code in a cell of a table: nothing in it is markup.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut short: String = one_line(text).chars().take(SIDE).collect();
    if text.chars().nth(SIDE).is_some() {
        short.push('…');
    }
    let longest = short.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {} {fence}", short.replace('|', "\\|"))
}
