//! Fields that say where their object is described: a link to its table, a table's number in the prose,
//! or a name that several tables carry.

use super::nesting::refer;
use crate::page::model::{Field, Operation, Shape, Side, Structure};
use crate::page::vocabulary;
use std::collections::BTreeMap;

/// A field's way to its table.
struct Way {
    /// The field, as counted over the whole operation.
    field: usize,
    /// The structure that it leads to.
    to: usize,
    /// The name of the field's own structure.
    holder: Option<String>,
    field_name: String,
    /// The name that the field's type gives.
    named: Option<String>,
}

/// Names tables by the fields that lead to them, and lets these refer to the names.
pub(super) fn follow(operation: &mut Operation) {
    if operation.structures.is_empty() {
        return;
    }
    let ways = ways(operation);
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    for way in &ways {
        if names.contains_key(&way.to) {
            continue;
        }
        let own = &operation.structures[way.to];
        let caption = own.name.as_deref().filter(|name| vocabulary::is_name(name));
        let wanted = way.named.as_deref().or(caption).unwrap_or(&way.field_name);
        let taken = |name: &str| {
            let others = operation.structures.iter().enumerate();
            let mut others = others.filter(|(at, other)| *at != way.to && other.side == own.side);
            others.any(|(at, other)| match names.get(&at) {
                Some(given) => given == name,
                // What nothing else leads to keeps the name of its caption.
                None => other.name.as_deref() == Some(name) && !ways.iter().any(|way| way.to == at),
            })
        };
        let mut name = wanted.to_owned();
        if taken(&name)
            && let Some(holder) = &way.holder
        {
            name = format!("{holder}.{wanted}");
        }
        let stem = name.clone();
        let mut number = 2_usize;
        while taken(&name) {
            name = format!("{stem}{number}");
            number += 1;
        }
        names.insert(way.to, name);
    }
    for (at, name) in &names {
        operation.structures[*at].name = Some(name.clone());
    }
    let leads: BTreeMap<usize, &str> =
        ways.iter().filter_map(|way| Some((way.field, names.get(&way.to)?.as_str()))).collect();
    let mut at = 0;
    each_field(operation, |field| {
        if let Some(name) = leads.get(&at) {
            point(&mut field.shape, name);
        }
        at += 1;
    });
}

/// Every field in the one order by which they are counted.
pub(super) fn each_field(operation: &mut Operation, mut act: impl FnMut(&mut Field)) {
    let parameters = operation.parameters.iter_mut().map(|(_, field)| field);
    let bodies = operation.responses.iter_mut().filter_map(|own| own.body.as_mut());
    let all = operation.body.iter_mut().chain(bodies).chain(&mut operation.structures);
    for field in parameters.chain(all.flat_map(|own| &mut own.fields)) {
        act(field);
    }
}

fn ways(operation: &Operation) -> Vec<Way> {
    let mut anchors: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbers: BTreeMap<u32, usize> = BTreeMap::new();
    let mut named: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
    for (at, own) in operation.structures.iter().enumerate() {
        for anchor in &own.anchors {
            anchors.entry(anchor).or_insert(at);
        }
        if let Some(number) = own.number {
            numbers.entry(number).or_insert(at);
        }
        if let Some(name) = &own.name {
            named.entry((name, own.side == Side::Request)).or_default().push(at);
        }
    }
    let parameters = operation.parameters.iter().map(|(_, field)| (Side::Request, None, field));
    let bodies = operation.responses.iter().filter_map(|own| own.body.as_ref());
    let holders: Vec<&Structure> =
        operation.body.iter().chain(bodies).chain(&operation.structures).collect();
    let held = holders
        .into_iter()
        .flat_map(|own| own.fields.iter().map(move |field| (own.side, own.name.clone(), field)));
    let mut ways = Vec::new();
    for (index, (side, holder, field)) in parameters.chain(held).enumerate() {
        if !holds_object(&field.shape) {
            continue;
        }
        let linked = field.links.iter().find_map(|link| anchors.get(link.as_str()).copied());
        let unnamed = field.shape.structure().is_none();
        let mentioned = || {
            let mut lines =
                field.text.iter().flat_map(|line| vocabulary::tables_mentioned(&line.text));
            lines.find_map(|number| numbers.get(&number).copied())
        };
        let several = || {
            let all = named.get(&(field.shape.structure()?, side == Side::Request))?;
            // A table comes after the field that it belongs to.
            let next = all.iter().find(|at| operation.structures[**at].line > field.line);
            (all.len() > 1).then(|| *next.unwrap_or(&all[0]))
        };
        let to = linked.or_else(|| mentioned().filter(|_| unnamed)).or_else(several);
        let holds_itself = |to: usize| {
            unnamed && operation.structures[to].fields.iter().any(|own| own.line == field.line)
        };
        let Some(to) = to.filter(|to| !holds_itself(*to)) else { continue };
        ways.push(Way {
            field: index,
            to,
            holder,
            field_name: field.name.clone(),
            named: field.shape.structure().map(str::to_owned),
        });
    }
    ways
}

/// Whether a shape can hold an object at all.
fn holds_object(shape: &Shape) -> bool {
    match shape {
        Shape::Object(_) | Shape::Array(None) | Shape::Map(None) => true,
        Shape::Array(Some(inner)) | Shape::Map(Some(inner)) => holds_object(inner),
        Shape::Scalar(_) | Shape::Unknown => false,
    }
}

/// Lets a shape's object be the one of a name.
pub(super) fn point(shape: &mut Shape, name: &str) {
    match shape {
        Shape::Object(own) => *own = Some(name.to_owned()),
        Shape::Array(Some(inner)) | Shape::Map(Some(inner)) => point(inner, name),
        Shape::Array(inner @ None) => *inner = Some(Box::new(Shape::Object(Some(name.to_owned())))),
        other => refer(other, name),
    }
}
