//! Which nested table describes which object: by name where a caption has it, else in the order in
//! which the fields first refer to objects, level by level.

use crate::page::model::{Field, Operation, Shape, Side, Structure};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Names every structure that a field refers to, and reports tables that nothing refers to.
pub(super) fn name_structures(operation: &mut Operation, losses: &mut Vec<(u32, String)>) {
    for side in [Side::Request, Side::Response] {
        name_by_field(operation, side);
        while let Some((at, name)) = next_unnamed(operation, side) {
            operation.structures[at].name = Some(name);
            name_by_field(operation, side);
        }
    }
    super::adrift::adopt(operation);
    let known = [Side::Request, Side::Response].map(|side| references(operation, side));
    let known: BTreeSet<&String> = known.iter().flatten().collect();
    let mut kept = Vec::new();
    for structure in std::mem::take(&mut operation.structures) {
        if structure.name.as_ref().is_some_and(|name| known.contains(name)) {
            kept.push(structure);
        } else {
            losses.push((structure.line, "a table that no field refers to".to_owned()));
        }
    }
    operation.structures = kept;
}

fn roots(operation: &Operation, side: Side) -> impl Iterator<Item = &Field> {
    let request = operation.body.iter().flat_map(|body| &body.fields);
    let request = operation.parameters.iter().map(|(_, field)| field).chain(request);
    let bodies = operation.responses.iter().filter_map(|response| response.body.as_ref());
    let response = bodies.flat_map(|body| &body.fields);
    request
        .filter(move |_| side == Side::Request)
        .chain(response.filter(move |_| side == Side::Response))
}

/// The names that fields of a side refer to, in the order of first reference, level by level.
pub(super) fn references(operation: &Operation, side: Side) -> Vec<String> {
    let described: BTreeMap<&str, &Structure> = operation
        .structures
        .iter()
        .rev()
        .filter(|structure| structure.side == side)
        .filter_map(|structure| Some((structure.name.as_deref()?, structure)))
        .collect();
    let mut names: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<&Field> = roots(operation, side).collect();
    while let Some(field) = queue.pop_front() {
        let Some(name) = field.shape.structure() else { continue };
        if seen.insert(name) {
            names.push(name.to_owned());
            queue.extend(described.get(name).iter().flat_map(|structure| &structure.fields));
        }
    }
    names
}

/// The first table without a usable name, and the first name without a table.
fn next_unnamed(operation: &Operation, side: Side) -> Option<(usize, String)> {
    let names = references(operation, side);
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let own = operation.structures.iter().filter(|structure| structure.side == side);
    let described: BTreeSet<&str> = own.filter_map(|own| own.name.as_deref()).collect();
    let open: Vec<&String> =
        names.iter().filter(|name| !described.contains(name.as_str())).collect();
    let waiting = |structure: &Structure| {
        let own = structure.name.as_deref();
        structure.side == side && !own.is_some_and(|name| known.contains(name))
    };
    let tables = || operation.structures.iter().enumerate().filter(|(_, own)| waiting(own));
    // A caption that speaks of the object in more words goes to the name it contains.
    let spoken = tables().find_map(|(at, structure)| {
        let caption = structure.name.as_deref()?;
        let words: BTreeSet<&str> = caption.split(|c: char| !is_word(c)).collect();
        let name = open.iter().find(|name| words.contains(name.as_str()))?;
        Some((at, (*name).clone()))
    });
    spoken.or_else(|| {
        let (at, _) = tables().find(|(_, structure)| structure.name.is_none())?;
        Some((at, (*open.first()?).clone()))
    })
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Lets a field of a bare object type refer to the table that carries the field's own name.
fn name_by_field(operation: &mut Operation, side: Side) {
    let named: BTreeSet<String> = operation
        .structures
        .iter()
        .filter(|structure| structure.side == side)
        .filter_map(|structure| structure.name.clone())
        .collect();
    let adopt = |field: &mut Field| {
        if !named.contains(&field.name) {
            return;
        }
        let name = field.name.clone();
        match &mut field.shape {
            // An array whose elements no type word tells, and a table of its name.
            Shape::Array(inner @ None) => *inner = Some(Box::new(Shape::Object(Some(name)))),
            own if own.is_unnamed_object() => refer(own, &name),
            _ => {}
        }
    };
    let bodies = operation.responses.iter_mut().filter_map(|response| response.body.as_mut());
    let body = operation.body.as_mut().filter(|_| side == Side::Request);
    let bodies = body.into_iter().chain(bodies.filter(|_| side == Side::Response));
    let structures = operation.structures.iter_mut().filter(|structure| structure.side == side);
    bodies.chain(structures).flat_map(|structure| &mut structure.fields).for_each(adopt);
}

/// Puts a name on the unnamed object inside a shape.
pub(super) fn refer(shape: &mut Shape, name: &str) {
    match shape {
        Shape::Object(own @ None) => *own = Some(name.to_owned()),
        Shape::Array(Some(inner)) => refer(inner, name),
        _ => {}
    }
}
