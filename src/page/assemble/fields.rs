//! Rows of a parameter table to fields, and rows without a name to what they stand for: an array's
//! element, or the root object.

use crate::page::model::{Field, Line, Shape};
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
            if names.insert(field.name.clone()) {
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

fn field(table: &Table, row: &Row, losses: &mut Vec<(u32, String)>) -> Option<Field> {
    let cell = |column| table.position(column).map(|at| &row.cells[at]);
    let line = row.cells.iter().find_map(Cell::line)?;
    let name = cell(Column::Name).map(Cell::text).unwrap_or_default();
    if !name.is_empty() && !vocabulary::is_name(&name) {
        losses.push((line, format!("`{}` is no parameter name", shortened(&name))));
        return None;
    }
    let shape = match cell(Column::Type).map(Cell::text) {
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
        mandatory: flag,
        place: place.as_deref().and_then(vocabulary::place),
        text,
        example: example.and_then(|cell| Some(Line { number: cell.line()?, text: cell.text() })),
        rules: prose::Rules::default(),
        items: None,
        derived: false,
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
