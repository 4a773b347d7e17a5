//! JUnit's XML: a suite for each spec, a case for each operation and documented code, and one for each
//! error that speaks of none. A case fails just where the run does not conform.

use super::suites::{self, Case, End};
use super::wording::{by_row, partial, place, promised, shown_in, stale, subject, unlisted};
use crate::check::{Acceptance, End as Ended, Judged, LedgerRow, Severity, State, Verdict};
use std::fmt::Write as _;

/// The result as XML.
pub(super) fn render(verdict: &Verdict) -> String {
    let by_row = by_row(verdict);
    let of = |row: Option<usize>| -> Vec<&Judged> {
        let found = by_row.get(&row).into_iter().flatten();
        found.map(|index| &verdict.findings[*index]).collect()
    };
    let mut suites: Vec<(String, Vec<Case>)> = Vec::new();
    for (index, row) in verdict.ledger.iter().enumerate() {
        let case = case(row, &of(Some(index)), verdict);
        let title = format!("{} ({})", row.title, row.spec);
        match suites.last_mut() {
            Some((last, cases)) if *last == title => cases.push(case),
            _ => suites.push((title, vec![case])),
        }
    }
    let others = others(verdict, &of(None));
    if !others.is_empty() {
        suites.push(("not of a documented code".to_owned(), others));
    }
    suites::render("testimony check", &suites)
}

fn case(row: &LedgerRow, findings: &[&Judged], verdict: &Verdict) -> Case {
    let (open, rest): (Vec<&Judged>, Vec<&Judged>) =
        findings.iter().copied().partition(|judged| is_open_error(judged));
    let end = if !open.is_empty() {
        let finding = &open[0].finding;
        let message = format!("{}: {}", place(finding), finding.observed);
        let text = open.iter().map(|judged| told(judged)).collect();
        End::Failed { message, word: finding.rule.id(), text }
    } else if row.unmet {
        let required = verdict.required.iter().flatten().map(|state| state.as_str());
        let required = required.collect::<Vec<_>>().join(" or ");
        let message = format!("is {}; required is {required}", row.state);
        End::Failed { text: message.clone(), message, word: "required-state" }
    } else if let Some(reason) = &row.excuse {
        End::Skipped { message: format!("{}; excused: {reason}", row.state) }
    } else if row.state == State::Proven {
        End::Passed
    } else {
        End::Skipped { message: state(row, &rest) }
    };
    Case {
        class: format!("{}.{}", row.title, row.operation),
        name: format!("{} {} → {}", row.method, row.path, row.code),
        end,
        out: rest.iter().map(|judged| told(judged)).collect(),
    }
}

/// Why a case that did not fail did not pass.
fn state(row: &LedgerRow, findings: &[&Judged]) -> String {
    let reasons = findings.iter().filter_map(|judged| match &judged.acceptance {
        Acceptance::Accepted(reason) => Some(reason.as_str()),
        Acceptance::Open | Acceptance::Expired(_) => None,
    });
    match (row.state, stale(row)) {
        (State::Contradicted, _) => {
            let reasons: Vec<&str> = reasons.collect();
            format!("contradicted; accepted: {}", reasons.join("; "))
        }
        (State::Stale, Some(why)) => format!("stale: {why}"),
        (State::Unproven, _) if row.exchanges > 0 => {
            format!("unproven: none of {} exchanges could be judged wholly", row.exchanges)
        }
        (state, _) => format!("{state}: {}", why(state)),
    }
}

const fn why(state: State) -> &'static str {
    match state {
        State::Contradicted => "an exchange breaks the promise",
        State::Unproven => "no exchange shows this code",
        State::Simulated => "only mocks, faults, replays or edited exchanges show it",
        State::Stale => "the newest proof is too old",
        State::Proven => "an exchange shows the code and keeps the promise",
    }
}

/// What fails a run and is of no row, so that no green suite hides it.
fn others(verdict: &Verdict, findings: &[&Judged]) -> Vec<Case> {
    let one = |class: &str, name: String, end: End| Case {
        class: class.to_owned(),
        name,
        end,
        out: String::new(),
    };
    let mut cases: Vec<Case> = Vec::new();
    for judged in findings.iter().filter(|judged| judged.finding.severity == Severity::Error) {
        let finding = &judged.finding;
        let class = if finding.operation.is_empty() { "undocumented" } else { &finding.operation };
        let name = format!("{} {}: {}", finding.rule, subject(finding), finding.observed);
        let end = match &judged.acceptance {
            Acceptance::Accepted(reason) => End::Skipped { message: format!("accepted: {reason}") },
            Acceptance::Open | Acceptance::Expired(_) => {
                let message = format!("{}: {}", place(finding), finding.observed);
                End::Failed { message, word: finding.rule.id(), text: told(judged) }
            }
        };
        cases.push(one(class, name, end));
    }
    if verdict.totals.unlisted.contains_key(&Severity::Error) {
        let text: String = unlisted(verdict).map(|line| line + "\n").collect();
        let end = End::Failed { message: text.clone(), word: "unlisted", text };
        cases.push(one("findings", "findings that there was no room for".to_owned(), end));
    }
    if let Some(message) = partial(verdict) {
        // One share is what was asked for; a sum that lacks some is none.
        let end = match &verdict.shares[..] {
            [shares] if shares.have.len() == 1 => End::Skipped { message },
            _ => End::Failed { text: message.clone(), message, word: "shares" },
        };
        cases.push(one("shares", "all shares are there".to_owned(), end));
    }
    if verdict.end == Ended::NothingJudged {
        let exchanges = verdict.totals.exchanges;
        let message = format!("nothing was judged: {exchanges} exchanges were read");
        let end = End::Failed { text: message.clone(), message, word: "nothing-judged" };
        cases.push(one("exchanges", "exchanges were judged".to_owned(), end));
    }
    cases
}

fn is_open_error(judged: &Judged) -> bool {
    judged.finding.severity == Severity::Error
        && !matches!(judged.acceptance, Acceptance::Accepted(_))
}

fn told(judged: &Judged) -> String {
    let finding = &judged.finding;
    let mut out = String::new();
    let _ = writeln!(out, "{}[{}] {}", finding.severity, finding.rule, place(finding));
    for (word, text) in [
        ("in", shown_in(finding)),
        ("promised", promised(finding)),
        ("expected", finding.expected.clone()),
        ("observed", finding.observed.clone()),
        ("hint", finding.hint.clone()),
        ("fingerprint", finding.fingerprint.to_string()),
    ] {
        if !text.is_empty() {
            let _ = writeln!(out, "  {word:<11} {text}");
        }
    }
    if let Acceptance::Accepted(reason) = &judged.acceptance {
        let _ = writeln!(out, "  {:<11} {reason}", "accepted");
    }
    out
}
