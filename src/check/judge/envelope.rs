//! Error bodies that are not what a page promises, but what the vendor's gateway is known to send.

use super::Case;
use crate::spec::{Direction, SchemaRef};
use serde_json::Value;

/// Deepest level of an outline, and most names on each.
const OUTLINE: (usize, usize) = (3, 8);

impl Case<'_, '_> {
    /// The name of the family's envelope that a body keeps, if it keeps one.
    pub fn envelope(&self, body: &Value) -> Option<&str> {
        let spec = self.routed.spec;
        let fits = |schema| {
            spec.validate(schema, body, Direction::Response).is_ok_and(|broken| broken.is_empty())
        };
        let envelope = spec.envelopes.iter().find(|envelope| fits(&envelope.schema))?;
        Some(&envelope.name)
    }
}

impl Case<'_, '_> {
    /// The names that a documented schema has at its top: `{error_code,error_msg}`; `None` where it names none.
    pub fn documented_outline(&self, schema: &SchemaRef) -> Option<String> {
        let mut names = Vec::new();
        let mut open = vec![self.routed.spec.schema(schema)?];
        while let Some(schema) = open.pop().filter(|_| names.len() <= OUTLINE.1) {
            names.extend(schema["properties"].as_object().into_iter().flat_map(|all| all.keys()));
            let parts = schema["allOf"].as_array().into_iter().flatten();
            open.extend(parts.take(OUTLINE.1).filter_map(|part| self.routed.spec.resolved(part)));
        }
        let more = if names.len() > OUTLINE.1 { ",…" } else { "" };
        let names: Vec<&str> = names.into_iter().take(OUTLINE.1).map(String::as_str).collect();
        (!names.is_empty()).then(|| format!("{{{}{more}}}", names.join(",")))
    }
}

/// The names in a value without what stands under them: `{error:{code,message}}`.
pub(super) fn outline(value: &Value) -> String {
    let mut out = String::new();
    draw(value, OUTLINE.0, &mut out);
    out
}

fn draw(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().take(OUTLINE.1).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.extend(name.chars().take(40));
                if member.is_object() && depth > 1 {
                    out.push(':');
                    draw(member, depth - 1, out);
                }
            }
            out.push_str(if members.len() > OUTLINE.1 { ",…}" } else { "}" });
        }
        Value::Array(items) => out.push_str(if items.is_empty() { "[]" } else { "[…]" }),
        Value::String(_) => out.push_str("a string"),
        Value::Number(_) => out.push_str("a number"),
        Value::Bool(_) => out.push_str("a boolean"),
        Value::Null => out.push_str("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn outlines_name_and_do_not_quote() {
        let cases = [
            (json!({"error": {"code": 1, "message": "m"}}), "{error:{code,message}}"),
            (json!({"a": {"b": {"c": {"d": 1}}}}), "{a:{b:{c}}}"),
            (json!([1]), "[…]"),
            (json!("x"), "a string"),
        ];
        for (value, expected) in cases {
            assert_eq!(outline(&value), expected);
        }
    }
}
