//! What an operation answers, by status code.

use super::components::{Components, reference};
use super::fields::{Level, Writer};
use super::operation::{JSON, attach};
use super::source::{self, Confidence};
use super::{Whole, components};
use crate::exchange::reason_phrase;
use crate::page::model::{Code, Response, Side};
use crate::page::options::Text;
use serde_json::{Map, Value, json};

/// OpenAPI's responses object.
pub(super) fn write(whole: &Whole<'_>, index: usize, components: &Components) -> Value {
    let operation = &whole.entries[index].operation;
    let writer = Writer {
        page: &operation.page,
        side: Side::Response,
        text: whole.text,
        operation: index,
        components,
    };
    let mut out: Map<String, Value> = operation
        .responses
        .iter()
        .map(|own| (own.code.to_string(), response(whole, &writer, own)))
        .collect();
    if let Some(family) = whole.family.filter(|family| family.errors_by_default) {
        let source = json!({ "family": family.name });
        let media =
            json!({ "schema": { "$ref": reference(family.error.name) }, "x-source": source });
        out.insert(
            "default".to_owned(),
            json!({
                "description": "Any error",
                "content": { JSON: media },
                "x-no-body-documented": true,
                "x-source": source,
            }),
        );
    }
    Value::Object(out)
}

fn response(whole: &Whole<'_>, writer: &Writer<'_>, own: &Response) -> Value {
    let mut out = Map::new();
    let described = own.description.clone().filter(|_| whole.text == Text::Kept);
    let description = described.unwrap_or_else(|| reason(own.code).to_owned());
    out.insert("description".to_owned(), json!(description));
    if !own.headers.is_empty() {
        let headers = own.headers.iter().map(|field| {
            let required = field.mandatory == Some(true);
            let mut schema = writer.field(field);
            let source = schema.as_object_mut().and_then(|schema| schema.remove("x-source"));
            let header = json!({ "required": required, "schema": schema, "x-source": source });
            (field.name.clone(), header)
        });
        out.insert("headers".to_owned(), Value::Object(headers.collect()));
    }
    if let Some(media) = media(whole, writer, own) {
        out.insert("content".to_owned(), json!({ JSON: media }));
    }
    if own.body.is_none() {
        out.insert("x-no-body-documented".to_owned(), json!(true));
    }
    out.insert("x-source".to_owned(), response_source(whole, writer, own));
    Value::Object(out)
}

fn media(whole: &Whole<'_>, writer: &Writer<'_>, own: &Response) -> Option<Value> {
    let mut media = match (&own.body, whole.family) {
        (Some(body), _) => json!({ "schema": writer.object(body, Level::Body) }),
        (None, Some(family)) if own.code.is_error() => json!({
            "schema": { "$ref": components::reference(family.error.name) },
            "x-source": { "family": family.name },
        }),
        (None, _) if !own.examples.is_empty() => json!({}),
        (None, _) => return None,
    };
    if whole.text == Text::Kept {
        attach(&mut media, &own.examples, writer.page);
    }
    Some(media)
}

fn response_source(whole: &Whole<'_>, writer: &Writer<'_>, own: &Response) -> Value {
    if own.stated {
        return source::lines(writer.page, &own.lines, Confidence::Stated);
    }
    let page = source::lines(writer.page, &own.lines, Confidence::Derived);
    match whole.family {
        Some(family) => source::joined(page, json!({ "family": family.name })),
        None => page,
    }
}

/// The reason phrase of a code, or of its class where it is not registered.
fn reason(code: Code) -> &'static str {
    let Code::Exact(code) = code else { return "Success" };
    match (reason_phrase(code), code) {
        ("", 100..200) => "Informational",
        ("", 200..300) => "Success",
        ("", 300..400) => "Redirection",
        ("", 400..500) => "Client Error",
        ("", _) => "Server Error",
        (phrase, _) => phrase,
    }
}
