//! `itemSchema` (OpenAPI 3.2, section 4.14.3): a schema for each item of a sequence.

use crate::spec::place::{escaped, fragment};
use serde_json::{Map, Value, json};

/// Makes of every `itemSchema` a schema for the array of all items, which is how the sequence is judged;
/// beside a `schema` both hold.
pub fn items_as_arrays(document: &mut Value) {
    descend(document, &mut String::new());
}

/// The depth is that of the document, which the parser bounds.
fn descend(value: &mut Value, pointer: &mut String) {
    let length = pointer.len();
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                pointer.push('/');
                pointer.push_str(&escaped(key));
                if matches!(key.as_str(), "content" | "mediaTypes") {
                    media_types(value, pointer);
                }
                descend(value, pointer);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter_mut().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                descend(value, pointer);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn media_types(content: &mut Value, pointer: &str) {
    let Value::Object(content) = content else { return };
    for (name, media) in content.iter_mut() {
        let Value::Object(media) = media else { continue };
        if media.contains_key("itemSchema") {
            let items = format!("{pointer}/{}/itemSchema", escaped(name));
            of_items(media, &json!({"$ref": fragment(&items)}));
        }
    }
}

fn of_items(media: &mut Map<String, Value>, items: &Value) {
    match media.get_mut("schema") {
        None => drop(media.insert("schema".to_owned(), json!({"type": "array", "items": items}))),
        Some(Value::Object(schema)) => {
            let parts = schema.entry("allOf").or_insert_with(|| json!([]));
            if let Value::Array(parts) = parts {
                parts.push(json!({"items": items}));
            }
        }
        Some(_) => {}
    }
}
