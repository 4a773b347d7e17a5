//! Rules that bind several fields of one object: mandatory under a condition, exclusive
//! alternatives, one of two. They bind requests only: an answer may leave out what it likes.

use super::facets::Said;
use super::literal::items;
use super::phrases::{Phrase, all, first};
use super::rules::{Condition, Rules, Stated};
use crate::page::model::{Field, Structure};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most conditions that one line of prose states.
const CONDITIONS_LIMIT: usize = 8;

/// Reads what prose states of a field and others beside it.
pub(super) fn read(said: &[Said], rules: &mut Rules) {
    for part in said {
        let (text, line) = (part.line.text.as_str(), part.line.number);
        for found in all(Phrase::MandatoryWhen, text).take(CONDITIONS_LIMIT) {
            let condition =
                Condition { field: found["f"].trim().to_owned(), value: found["v"].to_owned() };
            rules.conditions.push(Stated { value: condition, line });
        }
        if let Some(found) = first(Phrase::UseEither, text) {
            let value = vec![found["f"].to_owned(), found["v"].to_owned()];
            rules.exclusive.get_or_insert(Stated { value, line });
        }
        if let Some(found) = first(Phrase::ExclusiveWith, text) {
            let value = items(&found["v"]).into_iter().map(str::to_owned).collect();
            rules.exclusive_with.get_or_insert(Stated { value, line });
        }
        if let Some(found) = first(Phrase::EitherOrThis, text) {
            rules.either.get_or_insert(Stated { value: found["f"].to_owned(), line });
        }
    }
}

/// A rule of an object that binds several of its fields.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::page) enum Relation {
    /// `then` are mandatory when `field` is `value`.
    Conditional { field: String, value: Value, then: Vec<String>, lines: Vec<u32> },
    /// Not all of these together.
    Exclusive { names: Vec<String>, lines: Vec<u32> },
    /// One of these at least.
    Either { names: Vec<String>, lines: Vec<u32> },
}

impl Relation {
    /// Whether an object keeps it.
    pub(super) fn holds(&self, object: &Map<String, Value>) -> bool {
        match self {
            Self::Conditional { field, value, then, .. } => {
                object.get(field) != Some(value)
                    || then.iter().all(|name| object.contains_key(name))
            }
            Self::Exclusive { names, .. } => !names.iter().all(|name| object.contains_key(name)),
            Self::Either { names, .. } => names.iter().any(|name| object.contains_key(name)),
        }
    }

    /// The first field that must be there and is empty or null.
    pub(super) fn left_empty(&self, object: &Map<String, Value>) -> Option<&str> {
        let Self::Conditional { field, value, then, .. } = self else { return None };
        let empty =
            |name: &&String| object.get(*name).is_some_and(|value| value.is_null() || value == "");
        let bound = object.get(field) == Some(value);
        then.iter().find(empty).filter(|_| bound).map(String::as_str)
    }

    pub(super) fn lines(&self) -> &[u32] {
        match self {
            Self::Conditional { lines, .. }
            | Self::Exclusive { lines, .. }
            | Self::Either { lines, .. } => lines,
        }
    }

    /// As JSON Schema.
    pub(super) fn schema(&self) -> Value {
        match self {
            Self::Conditional { field, value, then, .. } => json!({
                "if": { "properties": { field: { "const": value } }, "required": [field] },
                "then": { "required": then },
            }),
            Self::Exclusive { names, .. } => json!({ "not": { "required": names } }),
            Self::Either { names, .. } => {
                let each: Vec<Value> =
                    names.iter().map(|name| json!({ "required": [name] })).collect();
                json!({ "anyOf": each })
            }
        }
    }
}

/// Letters and digits only: `depot type` is `depot_type`, `depotType` or `DepotType`.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The field of a name as prose writes it.
pub(super) fn spoken<'a>(fields: &'a [Field], words: &str) -> Option<&'a Field> {
    let exact = fields.iter().find(|field| field.name == words);
    exact.or_else(|| fields.iter().find(|field| bare(&field.name) == bare(words)))
}

/// Finds the relations of an object's fields; conditions on names that it does not have are left
/// out.
pub(super) fn find(structure: &mut Structure) {
    let fields = &structure.fields;
    let mut by_name: BTreeMap<String, &Field> = BTreeMap::new();
    for field in fields {
        by_name.entry(bare(&field.name)).or_insert(field);
    }
    let exact: BTreeMap<&str, &Field> = fields.iter().map(|own| (own.name.as_str(), own)).collect();
    let meant = |words: &str| exact.get(words).or_else(|| by_name.get(&bare(words))).copied();
    let mut relations: Vec<Relation> = Vec::new();
    for field in fields {
        for condition in &field.rules.conditions {
            let Some(other) = meant(&condition.value.field) else { continue };
            conditional(other, field, condition, &mut relations);
        }
        if let Some(rule) = &field.rules.exclusive {
            let apart = rule.value.first() != rule.value.last();
            let known = apart && rule.value.iter().all(|name| exact.contains_key(name.as_str()));
            if known && rule.value.contains(&field.name) {
                set_relation(&rule.value, rule.line, &mut relations, true);
            }
        }
        if let Some(rule) = &field.rules.exclusive_with {
            let others = rule.value.iter().filter(|own| **own != field.name);
            for other in others.filter(|own| exact.contains_key(own.as_str())) {
                let names = [field.name.clone(), other.clone()];
                set_relation(&names, rule.line, &mut relations, true);
            }
        }
        if let Some(rule) = &field.rules.either
            && rule.value != field.name
            && exact.contains_key(rule.value.as_str())
        {
            let names = [field.name.clone(), rule.value.clone()];
            set_relation(&names, rule.line, &mut relations, false);
        }
    }
    structure.relations = relations;
}

fn conditional(
    other: &Field,
    field: &Field,
    condition: &Stated<Condition>,
    relations: &mut Vec<Relation>,
) {
    let Some(wanted) = super::typed(&other.shape, &condition.value.value) else { return };
    for relation in relations.iter_mut() {
        if let Relation::Conditional { field: own, value, then, lines } = relation
            && *own == other.name
            && *value == wanted
        {
            if !then.contains(&field.name) {
                then.push(field.name.clone());
            }
            lines.push(condition.line);
            return;
        }
    }
    relations.push(Relation::Conditional {
        field: other.name.clone(),
        value: wanted,
        then: vec![field.name.clone()],
        lines: vec![condition.line],
    });
}

/// Adds a rule on a set of names, or another line to the same rule stated at its other end.
fn set_relation(names: &[String], line: u32, relations: &mut Vec<Relation>, exclusive: bool) {
    let mut sorted: Vec<String> = names.to_vec();
    sorted.sort();
    for relation in relations.iter_mut() {
        let (own, lines) = match relation {
            Relation::Exclusive { names, lines } if exclusive => (names, lines),
            Relation::Either { names, lines } if !exclusive => (names, lines),
            _ => continue,
        };
        let mut own = own.clone();
        own.sort();
        if own == sorted {
            lines.push(line);
            return;
        }
    }
    let (names, lines) = (names.to_vec(), vec![line]);
    relations.push(if exclusive {
        Relation::Exclusive { names, lines }
    } else {
        Relation::Either { names, lines }
    });
}

/// The relations of an object as schema keywords, the released ones left out or kept: alone as they
/// are, several under `allOf`.
pub(in crate::page) fn keywords(structure: &Structure, with_released: bool) -> Map<String, Value> {
    let released = &structure.released.relations;
    let mut schemas: Vec<Value> = structure
        .relations
        .iter()
        .enumerate()
        .filter(|(index, _)| with_released || !released.contains(index))
        .map(|(_, relation)| relation.schema())
        .collect();
    match (schemas.len(), schemas.first_mut()) {
        (1, Some(Value::Object(only))) => std::mem::take(only),
        (0, _) => Map::new(),
        _ => std::iter::once(("allOf".to_owned(), Value::Array(schemas))).collect(),
    }
}
