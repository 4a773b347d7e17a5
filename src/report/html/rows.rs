//! The exchanges behind each cell of the ledger, and what belongs to no cell.

use super::escape::Text;
use super::exchange;
use super::findings::command;
use super::ledger::mark;
use crate::check::{Judged, LedgerRow, Shown};
use crate::report::Report;
use crate::report::evidence::{Excerpt, OF_ROW};
use crate::report::wording::{self, counted};
use std::collections::HashMap;
use std::fmt::Write as _;

/// Most findings that a row links to.
const LINKED: usize = 12;

/// The section.
pub(super) struct Rows<'r> {
    pub report: &'r Report<'r>,
    pub by_row: &'r HashMap<Option<usize>, Vec<usize>>,
}

impl Rows<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let verdict = self.report.verdict;
        out.push_str("<section id=\"exchanges\" aria-labelledby=\"exchanges-title\">\n<h2 id=\"exchanges-title\">Exchanges</h2>\n");
        let mut bare = Vec::new();
        for (index, row) in verdict.ledger.iter().enumerate() {
            if row.exchanges > 0 || row.excuse.is_some() {
                self.row(out, index, row);
            } else {
                bare.push(index);
            }
        }
        // A cell that nothing shows leads somewhere, too: all of them to the same words.
        out.push_str("<div class=\"row none\"><p>");
        for index in bare {
            let _ = write!(out, "<span id=\"row-{index}\"></span>");
        }
        out.push_str("No exchange shows a code that is unproven: record one that does, or excuse the code with a reason.</p></div>\n");
        self.others(out);
        out.push_str("</section>\n");
    }

    fn row(&self, out: &mut String, index: usize, row: &LedgerRow) {
        let (state, operation, code) = (row.state, Text(&row.operation), Text(&row.code));
        let _ = writeln!(
            out,
            "<details class=\"row\"><summary><span class=\"mark {state}\" aria-hidden=\"true\">{}</span> <span class=\"op\">{operation}</span> <b>{code}</b> <span class=\"quiet\">{state}, {}</span></summary>\n<div class=\"body\" id=\"row-{index}\">",
            mark(state),
            counted(row.exchanges, "exchange")
        );
        let _ = writeln!(
            out,
            "<p class=\"pointer\"><code>{} {}</code></p>",
            Text(&row.method),
            Text(&row.path)
        );
        if let Some(reason) = &row.excuse {
            let _ = writeln!(out, "<p class=\"note\"><b>Excused</b> {}</p>", Text(reason));
        }
        if let Some(newest) = &row.newest {
            let at = newest.at.strftime("%Y-%m-%d %H:%M UTC");
            let (cassette, exchange) = (Text(&newest.cassette), newest.exchange);
            let _ =
                writeln!(out, "<p class=\"note\"><b>Newest</b> {at}, {cassette} {exchange}</p>");
        }
        if let Some(why) = wording::stale(row) {
            let _ = writeln!(out, "<p class=\"note\"><b>Stale</b> {}</p>", Text(&why));
        }
        self.links(out, index);
        let shown = row.shown.as_slice();
        for exchange in shown.iter().take(OF_ROW) {
            self.exchange(out, exchange);
        }
        self.rest(out, row, shown);
        out.push_str("</div></details>\n");
    }

    fn links(&self, out: &mut String, index: usize) {
        let Some(findings) = self.by_row.get(&Some(index)) else { return };
        out.push_str("<p class=\"note\"><b>Findings</b> ");
        for finding in findings.iter().take(LINKED) {
            let rule = self.report.verdict.findings[*finding].finding.rule;
            let _ = write!(out, "<a href=\"#f-{finding}\">{} {rule}</a> ", finding + 1);
        }
        if let Some(more @ 1..) = findings.len().checked_sub(LINKED) {
            let _ = write!(out, "and {more} more");
        }
        out.push_str("</p>\n");
    }

    fn exchange(&self, out: &mut String, shown: &Shown) {
        let Some(excerpt) = self.report.evidence.excerpt(&shown.cassette, shown.exchange) else {
            return;
        };
        let line = excerpt.line.map(|line| format!(":{line}")).unwrap_or_default();
        let (cassette, number) = (Text(&shown.cassette), shown.exchange);
        let at = excerpt.at.strftime("%Y-%m-%d %H:%M:%S UTC");
        let _ = writeln!(
            out,
            "<div class=\"exchange\"><h3>Exchange {number} <code>{cassette}{line}</code> <span class=\"quiet\">{}, {}, {at}</span></h3>",
            shown.bearing.as_str(),
            excerpt.source.as_str()
        );
        messages(out, excerpt, &self.report.verdict.findings);
        out.push_str("</div>\n");
    }

    /// Exchanges that are only named.
    fn rest(&self, out: &mut String, row: &LedgerRow, shown: &[Shown]) {
        let told = |shown: &&Shown| {
            self.report.evidence.excerpt(&shown.cassette, shown.exchange).is_none()
        };
        let not_written: Vec<&Shown> =
            shown.iter().take(OF_ROW).filter(told).chain(shown.iter().skip(OF_ROW)).collect();
        let beyond = row.exchanges.saturating_sub(shown.len() as u64);
        if not_written.is_empty() && beyond == 0 {
            return;
        }
        out.push_str("<p class=\"where\">Also ");
        for (index, shown) in not_written.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let (cassette, number) = (Text(&shown.cassette), shown.exchange);
            let _ = write!(out, "{comma}{cassette} {number} ({})", shown.bearing.as_str());
        }
        if beyond > 0 {
            let _ = write!(out, " and {} more", counted(beyond, "exchange"));
        }
        out.push_str("</p>\n");
    }

    fn others(&self, out: &mut String) {
        let verdict = self.report.verdict;
        if !verdict.undocumented.is_empty() {
            out.push_str("<h3>Codes that are not documented</h3>\n<ul class=\"plain\">\n");
            for entry in &verdict.undocumented {
                let exchanges = counted(entry.exchanges, "exchange");
                let operation = Text(&entry.operation);
                let _ = writeln!(out, "<li>{operation} <b>{}</b> in {exchanges}</li>", entry.code);
            }
            out.push_str("</ul>\n");
        }
        if !verdict.inconclusive.is_empty() {
            out.push_str(
                "<h3>Answers that prove nothing of what was asked</h3>\n<ul class=\"plain\">\n",
            );
            for entry in &verdict.inconclusive {
                let (told, exchanges) =
                    (wording::inconclusive(entry), counted(entry.exchanges, "exchange"));
                let _ = writeln!(out, "<li>{} {told} in {exchanges}</li>", Text(&entry.operation));
            }
            out.push_str("</ul>\n");
        }
        if !verdict.unmatched.is_empty() {
            out.push_str("<h3>Requests that no operation fits</h3>\n<ul class=\"plain\">\n");
            for entry in &verdict.unmatched {
                let exchanges = counted(entry.exchanges, "exchange");
                let (method, path) = (Text(&entry.method), Text(&entry.path));
                let _ = writeln!(out, "<li><code>{method} {path}</code> in {exchanges}</li>");
            }
            if verdict.unmatched_unlisted > 0 {
                let more = counted(verdict.unmatched_unlisted, "exchange");
                let _ = writeln!(out, "<li>and {more} of others</li>");
            }
            out.push_str("</ul>\n");
        }
    }
}

fn messages(out: &mut String, excerpt: &Excerpt, findings: &[Judged]) {
    exchange::write(out, &excerpt.request, findings, "Request");
    match &excerpt.response {
        Some(response) => exchange::write(out, response, findings, "Response"),
        None => out.push_str("<p>No response came.</p>\n"),
    }
    if let Some(error) = &excerpt.error {
        let _ = writeln!(out, "<p class=\"note\"><b>Broke off</b> {}</p>", Text(error));
    }
    if let Some(curl) = &excerpt.curl {
        command(out, curl);
    }
}
