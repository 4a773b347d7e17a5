//! Rows of a parameter table to fields, and rows without a name to what they stand for: an array's
//! element, or the root object.

use crate::page::model::{Field, Line, Nesting, Shape};
use crate::page::outline::{Cell, Row, Table};
use crate::page::prose;
use crate::page::shape;
use crate::page::vocabulary::{self, Column};
use std::collections::BTreeSet;

/// Most rows of a table that are read; no reference page comes near.
const ROWS_LIMIT: usize = 1000;

/// The fields of a table in order.
pub(super) fn read(table: &Table, losses: &mut Vec<(u32, String)>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut names = BTreeSet::new();
    if let Some(row) = table.rows.get(ROWS_LIMIT) {
        let line = row.cells.iter().find_map(Cell::line).unwrap_or(table.line);
        losses.push((line, format!("a table of more than {ROWS_LIMIT} rows")));
    }
    for row in table.rows.iter().take(ROWS_LIMIT) {
        let Some(field) = field(table, row, losses) else { continue };
        if !field.name.is_empty() {
            // Objects one below the other may have fields of one name.
            let below = field.nesting != Nesting::default()
                || fields.iter().any(|own| own.nesting != Nesting::default());
            if names.insert(field.name.clone()) || below {
                fields.push(field);
            } else {
                losses.push((field.line, format!("`{}` is listed twice", field.name)));
            }
        } else if let Some(Field { items, shape: Shape::Array(inner), .. }) = fields.last_mut() {
            *inner = Some(Box::new(field.shape.clone()));
            *items = Some(Box::new(field));
        } else if !(fields.is_empty() && matches!(field.shape, Shape::Object(_))) {
            losses.push((field.line, "a row without a name".to_owned()));
        }
    }
    for field in &mut fields {
        prose::read(field, losses);
        if let Some(items) = &mut field.items {
            prose::read(items, losses);
        }
        adopt_array_example(field);
    }
    fields
}

/// The marks of depth in front of a name.
fn depth_of(text: &str) -> usize {
    text.chars().take_while(|c| !c.is_alphanumeric()).filter(|c| "└├∟»".contains(*c)).count()
}

/// The name in a cell, without marks of its depth and blanks that the layout put in.
fn name_of(text: &str) -> String {
    let bare = text.trim_start_matches(['└', '├', '∟', '»', '─', ' ']).trim();
    let joined = bare.replace(" _", "_").replace("_ ", "_");
    let end =
        joined.find([' ', '(', '（']).filter(|at| *at > 0 && !vocabulary::is_name(&joined[*at..]));
    match end {
        // Words in brackets behind a name are remarks.
        Some(at) if joined[at..].trim_start().starts_with(['(', '（']) => joined[..at].to_owned(),
        _ => joined,
    }
}

fn field(table: &Table, row: &Row, losses: &mut Vec<(u32, String)>) -> Option<Field> {
    let cell = |column| table.position(column).map(|at| &row.cells[at]);
    let line = row.cells.iter().find_map(Cell::line)?;
    let written = cell(Column::Name).map(Cell::text).unwrap_or_default();
    let name = name_of(&written);
    if !name.is_empty() && !vocabulary::is_name(&name) {
        losses.push((line, format!("`{}` is no parameter name", shortened(&name))));
        return None;
    }
    // A name without a type is the element of the array above it.
    let element = !name.is_empty() && cell(Column::Type).is_some_and(|cell| cell.lines.is_empty());
    let shape = match cell(Column::Type).map(Cell::text) {
        Some(_) if element => Shape::Object(None),
        Some(text) => shape::parse(&text).unwrap_or_else(|| {
            losses.push((
                line,
                format!("`{name}` has the type `{}`, which is not known", shortened(&text)),
            ));
            Shape::Unknown
        }),
        None => Shape::Unknown,
    };
    let mandatory = cell(Column::Mandatory).map(Cell::text);
    let flag = mandatory.as_deref().and_then(vocabulary::yes_or_no);
    let in_some_cases = || mandatory.as_deref().and_then(vocabulary::yes_or_no_in_some_cases);
    let known = flag.or_else(in_some_cases);
    if let (Some(text), None) = (&mandatory, flag) {
        losses.push((line, format!("`{name}` has `{}` for yes or no", shortened(text))));
    }
    let place = cell(Column::Location).map(Cell::text);
    let description = cell(Column::Description);
    if description.is_some_and(|cell| cell.cut) {
        let end = description.and_then(|cell| cell.lines.last()).map_or(line, |line| line.number);
        losses.push((end, format!("the text of `{name}` ends where something stood that is lost")));
    }
    let mut text = description.map(|cell| cell.lines.clone()).unwrap_or_default();
    if let Some(default) =
        cell(Column::Default).filter(|cell| !vocabulary::says_nothing(&cell.text()))
    {
        text.extend(
            default
                .line()
                .map(|number| Line { number, text: format!("Default value: {}", default.text()) }),
        );
    }
    let example = cell(Column::Example).filter(|cell| !cell.lines.is_empty());
    Some(Field {
        name,
        line,
        shape,
        mandatory: known,
        place: place.as_deref().and_then(vocabulary::place),
        text,
        example: example.and_then(|cell| Some(Line { number: cell.line()?, text: cell.text() })),
        rules: prose::Rules::default(),
        items: None,
        derived: false,
        links: row.cells.iter().flat_map(|cell| cell.links.iter().cloned()).collect(),
        nesting: Nesting { depth: depth_of(&written), element },
    })
}

/// An element's example that is the whole array, its quotes escaped, belongs to the array.
fn adopt_array_example(field: &mut Field) {
    let Some(example) = field.items.as_ref().and_then(|items| items.example.clone()) else {
        return;
    };
    let unescaped = example.text.replace("\\\"", "\"");
    if serde_json::from_str::<Vec<serde_json::Value>>(&unescaped).is_ok() {
        field.example.get_or_insert(Line { number: example.number, text: unescaped });
        if let Some(items) = &mut field.items {
            items.example = None;
        }
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
