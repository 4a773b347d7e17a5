use super::{Object, object};
use serde_json::{Value, json};

/// Keys of a 2.0 parameter or header that describe its value: they move into `schema`.
const OF_VALUE: [&str; 17] = [
    "type",
    "format",
    "items",
    "default",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "enum",
    "multipleOf",
    "x-nullable",
];

/// Whether a parameter is the body, or a field of a form.
pub fn is_body(parameter: &Value) -> bool {
    matches!(place(parameter.as_object()), Some("body" | "formData"))
}

/// Whether an operation's own body parameter stands in for one of the path item.
pub fn overrides(own: &Object, shared: &Object) -> bool {
    place(Some(own)) == Some("body")
        || place(Some(shared)) == Some("body")
        || own.get("name") == shared.get("name")
}

fn place(parameter: Option<&Object>) -> Option<&str> {
    parameter?.get("in")?.as_str()
}

/// A query, path or header parameter, or a header of a response, in place.
pub fn convert(parameter: &mut Value) {
    let Value::Object(parameter) = parameter else { return };
    if parameter.contains_key("$ref") {
        return;
    }
    let in_query = place(Some(parameter)) == Some("query");
    let is_list = parameter.get("type").is_some_and(|kind| kind == "array");
    let separator = parameter.shift_remove("collectionFormat");
    if is_list {
        let separator = separator.as_ref().and_then(Value::as_str).unwrap_or("csv");
        let usual = if in_query { "form" } else { "simple" };
        let style = match separator {
            "ssv" => "spaceDelimited",
            "tsv" => "tabDelimited",
            "pipes" => "pipeDelimited",
            _ => usual,
        };
        let style = if style == "tabDelimited" { ("x-style", style) } else { ("style", style) };
        parameter.insert(style.0.to_owned(), Value::from(style.1));
        parameter.insert("explode".to_owned(), Value::Bool(separator == "multi"));
    }
    let schema = value_schema(parameter);
    if !schema.is_empty() && !parameter.contains_key("schema") {
        parameter.insert("schema".to_owned(), Value::Object(schema));
    }
}

fn value_schema(parameter: &mut Object) -> Object {
    OF_VALUE
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), parameter.shift_remove(*key)?)))
        .collect()
}

/// The request body that `body` and `formData` parameters make together.
pub fn request_body(parameters: &[&Object], consumes: &[String], operation: &str) -> Option<Value> {
    if let Some(body) = parameters.iter().find(|parameter| place(Some(parameter)) == Some("body")) {
        let mut out: Object = kept(body);
        out.insert("required".to_owned(), body.get("required").cloned().unwrap_or(false.into()));
        let schema = body.get("schema").cloned().unwrap_or_else(|| json!({}));
        let place = format!("{operation}/requestBody");
        out.insert("content".to_owned(), super::response::content(&schema, consumes, &place));
        return Some(Value::Object(out));
    }
    let fields: Vec<&&Object> =
        parameters.iter().filter(|parameter| parameter.contains_key("name")).collect();
    if fields.is_empty() {
        return None;
    }
    let mut properties = Object::new();
    let mut required: Vec<Value> = Vec::new();
    let mut encoding = Object::new();
    for field in &fields {
        let Some(Value::String(name)) = field.get("name") else { continue };
        let mut field = (**field).clone();
        if field.get("required") == Some(&Value::Bool(true)) {
            required.push(Value::from(name.as_str()));
        }
        if let Some(Value::String(separator)) = field.get("collectionFormat") {
            let explode = separator == "multi";
            encoding.insert(name.clone(), json!({"style": "form", "explode": explode}));
        }
        let mut schema = value_schema(&mut field);
        schema.extend(kept(&field));
        properties.insert(name.clone(), Value::Object(schema));
    }
    let file = properties.values().any(|p| p.get("type").is_some_and(|kind| kind == "file"));
    let any_required = !required.is_empty();
    let mut schema = json!({"type": "object", "properties": properties});
    if any_required && let Value::Object(schema) = &mut schema {
        schema.insert("required".to_owned(), Value::Array(required));
    }
    let forms = ["application/x-www-form-urlencoded", "multipart/form-data"];
    let mut media: Vec<String> =
        consumes.iter().filter(|media| forms.contains(&media.as_str())).cloned().collect();
    if media.is_empty() {
        media.push(forms[usize::from(file)].to_owned());
    }
    let mut content =
        super::response::content(&schema, &media, &format!("{operation}/requestBody"));
    if !encoding.is_empty()
        && let Value::Object(content) = &mut content
    {
        for media in content.values_mut().filter_map(Value::as_object_mut) {
            media.insert("encoding".to_owned(), Value::Object(encoding.clone()));
        }
    }
    Some(json!({"required": any_required, "content": object(Some(content))}))
}

/// What describes a body to people, and extensions.
fn kept(parameter: &Object) -> Object {
    parameter
        .iter()
        .filter(|(key, _)| *key == "description" || key.starts_with("x-"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
