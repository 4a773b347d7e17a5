//! Ids that tell nothing by themselves: `17` is another in its place only where the place says what it is the
//! id of, the item `17` of `/items/17` or `?item_id=17`.

use super::answers::Said;
use crate::exchange::{Body, Request, Target, decoded_text, percent_encoded};
use serde_json::Value;
use std::collections::HashMap;

/// Longest id, in bytes.
const LONGEST: usize = 64;
/// Most ids that are known.
const MOST: usize = 100_000;

/// Names of ids that do not say whose they are.
const PLAIN: [&str; 5] = ["id", "uuid", "key", "number", "name"];
/// Names of members that only hold what was asked for.
const WRAPPERS: [&str; 7] = ["data", "item", "result", "value", "content", "record", "element"];

/// Recorded ids and the fresh ones, by what they are the id of.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<(String, String), String>);

impl Ids {
    /// Learns from what an answer to a request for this target said.
    pub(super) fn learn(&mut self, target: &str, said: &Said, fresh: &str) {
        let fits = |text: &str| {
            text.len() <= LONGEST
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if self.0.len() < MOST
            && fits(&said.value)
            && fits(fresh)
            && let Some(kind) = kind(target, said)
        {
            self.0.insert((kind, said.value.clone()), fresh.to_owned());
        }
    }

    /// A request with the fresh ids; `None` where it has none of the recorded ones.
    pub(super) fn applied(&self, request: &Request) -> Option<Request> {
        if self.0.is_empty() {
            return None;
        }
        let (target, body) = (self.target(&request.target), self.body(request));
        (target.is_some() || body.is_some()).then(|| {
            let mut fresh = request.clone();
            fresh.target = target.unwrap_or(fresh.target);
            fresh.body = body.unwrap_or(fresh.body);
            fresh
        })
    }

    fn of(&self, kind: String, value: &str) -> Option<&str> {
        self.0.get(&(kind, value.to_owned())).map(String::as_str)
    }

    fn target(&self, target: &str) -> Option<String> {
        let parsed = Target::parse(target);
        let mut changed = false;
        let mut path: Vec<String> = Vec::new();
        let mut before = "";
        for segment in parsed.path.split('/') {
            let fresh = self.of(stem(&decoded_text(before)), &decoded_text(segment));
            changed |= fresh.is_some();
            path.push(fresh.map_or_else(|| segment.to_owned(), percent_encoded));
            before = segment;
        }
        let query = parsed.query.map(|query| {
            let pair = |pair: &str| {
                let (name, value) = pair.split_once('=')?;
                let fresh = self.of(named(&decoded_text(name))?, &decoded_text(value))?;
                Some(format!("{name}={}", percent_encoded(fresh)))
            };
            let pairs = query.split('&').map(|text| {
                let fresh = pair(text);
                changed |= fresh.is_some();
                fresh.unwrap_or_else(|| text.to_owned())
            });
            format!("?{}", pairs.collect::<Vec<_>>().join("&"))
        });
        let origin = target.find("://").map_or(0, |at| at + 3 + parsed.authority.len());
        changed.then(|| {
            format!("{}{}{}", &target[..origin], path.join("/"), query.unwrap_or_default())
        })
    }

    fn body(&self, request: &Request) -> Option<Body> {
        let bytes =
            request.body.bytes().filter(|_| !request.headers.contains("content-encoding"))?;
        let mut value: Value = serde_json::from_slice(bytes).ok()?;
        self.json(&mut value, None).then(|| Body::from_bytes(value.to_string().into_bytes()))
    }

    fn json(&self, value: &mut Value, kind: Option<&str>) -> bool {
        let fresh = |text: &str| self.of(kind?.to_owned(), text);
        match value {
            Value::Object(members) => {
                let mut changed = false;
                for (name, value) in members.iter_mut() {
                    changed |= self.json(value, named(name).as_deref());
                }
                changed
            }
            Value::Array(elements) => {
                let mut changed = false;
                for value in elements {
                    changed |= self.json(value, kind);
                }
                changed
            }
            Value::String(text) => match fresh(text) {
                Some(other) => {
                    *value = Value::from(other);
                    true
                }
                None => false,
            },
            Value::Number(number) => {
                let other =
                    fresh(&number.to_string()).and_then(|text| serde_json::from_str(text).ok());
                let Some(other @ Value::Number(_)) = other else { return false };
                *value = other;
                true
            }
            _ => false,
        }
    }
}

/// What a value is the id of.
pub(super) fn kind(target: &str, said: &Said) -> Option<String> {
    let lower = said.name.to_ascii_lowercase();
    if !PLAIN.contains(&lower.as_str()) {
        return named(&said.name);
    }
    let holder = stem(&said.holder);
    if holder.is_empty() || WRAPPERS.contains(&holder.as_str()) {
        collection(target)
    } else {
        Some(holder)
    }
}

/// The last segment of a path that is no id itself.
pub(super) fn collection(target: &str) -> Option<String> {
    let segments = Target::parse(target).path.split('/').rev();
    let mut names = segments.filter(|segment| !segment.bytes().any(|byte| byte.is_ascii_digit()));
    names.find(|segment| !segment.is_empty()).map(|segment| stem(&decoded_text(segment)))
}

/// What a name like `item_id` or `itemIds` is of.
fn named(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let by_word =
        ["_ids", "_id", "-ids", "-id", "_uuid"].iter().find_map(|end| lower.strip_suffix(end));
    let by_case = || ["Ids", "IDs", "Id", "ID"].iter().find_map(|end| name.strip_suffix(end));
    by_word.or_else(by_case).filter(|rest| !rest.is_empty()).map(stem)
}

/// A name in the singular, without separators, in lower case.
pub(super) fn stem(name: &str) -> String {
    let plain = name.chars().filter(|c| !matches!(c, '-' | '_'));
    let plain: String = plain.map(|c| c.to_ascii_lowercase()).collect();
    match plain.strip_suffix("ies") {
        Some(rest) => format!("{rest}y"),
        None => plain.strip_suffix('s').unwrap_or(&plain).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(holder: &str, name: &str, value: &str) -> Said {
        Said { name: name.into(), holder: holder.into(), value: value.into() }
    }

    #[test]
    fn short_ids_are_replaced_where_the_place_says_whose_they_are() {
        let mut ids = Ids::default();
        ids.learn("http://h/v1/items", &said("", "id", "17"), "42");
        ids.learn("http://h/v1/items/17/parts", &said("data", "id", "1"), "8");
        ids.learn("http://h/v1/items", &said("", "ownerId", "5"), "6");
        ids.learn("http://h/v1/items", &said("", "count", "3"), "4");
        for (target, expected) in [
            ("http://h/v1/items/17", Some("http://h/v1/items/42")),
            ("http://h/v1/items/17/parts/1?page=1", Some("http://h/v1/items/42/parts/8?page=1")),
            ("http://h/v1/x?item_id=17&limit=17", Some("http://h/v1/x?item_id=42&limit=17")),
            ("http://h/v1/owners/5", Some("http://h/v1/owners/6")),
            ("http://h/v1/boxes/17?page=5&count=3", None),
        ] {
            let request = Request { target: target.into(), ..Request::default() };
            let applied = ids.applied(&request).map(|request| request.target);
            assert_eq!(applied.as_deref(), expected, "{target}");
        }
        let body = Body::from(r#"{"item_ids": [17, "17"], "size": 17, "by": {"owner_id": "5"}}"#);
        let request = Request { target: "http://h/v1/x".into(), body, ..Request::default() };
        let applied = ids.applied(&request).unwrap();
        let expected = r#"{"item_ids":[42,"42"],"size":17,"by":{"owner_id":"6"}}"#;
        assert_eq!(applied.body, Body::from(expected));
    }
}
