//! Examples and defaults against the schemas that they stand for.

use super::flaw::Flaws;
use super::masked::{is_masked, masked};
use super::{Rule, Schemas};
use crate::check::quoted;
use crate::exchange::{MediaType, pointer_token};
use crate::spec::{Direction, MediaPromise, Parameter, SchemaRef, Spec, Violation};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Most breaches of one example that are told.
const OF_ONE: usize = 5;

/// Which way an example's value travels; of a schema's own example, either.
type Ways<'a> = &'a [Direction];

pub(super) fn lint(flaws: &mut Flaws<'_>, schemas: &Schemas<'_>) {
    let spec = flaws.spec;
    let mut seen = HashSet::new();
    for operation in &spec.operations {
        for parameter in &operation.parameters {
            of_parameter(flaws, parameter, Direction::Request, &mut seen);
        }
        for media in operation.body.iter().flat_map(|body| &body.media) {
            of_media(flaws, media, Direction::Request, &mut seen);
        }
        for promise in &operation.promises {
            for media in &promise.media {
                of_media(flaws, media, Direction::Response, &mut seen);
            }
            for header in &promise.headers {
                of_parameter(flaws, &header.parameter, Direction::Response, &mut seen);
            }
        }
    }
    for (pointer, schema) in schemas {
        of_schema(flaws, pointer, schema);
    }
}

fn of_parameter(
    flaws: &mut Flaws<'_>,
    parameter: &Parameter,
    way: Direction,
    seen: &mut HashSet<String>,
) {
    if let Some(schema) =
        parameter.schema.as_ref().filter(|_| seen.insert(parameter.pointer.clone()))
    {
        for (pointer, value) in beside(flaws.spec, &parameter.pointer) {
            judge(flaws, Rule::ExampleBreaksSchema, &pointer, value, schema, &[way]);
        }
    }
}

fn of_media(
    flaws: &mut Flaws<'_>,
    media: &MediaPromise,
    way: Direction,
    seen: &mut HashSet<String>,
) {
    let Some(schema) = media.schema.as_ref().filter(|_| seen.insert(media.pointer.clone())) else {
        return;
    };
    let is_json = MediaType::parse(&media.media_type).is_some_and(|media| media.is_json());
    for (pointer, value) in beside(flaws.spec, &media.pointer) {
        match value {
            // Text that holds what JSON cannot say (OpenAPI 3.1, section 4.8.14).
            Value::String(_) if !is_json => {}
            Value::String(text) => {
                let inner =
                    serde_json::from_str(text).ok().filter(|inner| !Value::is_string(inner));
                let value = inner.as_ref().unwrap_or(value);
                judge(flaws, Rule::ExampleBreaksSchema, &pointer, value, schema, &[way]);
            }
            _ => judge(flaws, Rule::ExampleBreaksSchema, &pointer, value, schema, &[way]),
        }
    }
}

fn of_schema(flaws: &mut Flaws<'_>, pointer: &str, schema: &Map<String, Value>) {
    let own = SchemaRef { pointer: pointer.to_owned() };
    let either = [Direction::Request, Direction::Response];
    for (key, rule) in
        [("example", Rule::ExampleBreaksSchema), ("default", Rule::DefaultBreaksSchema)]
    {
        if let Some(value) = schema.get(key) {
            judge(flaws, rule, &format!("{pointer}/{key}"), value, &own, &either);
        }
    }
    if let Some(Value::Array(values)) = schema.get("examples") {
        for (index, value) in values.iter().enumerate() {
            let place = format!("{pointer}/examples/{index}");
            judge(flaws, Rule::ExampleBreaksSchema, &place, value, &own, &either);
        }
    }
}

/// The examples that stand beside a schema, in a parameter or under a media type, with their places.
fn beside<'a>(spec: &'a Spec, pointer: &str) -> Vec<(String, &'a Value)> {
    let Some(holder) = spec.document().pointer(pointer) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(value) = holder.get("example") {
        found.push((format!("{pointer}/example"), value));
    }
    if let Some(Value::Object(named)) = holder.get("examples") {
        for (name, example) in named {
            if let Some(value) = spec.resolved(example).and_then(|example| example.get("value")) {
                found.push((format!("{pointer}/examples/{}/value", pointer_token(name)), value));
            }
        }
    }
    found
}

/// Notes where a value breaks a schema whichever way it travels. What a mask breaks is none of its fault.
fn judge(
    flaws: &mut Flaws<'_>,
    rule: Rule,
    pointer: &str,
    value: &Value,
    schema: &SchemaRef,
    ways: Ways<'_>,
) {
    let spec = flaws.spec;
    for place in masked(value).iter().take(OF_ONE) {
        let text = value.pointer(place).map(Value::to_string).unwrap_or_default();
        let what = format!("the example says {}", quoted(&text));
        flaws.note(Rule::MaskedExample, &format!("{pointer}{place}"), &[], what);
    }
    let verdicts = ways.iter().filter_map(|way| spec.validate(schema, value, *way).ok());
    let Some(broken) = verdicts.min_by_key(Vec::len) else { return };
    let counts = |violation: &&Violation| {
        let there = value.pointer(&violation.at);
        // The rule as written is told where it stands.
        !violation.advisory && !there.and_then(Value::as_str).is_some_and(is_masked)
    };
    for violation in broken.iter().filter(counts).take(OF_ONE) {
        let place = format!("{pointer}{}", violation.at);
        let what = format!("expected {}, observed {}", violation.expected, violation.observed);
        flaws.note(rule, &place, &[&violation.schema_pointer], what);
    }
}
