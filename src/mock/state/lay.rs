//! Lays what is known of things over bodies that were made for a document: only fields that the body's
//! schema names, and only as far as it takes them.

use super::names::{is_id_of, is_job, is_name_of, noun, words};
use super::world::text;
use crate::exchange::pointer_token;
use serde_json::{Map, Value};

/// Deepest nesting at which things are looked for in a body.
const DEPTH: usize = 3;
/// Most fields that are tried one by one where a body does not take them all.
const TRIED: usize = 64;
/// Members that hold what an answer is about.
const WRAPPERS: [&str; 9] =
    ["data", "result", "item", "resource", "response", "payload", "object", "body", "entity"];

/// What can be asked of the promise that a body is for.
pub(in crate::mock) struct Promised<'p> {
    /// Whether a body keeps it.
    pub keeps: &'p dyn Fn(&Value) -> bool,
    /// Another body with all that is documented, for this number.
    pub fresh: &'p dyn Fn(u64) -> Option<Value>,
}

/// What a body's fields are read by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming<'n> {
    pub noun: &'n str,
    /// The path's variable that names one thing.
    pub variable: Option<&'n str>,
}

impl Naming<'_> {
    /// The field of an object that names the thing.
    pub fn key<'o>(&self, object: &'o Map<String, Value>) -> Option<&'o String> {
        let plain = |value: &Value| value.is_string() || value.is_number();
        let named = |wanted: &dyn Fn(&str) -> bool| {
            object.iter().find(|(key, value)| plain(value) && wanted(key)).map(|(key, _)| key)
        };
        let variable = |key: &str| self.variable.is_some_and(|variable| same(key, variable));
        named(&variable)
            .or_else(|| named(&|key| same(key, "id")))
            .or_else(|| named(&|key| is_id_of(key, self.noun)))
            .or_else(|| {
                // `/topics/{topic}`, told by its name.
                let bare = self.variable.is_some_and(|v| noun(&words(v)) == self.noun);
                named(&|key| bare && is_name_of(key, self.noun))
            })
    }

    /// Where a body tells of the thing: the object with its id, else the one under its name, else all.
    pub fn subject(&self, body: &Value) -> Option<String> {
        let mut level = vec![(String::new(), body)];
        let mut first = None;
        for _ in 0..=DEPTH {
            let mut below = Vec::new();
            for (pointer, value) in level {
                let Value::Object(object) = value else { continue };
                if self.key(object).is_some() {
                    return Some(pointer);
                }
                for (key, value) in object {
                    let is_it = self.is_called(key);
                    let wraps = is_it || object.len() == 1 || WRAPPERS.contains(&key.as_str());
                    let place = format!("{pointer}/{}", pointer_token(key));
                    if is_it && value.is_object() && first.is_none() {
                        first = Some(place.clone());
                    }
                    if wraps {
                        below.push((place, value));
                    }
                }
            }
            level = below;
        }
        first.or_else(|| body.is_object().then(String::new))
    }

    /// What is sent of the thing, without the member that it is wrapped in.
    pub fn unwrapped<'v>(&self, object: &'v Map<String, Value>) -> &'v Map<String, Value> {
        match object.iter().next() {
            Some((key, Value::Object(inner))) if object.len() == 1 && self.is_called(key) => inner,
            _ => object,
        }
    }

    /// Where a body holds the list of the things: an array of objects, or else of texts.
    pub fn list(&self, body: &Value) -> Option<String> {
        let of = |wanted: &dyn Fn(&Value) -> bool| {
            let mut level = vec![(String::new(), body)];
            for _ in 0..=DEPTH {
                let mut below = Vec::new();
                let mut found = Vec::new();
                for (pointer, value) in level {
                    match value {
                        Value::Array(items) if items.first().is_some_and(wanted) => {
                            found.push(pointer);
                        }
                        Value::Object(object) => {
                            let members = object.iter();
                            below.extend(members.map(|(key, value)| {
                                (format!("{pointer}/{}", pointer_token(key)), value)
                            }));
                        }
                        _ => {}
                    }
                }
                let named =
                    |place: &&String| self.is_called(place.rsplit('/').next().unwrap_or(""));
                if let Some(place) = found.iter().find(named).or(found.first()) {
                    return Some(place.clone());
                }
                level = below;
            }
            None
        };
        of(&Value::is_object).or_else(|| of(&Value::is_string))
    }

    fn is_called(&self, key: &str) -> bool {
        let name = noun(&words(key));
        !name.is_empty() && (name == self.noun || (name.len() > 2 && self.noun.ends_with(&name)))
    }
}

/// Lays fields over the object at a place. `named` is a body with all that is documented: other fields are
/// left out, and so is what the schema does not take.
pub(super) fn lay(
    body: Value,
    place: &str,
    fields: &Map<String, Value>,
    named: Option<&Value>,
    keeps: &dyn Fn(&Value) -> bool,
) -> Value {
    let there = body.pointer(place).and_then(Value::as_object);
    let documented = named.and_then(|named| named.pointer(place)).and_then(Value::as_object);
    let mut wanted = Vec::new();
    for (key, value) in fields {
        let shape = documented.and_then(|d| d.get(key)).or_else(|| there.and_then(|t| t.get(key)));
        if let Some(shape) = shape
            && there.and_then(|there| there.get(key)) != Some(value)
        {
            wanted.push((key, fitted(value, shape)));
        }
    }
    if wanted.is_empty() {
        return body;
    }
    let with = |body: &Value, fields: &[(&String, Value)]| {
        let mut tried = body.clone();
        if let Some(object) = tried.pointer_mut(place).and_then(Value::as_object_mut) {
            for (key, value) in fields {
                object.insert((*key).clone(), value.clone());
            }
        }
        tried
    };
    let all = with(&body, &wanted);
    if keeps(&all) {
        return all;
    }
    wanted.into_iter().take(TRIED).fold(body, |body, field| {
        let tried = with(&body, &[field]);
        if keeps(&tried) { tried } else { body }
    })
}

/// A value without the members that a documented one does not have, at any depth.
fn fitted(value: &Value, shape: &Value) -> Value {
    match (value, shape) {
        (Value::Object(value), Value::Object(shape)) => {
            let known = value.keys().any(|key| shape.contains_key(key));
            // An object whose members have no names of their own is taken as it is.
            let fits = |key: &String| !known || shape.contains_key(key);
            let members = value.iter().filter(|(key, _)| fits(key));
            let fitted = members.map(|(key, value)| {
                (key.clone(), shape.get(key).map_or_else(|| value.clone(), |s| fitted(value, s)))
            });
            Value::Object(fitted.collect())
        }
        (Value::Array(items), Value::Array(shapes)) => match shapes.first() {
            Some(shape) => Value::Array(items.iter().map(|item| fitted(item, shape)).collect()),
            None => Value::Array(items.clone()),
        },
        _ => value.clone(),
    }
}

/// Where a body names the job that was begun; what was sent itself names none.
pub(super) fn job(body: &Value, sent: &Map<String, Value>) -> Option<String> {
    let mut level = vec![(String::new(), body)];
    for _ in 0..=DEPTH {
        let mut below = Vec::new();
        for (pointer, value) in level {
            let Value::Object(object) = value else { continue };
            for (key, value) in object {
                let place = format!("{pointer}/{}", pointer_token(key));
                // `job` alone may be what a person does.
                let says = is_job(key) && (key.len() > 4 || object.len() == 1);
                if says && !sent.contains_key(key) && (value.is_string() || value.is_number()) {
                    return Some(place);
                }
                // `{"job": {"id": …}}`
                if let Value::Object(inner) = value
                    && is_job(&format!("{key}_id"))
                    && let Some(id) = inner.keys().find(|key| same(key, "id"))
                {
                    return Some(format!("{place}/{}", pointer_token(id)));
                }
                below.push((place, value));
            }
        }
        level = below;
    }
    None
}

/// Sets how many things there are beside the list of them.
pub(super) fn count(
    body: Value,
    list: &str,
    total: usize,
    keeps: &dyn Fn(&Value) -> bool,
) -> Value {
    let Some((above, _)) = list.rsplit_once('/') else { return body };
    // The count may stand beside what wraps the list.
    let places = [Some(above), above.rsplit_once('/').map(|(above, _)| above)];
    let mut body = body;
    for place in places.into_iter().flatten() {
        let Some(object) = body.pointer(place).and_then(Value::as_object) else { continue };
        let counts = |key: &str| {
            let words = words(key);
            words.iter().any(|word| word == "count" || word == "total")
        };
        let keys = object.iter().filter(|(key, value)| counts(key) && value.is_u64());
        let fields: Map<String, Value> =
            keys.map(|(key, _)| (key.clone(), Value::from(total))).collect();
        body = lay(body, place, &fields, None, keeps);
    }
    body
}

/// Puts another value at a place, if the body keeps its promise with it.
pub(super) fn put(
    body: &mut Value,
    place: &str,
    value: Value,
    keeps: &dyn Fn(&Value) -> bool,
) -> bool {
    let mut tried = body.clone();
    let fits = set(&mut tried, place, value) && keeps(&tried);
    if fits {
        *body = tried;
    }
    fits
}

/// Puts another value at a place; whether there is one.
pub(super) fn set(body: &mut Value, place: &str, value: Value) -> bool {
    let slot = body.pointer_mut(place);
    slot.map(|slot| *slot = value).is_some()
}

/// A value at a place that no thing has yet.
pub(super) fn unused(
    body: &mut Value,
    place: &str,
    number: u64,
    promised: &Promised<'_>,
    taken: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let now = body.pointer(place)?.clone();
    let numeral = number.to_string();
    if now.is_number() && !taken(&numeral) && put(body, place, number.into(), promised.keeps) {
        return Some(numeral);
    }
    for round in 0..8 {
        let Some(value) = (promised.fresh)(number + (round << 40)) else { break };
        let Some(value) = value.pointer(place) else { break };
        let id = text(value);
        if id.is_empty() || taken(&id) {
            continue;
        }
        if put(body, place, value.clone(), promised.keeps) {
            return Some(id);
        }
    }
    let numbered = format!("{}-{number}", text(&now));
    if now.is_string()
        && !taken(&numbered)
        && put(body, place, numbered.clone().into(), promised.keeps)
    {
        return Some(numbered);
    }
    Some(text(&now))
}

fn same(left: &str, right: &str) -> bool {
    words(left).concat() == words(right).concat()
}
