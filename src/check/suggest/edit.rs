use super::infer::{below, merged, schema, types};
use crate::exchange::{json_type, pointer_name};
use serde_json::{Number, Value, json};

/// A change at one place of a document, normalised to 3.1.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// JSON pointer to what is changed, or to what is to be there.
    pub pointer: String,
    /// How.
    pub kind: Kind,
}

/// How a place is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// What is not there yet is; of several, the union.
    Add(Value),
    /// Values more in the list there, each once.
    Append(Vec<Value>),
    /// Types more.
    Types(Value),
    /// No less than any of these: an upper bound.
    AtMost(Number),
    /// No more than any of these: a lower bound.
    AtLeast(Number),
    /// Another value.
    Set(Value),
    /// What is there goes.
    Remove,
}

impl Kind {
    /// Takes another change of the same place in.
    pub(super) fn fold(&mut self, other: Self) {
        let less = |a: &Number, b: &Number| a.as_f64() < b.as_f64();
        match (self, other) {
            (Self::Add(known), Self::Add(other)) => {
                let before = std::mem::take(known);
                *known = merged(before, other);
            }
            (Self::Append(known), Self::Append(others)) => {
                for other in others {
                    if !known.contains(&other) {
                        known.push(other);
                    }
                }
            }
            (Self::Types(known), Self::Types(other)) => *known = types(known, &other),
            (Self::AtMost(known), Self::AtMost(other)) if less(known, &other) => *known = other,
            (Self::AtLeast(known), Self::AtLeast(other)) if less(&other, known) => *known = other,
            // Of two kinds of change, the one that leaves less standing.
            (known, Self::Remove) => *known = Self::Remove,
            _ => {}
        }
    }
}

/// What would make a broken keyword kept by the value at a place; none where the smallest change is
/// not known.
pub fn for_keyword(
    document: &Value,
    keyword: &str,
    pointer: &str,
    at: &str,
    value: &Value,
) -> Vec<Edit> {
    let here = |kind| vec![Edit { pointer: pointer.to_owned(), kind }];
    let length = |count: usize| Number::from(count);
    match (keyword, value) {
        ("type", value) => match document.pointer(pointer) {
            Some(known) => here(Kind::Types(types(known, &json!(json_type(value))))),
            None => Vec::new(),
        },
        ("enum", value) => here(Kind::Append(vec![value.clone()])),
        ("maximum", Value::Number(number)) => here(Kind::AtMost(number.clone())),
        ("minimum", Value::Number(number)) => here(Kind::AtLeast(number.clone())),
        ("maxLength", Value::String(text)) => here(Kind::AtMost(length(text.chars().count()))),
        ("minLength", Value::String(text)) => here(Kind::AtLeast(length(text.chars().count()))),
        ("maxItems", Value::Array(items)) => here(Kind::AtMost(length(items.len()))),
        ("minItems", Value::Array(items)) => here(Kind::AtLeast(length(items.len()))),
        ("maxProperties", Value::Object(members)) => here(Kind::AtMost(length(members.len()))),
        ("minProperties", Value::Object(members)) => here(Kind::AtLeast(length(members.len()))),
        (
            "required" | "const" | "format" | "pattern" | "uniqueItems" | "multipleOf"
            | "exclusiveMaximum" | "exclusiveMinimum" | "propertyNames" | "contains",
            _,
        ) => here(Kind::Remove),
        ("anyOf" | "oneOf", value) if document.pointer(pointer).is_some_and(Value::is_array) => {
            here(Kind::Append(vec![schema(value)]))
        }
        ("additionalProperties", value) => {
            let name = at.rsplit('/').next().unwrap_or_default();
            let name = pointer_name(name);
            let Some(holder) = pointer.strip_suffix("/additionalProperties") else {
                return Vec::new();
            };
            vec![property(document, holder, &name, value)]
        }
        _ => Vec::new(),
    }
}

/// A property more in a schema.
pub(super) fn property(document: &Value, holder: &str, name: &str, value: &Value) -> Edit {
    let properties = below(holder, "properties");
    if document.pointer(&properties).is_some() {
        Edit { pointer: below(&properties, name), kind: Kind::Add(schema(value)) }
    } else {
        Edit { pointer: properties, kind: Kind::Add(json!({name: schema(value)})) }
    }
}

impl Edit {
    /// A property that a schema does not name.
    pub fn property(document: &Value, holder: &str, name: &str, value: &Value) -> Self {
        property(document, holder, name, value)
    }

    /// A media type that a promise or a request body does not list; `value` where it is JSON.
    pub fn media(document: &Value, holder: &str, media: &str, value: Option<&Value>) -> Self {
        let described = value.map_or_else(|| json!({}), |value| json!({"schema": schema(value)}));
        let content = below(holder, "content");
        if document.pointer(&content).is_some() {
            Self { pointer: below(&content, media), kind: Kind::Add(described) }
        } else {
            Self { pointer: content, kind: Kind::Add(json!({media: described})) }
        }
    }

    /// A code that an operation does not list.
    pub fn response(operation: &str, code: u16, body: Option<(&str, Option<&Value>)>) -> Self {
        let mut response = json!({"description": "Observed; not documented by the provider."});
        if let Some((media, value)) = body {
            let described = value.map_or_else(|| json!({}), |v| json!({"schema": schema(v)}));
            response["content"] = json!({media: described});
        }
        let pointer = below(&below(operation, "responses"), &code.to_string());
        Self { pointer, kind: Kind::Add(response) }
    }

    /// What is asked for no longer is.
    pub fn optional(holder: &str) -> Self {
        Self { pointer: below(holder, "required"), kind: Kind::Set(json!(false)) }
    }
}
