//! The top of the page: how the run ended, its counts, and the bar that filters.

use super::escape::Text;
use crate::check::{End, Pair, Rule, Severity, State, Verdict};
use crate::report::Report;
use crate::report::wording::{counted, ended, partial};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Most operations that the bar offers; the search finds all.
const OFFERED: usize = 300;

/// Header and filter bar.
pub(super) fn write(out: &mut String, report: &Report<'_>) {
    let verdict = report.verdict;
    let class = if verdict.end == End::Conforms { "conforms" } else { "breaks" };
    let _ = write!(
        out,
        "<header>\n<div class=\"top\"><p class=\"brand\">Testimony</p>\
         <button type=\"button\" id=\"theme\" class=\"needs-script\" aria-label=\"Switch between dark and light\"><span aria-hidden=\"true\">◐</span></button></div>\n\
         <h1 class=\"{class}\">{}</h1>\n",
        capital(ended(verdict.end))
    );
    if let Some(at) = report.at {
        let at = at.strftime("%Y-%m-%d %H:%M UTC");
        let _ = writeln!(out, "<p class=\"when\">judged {at}</p>");
    }
    if let Some(partial) = partial(verdict) {
        let _ = writeln!(out, "<p class=\"when\"><b>{}</b></p>", capital(&partial));
    }
    facts(out, verdict);
    out.push_str("</header>\n");
    bar(out, verdict);
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

fn facts(out: &mut String, verdict: &Verdict) {
    let totals = &verdict.totals;
    let (judged, exchanges) = (totals.judged, totals.exchanges);
    out.push_str("<dl class=\"facts\">\n");
    let failed = match totals.failed {
        0 => String::new(),
        n => format!(", {n} without a response"),
    };
    let _ = writeln!(
        out,
        "<div><dt>Exchanges</dt><dd><b>{judged}</b> of {exchanges} judged{failed}</dd></div>"
    );
    let rows = verdict.ledger.len() as u64;
    let count = |state: State| totals.states.get(&state).copied().unwrap_or_default();
    let _ = write!(
        out,
        "<div class=\"wide\"><dt>Documented codes</dt><dd><b>{}</b> of {rows} proven{}<ul class=\"key\">",
        count(State::Proven),
        share(verdict)
    );
    for state in State::ALL.into_iter().rev() {
        let n = count(state);
        let _ = write!(out, "<li class=\"{state}\"><span class=\"dot\"></span>{n} {state}</li>");
    }
    out.push_str("</ul></dd></div>\n");
    let _ = writeln!(
        out,
        "<div><dt>Findings</dt><dd><b>{}</b><br>{}, {} for information, {} accepted</dd></div>",
        counted(totals.errors, "error"),
        counted(totals.warnings, "warning"),
        totals.infos,
        totals.accepted
    );
    coverage(out, verdict);
    if let Some(states) = &verdict.required {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        let (states, unmet) = (states.join(" or "), totals.unmet);
        let _ = writeln!(
            out,
            "<div class=\"line\"><dt>Required</dt><dd>{states}: <b>{unmet}</b> of {rows} codes are neither that nor excused</dd></div>"
        );
    }
    out.push_str("</dl>\n");
}

fn coverage(out: &mut String, verdict: &Verdict) {
    let coverage = &verdict.coverage;
    let _ = write!(
        out,
        "<div class=\"wide\"><dt>Coverage</dt><dd>level <b>{}</b><ul class=\"cover\">",
        coverage.level
    );
    let parts: [(&str, Pair); 6] = [
        ("operations", coverage.operations),
        ("codes", coverage.codes),
        ("parameters", coverage.parameters),
        ("response fields", coverage.properties),
        ("enumerated values", coverage.enum_values),
        ("media types", coverage.media_types),
    ];
    for (what, Pair { seen, total }) in parts.into_iter().filter(|(_, pair)| pair.total > 0) {
        let _ = write!(
            out,
            "<li><span>{what}</span><meter min=\"0\" max=\"{total}\" value=\"{seen}\" aria-label=\"{what}\"></meter><span>{seen} of {total}</span></li>"
        );
    }
    out.push_str("</ul></dd></div>\n");
}

/// The states as a bar.
fn share(verdict: &Verdict) -> String {
    let all = verdict.ledger.len();
    if all == 0 {
        return String::new();
    }
    let mut out = "<svg class=\"share\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">".to_owned();
    let mut before = 0_u64;
    for state in State::ALL.into_iter().rev() {
        let count = verdict.totals.states.get(&state).copied().unwrap_or_default();
        if count > 0 {
            let place = |n: u64| n * 1000 / all as u64;
            let (x, width) = (place(before), place(before + count) - place(before));
            let _ = write!(
                out,
                "<rect class=\"{state}\" x=\"{x}\" y=\"0\" width=\"{width}\" height=\"10\"/>"
            );
        }
        before += count;
    }
    out + "</svg>"
}

fn bar(out: &mut String, verdict: &Verdict) {
    let findings = verdict.findings.len();
    let _ = write!(
        out,
        "<nav aria-label=\"Sections\"><ul><li><a href=\"#ledger\">Ledger</a></li>\
         <li><a href=\"#findings\">Findings <span class=\"n\">{findings}</span></a></li>\
         <li><a href=\"#exchanges\">Exchanges</a></li></ul>\n\
         <form id=\"filter\" class=\"needs-script\" role=\"search\" aria-label=\"Filter\">\
         <input type=\"search\" id=\"search\" placeholder=\"Search  /\" aria-label=\"Search operations and findings\" autocomplete=\"off\" spellcheck=\"false\">\n"
    );
    let states = State::ALL.map(State::as_str);
    chips(out, "state", "State of a code", &states);
    let severities = [Severity::Error, Severity::Warning, Severity::Info].map(Severity::as_str);
    chips(out, "severity", "Severity of a finding", &severities);
    let rules = Rule::ALL
        .into_iter()
        .filter(|rule| verdict.findings.iter().any(|judged| judged.finding.rule == *rule));
    select(out, "rule", "Rule", rules.map(|rule| rule.id().to_owned()));
    let operations: BTreeSet<&str> = verdict
        .findings
        .iter()
        .map(|judged| judged.finding.operation.as_str())
        .filter(|operation| !operation.is_empty())
        .collect();
    select(out, "operation", "Operation", operations.into_iter().take(OFFERED).map(str::to_owned));
    out.push_str(
        "<button type=\"reset\">Clear</button><output id=\"shown\" aria-live=\"polite\"></output></form></nav>\n",
    );
}

fn chips(out: &mut String, name: &str, legend: &str, values: &[&str]) {
    let _ = write!(out, "<fieldset><legend>{legend}</legend>");
    for value in values {
        let _ = write!(
            out,
            "<label class=\"chip {value}\"><input type=\"checkbox\" name=\"{name}\" value=\"{value}\"><span>{value}</span></label>"
        );
    }
    out.push_str("</fieldset>\n");
}

fn select(out: &mut String, name: &str, label: &str, values: impl Iterator<Item = String>) {
    let _ = write!(
        out,
        "<label class=\"select\"><span>{label}</span><select name=\"{name}\"><option value=\"\">any {name}</option>"
    );
    for value in values {
        let _ = write!(out, "<option>{}</option>", Text(&value));
    }
    out.push_str("</select></label>\n");
}
