//! Findings: what was recorded, with the place marked, beside what was promised.

use super::escape::{Attribute, Text};
use super::exchange::{Marks, write_around};
use super::head::capital;
use crate::check::{Acceptance, Finding, Judged, Rule};
use crate::report::Report;
use crate::report::wording::{counted, place, subject, unlisted};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Findings that are written out with all that is known of them; the others have a line each.
const WRITTEN_OUT: usize = 1_000;

/// Most exchanges that are named of one finding.
const NAMED: usize = 8;

/// The section.
pub(super) struct Findings<'r> {
    pub report: &'r Report<'r>,
    pub by_row: &'r HashMap<Option<usize>, Vec<usize>>,
}

impl Findings<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let verdict = self.report.verdict;
        out.push_str("<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings</h2>\n");
        if verdict.findings.is_empty() {
            out.push_str("<p>No finding.</p>\n");
        }
        let mut row_of = HashMap::new();
        for (row, findings) in self.by_row {
            row_of.extend(findings.iter().filter_map(|finding| Some((*finding, (*row)?))));
        }
        for (index, judged) in verdict.findings.iter().enumerate() {
            let row = row_of.get(&index).copied();
            if index < WRITTEN_OUT {
                self.finding(out, index, judged, row);
            } else {
                line(out, index, judged);
            }
        }
        for more in unlisted(verdict) {
            let _ = writeln!(out, "<p>And {}.</p>", Text(&more));
        }
        out.push_str("</section>\n");
    }

    fn finding(&self, out: &mut String, index: usize, judged: &Judged, row: Option<usize>) {
        let finding = &judged.finding;
        let _ = write!(out, "<details class=\"finding\"{}><summary>", data(judged));
        summary(out, index, judged);
        out.push_str("</summary>\n");
        let _ = writeln!(out, "<div class=\"body\" id=\"f-{index}\">");
        let _ = writeln!(
            out,
            "<dl class=\"versus\"><div><dt>Expected</dt><dd>{}</dd></div><div><dt>Observed</dt><dd>{}</dd></div></dl>",
            Text(&finding.expected),
            Text(&finding.observed)
        );
        out.push_str("<div class=\"sides\">\n");
        self.recorded(out, index, finding);
        self.promised(out, finding);
        out.push_str("</div>\n");
        notes(out, judged);
        exchanges(out, finding, row);
        out.push_str("</div></details>\n");
    }

    fn recorded(&self, out: &mut String, index: usize, finding: &Finding) {
        if finding.cassette.is_empty() {
            return;
        }
        let line = self.report.evidence.line(index);
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let _ = writeln!(
            out,
            "<div class=\"side\"><h3>Recorded <code>{}{line}</code></h3>",
            Text(&finding.cassette)
        );
        let excerpt = self.report.evidence.excerpt(&finding.cassette, finding.exchange);
        let of_request = matches!(finding.rule, Rule::RequestParameter | Rule::RequestSchema);
        let message = excerpt.and_then(|excerpt| {
            if of_request { Some(&excerpt.request) } else { excerpt.response.as_ref() }
        });
        match message {
            Some(message) => {
                let said = format!("expected {}, observed {}", finding.expected, finding.observed);
                let label = if of_request { "Recorded request" } else { "Recorded response" };
                write_around(out, message, Marks::Of(index, &said), label);
            }
            None if finding.exchange.0 == 0 => {}
            None => {
                let _ = writeln!(out, "<p>Exchange {} is not shown here.</p>", finding.exchange);
            }
        }
        out.push_str("</div>\n");
    }

    fn promised(&self, out: &mut String, finding: &Finding) {
        let promise = &finding.promise;
        if promise.spec.is_empty() {
            return;
        }
        out.push_str("<div class=\"side\"><h3>Promised");
        if let Some(page) = &promise.page {
            let line = promise.line.map(|line| format!(":{line}")).unwrap_or_default();
            let _ = write!(out, " <code>{}{line}</code>", Text(page));
        }
        let passage = self.report.evidence.passage(&promise.spec, &promise.pointer);
        let line = passage.map(|passage| format!(":{}", passage.line)).unwrap_or_default();
        let _ = writeln!(out, " <code>{}{line}</code></h3>", Text(&promise.spec));
        if let Some(passage) = passage {
            out.push_str("<pre class=\"message\" tabindex=\"0\" role=\"group\" aria-label=\"Promise in the spec\">");
            for (number, text) in (passage.first..).zip(&passage.text) {
                let hit = if number == passage.line { " hit" } else { "" };
                let _ =
                    write!(out, "<span class=\"l{hit}\" data-n=\"{number}\">{}</span>", Text(text));
            }
            out.push_str("</pre>\n");
        }
        if !promise.pointer.is_empty() {
            let _ =
                writeln!(out, "<p class=\"pointer\"><code>#{}</code></p>", Text(&promise.pointer));
        }
        out.push_str("</div>\n");
    }
}

fn exchanges(out: &mut String, finding: &Finding, row: Option<usize>) {
    if finding.cassette.is_empty() || finding.exchange.0 == 0 {
        return;
    }
    let _ = write!(out, "<p class=\"where\">In {}", counted(finding.exchanges, "exchange"));
    if let Some(row) = row {
        let _ = write!(out, " of <a href=\"#row-{row}\">{}</a>", Text(&subject(finding)));
    }
    out.push_str(": ");
    let shown = finding.shown.as_slice();
    for (index, exchange) in shown.iter().take(NAMED).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{} {}", Text(&exchange.cassette), exchange.exchange);
    }
    let named = shown.len().min(NAMED) as u64;
    if finding.exchanges > named {
        let _ = write!(out, " and {} more", finding.exchanges - named);
    }
    out.push_str("</p>\n");
    if !finding.curl.is_empty() {
        command(out, &finding.curl);
    }
}

/// A command that repeats a request.
pub(super) fn command(out: &mut String, curl: &str) {
    let _ = writeln!(
        out,
        "<details class=\"curl\"><summary>Repeat it with curl</summary><pre tabindex=\"0\" role=\"group\" aria-label=\"Command\">{}</pre></details>",
        Text(curl)
    );
}

fn notes(out: &mut String, judged: &Judged) {
    let finding = &judged.finding;
    match &judged.acceptance {
        Acceptance::Accepted(reason) => {
            let _ = writeln!(out, "<p class=\"note\"><b>Accepted</b> {}</p>", Text(reason));
        }
        Acceptance::Expired(reason) => {
            let _ = writeln!(
                out,
                "<p class=\"note\"><b>No longer accepted</b>, once for: {}</p>",
                Text(reason)
            );
        }
        Acceptance::Open => {}
    }
    let _ = writeln!(out, "<p class=\"note\"><b>Next</b> {}</p>", Text(&capital(&finding.hint)));
    if let Some(blame) = &finding.blame {
        let (on, evidence) = (blame.on.as_str(), Text(&blame.evidence));
        let _ = writeln!(out, "<p class=\"note\"><b>Points at</b> {on}: {evidence}</p>");
    }
    let rule = finding.rule;
    let _ = writeln!(
        out,
        "<p class=\"note\"><b>Rule</b> {rule}: {}. <b>Fingerprint</b> <code>{}</code></p>",
        Text(rule.summary()),
        finding.fingerprint
    );
}

fn data(judged: &Judged) -> String {
    let finding = &judged.finding;
    format!(
        " data-severity=\"{}\" data-rule=\"{}\" data-operation=\"{}\"",
        finding.severity,
        finding.rule,
        Attribute(&finding.operation)
    )
}

fn summary(out: &mut String, index: usize, judged: &Judged) {
    let finding = &judged.finding;
    let accepted = matches!(judged.acceptance, Acceptance::Accepted(_));
    let accepted = if accepted { "<span class=\"tag accepted\">accepted</span>" } else { "" };
    let _ = write!(
        out,
        "<span class=\"no\">{}</span><span class=\"tag {severity}\">{severity}</span>{accepted}\
         <span class=\"rule\">{}</span><span class=\"subject\">{}</span><code class=\"at\">{}</code><span class=\"gist\">{}</span>",
        index + 1,
        finding.rule,
        Text(&subject(finding)),
        Text(&place(finding)),
        Text(&finding.observed),
        severity = finding.severity,
    );
}

/// A finding among very many.
fn line(out: &mut String, index: usize, judged: &Judged) {
    let finding = &judged.finding;
    let _ = write!(out, "<div class=\"finding brief\" id=\"f-{index}\"{}>", data(judged));
    summary(out, index, judged);
    let _ = writeln!(
        out,
        "<code class=\"in\">{} {}</code></div>",
        Text(&finding.cassette),
        finding.exchange
    );
}
