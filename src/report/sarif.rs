//! SARIF 2.1.0 (OASIS): findings as results, with places in cassettes, and in specs and pages beside.
//! Fingerprints are the findings' own, so that an alert outlives a new recording.

use super::Report;
use super::wording::{ended, partial, place, shown_in, subject, unlisted};
use crate::check::{Acceptance, End, Finding, Judged, Rule, Severity};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Most rows of the ledger that are named for a state that was required.
const UNMET: usize = 100;

/// What a path can't hold in a URI (RFC 3986, section 3.3).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The result as indented JSON.
pub(super) fn render(report: &Report<'_>) -> String {
    let verdict = report.verdict;
    let findings = verdict.findings.iter().enumerate();
    let results: Vec<Value> =
        findings.map(|(index, judged)| result(report, index, judged)).collect();
    let exit = match verdict.end {
        End::Conforms => 0,
        End::Breaks => 1,
        End::NothingJudged => 4,
    };
    log(
        "testimony/check/",
        Rule::ALL.map(rule).into(),
        json!({
            "executionSuccessful": true,
            "exitCode": exit,
            "exitCodeDescription": ended(verdict.end),
            "toolExecutionNotifications": notifications(report),
        }),
        results,
    )
}

/// A log of one run of that category, as indented JSON.
pub(super) fn log(
    category: &str,
    rules: Vec<Value>,
    invocation: Value,
    results: Vec<Value>,
) -> String {
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Testimony",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": category},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
        }],
    });
    // Strings, numbers and lists: nothing in it can fail to be written.
    serde_json::to_string_pretty(&log).unwrap_or_default() + "\n"
}

fn rule(rule: Rule) -> Value {
    let explanation = rule.explanation();
    json!({
        "id": rule.id(),
        "name": titled(rule.id()),
        "shortDescription": {"text": sentence(rule.summary())},
        "fullDescription": {"text": explanation},
        "help": {
            "text": explanation,
            "markdown": format!("**{}**: {}\n\n{explanation}\n", rule.id(), rule.summary()),
        },
        "defaultConfiguration": {"level": level(rule.default_severity())},
        "properties": {"tags": ["api", "conformance"], "problem.severity": problem(rule.default_severity())},
    })
}

/// An id in the form that SARIF asks for in names (section 3.49.7): `response-schema` is `ResponseSchema`.
pub(super) fn titled(id: &str) -> String {
    let capital = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    id.split('-').map(capital).collect()
}

pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

pub(super) const fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    }
}

pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(report: &Report<'_>, index: usize, judged: &Judged) -> Value {
    let finding = &judged.finding;
    let position = Rule::ALL.iter().position(|rule| *rule == finding.rule);
    let fingerprint = finding.fingerprint.as_str();
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": position,
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [location(report, index, finding)],
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{fingerprint}:1"),
            "testimony/v1": fingerprint,
        },
        "occurrenceCount": finding.exchanges.max(1),
        "properties": {
            "operation": finding.operation,
            "code": finding.code,
            "exchange": finding.exchange.0,
            "at": finding.at.to_string(),
            "expected": finding.expected,
            "observed": finding.observed,
            "hint": finding.hint,
        },
    });
    let related = related(report, finding);
    if let Value::Object(members) = &mut result {
        if !related.is_empty() {
            members.insert("relatedLocations".to_owned(), Value::Array(related));
        }
        if let Acceptance::Accepted(reason) = &judged.acceptance {
            let accepted = json!([{
                "kind": "external", "status": "accepted", "justification": reason,
            }]);
            members.insert("suppressions".to_owned(), accepted);
        }
    }
    result
}

fn message(finding: &Finding) -> String {
    let subject = [subject(finding), place(finding)];
    let subject: Vec<&str> =
        subject.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let Finding { expected, observed, hint, .. } = finding;
    let mut text = format!("{}: expected {expected}; observed {observed}.", subject.join(": "));
    let shown = shown_in(finding);
    if !shown.is_empty() {
        let _ = write!(text, " In {shown}.");
    }
    format!("{text} {}.", sentence(hint).trim_end_matches('.'))
}

fn location(report: &Report<'_>, index: usize, finding: &Finding) -> Value {
    let mut location = if finding.cassette.is_empty() {
        physical(&finding.promise.spec, line_in_spec(report, finding))
    } else {
        physical(&finding.cassette, report.evidence.line(index))
    };
    let mut logical = Vec::new();
    if !finding.cassette.is_empty() {
        logical.push(json!({
            "name": finding.at.to_string(),
            "fullyQualifiedName":
                format!("{}#{}{}", finding.cassette, finding.exchange, finding.at),
            "kind": "value",
        }));
    }
    if let (Value::Object(members), false) = (&mut location, logical.is_empty()) {
        members.insert("logicalLocations".to_owned(), Value::Array(logical));
    }
    location
}

/// Where the promise is made: in the spec, and on the page that it was read from.
fn related(report: &Report<'_>, finding: &Finding) -> Vec<Value> {
    let promise = &finding.promise;
    let mut places = Vec::new();
    if !promise.spec.is_empty() && !finding.cassette.is_empty() {
        let text = format!("promised in {}#{}", promise.spec, promise.pointer);
        places.push((text, physical(&promise.spec, line_in_spec(report, finding))));
    }
    places.extend(promise.page.as_deref().map(|page| on_page(page, promise.line)));
    numbered(places)
}

/// A place on a documentation page, and what it is.
pub(super) fn on_page(page: &str, line: Option<u32>) -> (String, Value) {
    let line = line.map(u64::from);
    let at = line.map_or(String::new(), |line| format!(":{line}"));
    (format!("documented in {page}{at}"), physical(page, line))
}

/// Related locations, each with its text.
pub(super) fn numbered(places: impl IntoIterator<Item = (String, Value)>) -> Vec<Value> {
    let numbered = (1..).zip(places).map(|(id, (text, mut location))| {
        if let Value::Object(members) = &mut location {
            members.insert("id".to_owned(), json!(id));
            members.insert("message".to_owned(), json!({"text": text}));
        }
        location
    });
    numbered.collect()
}

fn line_in_spec(report: &Report<'_>, finding: &Finding) -> Option<u64> {
    let promise = &finding.promise;
    Some(report.evidence.passage(&promise.spec, &promise.pointer)?.line)
}

pub(super) fn physical(file: &str, line: Option<u64>) -> Value {
    let mut place = Map::new();
    place.insert("artifactLocation".to_owned(), json!({"uri": uri(file)}));
    if let Some(line) = line {
        place.insert("region".to_owned(), json!({"startLine": line}));
    }
    json!({"physicalLocation": place})
}

/// A file's name as a URI reference; a page that has an address of its own keeps it.
fn uri(file: &str) -> String {
    if file.starts_with("https://") || file.starts_with("http://") {
        let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\');
        let address = |c: char| if allowed(c) { c.to_string() } else { encoded(&c.to_string()) };
        return file.chars().map(address).collect();
    }
    let file = file.strip_prefix("./").unwrap_or(file);
    let path = encoded(file);
    if path.starts_with('/') {
        return format!("file://{path}");
    }
    // A colon in the first segment would be taken for a scheme's (section 4.2).
    match path.split_once('/') {
        Some((first, rest)) => format!("{}/{rest}", first.replace(':', "%3A")),
        None => path.replace(':', "%3A"),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// What fails a run and is no finding.
fn notifications(report: &Report<'_>) -> Vec<Value> {
    let verdict = report.verdict;
    let rows = verdict.ledger.iter().filter(|row| row.unmet);
    let unmet: Vec<String> =
        rows.map(|row| format!("{} {} is {}", row.operation, row.code, row.state)).collect();
    let mut told: Vec<String> = unmet.iter().take(UNMET).cloned().collect();
    if let Some(more @ 1..) = unmet.len().checked_sub(UNMET) {
        told.push(format!("{more} codes more are in no required state"));
    }
    told.extend(unlisted(verdict));
    told.extend(partial(verdict));
    if verdict.end == End::NothingJudged {
        told.push(format!("nothing was judged: {} exchanges were read", verdict.totals.exchanges));
    }
    told.iter().map(|text| json!({"level": "error", "message": {"text": text}})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_uri_references() {
        let cases = [
            ("cassettes/a b.cassette", "cassettes/a%20b.cassette"),
            ("./a#1.cassette", "a%231.cassette"),
            ("/tmp/ü.yaml", "file:///tmp/%C3%BC.yaml"),
            ("a:b/c:d", "a%3Ab/c:d"),
            ("https://docs.example/a?b=\"c\"", "https://docs.example/a?b=%22c%22"),
        ];
        for (file, expected) in cases {
            assert_eq!(uri(file), expected);
        }
        assert_eq!(titled(Rule::ResponseSchema.id()), "ResponseSchema");
    }
}
