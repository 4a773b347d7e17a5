//! Objects that a field names and no table describes: derived from the page's own examples where
//! these show one, and reported either way.

use crate::exchange::pointer_token;
use crate::page::model::{Example, Field, Operation, Shape, Side, Structure};
use crate::page::shape;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Adds a structure for every name without a table; without an example it stays an open object.
pub(super) fn derive_structures(operation: &mut Operation, losses: &mut Vec<(u32, String)>) {
    let gaps = gaps(operation);
    if gaps.is_empty() {
        return;
    }
    let wanted: BTreeSet<&str> = gaps.iter().map(|gap| gap.field.as_str()).collect();
    let request = shown(&operation.request_examples, &wanted);
    let answers = operation.responses.iter().flat_map(|response| &response.examples);
    let response = shown(answers, &wanted);
    let mut derived = Vec::with_capacity(gaps.len());
    for gap in &gaps {
        let found = match gap.side {
            Side::Request => request.get(gap.field.as_str()),
            Side::Response => response.get(gap.field.as_str()),
        };
        let reason = if found.is_some() {
            format!("no table describes `{}`; its fields are read from an example", gap.name)
        } else {
            format!("no table describes `{}`", gap.name)
        };
        losses.push((gap.line, reason));
        derived.push(structure(gap, found.copied()));
    }
    operation.structures.extend(derived);
}

/// A field whose object no table describes.
struct Gap {
    name: String,
    /// The field that refers to it.
    field: String,
    line: u32,
    side: Side,
}

/// The names without a table, each once, with the first field that refers to it.
fn gaps(operation: &Operation) -> Vec<Gap> {
    let request = operation.body.iter().map(|body| (Side::Request, body));
    let bodies = operation.responses.iter().filter_map(|response| response.body.as_ref());
    let response = bodies.map(|body| (Side::Response, body));
    let nested = operation.structures.iter().map(|structure| (structure.side, structure));
    let fields = request.chain(response).chain(nested);
    let fields = fields.flat_map(|(side, own)| own.fields.iter().map(move |field| (side, field)));
    let parameters = operation.parameters.iter().map(|(_, field)| (Side::Request, field));
    let own = operation.structures.iter().filter_map(|structure| structure.name.as_deref());
    let mut known: BTreeSet<&str> = own.collect();
    let mut gaps = Vec::new();
    for (side, field) in parameters.chain(fields) {
        if let Some(name) = field.shape.structure().filter(|name| known.insert(name)) {
            let (name, own) = (name.to_owned(), field.name.clone());
            gaps.push(Gap { name, field: own, line: field.line, side });
        }
    }
    gaps
}

/// An object in an example, and its line.
pub(super) type Shown<'a> = (&'a Map<String, Value>, u32);

/// The first object that examples show under each of the wanted keys, in arrays too.
pub(super) fn shown<'a>(
    examples: impl IntoIterator<Item = &'a Example>,
    wanted: &BTreeSet<&str>,
) -> BTreeMap<&'a str, Shown<'a>> {
    let mut found = BTreeMap::new();
    for example in examples {
        let mut open: Vec<(String, &Value)> = vec![(String::new(), &example.value)];
        while let Some((pointer, value)) = open.pop() {
            let line = |pointer: &str| example.lines.get(pointer).copied().unwrap_or(example.line);
            match value {
                Value::Array(items) => {
                    let below = items.iter().enumerate().rev();
                    open.extend(below.map(|(index, item)| (format!("{pointer}/{index}"), item)));
                }
                Value::Object(members) => {
                    for (key, inner) in members.iter().rev() {
                        let below = format!("{pointer}/{}", pointer_token(key));
                        let object = inner.as_object().or_else(|| inner.get(0)?.as_object());
                        if let Some(object) = object.filter(|_| wanted.contains(key.as_str())) {
                            found.entry(key.as_str()).or_insert((object, line(&below)));
                        }
                        open.push((below, inner));
                    }
                }
                _ => {}
            }
        }
    }
    found
}

fn structure(gap: &Gap, shown: Option<Shown<'_>>) -> Structure {
    let line = shown.map_or(gap.line, |(_, line)| line);
    let members = shown.into_iter().flat_map(|(object, _)| object);
    let fields = members.map(|(name, value)| Field::implied(name, line, shape::of_value(value)));
    let fields = fields.filter(|field| field.shape != Shape::Unknown).collect();
    Structure {
        name: Some(gap.name.clone()),
        derived: true,
        ..Structure::of(fields, line, gap.side)
    }
}
