//! For scripts: everything that is known of each flaw.

use super::Linted;
use crate::check::Severity;
use crate::lint::Flaw;
use serde_json::{Value, json};

pub(super) fn render(linted: &Linted) -> String {
    let findings: Vec<Value> = linted.flaws.iter().map(|found| flaw(linted, found)).collect();
    let result = json!({
        "testimony": 1,
        "documents": linted.documents,
        "totals": {
            "errors": linted.count(Severity::Error),
            "warnings": linted.count(Severity::Warning),
            "infos": linted.count(Severity::Info),
            "off": linted.off,
        },
        "findings": findings,
    });
    format!("{result:#}\n")
}

fn flaw(linted: &Linted, flaw: &Flaw) -> Value {
    let place = |pointer: &str| json!({"spec": flaw.spec, "pointer": pointer, "line": linted.line(&flaw.spec, pointer)});
    let pages: Vec<Value> = flaw
        .sources
        .iter()
        .filter(|source| source.page.is_some())
        .map(|source| json!({"page": source.page, "line": source.line}))
        .collect();
    json!({
        "rule": flaw.rule.id(),
        "severity": flaw.severity().as_str(),
        "operation": flaw.operation,
        "at": if flaw.spec.is_empty() { Value::Null } else { place(&flaw.pointer) },
        "also": flaw.also.iter().map(|other| place(other)).collect::<Vec<_>>(),
        "pages": pages,
        "what": flaw.what,
        "resolved": flaw.resolved,
        "hint": flaw.rule.explanation(),
    })
}
