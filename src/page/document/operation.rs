//! One operation: parameters, body, responses, how it is selected.

use super::components::Components;
use super::fields::{Level, Writer};
use super::source::{self, Confidence};
use super::{Entry, Whole, responses};
use crate::page::model::{Example, Field, Origin, Place, Shape, Side};
use crate::page::options::Text;
use serde_json::{Map, Value, json};

/// The media type of a body whose page names none.
pub(super) const JSON: &str = "application/json";

/// OpenAPI's operation object.
pub(super) fn write(whole: &Whole<'_>, index: usize, components: &Components) -> Value {
    let entry = &whole.entries[index];
    let operation = &entry.operation;
    let writer = Writer {
        page: &operation.page,
        side: Side::Request,
        text: whole.text,
        operation: index,
        components,
    };
    let mut out = Map::new();
    out.insert("operationId".to_owned(), json!(entry.id.0));
    if whole.text == Text::Kept {
        let summary = operation.title.as_ref().or(operation.opening.as_ref());
        if let Some(line) = summary {
            out.insert("summary".to_owned(), json!(line.text));
        }
    }
    if let (Some(selected), Some(family)) = (&entry.selected, whole.family)
        && let Some(form) = &family.selector
    {
        let (name, origin) = &selected.name;
        let origin = source::of(&operation.page, whole.family, origin);
        let selector = json!({
            "header": form.header, "query": form.query, "value": name, "x-source": origin,
        });
        out.insert("x-selector".to_owned(), selector);
        let (version, origin) = &selected.version;
        let origin = source::of(&operation.page, whole.family, origin);
        let version = json!({
            "header": form.version_header,
            "query": form.version_query,
            "value": version,
            "x-source": origin,
        });
        out.insert("x-api-version".to_owned(), version);
    }
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|(place, field)| parameter(&writer, *place, field, entry))
        .collect();
    if !parameters.is_empty() {
        out.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(body) = request_body(&writer, entry) {
        out.insert("requestBody".to_owned(), body);
    }
    out.insert("responses".to_owned(), responses::write(whole, index, components));
    out.insert("x-source".to_owned(), own_source(whole, entry));
    Value::Object(out)
}

/// Where method, path and id come from, each source once.
fn own_source(whole: &Whole<'_>, entry: &Entry) -> Value {
    let operation = &entry.operation;
    let of = |origin: &Origin| source::of(&operation.page, whole.family, origin);
    let mut origins = vec![of(&operation.method.1), of(&operation.path.1), of(&entry.id.1)];
    if let Some(title) = &operation.title {
        origins.push(of(&Origin::Stated(title.number)));
    }
    origins.into_iter().reduce(source::joined).unwrap_or_default()
}

fn parameter(writer: &Writer<'_>, place: Place, field: &Field, entry: &Entry) -> Value {
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(field.name));
    out.insert("in".to_owned(), json!(place.as_str()));
    let required = place == Place::Path || field.mandatory == Some(true);
    out.insert("required".to_owned(), json!(required));
    let mut schema = writer.field(field);
    if let Value::Object(schema) = &mut schema {
        // Prose, source and flags stand at the parameter, not twice.
        for key in ["description", "deprecated", "x-source", "x-internal", "x-reserved"] {
            if let Some(value) = schema.remove(key) {
                out.insert(key.to_owned(), value);
            }
        }
    }
    let source = out.remove("x-source");
    if entry.selected.is_some() && place == Place::Query {
        match field.shape {
            Shape::Array(_) => out.insert("x-style".to_owned(), json!("indexed")),
            _ => None,
        };
    }
    out.insert("schema".to_owned(), schema);
    if writer.text == Text::Kept
        && let Some(example) = parameter_example(field)
    {
        out.insert("example".to_owned(), example);
    }
    out.extend(source.map(|source| ("x-source".to_owned(), source)));
    Value::Object(out)
}

/// The table's own example of a parameter, where it is a value of its type and keeps its rules.
fn parameter_example(field: &Field) -> Option<Value> {
    let line = field.example.as_ref().filter(|_| field.rules.internal.is_none())?;
    let value = crate::page::prose::typed(&field.shape, &line.text)?;
    field.rules.allow(&field.shape, &value).then_some(value)
}

fn request_body(writer: &Writer<'_>, entry: &Entry) -> Option<Value> {
    let operation = &entry.operation;
    let body = operation.body.as_ref()?;
    let mut media = json!({ "schema": writer.object(body, Level::Body) });
    if writer.text == Text::Kept {
        attach(&mut media, &operation.request_examples, writer.page);
    }
    let (media_type, confidence, line) = match &operation.media_type {
        Some((media_type, line)) => (media_type.as_str(), Confidence::Stated, *line),
        None => (JSON, Confidence::Derived, body.line),
    };
    media["x-media-type-source"] = source::lines(writer.page, &[line], confidence);
    let required = body.fields.iter().any(|field| field.mandatory == Some(true));
    Some(json!({
        "required": required,
        "content": { media_type: media },
        "x-source": source::lines(writer.page, &[body.line], Confidence::Stated),
    }))
}

/// Attaches examples to a media type: `page`, `page-2` and so on.
pub(super) fn attach(media: &mut Value, examples: &[Example], page: &str) {
    if examples.is_empty() {
        return;
    }
    let mut named = Map::new();
    for (index, example) in examples.iter().enumerate() {
        let name = if index == 0 { "page".to_owned() } else { format!("page-{}", index + 1) };
        let mut out = json!({
            "value": example.value,
            "x-source": source::lines(page, &[example.line], Confidence::Stated),
        });
        if !example.contradicted.is_empty() {
            out["x-contradicted"] = json!(example.contradicted);
        }
        named.insert(name, out);
    }
    media["examples"] = Value::Object(named);
}
