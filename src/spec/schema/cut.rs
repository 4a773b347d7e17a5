//! Where schemas are cut apart: at the schemas of a value's parts that refer to others. There a
//! keyword of ours stands in for the schema, and asks the court for it (see [`super::court`]).

use super::court::{Court, Unit};
use crate::spec::layout::{Keyword as Place, Reach, WHOLE, each_schema};
use crate::spec::place::{fragment, join, local};
use jsonschema::{Keyword, ValidationError};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock, Weak};

/// The keyword that stands in for a schema; its value is the schema's place.
pub(super) const PART: &str = "x-testimony-part";

/// Places whose schema moved below [`WHOLE`].
#[derive(Debug, Default)]
pub(super) struct Cuts(HashSet<String>);

impl Cuts {
    /// Cuts a prepared document apart.
    pub fn of(document: &mut Value) -> Self {
        let mut cuts = HashSet::new();
        each_schema(document, &mut |pointer, schema| {
            for (key, value) in schema.iter_mut() {
                match Place::of(key) {
                    Place::Schema(Reach::Part) => cut(join(pointer, key), value, &mut cuts),
                    Place::Schemas(Reach::Part) => {
                        let pointer = join(pointer, key);
                        match value {
                            Value::Object(map) => map.iter_mut().for_each(|(name, value)| {
                                cut(join(&pointer, name), value, &mut cuts);
                            }),
                            Value::Array(items) => {
                                for (index, value) in items.iter_mut().enumerate() {
                                    cut(join(&pointer, &index.to_string()), value, &mut cuts);
                                }
                            }
                            _ => {}
                        }
                    }
                    _ => {}
                }
            }
        });
        let cuts = Self(cuts);
        each_schema(document, &mut |_, schema| {
            if let Some(Value::String(reference)) = schema.get_mut("$ref")
                && let Ok(pointer) = local(reference)
            {
                *reference = fragment(&cuts.place(&pointer));
            }
        });
        cuts
    }

    /// Where a schema of the document stands in the one that was cut apart.
    pub fn place(&self, pointer: &str) -> String {
        // It may be one of the document that was cut apart already.
        let pointer = &*Self::without_marks(pointer);
        let mut place = String::with_capacity(pointer.len() + 24);
        let mut end = 0;
        for segment in pointer.split('/').skip(1) {
            end += segment.len() + 1;
            place.push('/');
            place.push_str(segment);
            if self.0.contains(&pointer[..end]) {
                place.push('/');
                place.push_str(WHOLE);
            }
        }
        place
    }

    /// A pointer into the document that was cut apart as one into the document.
    pub fn without_marks(pointer: &str) -> String {
        pointer.replace(&format!("/{WHOLE}"), "")
    }
}

/// Whether a schema refers to others that judge the same value, so that compiling it would compile
/// those.
pub(super) fn refers(schema: &Value) -> bool {
    let Value::Object(map) = schema else { return false };
    map.iter().any(|(key, value)| match Place::of(key) {
        Place::Schema(Reach::Same) => refers(value),
        Place::Schemas(Reach::Same) => match value {
            Value::Object(map) => map.values().any(refers),
            Value::Array(items) => items.iter().any(refers),
            _ => false,
        },
        _ => key == "$ref",
    })
}

fn cut(pointer: String, schema: &mut Value, cuts: &mut HashSet<String>) {
    // A place may be met twice.
    if schema.get(PART).is_some() || !refers(schema) {
        return;
    }
    // A reference alone: its target will do, and is shared.
    if let Some(target) = target(schema) {
        *schema = json!({PART: target});
        return;
    }
    let whole = std::mem::take(schema);
    *schema = json!({PART: pointer, WHOLE: whole});
    cuts.insert(pointer);
}

fn target(schema: &Value) -> Option<String> {
    let map = schema.as_object().filter(|map| map.len() == 1)?;
    local(map.get("$ref")?.as_str()?).ok()
}

/// [`PART`] as validators see it.
pub(super) struct Part {
    pointer: String,
    court: Weak<Court>,
    unit: OnceLock<Weak<Unit>>,
}

impl Part {
    pub fn made(court: &Weak<Court>, value: &Value) -> Box<dyn for<'i> Keyword<'i>> {
        let pointer = value.as_str().unwrap_or_default().to_owned();
        Box::new(Self { pointer, court: Weak::clone(court), unit: OnceLock::new() })
    }

    fn unit(&self) -> Option<Arc<Unit>> {
        if let Some(unit) = self.unit.get() {
            return unit.upgrade();
        }
        let unit = self.court.upgrade()?.unit(&self.pointer);
        let _ = self.unit.set(Arc::downgrade(&unit));
        Some(unit)
    }
}

impl<'i> Keyword<'i> for Part {
    /// The error says which schema it was; whoever tells it looks there for what is wrong.
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(self.pointer.as_str()))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.unit().is_some_and(|unit| {
            unit.as_ref().as_ref().is_ok_and(|validator| validator.is_valid(instance))
        })
    }
}
