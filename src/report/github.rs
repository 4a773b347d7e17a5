//! What GitHub's runner takes: workflow commands that annotate files, one line each.

use super::Report;
use super::wording::{counted, ended, findings, partial, place, states, subject};
use crate::check::{Acceptance, End, Finding, Severity};
use std::fmt::Write as _;

/// Annotations of each kind that GitHub shows of one step.
const SHOWN: usize = 10;

/// Longest message, in characters.
const MESSAGE: usize = 1_000;

/// The annotations, and in plain text what comes to them.
pub(super) fn render(report: &Report<'_>) -> String {
    let verdict = report.verdict;
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let open = verdict.findings.iter().enumerate().filter(|(_, judged)| {
            let accepted = matches!(judged.acceptance, Acceptance::Accepted(_));
            judged.finding.severity == severity && !accepted
        });
        let open: Vec<(usize, &Finding)> = open.map(|(at, judged)| (at, &judged.finding)).collect();
        for (index, finding) in open.iter().take(SHOWN) {
            annotation(&mut out, report, *index, finding);
        }
        let unlisted = verdict.totals.unlisted.get(&severity).copied().unwrap_or_default();
        let more = open.len().saturating_sub(SHOWN) as u64;
        if more > 0 {
            let more = counted(more, "finding");
            let _ = writeln!(out, "{more} more at {severity} level without an annotation");
        }
        if unlisted > 0 {
            let _ = writeln!(out, "and more at {severity} level, found {unlisted} times");
        }
    }
    let unmet: Vec<String> = verdict
        .ledger
        .iter()
        .filter(|row| row.unmet)
        .map(|row| format!("{} {} is {}", row.operation, row.code, row.state))
        .collect();
    if !unmet.is_empty() {
        let count = counted(unmet.len() as u64, "code");
        let named = unmet.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("\n");
        let text = data(&format!("{count} in no required state:\n{named}"));
        let _ = writeln!(out, "::error title=required states::{text}");
    }
    let totals = &verdict.totals;
    if verdict.end == End::NothingJudged {
        let exchanges = counted(totals.exchanges, "exchange");
        let _ = writeln!(out, "::error title=nothing was judged::of {exchanges} that were read");
    }
    if let Some(partial) = partial(verdict) {
        let _ = writeln!(out, "::warning title=shares::{partial}");
    }
    let _ = writeln!(
        out,
        "testimony: {} ({} of {} exchanges judged; codes: {}; findings: {})",
        ended(verdict.end),
        totals.judged,
        totals.exchanges,
        states(verdict),
        findings(verdict)
    );
    out
}

fn annotation(out: &mut String, report: &Report<'_>, index: usize, finding: &Finding) {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let promise = &finding.promise;
    let (file, line) = if finding.cassette.is_empty() {
        let passage = report.evidence.passage(&promise.spec, &promise.pointer);
        (promise.spec.as_str(), passage.map(|passage| passage.line))
    } else {
        (&*finding.cassette, report.evidence.line(index))
    };
    let _ = write!(out, "::{command} file={}", property(file));
    if let Some(line) = line {
        let _ = write!(out, ",line={line}");
    }
    let title = [finding.rule.id(), &subject(finding)].join(" ");
    let _ = write!(out, ",title={}::", property(title.trim()));
    let page = match (&promise.page, promise.line) {
        (Some(page), Some(line)) => format!(" ({page}:{line})"),
        (Some(page), None) => format!(" ({page})"),
        _ => String::new(),
    };
    let Finding { expected, observed, hint, .. } = finding;
    let text = format!(
        "{}: expected {expected}{page}, observed {observed}\nexchange {}; hint: {hint}",
        place(finding),
        finding.exchange
    );
    let text: String = text.chars().take(MESSAGE).collect();
    let _ = writeln!(out, "{}", data(&text));
}

/// Text as the message of a command.
fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Text as the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command() {
        assert_eq!(data("100%\n::error::x\r\u{1b}[31m"), "100%25%0A::error::x%0D\\u{1b}[31m");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
