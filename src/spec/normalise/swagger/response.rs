use super::{Object, object, parameter};
use crate::spec::place::escaped;
use serde_json::{Value, json};

/// A response, in place.
pub fn convert(response: &mut Value, produces: &[String], place: &str) {
    let Value::Object(response) = response else { return };
    if response.contains_key("$ref") {
        return;
    }
    if let Some(Value::Object(headers)) = response.get_mut("headers") {
        headers.values_mut().for_each(parameter::convert);
    }
    let schema = response.shift_remove("schema");
    let examples = object(response.shift_remove("examples"));
    if schema.is_none() && examples.is_empty() {
        return;
    }
    let mut content = match &schema {
        Some(schema) => object(Some(content(schema, produces, place))),
        None => Object::new(),
    };
    for (media_type, example) in examples {
        if media_type.starts_with("x-") || !media_type.contains('/') {
            continue;
        }
        let missing = || match &schema {
            Some(_) => json!({"schema": repeated(&content_key(produces), place)}),
            None => json!({}),
        };
        let media = content.entry(media_type).or_insert_with(missing);
        if let Value::Object(media) = media {
            media.insert("example".to_owned(), example);
        }
    }
    response.insert("content".to_owned(), Value::Object(content));
}

/// One schema for several media types: written out for the first, referred to by the others.
pub fn content(schema: &Value, media_types: &[String], place: &str) -> Value {
    let first = content_key(media_types);
    let mut content = Object::new();
    content.insert(first.clone(), json!({"schema": schema}));
    for media_type in media_types.iter().skip(1) {
        content.insert(media_type.clone(), json!({"schema": repeated(&first, place)}));
    }
    Value::Object(content)
}

/// The media type that the schema is written out for: any, where none is named.
fn content_key(media_types: &[String]) -> String {
    media_types.first().cloned().unwrap_or_else(|| "*/*".to_owned())
}

/// A reference to the schema under `first`. The place is a pointer, so it is percent-encoded as far
/// as decoding it would change it.
fn repeated(first: &str, place: &str) -> Value {
    let reference = format!("{place}/content/{}/schema", escaped(first)).replace('%', "%25");
    json!({"$ref": reference})
}
