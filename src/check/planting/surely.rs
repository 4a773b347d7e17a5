//! What surely breaks a schema: the second opinion that planted mistakes are chosen by.
//!
//! It shares no code with the validators that judge. It is one-sided: where it says that a value breaks a
//! schema, one keyword that always applies says so; of all else (`not`, `if`, patterns with look-around,
//! formats other than those below) it says nothing.

use super::lie::{self, same};
use crate::exchange::{is_of_json_type, percent_decoded};
use crate::spec::Direction;
use serde_json::{Map, Value};

/// Deepest value, and chain of schemas, that is followed.
const DEPTH: usize = 64;

/// Most schemas that are held against one value.
const STEPS: usize = 20_000;

/// The second opinion on one document.
#[derive(Debug)]
pub(super) struct Surely<'a> {
    pub document: &'a Value,
    pub direction: Direction,
    /// Whether the document marks anything as travelling one way only.
    marks: bool,
}

impl<'a> Surely<'a> {
    /// A second opinion on values that travel one way.
    pub fn new(document: &'a Value, direction: Direction) -> Self {
        Self { document, direction, marks: has_marks(document) }
    }

    /// Whether the value breaks the schema beyond doubt.
    pub fn breaks(&self, schema: &Value, value: &Value) -> bool {
        let mut steps = STEPS;
        self.broken(schema, value, DEPTH, &mut steps)
    }

    /// What a reference of a schema leads to.
    pub fn target(&self, schema: &Value) -> Option<&'a Value> {
        let fragment = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
        self.document.pointer(&percent_decoded(fragment))
    }

    fn broken(&self, schema: &Value, value: &Value, depth: usize, steps: &mut usize) -> bool {
        let map = match schema {
            Value::Bool(takes) => return !takes,
            Value::Object(map) => map,
            _ => return false,
        };
        let Some(depth) = depth.checked_sub(1) else { return false };
        *steps = steps.saturating_sub(1);
        if *steps == 0 {
            return false;
        }
        if simple(map, value) || self.missing(map, value) {
            return true;
        }
        let mut below = |schema: &Value, value: &Value| self.broken(schema, value, depth, steps);
        if self.target(schema).is_some_and(|target| below(target, value)) {
            return true;
        }
        let list = |word: &str| map.get(word).and_then(Value::as_array).filter(|l| !l.is_empty());
        if list("allOf").is_some_and(|parts| parts.iter().any(|part| below(part, value))) {
            return true;
        }
        for word in ["anyOf", "oneOf"] {
            if list(word).is_some_and(|forms| forms.iter().all(|form| below(form, value))) {
                return true;
            }
        }
        match value {
            Value::Object(members) => {
                members.iter().any(|(name, member)| match member_schema(map, name) {
                    Some(schema) => below(schema, member),
                    None => false,
                })
            }
            Value::Array(items) => items.iter().enumerate().any(|(index, item)| {
                item_schema(map, index).is_some_and(|schema| below(schema, item))
            }),
            _ => false,
        }
    }

    /// Whether a member that is asked for in this direction is not there.
    fn missing(&self, map: &Map<String, Value>, value: &Value) -> bool {
        let (Some(members), Some(required)) =
            (value.as_object(), map.get("required").and_then(Value::as_array))
        else {
            return false;
        };
        required
            .iter()
            .filter_map(Value::as_str)
            .any(|name| !members.contains_key(name) && self.travels(map, name))
    }

    /// Whether a member surely goes this way: its schema stands here, and nothing it leads to is marked.
    fn travels(&self, map: &Map<String, Value>, name: &str) -> bool {
        let word = match self.direction {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        };
        let Some(schema) = map.get("properties").and_then(|all| all.get(name)) else {
            // Another part of the schema may describe it.
            return !self.marks;
        };
        !self.marked(schema, word, 8)
    }

    fn marked(&self, schema: &Value, word: &str, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return true };
        schema.get(word) == Some(&Value::Bool(true))
            || self.target(schema).is_some_and(|target| self.marked(target, word, depth))
            || ["allOf", "anyOf", "oneOf"].iter().any(|list| {
                let parts = schema.get(list).and_then(Value::as_array);
                parts.is_some_and(|parts| parts.iter().any(|part| self.marked(part, word, depth)))
            })
    }
}

fn has_marks(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            ["readOnly", "writeOnly"].iter().any(|word| map.contains_key(*word))
                || map.values().any(has_marks)
        }
        Value::Array(items) => items.iter().any(has_marks),
        _ => false,
    }
}

/// The schema that always speaks of a member.
pub(super) fn member_schema<'s>(map: &'s Map<String, Value>, name: &str) -> Option<&'s Value> {
    if let Some(schema) = map.get("properties").and_then(|all| all.get(name)) {
        return Some(schema);
    }
    if map.contains_key("patternProperties") {
        return None;
    }
    map.get("additionalProperties")
}

/// The schema that always speaks of an item.
pub(super) fn item_schema(map: &Map<String, Value>, index: usize) -> Option<&Value> {
    let first = map.get("prefixItems").and_then(Value::as_array);
    match first.and_then(|first| first.get(index)) {
        Some(schema) => Some(schema),
        None => map.get("items"),
    }
}

/// Whether a keyword that looks at nothing but the value itself is broken.
fn simple(map: &Map<String, Value>, value: &Value) -> bool {
    let typed = |wanted: &Value| wanted.as_str().is_some_and(|kind| is_of_json_type(kind, value));
    let wrong_type = match map.get("type") {
        Some(Value::Array(kinds)) => !kinds.iter().any(typed),
        Some(kind @ Value::String(_)) => !typed(kind),
        _ => false,
    };
    let listed = map.get("enum").and_then(Value::as_array);
    wrong_type
        || listed.is_some_and(|values| !values.iter().any(|one| same(one, value)))
        || map.get("const").is_some_and(|one| !same(one, value))
        || match value {
            Value::Number(_) => number(map, value),
            Value::String(text) => string(map, text),
            Value::Array(items) => array(map, items),
            Value::Object(members) => object(map, members),
            _ => false,
        }
}

/// By doubles, and only where they leave a margin.
fn number(map: &Map<String, Value>, value: &Value) -> bool {
    let (Some(number), bound) =
        (value.as_f64(), |word: &str| map.get(word).and_then(Value::as_f64))
    else {
        return false;
    };
    let margin = number.abs().max(1.0) * f64::EPSILON * 4.0;
    let multiple = bound("multipleOf").filter(|of| *of > 0.0).is_some_and(|of| {
        let rest = (number / of).fract().abs();
        (0.2..=0.8).contains(&rest)
    });
    let exact = |word: &str| bound(word).is_some_and(|bound| bound.to_bits() == number.to_bits());
    multiple
        || bound("maximum").is_some_and(|most| number - most > margin)
        || bound("minimum").is_some_and(|least| least - number > margin)
        || bound("exclusiveMaximum").is_some_and(|most| number - most > margin)
        || bound("exclusiveMinimum").is_some_and(|least| least - number > margin)
        || exact("exclusiveMaximum")
        || exact("exclusiveMinimum")
        || map.get("format").and_then(Value::as_str).is_some_and(|format| {
            lie::beyond(format).is_some_and(|value_beyond| same(&value_beyond, value))
        })
}

fn string(map: &Map<String, Value>, text: &str) -> bool {
    let length = text.chars().count() as u64;
    let bound = |word: &str| map.get(word).and_then(Value::as_u64);
    bound("maxLength").is_some_and(|most| length > most)
        || bound("minLength").is_some_and(|least| length < least)
        || map.get("pattern").and_then(Value::as_str).is_some_and(|pattern| mismatch(pattern, text))
        || map
            .get("format")
            .and_then(Value::as_str)
            .is_some_and(|format| lie::malformed(format).contains(&text))
}

/// Whether text surely does not match: expressions without look-around, held to ASCII alone, mean the same to
/// every engine.
fn mismatch(pattern: &str, text: &str) -> bool {
    let plain =
        pattern.is_ascii() && text.is_ascii() && !pattern.contains("(?") && !text.contains('\n');
    // Classes and escapes that engines read in ways of their own.
    let odd = ["\\p", "\\P", "\\A", "\\Z", "\\z", "\\G", "[:", "&&", "--", "~~", "[["]
        .iter()
        .any(|o| pattern.contains(o));
    plain && !odd && regex::Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text))
}

fn array(map: &Map<String, Value>, items: &[Value]) -> bool {
    let bound = |word: &str| map.get(word).and_then(Value::as_u64);
    let length = items.len() as u64;
    let twice = || {
        let mut pairs = items.iter().enumerate();
        pairs.any(|(index, item)| items[..index].iter().any(|other| other == item))
    };
    bound("maxItems").is_some_and(|most| length > most)
        || bound("minItems").is_some_and(|least| length < least)
        || (map.get("uniqueItems") == Some(&Value::Bool(true)) && twice())
}

fn object(map: &Map<String, Value>, members: &Map<String, Value>) -> bool {
    let bound = |word: &str| map.get(word).and_then(Value::as_u64);
    let length = members.len() as u64;
    bound("maxProperties").is_some_and(|most| length > most)
        || bound("minProperties").is_some_and(|least| length < least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `sure` cases break their schema by the letter of the specification; the others do not, or leave a doubt.
    #[test]
    fn says_so_only_where_it_is_sure() {
        let document = json!({"N": {"type": "integer", "maximum": 3}, "R": {"readOnly": true}});
        let surely = Surely::new(&document, Direction::Request);
        let cases = [
            (json!({"type": "integer"}), json!(1.5), true),
            (json!({"type": "integer"}), json!(1.0), false),
            (json!({"type": ["string", "null"]}), json!(null), false),
            (json!({"$ref": "#/N"}), json!(4), true),
            (json!({"anyOf": [{"$ref": "#/N"}, {"type": "string"}]}), json!(4), true),
            (json!({"anyOf": [{"$ref": "#/N"}, {"type": "number"}]}), json!(4), false),
            (json!({"not": {"type": "integer"}}), json!(4), false),
            (json!({"required": ["a"], "properties": {"a": {}}}), json!({}), true),
            (json!({"required": ["a"], "properties": {"a": {"$ref": "#/R"}}}), json!({}), false),
            (json!({"pattern": "^a+$"}), json!("b"), true),
            (json!({"pattern": "^(?=a)"}), json!("b"), false),
            (json!({"format": "uuid"}), json!("no-uuid"), true),
            (json!({"format": "colour"}), json!("no-uuid"), false),
            (json!({"items": {"enum": [1]}}), json!([1, 2]), true),
            (json!({"uniqueItems": true}), json!([{"a": 1}, {"a": 1}]), true),
            (json!({"multipleOf": 0.01}), json!(0.29), false),
            (
                json!({"properties": {"a": {}}, "additionalProperties": false}),
                json!({"b": 1}),
                true,
            ),
            (
                json!({"additionalProperties": false, "patternProperties": {"b": {}}}),
                json!({"b": 1}),
                false,
            ),
        ];
        for (schema, value, sure) in cases {
            assert_eq!(surely.breaks(&schema, &value), sure, "{schema} {value}");
        }
    }
}
