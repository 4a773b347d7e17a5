//! Schemas of 2.0 and 3.0 to JSON Schema 2020-12. Each step may meet a schema that it has changed
//! before, and leaves it alone then.

use serde_json::{Map, Value, json};

type Schema = Map<String, Value>;

/// What may stand beside `$ref` in 2.0 and 3.0 and still be read: what asserts nothing. The old
/// versions ignore every sibling (3.0.3, section 4.7.23.1); these tell people and us something.
const BESIDE_REFERENCE: [&str; 7] =
    ["$ref", "title", "description", "readOnly", "writeOnly", "deprecated", "nullable"];

/// One schema, in place.
pub fn rewrite(schema: &mut Schema) {
    if schema.get("$ref").is_some_and(Value::is_string) {
        schema.retain(|key, _| BESIDE_REFERENCE.contains(&key.as_str()) || key.starts_with("x-"));
    }
    exclusive_limits(schema);
    dependencies(schema);
    example(schema);
    file(schema);
    discriminator(schema);
    nullable(schema);
}

/// `exclusiveMinimum: true` beside `minimum` (JSON Schema draft 4) to a limit of its own. Found in
/// documents that call themselves 3.1 as well, where it means nothing else.
pub fn exclusive_limits(schema: &mut Schema) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")]
    {
        let Some(Value::Bool(is_exclusive)) = schema.get(exclusive) else { continue };
        let limit = if *is_exclusive { schema.shift_remove(inclusive) } else { None };
        match limit {
            Some(limit) => schema.insert(exclusive.to_owned(), limit),
            None => schema.shift_remove(exclusive),
        };
    }
}

/// `dependencies` (up to draft 7) to the two keywords that took its place.
pub fn dependencies(schema: &mut Schema) {
    let Some(Value::Object(_)) = schema.get("dependencies") else { return };
    let Some(Value::Object(map)) = schema.shift_remove("dependencies") else { return };
    for (name, value) in map {
        let key = if value.is_array() { "dependentRequired" } else { "dependentSchemas" };
        let into = schema.entry(key).or_insert_with(|| json!({}));
        if let Value::Object(into) = into {
            into.entry(name).or_insert(value);
        }
    }
}

fn example(schema: &mut Schema) {
    if schema.contains_key("examples") {
        schema.shift_remove("example");
    } else if let Some(example) = schema.shift_remove("example") {
        schema.insert("examples".to_owned(), json!([example]));
    }
}

/// 2.0's `type: file`: bytes.
fn file(schema: &mut Schema) {
    if schema.get("type").is_some_and(|kind| kind == "file") {
        schema.insert("type".to_owned(), Value::from("string"));
        schema.insert("format".to_owned(), Value::from("binary"));
    }
}

/// 2.0 writes the property's name alone.
fn discriminator(schema: &mut Schema) {
    if let Some(Value::String(name)) = schema.get("discriminator") {
        let object = json!({"propertyName": name});
        schema.insert("discriminator".to_owned(), object);
    }
}

/// `nullable: true` (and 2.0's `x-nullable`) to the type `null`.
///
/// 3.0.3 lets it count beside `type` only, and asks for `null` in an `enum` beside it. Documents are
/// written and read otherwise: whoever writes `nullable: true` announces `null`, so it counts beside
/// `$ref`, `allOf` and `enum` too.
fn nullable(schema: &mut Schema) {
    let old = schema.shift_remove("nullable");
    let vendor = schema.shift_remove("x-nullable");
    if ![old, vendor].contains(&Some(Value::Bool(true))) {
        return;
    }
    if let Some(kind) = schema.get_mut("type") {
        match kind {
            Value::String(one) => *kind = json!([one, "null"]),
            Value::Array(several) if !several.contains(&Value::from("null")) => {
                several.push(Value::from("null"));
            }
            _ => {}
        }
    }
    let combined = ["$ref", "allOf", "oneOf", "anyOf", "not"];
    if combined.iter().any(|key| schema.contains_key(*key)) {
        let inner = std::mem::take(schema);
        let (outer, inner): (Schema, Schema) = inner.into_iter().partition(|(key, _)| {
            ["readOnly", "writeOnly", "description", "title", "deprecated"].contains(&key.as_str())
                || key.starts_with("x-")
        });
        *schema = outer;
        schema.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
    } else if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}
