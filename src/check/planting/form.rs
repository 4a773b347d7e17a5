//! Bodies that are forms: pairs, or parts (RFC 7578).

use super::question::{joined, scalar};
use crate::exchange::Body;
use crate::spec::{MediaPromise, SchemaRef, Spec};
use serde_json::Value;
use std::fmt::Write as _;

/// What stands between the parts of a form.
const BOUNDARY: &str = "testimony-boundary";

/// Whether bodies of a documented media type have fields: pairs or parts.
pub fn is_of_fields(media_type: &str) -> bool {
    media_type.starts_with("application/x-www-form-urlencoded") || is_of_parts(media_type)
}

fn is_of_parts(media_type: &str) -> bool {
    media_type.starts_with("multipart/form-data")
}

/// The body of a form with the members of an object as its fields, and its `Content-Type`; `None` for a value that
/// no form stands for without a doubt.
pub fn form_body(spec: &Spec, media: &MediaPromise, value: &Value) -> Option<(String, Body)> {
    let members = value.as_object()?;
    let mut fields: Vec<(&String, &Value)> = Vec::new();
    for (name, value) in members {
        match value {
            // OpenAPI 3.1, section 4.8.15: one field for each item.
            Value::Array(items) => fields.extend(items.iter().map(|item| (name, item))),
            value => fields.push((name, value)),
        }
    }
    if is_of_parts(&media.media_type) {
        let mut text = String::new();
        for (name, value) in fields {
            part(spec, media.schema.as_ref(), name, value, &mut text)?;
        }
        let _ = write!(text, "--{BOUNDARY}--\r\n");
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        return Some((content_type, Body::from_bytes(text)));
    }
    let pairs: Option<Vec<_>> =
        fields.into_iter().map(|(name, value)| Some((name.clone(), scalar(value)?))).collect();
    let pairs = pairs.filter(|pairs| !pairs.is_empty())?;
    Some(("application/x-www-form-urlencoded".to_owned(), Body::from_bytes(joined(&pairs))))
}

/// One part: a file where the schema says that it is one, else a text, else JSON.
fn part(
    spec: &Spec,
    schema: Option<&SchemaRef>,
    name: &str,
    value: &Value,
    text: &mut String,
) -> Option<()> {
    if name.contains(['"', '\r', '\n']) {
        return None;
    }
    let _ = write!(text, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
    if schema.is_some_and(|schema| is_file(spec, schema, name)) {
        text.push_str("; filename=\"testimony.txt\"\r\nContent-Type: text/plain");
    } else if value.is_object() || value.is_array() {
        text.push_str("\r\nContent-Type: application/json");
    }
    let shown = scalar(value).or_else(|| value.is_object().then(|| value.to_string()))?;
    let _ = write!(text, "\r\n\r\n{shown}\r\n");
    Some(())
}

/// Whether a field is a file: binary text (OpenAPI 3.0), or text of another media type (3.1), or several of these.
fn is_file(spec: &Spec, schema: &SchemaRef, name: &str) -> bool {
    let Some(member) = member(spec, schema, name) else { return false };
    let of = |schema: &Value| {
        let schema = schema.get("items").unwrap_or(schema);
        schema["format"] == "binary" || schema.get("contentMediaType").is_some()
    };
    of(member)
        || ["anyOf", "oneOf"]
            .iter()
            .any(|word| member.get(*word).and_then(Value::as_array).into_iter().flatten().any(of))
}

/// The schema of a member, where the object's schema names it itself.
fn member<'s>(spec: &'s Spec, schema: &SchemaRef, name: &str) -> Option<&'s Value> {
    let whole = spec.schema(schema)?;
    whole.get("properties")?.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn parts_are_written_as_their_schemas_say() {
        let document = serde_json::json!({
            "openapi": "3.1.0",
            "info": {"title": "x", "version": "1"},
            "paths": {"/a": {"post": {
                "requestBody": {"content": {"multipart/form-data": {"schema": {
                    "type": "object",
                    "properties": {
                        "f": {"type": "string", "format": "binary"},
                        "n": {"type": "integer"},
                        "l": {"type": "array", "items": {"type": "string"}},
                    },
                }}}},
                "responses": {"200": {"description": "x"}},
            }}},
        });
        let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
        let media = &spec.operations[0].body.as_ref().unwrap().media[0];
        let value = serde_json::json!({"f": "bytes", "n": 7, "l": ["a", "b"]});
        let (content_type, body) = form_body(&spec, media, &value).unwrap();
        assert_eq!(content_type, "multipart/form-data; boundary=testimony-boundary");
        let text = String::from_utf8(body.bytes().unwrap().to_vec()).unwrap();
        assert!(text.contains(
            "name=\"f\"; filename=\"testimony.txt\"\r\nContent-Type: text/plain\r\n\r\nbytes\r\n"
        ));
        assert!(text.contains("name=\"n\"\r\n\r\n7\r\n"), "{text}");
        assert_eq!(text.matches("name=\"l\"").count(), 2);
        assert!(text.ends_with("--testimony-boundary--\r\n"));
    }
}
