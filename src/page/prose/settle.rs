//! The page against its own examples. What an example shows is allowed: each rule that it breaks is
//! loosened just as far as it needs, the rule as written is noted beside it, and the disagreement is
//! told with the lines of both.

mod judge;
mod loosen;
mod objects;
mod targets;

pub(super) use judge::disagreements;

use super::rules::Rules;
use super::{relations, sites};
use crate::page::Contradiction;
use crate::page::model::{Field, Operation, Scalar, Shape, Structure};
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Most lines that are told of one disagreement.
const LINES_LIMIT: usize = 16;

/// Settles what a page says twice and differently; answers with every such place.
pub(in crate::page) fn settle(operation: &mut Operation) -> Vec<Contradiction> {
    let mut notes = Vec::new();
    sites::settle(operation, &mut notes);
    let page = operation.page.clone();
    for field in all_fields(operation) {
        wording(field, &page, &mut notes);
    }
    let bodies = operation.responses.iter_mut().filter_map(|own| own.body.as_mut());
    let structures = operation.body.iter_mut().chain(bodies).chain(&mut operation.structures);
    structures.for_each(relations::find);
    objects::settle(operation, &mut notes);
    targets::settle(operation, &mut notes);
    merged(notes)
}

/// Each disagreement once, with the lines of all places that show it.
fn merged(notes: Vec<Contradiction>) -> Vec<Contradiction> {
    let mut places: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let mut merged: Vec<Contradiction> = Vec::new();
    for note in notes {
        match places.entry((note.kind, note.what.clone())) {
            Entry::Occupied(place) => merged[*place.get()].lines.extend(note.lines),
            Entry::Vacant(place) => {
                place.insert(merged.len());
                merged.push(note);
            }
        }
    }
    for note in &mut merged {
        note.lines.sort_unstable();
        note.lines.dedup();
        note.lines.truncate(LINES_LIMIT);
    }
    merged
}

fn all_fields(operation: &mut Operation) -> impl Iterator<Item = &mut Field> {
    let parameters = operation.parameters.iter_mut().map(|(_, field)| field);
    let bodies = operation.responses.iter_mut().filter_map(|own| own.body.as_mut());
    let structures = operation.body.iter_mut().chain(bodies).chain(&mut operation.structures);
    parameters.chain(structures.flat_map(|own: &mut Structure| &mut own.fields))
}

/// What a field's own prose says in a way that cannot be meant literally.
fn wording(field: &mut Field, page: &str, notes: &mut Vec<Contradiction>) {
    let mut note = |kind, lines: Vec<u32>, what: String| {
        notes.push(Contradiction { page: page.to_owned(), kind, lines, what });
    };
    let name = &field.name;
    if !field.rules.wrong_keywords.is_empty() {
        let lines = field.rules.wrong_keywords.clone();
        note(
            "wrong_keyword",
            lines,
            format!("`{name}` is a number with lengths; read as its range"),
        );
    }
    let defaulted = field.rules.default_meaning.as_ref().map(|rule| rule.line);
    let defaulted = defaulted.or(field.rules.default.as_ref().map(|rule| rule.line));
    if let (Some(reserved), Some(default)) = (field.rules.reserved, defaulted) {
        note(
            "reserved_with_default",
            vec![reserved, default],
            format!("`{name}` is reserved yet has a default"),
        );
    }
    if let Some(line) = null_word(&field.shape, &mut field.rules) {
        let what = format!("`{name}` lists a word for null; null and both spellings are allowed");
        note("null_word", vec![line], what);
    }
}

/// `NULL` among a text's values means that there is none: null itself and both spellings pass.
fn null_word(shape: &Shape, rules: &mut Rules) -> Option<u32> {
    if shape.scalar() != Some(Scalar::String) {
        return None;
    }
    let choices = rules.choices.as_ref()?;
    let line = choices.line;
    choices.value.iter().find(|word| word.eq_ignore_ascii_case("null"))?;
    let written = rules.enumeration(shape)?;
    rules.contradict("enum", written, &[line]);
    rules.contradict("type", json!("string"), &[line]);
    rules.more_choices.extend([json!("NULL"), json!("null"), json!(null)]);
    rules.more_types.push("null");
    Some(line)
}
