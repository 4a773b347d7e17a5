//! Rules that bind several fields of one object: mandatory under a condition, exclusive
//! alternatives, one of two. They bind requests only: an answer may leave out what it likes.

use super::facets::Said;
use super::phrases::{Phrase, all, first};
use super::rules::{Condition, Rules, Stated};
use crate::page::model::{Field, Structure};
use serde_json::{Map, Value, json};

/// Reads what prose states of a field and others beside it.
pub(super) fn read(said: &[Said], rules: &mut Rules) {
    for part in said {
        let (text, line) = (part.line.text.as_str(), part.line.number);
        for found in all(Phrase::MandatoryWhen, text) {
            let condition =
                Condition { field: found["f"].trim().to_owned(), value: found["v"].to_owned() };
            rules.conditions.push(Stated { value: condition, line });
        }
        if let Some(found) = first(Phrase::UseEither, text) {
            let value = vec![found["f"].to_owned(), found["v"].to_owned()];
            rules.exclusive.get_or_insert(Stated { value, line });
        }
        if let Some(found) = first(Phrase::EitherOrThis, text) {
            rules.either.get_or_insert(Stated { value: found["f"].to_owned(), line });
        }
    }
}

/// A rule of an object that binds several of its fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Relation {
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

/// The field of a name as prose writes it: `depot type` is `depot_type`, `depotType` or `DepotType`.
pub(super) fn spoken<'a>(fields: &'a [Field], words: &str) -> Option<&'a Field> {
    let bare = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let exact = fields.iter().find(|field| field.name == words);
    exact.or_else(|| fields.iter().find(|field| bare(&field.name) == bare(words)))
}

/// The relations of an object's fields; conditions on names that it does not have are left out.
pub(super) fn of(structure: &Structure) -> Vec<Relation> {
    let fields = &structure.fields;
    let mut relations: Vec<Relation> = Vec::new();
    for field in fields {
        for condition in &field.rules.conditions {
            conditional(fields, field, condition, &mut relations);
        }
        if let Some(rule) = &field.rules.exclusive {
            let known = rule.value.iter().all(|name| fields.iter().any(|own| own.name == *name));
            let own = rule.value.contains(&field.name);
            if known && own {
                set_relation(&rule.value, rule.line, &mut relations, true);
            }
        }
        if let Some(rule) = &field.rules.either {
            if fields.iter().any(|own| own.name == rule.value) {
                let names = [field.name.clone(), rule.value.clone()];
                set_relation(&names, rule.line, &mut relations, false);
            }
        }
    }
    relations
}

fn conditional(
    fields: &[Field],
    field: &Field,
    condition: &Stated<Condition>,
    relations: &mut Vec<Relation>,
) {
    let Some(other) = spoken(fields, &condition.value.field) else { return };
    let Some(wanted) = super::typed(&other.shape, &condition.value.value) else { return };
    for relation in relations.iter_mut() {
        if let Relation::Conditional { field: own, value, then, lines } = relation {
            if *own == other.name && *value == wanted {
                then.push(field.name.clone());
                lines.push(condition.line);
                return;
            }
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
    let mut schemas: Vec<Value> = of(structure)
        .iter()
        .map(Relation::schema)
        .filter(|schema| with_released || !released.contains(schema))
        .collect();
    match (schemas.len(), schemas.first_mut()) {
        (1, Some(Value::Object(only))) => std::mem::take(only),
        (0, _) => Map::new(),
        _ => std::iter::once(("allOf".to_owned(), Value::Array(schemas))).collect(),
    }
}
