//! Holds a request to the document: parameters, media type, body.

mod multipart;

use super::refusal::{Fault, Refusal};
use crate::exchange::{Request, pointer_name};
use crate::spec::{
    Direction, MediaPromise, Parameter, Place, RequestBody, Routed, SchemaRef, Sent, SentBody,
};
use serde_json::Value;

/// Header parameters that OpenAPI 3.1 (section 4.8.12.1) leaves to other parts of a document.
const NOT_PARAMETERS: [&str; 3] = ["accept", "authorization", "content-type"];
/// Most mistakes that one answer names.
const NAMED: usize = 10;

/// The refusal of a request that breaks its documentation.
pub(super) fn refusal(
    routed: &Routed<'_>,
    request: &Request,
    sent: &Sent<'_, '_>,
) -> Option<Refusal> {
    let body = routed.operation.body.as_ref();
    if let Some(body) = body.filter(|_| !request.body.is_empty())
        && let Some(refusal) = media_type(body, request, sent)
    {
        return Some(refusal);
    }
    let refuses_bodies = routed.operation.documents(415) && routed.operation.selector.is_none();
    if body.is_none() && refuses_bodies && !request.body.is_empty() {
        return Some(Refusal::new(Fault::MediaType, "body: none is documented"));
    }
    let mut mistakes = Vec::new();
    for wanted in &routed.operation.parameters {
        parameter(routed, wanted, sent, &mut mistakes);
    }
    if let Some(wanted) = body {
        whole_body(routed, wanted, request, sent, &mut mistakes);
    }
    mistakes.truncate(NAMED);
    (!mistakes.is_empty()).then_some(Refusal { fault: Fault::Request, mistakes })
}

/// A body of no documented type is refused; one that names none is read as the first documented.
fn media_type(body: &RequestBody, request: &Request, sent: &Sent<'_, '_>) -> Option<Refusal> {
    let named = request.headers.contains("content-type");
    if !named || body.media.is_empty() || sent.media(&body.media).is_some() {
        return None;
    }
    let documented: Vec<&str> = body.media.iter().map(|media| media.media_type.as_str()).collect();
    let there = request.headers.text("content-type").unwrap_or("not text");
    let mistake = format!("Content-Type: `{there}` is not {}", documented.join(" or "));
    Some(Refusal::new(Fault::MediaType, mistake))
}

fn parameter(
    routed: &Routed<'_>,
    wanted: &Parameter,
    sent: &Sent<'_, '_>,
    mistakes: &mut Vec<String>,
) {
    let name = wanted.name.as_str();
    if wanted.place == Place::Header
        && NOT_PARAMETERS.iter().any(|word| name.eq_ignore_ascii_case(word))
    {
        return;
    }
    let Some(value) = sent.parameter_written(wanted) else {
        let selector = routed.operation.selector.as_ref();
        let selects = selector.and_then(|selector| selector.query.as_deref()) == Some(name);
        if wanted.required && !selects {
            mistakes.push(format!("{name}: required"));
        }
        return;
    };
    if let Some(schema) = &wanted.schema
        && !routed.spec.takes_empty(wanted, &value)
    {
        violations(routed, schema, &value, name, mistakes);
    }
}

fn whole_body(
    routed: &Routed<'_>,
    wanted: &RequestBody,
    request: &Request,
    sent: &Sent<'_, '_>,
    mistakes: &mut Vec<String>,
) {
    if request.body.is_empty() {
        if wanted.required {
            mistakes.push("body: required".to_owned());
        }
        return;
    }
    let documented: Option<&MediaPromise> = sent.media(&wanted.media).or(wanted.media.first());
    let Some((media, schema)) = documented.and_then(|m| Some((m, m.schema.as_ref()?))) else {
        return;
    };
    let named = sent.media_type().cloned();
    let Some(media_type) = named.or_else(|| crate::exchange::MediaType::parse(&media.media_type))
    else {
        return;
    };
    match sent.body(&media_type, schema) {
        SentBody::Value(value) | SentBody::Written(value) => {
            violations(routed, schema, &value, "", mistakes);
        }
        SentBody::Malformed(what) => mistakes.push(format!("body: {what}")),
        // Types that no schema can be held to are taken as they are.
        SentBody::Opaque(_) => {
            let Some(form) = multipart::as_form(request, &media_type) else { return };
            let sent = Sent::of(routed, &form);
            let Some(as_form) = sent.media_type().cloned() else { return };
            if let SentBody::Value(value) = sent.body(&as_form, schema) {
                violations(routed, schema, &value, "", mistakes);
            }
        }
    }
}

/// Adds every way in which a value breaks its schema. A schema that cannot be read asks for nothing.
fn violations(
    routed: &Routed<'_>,
    schema: &SchemaRef,
    value: &Value,
    name: &str,
    mistakes: &mut Vec<String>,
) {
    let found = routed.spec.validate_written(schema, value, Direction::Request);
    let found = found.unwrap_or_default();
    for violation in found.iter().filter(|violation| !violation.advisory) {
        let place = [name, &dotted(&violation.at)].join(".");
        let place = match place.trim_matches('.') {
            "" => "body",
            place => place,
        };
        let wanted = match violation.keyword.as_str() {
            "required" => "required",
            _ => &violation.expected,
        };
        mistakes.push(format!("{place}: {wanted}"));
    }
}

/// `/tags/0/key` as people write it: `tags.0.key`.
fn dotted(pointer: &str) -> String {
    let keys = pointer.split('/').skip(1).map(|key| pointer_name(key).into_owned());
    keys.collect::<Vec<_>>().join(".")
}
