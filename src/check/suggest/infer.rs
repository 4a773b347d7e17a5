//! Schemas of values that were seen: types and names, and nothing that one more value might break.

use crate::exchange::{json_type, pointer_token};
use serde_json::{Map, Value, json};

/// Deepest value, and most members, that are described.
const DEPTH: usize = 12;
const MEMBERS: usize = 200;

/// The plainest schema that a value keeps.
pub fn schema(value: &Value) -> Value {
    of(value, DEPTH)
}

fn of(value: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return json!({}) };
    match value {
        Value::Object(members) => {
            let properties: Map<String, Value> = members
                .iter()
                .take(MEMBERS)
                .map(|(name, value)| (name.clone(), of(value, depth)))
                .collect();
            json!({"type": "object", "properties": properties})
        }
        Value::Array(items) => {
            let mut each: Option<Value> = None;
            for item in items.iter().take(MEMBERS) {
                let next = of(item, depth);
                each = Some(match each {
                    Some(known) => merged(known, next),
                    None => next,
                });
            }
            each.map_or_else(
                || json!({"type": "array"}),
                |each| json!({"type": "array", "items": each}),
            )
        }
        other => json!({"type": json_type(other)}),
    }
}

/// Two descriptions as one that what keeps either keeps.
pub(super) fn merged(left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Object(mut left), Value::Object(right)) => {
            for (key, value) in right {
                let joined = match left.remove(&key) {
                    Some(known) if key == "type" && !known.is_object() => types(&known, &value),
                    Some(known) => merged(known, value),
                    None => value,
                };
                left.insert(key, joined);
            }
            Value::Object(left)
        }
        (left, _) => left,
    }
}

/// Every type of two `type` keywords; numbers include integers.
pub(super) fn types(left: &Value, right: &Value) -> Value {
    let listed = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    let mut all = listed(left);
    for kind in listed(right) {
        if !all.contains(&kind) {
            all.push(kind);
        }
    }
    all.sort_by_cached_key(Value::to_string);
    if all.contains(&json!("number")) {
        all.retain(|kind| kind != "integer");
    }
    if all.len() == 1 { all.remove(0) } else { Value::Array(all) }
}

/// A pointer one step further.
pub(super) fn below(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", pointer_token(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_described_by_types_and_names() {
        let cases = [
            (json!({"a": 1}), json!({"type": "object", "properties": {"a": {"type": "integer"}}})),
            (json!([1, 2.5]), json!({"type": "array", "items": {"type": "number"}})),
            (json!([]), json!({"type": "array"})),
            (json!(null), json!({"type": "null"})),
        ];
        for (value, expected) in cases {
            assert_eq!(schema(&value), expected, "{value}");
        }
        let both = merged(schema(&json!({"a": 1, "b": "x"})), schema(&json!({"a": null})));
        assert_eq!(both["properties"]["a"]["type"], json!(["integer", "null"]));
        assert_eq!(both["properties"]["b"]["type"], "string");
    }
}
