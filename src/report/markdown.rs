//! GitHub-flavoured Markdown, for comments and summaries: the ledger as a table, then findings. What
//! does not fit a comment is told, never cut silently.

use super::Report;
use super::wording::{
    self, counted, ended, findings, partial, place, promised, shown_in, states, subject, unlisted,
};
use crate::check::{Acceptance, End, Judged, LedgerRow, Severity, State, Verdict};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Longest comment that GitHub takes, in characters.
pub(super) const COMMENT: usize = 65_536;

/// What is kept back for the line that tells of a cut, and for what closes open parts.
const RESERVE: usize = 200;

/// Most operations that no exchange shows and that are named.
const UNTOUCHED: usize = 40;

/// The result in at most so many characters and bytes: what comes last is left out, and told.
pub(super) fn render(report: &Report<'_>, limit: usize) -> String {
    let verdict = report.verdict;
    let mut page = Page { text: head(verdict), limit, left_out: 0 };
    for rows in verdict.ledger.chunk_by(|a, b| a.spec == b.spec) {
        table(&mut page, rows);
    }
    excused(&mut page, verdict);
    stale(&mut page, verdict);
    let open = |judged: &&Judged| !matches!(judged.acceptance, Acceptance::Accepted(_));
    let (open, accepted): (Vec<&Judged>, Vec<&Judged>) = verdict.findings.iter().partition(open);
    if !open.is_empty() {
        page.add("\n### Findings\n");
        for judged in open {
            page.add(&finding(judged));
        }
    }
    if !accepted.is_empty() {
        page.add("\n### Accepted\n\n");
        for judged in accepted {
            page.add(&accepted_line(judged));
        }
    }
    for more in unlisted(verdict) {
        page.add(&format!("\nand {more}\n"));
    }
    others(&mut page, verdict);
    page.end()
}

/// Text of a bounded length, made of parts that are whole or not there.
struct Page {
    text: String,
    limit: usize,
    left_out: usize,
}

impl Page {
    fn add(&mut self, part: &str) {
        // Bytes are at least as many as characters, whichever of the two is counted.
        let fits = self.text.len() + part.len() + RESERVE <= self.limit;
        if fits && self.left_out == 0 {
            self.text.push_str(part);
        } else {
            self.left_out += 1;
        }
    }

    fn end(mut self) -> String {
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "\n_{} more did not fit: the other formats hold all._\n",
                counted(self.left_out as u64, "part")
            );
        }
        self.text
    }
}

const fn sign(state: State) -> &'static str {
    match state {
        State::Contradicted => "❌",
        State::Unproven => "⬜",
        State::Simulated => "🔷",
        State::Stale => "🕓",
        State::Proven => "✅",
    }
}

fn head(verdict: &Verdict) -> String {
    let mut out = String::new();
    let sign = if verdict.end == End::Conforms { "✅" } else { "❌" };
    let _ = writeln!(out, "## {sign} Testimony: {}\n", ended(verdict.end));
    let totals = &verdict.totals;
    let _ = writeln!(out, "- exchanges: {} of {} judged", totals.judged, totals.exchanges);
    let _ = writeln!(out, "- codes: {}", states(verdict));
    let _ = writeln!(out, "- findings: {}", findings(verdict));
    if let Some(partial) = partial(verdict) {
        let _ = writeln!(out, "- {partial}");
    }
    if let Some(required) = &verdict.required {
        let required: Vec<&str> = required.iter().map(|state| state.as_str()).collect();
        let (required, rows) = (required.join(" or "), verdict.ledger.len());
        let unmet = totals.unmet;
        let _ = writeln!(out, "- required {required}: {unmet} of {rows} codes are not");
    }
    out
}

fn table(page: &mut Page, rows: &[LedgerRow]) {
    let Some(first) = rows.first() else { return };
    let title = escaped(&first.title);
    page.add(&format!("\n### {title}\n\n{}\n\n", code(&first.spec)));
    let operations = rows.chunk_by(|a, b| (&a.operation, &a.path) == (&b.operation, &b.path));
    let (touched, untouched): (Vec<&[LedgerRow]>, Vec<&[LedgerRow]>) =
        operations.partition(|rows| rows.iter().any(|row| row.exchanges > 0 || row.unmet));
    let codes: BTreeSet<&str> =
        touched.iter().copied().flatten().map(|row| row.code.as_str()).collect();
    if !touched.is_empty() {
        let heads = codes.iter().copied().collect::<Vec<_>>().join(" | ");
        let lines = ":---: |".repeat(codes.len());
        page.add(&format!("| operation | {heads} |\n| --- |{lines}\n"));
        for rows in touched {
            let cell = |code: &&str| match rows.iter().find(|row| row.code == **code) {
                Some(row) if row.excuse.is_some() => format!(" ({}) |", sign(row.state)),
                Some(row) => format!(" {} |", sign(row.state)),
                None => "  |".to_owned(),
            };
            let cells: String = codes.iter().map(cell).collect();
            page.add(&format!("| {} |{cells}\n", escaped(&rows[0].operation)));
        }
        page.add(
            "\n✅ proven · 🔷 simulated · 🕓 stale · ⬜ unproven · ❌ contradicted · ( ) excused\n",
        );
    }
    if !untouched.is_empty() {
        let count = counted(untouched.len() as u64, "operation");
        let names = untouched.iter().take(UNTOUCHED).map(|rows| code(&rows[0].operation));
        let names = names.collect::<Vec<_>>().join(", ");
        let more = untouched.len().saturating_sub(UNTOUCHED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        page.add(&format!("\n{count} that no exchange shows: {names}{more}\n"));
    }
}

fn excused(page: &mut Page, verdict: &Verdict) {
    let rows = verdict.ledger.iter().filter_map(|row| Some((row, row.excuse.as_ref()?)));
    for (index, (row, reason)) in rows.enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let (operation, reason) = (code(&row.operation), escaped(reason));
        page.add(&format!("{gap}- excused: {operation} {} ({}): {reason}\n", row.code, row.state));
    }
}

fn stale(page: &mut Page, verdict: &Verdict) {
    let rows = verdict.ledger.iter().filter_map(|row| Some((row, wording::stale(row)?)));
    for (index, (row, why)) in rows.enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        page.add(&format!("{gap}- stale: {} {}: {why}\n", code(&row.operation), row.code));
    }
}

fn finding(judged: &Judged) -> String {
    let finding = &judged.finding;
    let mut out = String::new();
    let sign = match finding.severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Info => "ℹ️",
    };
    let subject = escaped(&subject(finding));
    let (rule, at) = (finding.rule, code(&place(finding)));
    let _ = writeln!(out, "\n#### {sign} {rule}: {subject}\n");
    let line = |out: &mut String, word: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "- {word}: {text}");
        }
    };
    line(&mut out, "at", at);
    line(&mut out, "in", escaped(&shown_in(finding)));
    line(&mut out, "promised", escaped(&promised(finding)));
    line(&mut out, "expected", escaped(&finding.expected));
    line(&mut out, "observed", escaped(&finding.observed));
    match &judged.acceptance {
        Acceptance::Expired(reason) => line(&mut out, "was accepted", escaped(reason)),
        _ => line(&mut out, "hint", escaped(&finding.hint)),
    }
    line(&mut out, "fingerprint", code(finding.fingerprint.as_str()));
    out
}

fn accepted_line(judged: &Judged) -> String {
    let finding = &judged.finding;
    let reason = match &judged.acceptance {
        Acceptance::Accepted(reason) => escaped(reason),
        Acceptance::Open | Acceptance::Expired(_) => String::new(),
    };
    let (subject, fingerprint) = (escaped(&subject(finding)), code(finding.fingerprint.as_str()));
    format!("- {} {subject} {fingerprint}: {reason}\n", finding.rule)
}

fn others(page: &mut Page, verdict: &Verdict) {
    let undocumented = verdict.undocumented.iter().map(|entry| {
        let exchanges = counted(entry.exchanges, "exchange");
        format!("- undocumented: {} {} in {exchanges}\n", code(&entry.operation), entry.code)
    });
    let unmatched = verdict.unmatched.iter().map(|entry| {
        let exchanges = counted(entry.exchanges, "exchange");
        format!(
            "- unmatched: {} in {exchanges}\n",
            code(&format!("{} {}", entry.method, entry.path))
        )
    });
    let inconclusive = verdict.inconclusive.iter().map(|entry| {
        let (told, exchanges) =
            (wording::inconclusive(entry), counted(entry.exchanges, "exchange"));
        format!("- inconclusive: {} {told} in {exchanges}\n", code(&entry.operation))
    });
    for (index, line) in undocumented.chain(inconclusive).chain(unmatched).enumerate() {
        page.add(&format!("{}{line}", if index == 0 { "\n" } else { "" }));
    }
}

/// Text that means nothing but itself, in one line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Mentions and numbers of issues are looked for in what was rendered: something without
            // width keeps the sign apart.
            '@' => out.push_str("@\u{200b}"),
            '#' if chars.peek().is_some_and(char::is_ascii_digit) => out.push_str("#\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | ':' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Text as code. A pipe in it would end a table's cell, whatever stands around it.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    if text.contains(['`', '|']) || text.chars().any(char::is_control) {
        return escaped(text);
    }
    format!("`{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_nothing_but_itself() {
        assert_eq!(
            escaped("<b>|`*_x_*\n@me #1"),
            "&lt;b&gt;\\|\\`\\*\\_x\\_\\* @\u{200b}me #\u{200b}1"
        );
        assert_eq!(code("/a/0"), "`/a/0`");
        assert_eq!(code("a|b"), "a\\|b");
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut page = Page { text: "head\n".to_owned(), limit: 300, left_out: 0 };
        for _ in 0..30 {
            page.add("0123456789\n");
        }
        let text = page.end();
        assert!(text.len() <= 300, "{}", text.len());
        assert!(
            text.ends_with("_22 parts more did not fit: the other formats hold all._\n"),
            "{text}"
        );
    }
}
