//! Objects that a field names and no table describes: derived from the page's own examples where
//! these show one, and reported either way.

use crate::page::model::{Example, Field, Operation, Released, Shape, Side, Structure};
use crate::page::prose::Rules;
use crate::page::shape;
use serde_json::Value;

/// Most passes over the fields: objects inside derived objects come with the next one.
const PASSES: usize = 8;

/// Adds a structure for every name without a table; without an example it stays an open object.
pub(super) fn derive_structures(operation: &mut Operation, losses: &mut Vec<(u32, String)>) {
    for _ in 0..PASSES {
        let gaps = gaps(operation);
        if gaps.is_empty() {
            break;
        }
        for gap in gaps {
            if operation.structure(&gap.name, gap.side).is_some() {
                continue;
            }
            let shown = shown(operation, &gap);
            let reason = if shown.is_some() {
                format!("no table describes `{}`; its fields are read from an example", gap.name)
            } else {
                format!("no table describes `{}`", gap.name)
            };
            losses.push((gap.line, reason));
            operation.structures.push(shown.unwrap_or(Structure {
                name: Some(gap.name),
                line: gap.line,
                side: gap.side,
                fields: Vec::new(),
                derived: true,
                released: Released::default(),
            }));
        }
    }
}

/// A field whose object no table describes.
struct Gap {
    name: String,
    /// The field that refers to it.
    field: String,
    line: u32,
    side: Side,
}

fn gaps(operation: &Operation) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let request = operation.body.iter().map(|body| (Side::Request, body));
    let bodies = operation.responses.iter().filter_map(|response| response.body.as_ref());
    let response = bodies.map(|body| (Side::Response, body));
    let nested = operation.structures.iter().map(|structure| (structure.side, structure));
    let fields = request.chain(response).chain(nested);
    let fields = fields.flat_map(|(side, own)| own.fields.iter().map(move |field| (side, field)));
    let parameters = operation.parameters.iter().map(|(_, field)| (Side::Request, field));
    for (side, field) in parameters.chain(fields) {
        if let Some(name) = field.shape.structure() {
            if operation.structure(name, side).is_none() {
                let name = name.to_owned();
                gaps.push(Gap { name, field: field.name.clone(), line: field.line, side });
            }
        }
    }
    gaps
}

/// The structure that an example of the gap's side shows under the field's name.
fn shown(operation: &Operation, gap: &Gap) -> Option<Structure> {
    let responses = operation.responses.iter().flat_map(|response| &response.examples);
    let examples: Vec<&Example> = match gap.side {
        Side::Request => operation.request_examples.iter().collect(),
        Side::Response => responses.collect(),
    };
    let (object, line) = examples.iter().find_map(|example| {
        let (pointer, object) = find(&example.value, &gap.field, String::new(), 16)?;
        Some((object, example.lines.get(&pointer).copied().unwrap_or(example.line)))
    })?;
    let fields = object.iter().map(|(name, value)| Field {
        name: name.clone(),
        line,
        shape: shape::of_value(value),
        mandatory: None,
        place: None,
        text: Vec::new(),
        example: None,
        rules: Rules::default(),
        items: None,
        derived: true,
    });
    let fields = fields.filter(|field| field.shape != Shape::Unknown).collect();
    let name = Some(gap.name.clone());
    Some(Structure {
        name,
        line,
        side: gap.side,
        fields,
        derived: true,
        released: Released::default(),
    })
}

/// The first object under a key, in arrays too, and its pointer.
fn find<'a>(
    value: &'a Value,
    key: &str,
    pointer: String,
    depth: usize,
) -> Option<(String, &'a serde_json::Map<String, Value>)> {
    let depth = depth.checked_sub(1)?;
    let element =
        |index: usize, inner: &'a Value| find(inner, key, format!("{pointer}/{index}"), depth);
    match value {
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, inner)| element(index, inner))
        }
        Value::Object(members) => {
            let own = members.get(key).and_then(|inner| match inner {
                Value::Object(object) => Some((format!("{pointer}/{key}"), object)),
                Value::Array(items) => {
                    let object = items.first()?.as_object()?;
                    Some((format!("{pointer}/{key}/0"), object))
                }
                _ => None,
            });
            own.or_else(|| {
                members
                    .iter()
                    .find_map(|(name, inner)| find(inner, key, format!("{pointer}/{name}"), depth))
            })
        }
        _ => None,
    }
}
