//! The parts of a document that are told apart: each operation, each component, each member of `info`, and
//! whatever else stands at the root. The seal holds a digest of each.

use crate::exchange::{Digest, pointer_token};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where in `info` the seal stands.
pub(super) const SEAL: &str = "x-as-imported";

/// Members of `info` that say what the pages were like, and are of no use when changed by hand.
const REPORTS: &[&str] = &[SEAL, "x-pages", "x-losses", "x-contradictions"];

/// Digits of a digest that are kept: enough to see a change, which nobody makes on purpose to hide it.
const DIGITS: usize = 16;

/// Notes in a document what each of its parts is.
pub fn seal(document: &mut Value) {
    let digests = digests(document).into_iter().map(|(part, own)| (part, Value::String(own)));
    let digests: Map<String, Value> = digests.collect();
    if let Some(Value::Object(info)) = document.get_mut("info") {
        info.insert(SEAL.to_owned(), Value::Object(digests));
    }
}

/// The document without its seal.
pub fn unsealed(document: &Value) -> Value {
    let mut document = document.clone();
    if let Some(Value::Object(info)) = document.get_mut("info") {
        info.shift_remove(SEAL);
    }
    document
}

/// The digest of every part, by its pointer.
pub(super) fn digests(document: &Value) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (pointer, value) in parts(document) {
        let mut text = String::new();
        write(value, &mut text);
        let digest = Digest::of(text.as_bytes()).hex();
        digests.insert(pointer, digest.get(..DIGITS).unwrap_or(&digest).to_owned());
    }
    digests
}

/// Pointer and value of every part.
fn parts(document: &Value) -> Vec<(String, &Value)> {
    let mut parts = Vec::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        let pointer = format!("/{}", pointer_token(key));
        match (key.as_str(), value) {
            ("paths" | "components", Value::Object(groups)) => {
                for (name, group) in groups {
                    let pointer = format!("{pointer}/{}", pointer_token(name));
                    split(group, &pointer, &[], &mut parts);
                }
            }
            ("info", Value::Object(_)) => split(value, &pointer, REPORTS, &mut parts),
            _ => parts.push((pointer, value)),
        }
    }
    parts
}

fn split<'a>(
    value: &'a Value,
    pointer: &str,
    without: &[&str],
    parts: &mut Vec<(String, &'a Value)>,
) {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(key, _)| !without.contains(&key.as_str()));
            parts.extend(
                members.map(|(key, value)| (format!("{pointer}/{}", pointer_token(key)), value)),
            );
        }
        other => parts.push((pointer.to_owned(), other)),
    }
}

/// A value as text in which the order of keys does not show.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (key, value) in members {
                out.push_str(&Value::from(key.as_str()).to_string());
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}
