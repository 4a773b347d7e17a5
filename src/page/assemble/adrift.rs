//! Tables that no field names, and fields whose object no table of that name describes: brought
//! together by the words of their names, or where only one such field stands in front of the table.

use super::links::{each_field, point};
use super::missing::shown;
use super::nesting::references;
use crate::page::model::{Field, Operation, Shape, Side, Structure};
use crate::page::vocabulary;
use std::collections::BTreeSet;

/// Lets fields of objects without a table refer to tables without a field.
pub(super) fn adopt(operation: &mut Operation) {
    for side in [Side::Request, Side::Response] {
        // Each round takes a table in, whose own fields may lead to others.
        while let Some((field, at, name)) = next(operation, side) {
            operation.structures[at].name = Some(name.clone());
            let mut index = 0;
            each_field(operation, |own| {
                if index == field {
                    point(&mut own.shape, &name);
                }
                index += 1;
            });
        }
    }
}

/// A field whose object is not described.
struct Open {
    index: usize,
    line: u32,
    name: String,
    /// The name that its type gives.
    named: Option<String>,
}

fn next(operation: &Operation, side: Side) -> Option<(usize, usize, String)> {
    let known: BTreeSet<String> = references(operation, side).into_iter().collect();
    let is_known = |own: &Structure| own.name.as_ref().is_some_and(|name| known.contains(name));
    let mut adrift: Vec<usize> = (0..operation.structures.len())
        .filter(|at| {
            let own = &operation.structures[*at];
            own.side == side && !is_known(own)
        })
        .collect();
    if adrift.is_empty() {
        return None;
    }
    adrift.sort_by_key(|at| operation.structures[*at].line);
    let open = open_fields(operation, side, &is_known);
    let structures = &operation.structures;
    let (field, at) = by_name(structures, &adrift, &open)
        .or_else(|| by_example(operation, side, &adrift, &open))
        .or_else(|| alone(structures, &adrift, &open))?;
    Some((field.index, at, name_for(operation, side, at, &field.name)))
}

/// A table and the last field in front of it that its name means.
fn by_name<'o>(
    structures: &[Structure],
    adrift: &[usize],
    open: &'o [Open],
) -> Option<(&'o Open, usize)> {
    adrift.iter().find_map(|at| {
        let own = &structures[*at];
        let words = own.name.as_deref()?;
        let alike = |field: &&Open| {
            let named = field.named.as_deref().is_some_and(|name| means(words, name));
            field.line < own.line && (named || means(words, &field.name))
        };
        Some((open.iter().rfind(alike)?, *at))
    })
}

/// A table without a name, and the field whose object an example shows with its fields.
fn by_example<'o>(
    operation: &Operation,
    side: Side,
    adrift: &[usize],
    open: &'o [Open],
) -> Option<(&'o Open, usize)> {
    let wanted: BTreeSet<&str> = open.iter().map(|field| field.name.as_str()).collect();
    let answers = operation.responses.iter().flat_map(|response| &response.examples);
    let shown = match side {
        Side::Request => shown(&operation.request_examples, &wanted),
        Side::Response => shown(answers, &wanted),
    };
    let unnamed = |at: &&usize| operation.structures[**at].name.is_none();
    adrift.iter().filter(unnamed).find_map(|at| {
        let own = &operation.structures[*at];
        let fits = |field: &&Open| {
            let Some((object, _)) = shown.get(field.name.as_str()) else { return false };
            let listed = |key: &&String| own.fields.iter().any(|own| own.name == **key);
            let hits = object.keys().filter(listed).count();
            field.line < own.line
                && hits > 0
                && hits * 4 >= object.len() * 3
                && hits * 2 >= own.fields.len()
        };
        let mut fitting = open.iter().filter(fits);
        let first = fitting.next()?;
        // Two fields of one kind come in the order of their tables.
        Some((first, *at))
    })
}

/// The first table, where a single field stands open in front of it.
fn alone<'o>(
    structures: &[Structure],
    adrift: &[usize],
    open: &'o [Open],
) -> Option<(&'o Open, usize)> {
    let at = *adrift.first()?;
    let own = &structures[at];
    let mut before = open.iter().filter(|field| field.line < own.line);
    let only = before.next().filter(|_| before.next().is_none())?;
    let itself = own.fields.iter().any(|field| field.name == only.name);
    (!itself).then_some((only, at))
}

/// The table's own name where it has one to itself, else the field's.
fn name_for(operation: &Operation, side: Side, at: usize, field: &str) -> String {
    let others = || operation.structures.iter().enumerate().filter(|(other, _)| *other != at);
    let taken =
        |name: &str| others().any(|(_, own)| own.side == side && own.name.as_deref() == Some(name));
    let own = operation.structures[at].name.as_deref().filter(|name| vocabulary::is_name(name));
    let stem = own.filter(|name| !taken(name)).unwrap_or(field).to_owned();
    let mut name = stem.clone();
    let mut number = 2_usize;
    while taken(&name) {
        name = format!("{stem}{number}");
        number += 1;
    }
    name
}

/// The fields of a side that the operation reaches and whose objects no table describes.
fn open_fields(
    operation: &Operation,
    side: Side,
    is_known: &dyn Fn(&Structure) -> bool,
) -> Vec<Open> {
    let described: BTreeSet<&str> =
        operation.structures.iter().filter_map(|own| own.name.as_deref()).collect();
    let is_open = |field: &Field| match &field.shape {
        Shape::Array(None) | Shape::Object(None) => true,
        own if own.is_unnamed_object() => true,
        own => own.structure().is_some_and(|name| !described.contains(name)),
    };
    let parameters = operation.parameters.iter().map(|(_, field)| (side == Side::Request, field));
    let body = operation.body.iter().map(|own| (side == Side::Request, own));
    let bodies = operation.responses.iter().filter_map(|own| own.body.as_ref());
    let bodies = body.chain(bodies.map(|own| (side == Side::Response, own)));
    let nested = operation.structures.iter().map(|own| (own.side == side && is_known(own), own));
    let held = bodies
        .chain(nested)
        .flat_map(|(own, body)| body.fields.iter().map(move |field| (own, field)));
    parameters
        .chain(held)
        .enumerate()
        .filter(|(_, (own, field))| *own && is_open(field))
        .map(|(index, (_, field))| Open {
            index,
            line: field.line,
            name: field.name.clone(),
            named: field.shape.structure().map(str::to_owned),
        })
        .collect()
}

/// Whether a table's name means a field's: `tag` and `resource_tag` mean `tags`.
fn means(table: &str, field: &str) -> bool {
    let (table, field) = (words(table), words(field));
    !table.is_empty()
        && (table == field
            || table.last() == field.last() && (table.len() == 1 || field.len() == 1))
}

/// The words of a name, lower-case and singular: `resource_tags` and `ResourceTag` are alike.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut upper = true;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            upper = true;
            continue;
        }
        if words.is_empty() || c.is_uppercase() && !upper {
            words.push(String::new());
        }
        upper = c.is_uppercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    for word in &mut words {
        if let Some(stem) = word.strip_suffix("ies") {
            *word = format!("{stem}y");
        } else if word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") {
            word.pop();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_their_words() {
        for (table, field, alike) in [
            ("tag", "tags", true),
            ("resource_tag", "tags", true),
            ("DepotPolicy", "depot_policies", true),
            ("Depot", "depot_id", false),
            ("shelf_status", "status", true),
            ("depot_tag", "shelf_tag", false),
        ] {
            assert_eq!(means(table, field), alike, "{table} {field}");
        }
    }
}
