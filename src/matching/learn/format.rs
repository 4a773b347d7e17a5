//! What a spec says of a place in a request: the format of its values.

use super::spots::Spot;
use crate::exchange::Request;
use crate::spec::{Operation, Place, Route, Routed, SchemaRef, Spec, route};
use serde_json::Value;

/// Deepest path that is followed into a schema.
const DEPTH: usize = 40;

/// The operation of a request.
pub(super) fn operation<'a>(specs: &'a [Spec], request: &Request) -> Option<Routed<'a>> {
    match route(specs, request) {
        Route::Operation(routed) => Some(routed),
        Route::OtherMethod(_) | Route::Unknown => None,
    }
}

/// The format that the spec names for a place.
pub(super) fn of(routed: &Routed<'_>, spot: &Spot) -> Option<String> {
    let Routed { spec, operation, .. } = routed;
    let schema = match spot {
        Spot::Query(name) => parameter(operation, Place::Query, name),
        Spot::Header(name) => parameter(operation, Place::Header, name),
        Spot::Path(number) => {
            // The template may have fewer segments than the path: a server has a path of its own.
            let template: Vec<&str> = operation.path.split('/').collect();
            let name = template.get(*number)?.strip_prefix('{')?.strip_suffix('}')?;
            parameter(operation, Place::Path, name)
        }
        Spot::Json(path) => return body(spec, operation, &names(path)),
        Spot::Form(name) => return body(spec, operation, std::slice::from_ref(name)),
        Spot::Order(_) | Spot::Xml(_) | Spot::Part(_) | Spot::Body => None,
    }?;
    Some(spec.schema(schema)?.get("format")?.as_str()?.to_owned())
}

fn parameter<'a>(operation: &'a Operation, place: Place, name: &str) -> Option<&'a SchemaRef> {
    let is =
        |known: &str| known == name || (place == Place::Header && known.eq_ignore_ascii_case(name));
    let found = operation.parameters.iter().find(|one| one.place == place && is(&one.name))?;
    found.schema.as_ref()
}

fn body(spec: &Spec, operation: &Operation, names: &[String]) -> Option<String> {
    let media = operation.body.as_ref()?.media.iter();
    media.filter_map(|one| one.schema.as_ref()).find_map(|schema| format_of(spec, schema, names))
}

/// The format that a schema names for a place: names of members, `*` for the elements of an array.
pub fn format_of(spec: &Spec, schema: &SchemaRef, names: &[String]) -> Option<String> {
    let mut at = spec.schema(schema)?;
    for name in names.iter().take(DEPTH) {
        let next = match name.as_str() {
            "*" => at.get("items")?,
            name => member(spec, at, name, DEPTH)?,
        };
        at = spec.resolved(next)?;
    }
    at.get("format").and_then(Value::as_str).map(ToOwned::to_owned)
}

/// The schema of a member, also where parts of a schema are joined.
fn member<'a>(spec: &'a Spec, schema: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
    if let Some(found) = schema.get("properties").and_then(|members| members.get(name)) {
        return Some(found);
    }
    let parts = ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema.get(*key)?.as_array());
    let mut parts = parts.flatten().filter_map(|part| spec.resolved(part));
    let depth = depth.checked_sub(1)?;
    parts.find_map(|part| member(spec, part, name, depth))
}

/// The steps of a path that was written from names: `$.a['b c'][*]`.
fn names(path: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[*]") {
            names.push("*".to_owned());
            rest = after;
        } else if let Some(after) = rest.strip_prefix("['") {
            let Some((name, after)) = after.split_once("']") else { break };
            names.push(name.replace("\\'", "'").replace("\\\\", "\\"));
            rest = after;
        } else {
            let after = rest.strip_prefix('.').unwrap_or(rest);
            let (name, after) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
            names.push(name.to_owned());
            if name.is_empty() {
                break;
            }
            rest = after;
        }
    }
    names
}
