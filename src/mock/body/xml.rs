//! Values as XML, as the schema's `xml` objects say (OpenAPI 3.1, section 4.8.26).

use crate::spec::{SchemaRef, Spec};
use serde_json::Value;
use std::fmt::Write as _;

/// Deepest nesting that is written.
const DEPTH: usize = 64;

/// What a schema says of its element.
#[derive(Default)]
struct Element<'s> {
    name: Option<&'s str>,
    attribute: bool,
    wrapped: bool,
    schema: Option<&'s Value>,
}

impl<'s> Element<'s> {
    fn of(spec: &'s Spec, schema: Option<&'s Value>) -> Self {
        let Some(schema) = schema.and_then(|schema| spec.resolved(schema)) else {
            return Self::default();
        };
        let said = |key: &str| schema.get("xml").and_then(|xml| xml.get(key));
        let is = |key: &str| said(key).and_then(Value::as_bool) == Some(true);
        let name = said("name").and_then(Value::as_str);
        Self { name, attribute: is("attribute"), wrapped: is("wrapped"), schema: Some(schema) }
    }

    /// The schema of a member, also where it stands in a part of the whole.
    fn member(&self, spec: &'s Spec, key: &str) -> Option<&'s Value> {
        let of = |schema: &'s Value| schema.get("properties").and_then(|members| members.get(key));
        let parts = self.schema?.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let parts = parts.filter_map(|part| spec.resolved(part));
        std::iter::once(self.schema?).chain(parts).find_map(of)
    }
}

/// A value as an XML document; the root is called as the schema says, else `xml`.
pub(super) fn written(spec: &Spec, schema: Option<&SchemaRef>, value: &Value) -> String {
    let element = Element::of(spec, schema.and_then(|schema| spec.schema(schema)));
    let mut text = String::new();
    write(spec, element.name.unwrap_or("xml"), &element, value, DEPTH, &mut text);
    text
}

fn write(
    spec: &Spec,
    name: &str,
    element: &Element<'_>,
    value: &Value,
    depth: usize,
    text: &mut String,
) {
    let name = named(name);
    match value {
        Value::Object(members) if depth > 0 => {
            let mut inside = String::new();
            let _ = write!(text, "<{name}");
            for (key, value) in members {
                let member = Element::of(spec, element.member(spec, key));
                let key = member.name.unwrap_or(key);
                if member.attribute && !value.is_object() && !value.is_array() {
                    let _ = write!(text, " {}=\"{}\"", named(key), escaped(&plain(value)));
                } else {
                    write(spec, key, &member, value, depth - 1, &mut inside);
                }
            }
            let _ = write!(text, ">{inside}</{name}>");
        }
        Value::Array(items) if depth > 0 => {
            let item = Element::of(spec, element.schema.and_then(|schema| schema.get("items")));
            let inner = item.name.unwrap_or(&name);
            if element.wrapped {
                let _ = write!(text, "<{name}>");
            }
            for value in items {
                write(spec, inner, &item, value, depth - 1, text);
            }
            if element.wrapped {
                let _ = write!(text, "</{name}>");
            }
        }
        value => {
            let _ = write!(text, "<{name}>{}</{name}>", escaped(&plain(value)));
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// A name that an element may have.
fn named(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || ['_', '-', '.', ':'].contains(&c);
    let name: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
    let begins = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if begins { name } else { format!("_{name}") }
}

/// Text as it may stand in an element or an attribute, without what XML 1.0 has no way to write.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() && !['\t', '\n', '\r'].contains(&c) => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_attributes_and_lists_are_written_as_the_schema_says() {
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {},
            "components": {"schemas": {"Pet": {"type": "object", "xml": {"name": "pet"}, "properties": {
                "id": {"type": "integer", "xml": {"attribute": true}},
                "tags": {"type": "array", "xml": {"wrapped": true}, "items": {"type": "string", "xml": {"name": "tag"}}},
                "names": {"type": "array", "items": {"type": "string"}},
            }}}},
        });
        let spec = Spec::load("pet.json", document.to_string().as_bytes()).unwrap();
        let schema = SchemaRef { pointer: "/components/schemas/Pet".to_owned() };
        let value = json!({"id": 1, "tags": ["a<b", "c"], "names": ["x", "y"], "9 lives": null});
        assert_eq!(
            written(&spec, Some(&schema), &value),
            "<pet id=\"1\"><tags><tag>a&lt;b</tag><tag>c</tag></tags><names>x</names>\
             <names>y</names><_9_lives></_9_lives></pet>"
        );
        assert_eq!(written(&spec, None, &json!({"a": true})), "<xml><a>true</a></xml>");
    }
}
