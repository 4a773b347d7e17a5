//! `x-source`: an object, or a list of them.

use crate::page::families::Family;
use crate::page::model::Origin;
use serde_json::{Value, json};

/// How sure a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Confidence {
    /// The page says so.
    Stated,
    /// It follows from what the page says.
    Derived,
}

/// A source of lines of one page; one object for one line, else a list.
pub(super) fn lines(page: &str, lines: &[u32], confidence: Confidence) -> Value {
    let confidence = match confidence {
        Confidence::Stated => "stated",
        Confidence::Derived => "derived",
    };
    let mut sources: Vec<Value> = Vec::with_capacity(lines.len());
    for line in lines {
        let source = json!({ "page": page, "line": line, "confidence": confidence });
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    match sources.len() {
        1 => sources.remove(0),
        _ => Value::Array(sources),
    }
}

/// The source of a fact.
pub(super) fn of(page: &str, family: Option<&Family>, origin: &Origin) -> Value {
    match origin {
        Origin::Stated(line) => lines(page, &[*line], Confidence::Stated),
        Origin::Derived(line) => lines(page, &[*line], Confidence::Derived),
        Origin::Family => json!({ "family": family.map_or("", |family| family.name) }),
        Origin::Flag(flag) => json!({ "flag": flag }),
    }
}

/// Two sources in one list, each once.
pub(super) fn joined(one: Value, other: Value) -> Value {
    let list = |value: Value| match value {
        Value::Array(list) => list,
        single => vec![single],
    };
    let mut all = list(one);
    for source in list(other) {
        if !all.contains(&source) {
            all.push(source);
        }
    }
    match all.len() {
        1 => all.remove(0),
        _ => Value::Array(all),
    }
}
