//! Where two requests, or two answers, differ: places with whole values.

use super::super::canonical::{Canonical, CanonicalBody};
use serde_json::Value;
use std::collections::BTreeMap;

/// Most places of one pair.
const MOST: usize = 200;

/// A place, general over the elements of arrays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Spot {
    /// A segment, from 1.
    Path(usize),
    Query(String),
    Header(String),
    Form(String),
    /// A path of JSON.
    Json(String),
    /// An array of JSON, by its path.
    Order(String),
    /// A path of XML.
    Xml(String),
    Part(String),
    /// A body that is told apart as a whole.
    Body,
}

/// A place and what stands there on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) spot: Spot,
    pub(super) left: Option<String>,
    pub(super) right: Option<String>,
}

/// The places at which two requests differ; they have the same method and number of segments.
pub(super) fn of_requests(left: &Canonical, right: &Canonical) -> Vec<Apart> {
    let mut found = Vec::new();
    for (index, (ours, theirs)) in left.path.split('/').zip(right.path.split('/')).enumerate() {
        if ours != theirs {
            put(&mut found, Spot::Path(index.max(1)), Some(ours), Some(theirs));
        }
    }
    pairs(&left.query, &right.query, Spot::Query, &mut found);
    pairs(&left.headers, &right.headers, Spot::Header, &mut found);
    if left.body != right.body {
        bodies(&left.body, &right.body, &mut found);
    }
    found.truncate(MOST);
    found
}

fn put(found: &mut Vec<Apart>, spot: Spot, left: Option<&str>, right: Option<&str>) {
    if found.len() < MOST {
        let own = |text: Option<&str>| text.map(ToOwned::to_owned);
        found.push(Apart { spot, left: own(left), right: own(right) });
    }
}

/// Pairs by name: what one name has on one side only.
pub(super) fn pairs(
    left: &[(String, String)],
    right: &[(String, String)],
    spot: impl Fn(String) -> Spot,
    found: &mut Vec<Apart>,
) {
    let mut names: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
    for (side, list) in [left, right].into_iter().enumerate() {
        for (name, value) in list {
            names.entry(name).or_default()[side].push(value);
        }
    }
    for (name, [mut ours, mut theirs]) in names {
        ours.sort_unstable();
        theirs.sort_unstable();
        let shared: Vec<&str> = ours.iter().filter(|one| theirs.contains(one)).copied().collect();
        if ours == theirs {
            continue;
        }
        ours.retain(|one| !shared.contains(one));
        theirs.retain(|one| !shared.contains(one));
        put(found, spot(name.to_owned()), ours.first().copied(), theirs.first().copied());
    }
}

fn bodies(left: &CanonicalBody, right: &CanonicalBody, found: &mut Vec<Apart>) {
    match (left, right) {
        (CanonicalBody::Json(ours), CanonicalBody::Json(theirs)) => {
            match (serde_json::from_slice(ours), serde_json::from_slice(theirs)) {
                (Ok(ours), Ok(theirs)) => json(&ours, &theirs, &mut "$".to_owned(), found),
                _ => put(found, Spot::Body, None, None),
            }
        }
        (CanonicalBody::Xml(ours), CanonicalBody::Xml(theirs)) => {
            match (serde_json::from_slice(ours), serde_json::from_slice(theirs)) {
                (Ok(ours), Ok(theirs)) => xml(&ours, &theirs, &mut String::new(), found),
                _ => put(found, Spot::Body, None, None),
            }
        }
        (CanonicalBody::Form(ours), CanonicalBody::Form(theirs)) => {
            pairs(ours, theirs, Spot::Form, found);
        }
        (CanonicalBody::Multipart(ours), CanonicalBody::Multipart(theirs)) => {
            let named = |parts: &[crate::exchange::multipart::Part]| -> Vec<(String, String)> {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                parts
                    .iter()
                    .map(|part| (part.name().unwrap_or_default(), text(&part.content)))
                    .collect()
            };
            let before = found.len();
            pairs(&named(ours), &named(theirs), Spot::Part, found);
            if found.len() == before {
                // Their headers, or their order.
                put(found, Spot::Body, None, None);
            }
        }
        (CanonicalBody::Bytes(ours), CanonicalBody::Bytes(theirs)) => {
            let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(ToOwned::to_owned);
            put(found, Spot::Body, text(ours).as_deref(), text(theirs).as_deref());
        }
        _ => put(found, Spot::Body, None, None),
    }
}

/// The leaves at which two values differ. Nesting is bounded by who read them.
pub(super) fn json(left: &Value, right: &Value, at: &mut String, found: &mut Vec<Apart>) {
    if left == right || found.len() >= MOST {
        return;
    }
    let length = at.len();
    match (left, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
                at.push_str(&step(name));
                match (ours.get(name), theirs.get(name)) {
                    (Some(ours), Some(theirs)) => json(ours, theirs, at, found),
                    (ours, theirs) => leaf(ours, theirs, at, found),
                }
                at.truncate(length);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if sorted(ours) == sorted(theirs) {
                let (left, right) = (plain(left), plain(right));
                put(found, Spot::Order(at.clone()), Some(&left), Some(&right));
                return;
            }
            at.push_str("[*]");
            for index in 0..ours.len().max(theirs.len()) {
                match (ours.get(index), theirs.get(index)) {
                    (Some(ours), Some(theirs)) => json(ours, theirs, at, found),
                    (ours, theirs) => leaf(ours, theirs, at, found),
                }
            }
            at.truncate(length);
        }
        _ => leaf(Some(left), Some(right), at, found),
    }
}

/// The elements and attributes at which two documents differ, by their paths.
fn xml(left: &Value, right: &Value, at: &mut String, found: &mut Vec<Apart>) {
    let (Value::Object(ours), Value::Object(theirs)) = (left, right) else {
        if left != right {
            let (left, right) = (plain(left), plain(right));
            put(found, Spot::Xml(at.clone()), Some(&left), Some(&right));
        }
        return;
    };
    let length = at.len();
    for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
        match name.split('[').next().unwrap_or(name) {
            // The order of elements, which no rule is for; and the element's own text.
            "#order" if ours.get(name) == theirs.get(name) => continue,
            "#order" => put(found, Spot::Body, None, None),
            name if name.starts_with('#') => {}
            name => at.extend(["/", name]),
        }
        match (ours.get(name), theirs.get(name)) {
            _ if name == "#order" => {}
            (Some(ours), Some(theirs)) => xml(ours, theirs, at, found),
            (ours, theirs) => {
                let (ours, theirs) = (ours.map(plain), theirs.map(plain));
                put(found, Spot::Xml(at.clone()), ours.as_deref(), theirs.as_deref());
            }
        }
        at.truncate(length);
    }
}

fn leaf(left: Option<&Value>, right: Option<&Value>, at: &str, found: &mut Vec<Apart>) {
    let (left, right) = (left.map(plain), right.map(plain));
    put(found, Spot::Json(at.to_owned()), left.as_deref(), right.as_deref());
}

fn sorted(items: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.sort_unstable();
    texts
}

/// A value as it reads: the canonical spelling of numbers is nobody's.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers below 1e15 are exact")]
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => (whole as i64).to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// One step of a JSON path (RFC 9535, section 2.5.1).
fn step(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return format!(".{name}");
    }
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}
