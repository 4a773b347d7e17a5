//! SARIF 2.1.0: the page's line where there is one, else the spec's, the other places beside it.

use super::Linted;
use crate::exchange::Digest;
use crate::lint::{Flaw, Rule};
use crate::report::sarif::{level, log, numbered, on_page, physical, problem, sentence, titled};
use serde_json::{Value, json};

pub(super) fn render(linted: &Linted) -> String {
    let results: Vec<Value> = linted.flaws.iter().map(|flaw| result(linted, flaw)).collect();
    let invocation = json!({"executionSuccessful": true});
    log("testimony/spec-lint/", Rule::ALL.map(rule).into(), invocation, results)
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "name": titled(rule.id()),
        "shortDescription": {"text": sentence(rule.summary())},
        "fullDescription": {"text": rule.explanation()},
        "help": {"text": rule.explanation()},
        "defaultConfiguration": {"level": level(rule.severity())},
        "properties": {"tags": ["api", "documentation"], "problem.severity": problem(rule.severity())},
    })
}

fn result(linted: &Linted, flaw: &Flaw) -> Value {
    let mut places: Vec<(String, Value)> = flaw
        .sources
        .iter()
        .filter_map(|source| Some(on_page(source.page.as_deref()?, source.line)))
        .collect();
    if !flaw.spec.is_empty() {
        for pointer in std::iter::once(&flaw.pointer).chain(&flaw.also) {
            let line = linted.line(&flaw.spec, pointer);
            places.push((format!("{}#{pointer}", flaw.spec), physical(&flaw.spec, line)));
        }
    }
    let position = Rule::ALL.iter().position(|rule| *rule == flaw.rule);
    let mut text = format!("{}.", flaw.what.trim_end_matches('.'));
    if let Some(resolved) = &flaw.resolved {
        text = format!("{text} {}.", sentence(resolved).trim_end_matches('.'));
    }
    let mut result = json!({
        "ruleId": flaw.rule.id(),
        "ruleIndex": position,
        "level": level(flaw.severity()),
        "message": {"text": text},
        "partialFingerprints": {"testimony/lint/v1": fingerprint(flaw)},
        "properties": {"operation": flaw.operation},
    });
    let mut places = places.into_iter();
    if let Some((_, first)) = places.next() {
        result["locations"] = json!([first]);
    }
    let related = numbered(places);
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

/// The name of a flaw that outlives lines that move: rule and place, and where there is none, what it says.
fn fingerprint(flaw: &Flaw) -> String {
    let noted = flaw.pointer.starts_with("/info/");
    let place = if noted { &flaw.what } else { &flaw.pointer };
    let key = format!("{}\n{}\n{place}", flaw.rule.id(), flaw.spec);
    Digest::of(key.as_bytes()).hex()[..32].to_owned()
}
