//! The JSON form (`docs/self-test.md`).

use crate::check::{Catch, Mistake, PromiseName, TrialResult};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    testimony: u32,
    sound: bool,
    totals: Totals,
    kinds: Vec<KindShare>,
    rules: Vec<RuleShare>,
    missed: Vec<Missed<'a>>,
    false_findings: Vec<FalseFinding<'a>>,
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct Totals {
    planted: u64,
    caught: u64,
    promises: usize,
    left_out: usize,
    recorded: u64,
    not_conforming: u64,
    unplanted: u64,
    false_findings: u64,
}

#[derive(Serialize)]
struct KindShare {
    kind: &'static str,
    rule: Option<&'static str>,
    planted: u64,
    caught: u64,
}

#[derive(Serialize)]
struct RuleShare {
    rule: &'static str,
    planted: u64,
    caught: u64,
}

#[derive(Serialize)]
struct Place<'a> {
    spec: &'a str,
    operation: &'a str,
    code: &'a str,
    pointer: &'a str,
}

#[derive(Serialize)]
struct Missed<'a> {
    kind: &'static str,
    rule: &'static str,
    what: &'a str,
    at: String,
    promise: Place<'a>,
    cassette: &'a str,
    found_instead: &'a [String],
}

#[derive(Serialize)]
struct FalseFinding<'a> {
    written: &'static str,
    promise: Place<'a>,
    rule: &'static str,
    severity: &'static str,
    at: String,
    expected: &'a str,
    observed: &'a str,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    promise: Place<'a>,
    why: &'a str,
}

pub(super) fn render(result: &TrialResult) -> String {
    let Catch { planted, caught } = result.total();
    let report = Report {
        testimony: 1,
        sound: result.is_sound(),
        totals: Totals {
            planted,
            caught,
            promises: result.promises,
            left_out: result.left_out.len(),
            recorded: result.recorded,
            not_conforming: result.not_conforming,
            unplanted: result.unplanted,
            false_findings: result.wrongly,
        },
        kinds: kinds(result),
        rules: rules(result),
        missed: result.missed.iter().map(missed).collect(),
        false_findings: result.false_findings.iter().map(false_finding).collect(),
        left_out: result
            .left_out
            .iter()
            .map(|left| LeftOut { promise: place(&left.promise), why: &left.why })
            .collect(),
    };
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

/// Every kind, those that nothing was planted of with their noughts.
fn kinds(result: &TrialResult) -> Vec<KindShare> {
    let of = |mistake: Mistake| {
        let mut rows: Vec<KindShare> = result
            .kinds
            .iter()
            .filter(|((other, _), _)| *other == mistake)
            .map(|((_, rule), share)| KindShare {
                kind: mistake.id(),
                rule: Some(rule.id()),
                planted: share.planted,
                caught: share.caught,
            })
            .collect();
        if rows.is_empty() {
            rows.push(KindShare { kind: mistake.id(), rule: None, planted: 0, caught: 0 });
        }
        rows
    };
    Mistake::ALL.into_iter().flat_map(of).collect()
}

fn rules(result: &TrialResult) -> Vec<RuleShare> {
    let shares = result.rules();
    let share = |(rule, share): (crate::check::Rule, Catch)| RuleShare {
        rule: rule.id(),
        planted: share.planted,
        caught: share.caught,
    };
    shares.into_iter().map(share).collect()
}

fn missed(missed: &crate::check::Missed) -> Missed<'_> {
    Missed {
        kind: missed.mistake.id(),
        rule: missed.rule.id(),
        what: &missed.what,
        at: missed.at.to_string(),
        promise: place(&missed.promise),
        cassette: &missed.cassette,
        found_instead: &missed.instead,
    }
}

fn false_finding(found: &crate::check::FalseFinding) -> FalseFinding<'_> {
    FalseFinding {
        written: found.variation,
        promise: place(&found.promise),
        rule: found.finding.rule.id(),
        severity: found.finding.severity.as_str(),
        at: found.finding.at.to_string(),
        expected: &found.finding.expected,
        observed: &found.finding.observed,
    }
}

fn place(name: &PromiseName) -> Place<'_> {
    Place { spec: &name.spec, operation: &name.operation, code: &name.code, pointer: &name.pointer }
}
