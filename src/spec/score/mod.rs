//! How well one document tells what another, taken for true, tells: precision and recall by kind of
//! fact. For documents that were read from pages, against the vendor's own machine-readable ones.
//!
//! Names are compared by operation and place; types, mandatory flags and rules only where both
//! documents have the name, so that a name that is missed counts once.

mod facts;

use super::{Operation, Spec};
use facts::{Facts, facts};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// Operations, by method and path or by selector.
    Operation,
    /// Parameters and fields of request bodies, by place and name.
    Parameter,
    /// Fields of responses, by code and name.
    Field,
    /// Types of both.
    Type,
    /// Whether a parameter or a field of the request is mandatory.
    Required,
    /// Status codes.
    Code,
    /// A rule, by its keyword.
    Constraint(&'static str),
}

impl FactKind {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Operation => "operations",
            Self::Parameter => "parameters",
            Self::Field => "fields",
            Self::Type => "types",
            Self::Required => "required",
            Self::Code => "codes",
            Self::Constraint(_) => "constraints",
        }
    }

    /// The keyword of a rule.
    pub const fn keyword(&self) -> Option<&'static str> {
        match self {
            Self::Constraint(keyword) => Some(keyword),
            _ => None,
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword().unwrap_or(self.as_str()))
    }
}

/// A fact on which the documents do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fact it is.
    pub kind: FactKind,
    /// The operation, as the true document names it.
    pub operation: String,
    /// Where in it: `query limit`, `body volume.size`, `200 job_id`.
    pub place: String,
    /// What the true document says; `None` when it says nothing.
    pub truth: Option<String>,
    /// What the other says; `None` when it says nothing.
    pub found: Option<String>,
}

impl Fault {
    /// `missing`, `extra` or `different`.
    pub const fn what(&self) -> &'static str {
        match (&self.truth, &self.found) {
            (Some(_), None) => "missing",
            (None, _) => "extra",
            (Some(_), Some(_)) => "different",
        }
    }
}

/// Facts of one kind, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Told alike by both.
    pub right: usize,
    /// Told by the true document alone.
    pub missing: usize,
    /// Told by the other alone.
    pub extra: usize,
    /// Told by both, and not alike.
    pub different: usize,
}

impl Tally {
    /// The share of what is told that is true; 1 when nothing is told.
    pub fn precision(self) -> f64 {
        share(self.right, self.right + self.extra + self.different)
    }

    /// The share of what is true that is told; 1 when there is nothing to tell.
    pub fn recall(self) -> f64 {
        share(self.right, self.right + self.missing + self.different)
    }

    /// Two counts together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            missing: self.missing + other.missing,
            extra: self.extra + other.extra,
            different: self.different + other.different,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of facts are small")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// What a comparison with the truth comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// The count of each kind that either document has facts of.
    pub tallies: BTreeMap<FactKind, Tally>,
    /// Every fact on which they do not agree.
    pub faults: Vec<Fault>,
}

impl Score {
    /// All rules together, whatever their keyword.
    pub fn constraints(&self) -> Tally {
        let rules = self.tallies.iter().filter(|(kind, _)| kind.keyword().is_some());
        rules.fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally))
    }

    fn count(
        &mut self,
        kind: FactKind,
        operation: &str,
        place: &str,
        pair: (Option<&str>, Option<&str>),
    ) {
        let tally = self.tallies.entry(kind.clone()).or_default();
        match pair {
            (Some(truth), Some(found)) if truth == found => tally.right += 1,
            (Some(_), Some(_)) => tally.different += 1,
            (Some(_), None) => tally.missing += 1,
            (None, _) => tally.extra += 1,
        }
        if pair.0 != pair.1 {
            self.faults.push(Fault {
                kind,
                operation: operation.to_owned(),
                place: place.to_owned(),
                truth: pair.0.map(str::to_owned),
                found: pair.1.map(str::to_owned),
            });
        }
    }
}

/// Compares a document with one that is taken for true.
pub fn score(truth: &Spec, found: &Spec) -> Score {
    let mut score = Score::default();
    let pairs = pairs(truth, found);
    for (own, other) in &pairs {
        let name = own.or(*other).map(shown).unwrap_or_default();
        let told = |operation: Option<&Operation>| operation.map(|_| "");
        score.count(FactKind::Operation, &name, "", (told(*own), told(*other)));
        if let (Some(own), Some(other)) = (own, other) {
            compare(&mut score, &name, &facts(truth, own), &facts(found, other));
        }
    }
    score
}

/// Operations that mean the same, and those of one side only.
fn pairs<'a>(
    truth: &'a Spec,
    found: &'a Spec,
) -> Vec<(Option<&'a Operation>, Option<&'a Operation>)> {
    let mut open: Vec<&Operation> = found.operations.iter().collect();
    let mut pairs = Vec::new();
    for own in &truth.operations {
        let at = open.iter().position(|other| key(other) == key(own));
        pairs.push((Some(own), at.map(|at| open.remove(at))));
    }
    pairs.extend(open.into_iter().map(|other| (None, Some(other))));
    pairs
}

/// What makes two operations one: the value that selects them, else method and path, variables
/// without their names.
fn key(operation: &Operation) -> (String, String) {
    if let Some(selector) = &operation.selector {
        return (String::new(), selector.value.clone());
    }
    let base = operation.base_paths.first().map_or("", String::as_str);
    let whole = format!("{base}{}", operation.path);
    let parts: Vec<&str> = whole
        .trim_matches('/')
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect();
    (operation.method.clone(), parts.join("/"))
}

fn shown(operation: &Operation) -> String {
    match &operation.selector {
        Some(selector) => selector.value.clone(),
        None => format!("{} {}", operation.method, operation.path),
    }
}

fn compare(score: &mut Score, name: &str, truth: &Facts, found: &Facts) {
    let codes: BTreeSet<&String> = truth.codes.union(&found.codes).collect();
    for code in codes {
        let told = |facts: &Facts| facts.codes.contains(code).then_some("");
        score.count(FactKind::Code, name, code, (told(truth), told(found)));
    }
    let places: BTreeSet<&String> = truth.fields.keys().chain(found.fields.keys()).collect();
    for place in places {
        let (own, other) = (truth.fields.get(place), found.fields.get(place));
        let answer = own.or(other).is_some_and(|field| field.answered);
        let kind = if answer { FactKind::Field } else { FactKind::Parameter };
        score.count(kind, name, place, (own.map(|_| ""), other.map(|_| "")));
        let (Some(own), Some(other)) = (own, other) else { continue };
        let types = (own.kind.as_deref(), other.kind.as_deref());
        if types.0.is_some() || types.1.is_some() {
            score.count(FactKind::Type, name, place, types);
        }
        if !answer {
            let flag = |required: bool| Some(if required { "yes" } else { "no" });
            score.count(
                FactKind::Required,
                name,
                place,
                (flag(own.required), flag(other.required)),
            );
        }
        let keywords: BTreeSet<&&'static str> =
            own.rules.keys().chain(other.rules.keys()).collect();
        for keyword in keywords {
            let told = (own.rules.get(*keyword), other.rules.get(*keyword));
            let told = (told.0.map(String::as_str), told.1.map(String::as_str));
            score.count(FactKind::Constraint(keyword), name, place, told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn spec(document: &Value) -> Spec {
        Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
    }

    fn page(size: &Value, codes: &[&str]) -> Spec {
        let responses: serde_json::Map<String, Value> = codes
            .iter()
            .map(|code| ((*code).to_owned(), json!({"description": "x", "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}})))
            .collect();
        spec(&json!({
            "openapi": "3.1.0", "info": {"title": "x", "version": "1"},
            "paths": {"/v1/{site}/depots": {"post": {
                "parameters": [{"name": "site", "in": "path", "required": true, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Depot"}}}},
                "responses": responses,
            }}},
            "components": {"schemas": {"Depot": {"type": "object", "required": ["size"], "properties": {
                "size": size, "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Depot"}},
            }}}},
        }))
    }

    #[test]
    fn a_document_agrees_with_itself() {
        let own = page(&json!({"type": "integer", "minimum": 1, "enum": [2, 1]}), &["200", "404"]);
        let score = score(&own, &own);
        assert!(score.faults.is_empty(), "{:?}", score.faults);
        assert!(score.tallies.values().all(|tally| tally.right > 0));
        assert!((score.constraints().precision() - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_differs_is_told_by_kind_and_place() {
        let truth = page(&json!({"type": "integer", "minimum": 1, "maximum": 9}), &["200", "404"]);
        let found = page(&json!({"type": "string", "maximum": 8, "maxLength": 3}), &["200", "500"]);
        let score = score(&truth, &found);
        let told: Vec<String> = score
            .faults
            .iter()
            .filter(|fault| {
                !fault.place.contains("[]") && !fault.place.starts_with(['4', '5'])
                    || fault.kind == FactKind::Code
            })
            .map(|fault| format!("{} {} {}", fault.what(), fault.kind, fault.place))
            .collect();
        assert_eq!(
            told,
            [
                "missing codes 404",
                "extra codes 500",
                "different types body size",
                "extra maxLength body size",
                "different maximum body size",
                "missing minimum body size",
            ]
        );
        let codes = score.tallies[&FactKind::Code];
        assert!(
            (codes.precision() - 0.5).abs() < f64::EPSILON
                && (codes.recall() - 0.5).abs() < f64::EPSILON
        );
    }
}
