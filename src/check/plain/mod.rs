//! Whether a JSON text plainly keeps what a schema promises, found out token by token without making a value of
//! it. A [`Plain`] says yes, and what of the documentation is in the text; or it gives up, and the validators
//! tell what is wrong, if anything is.
//!
//! It gives up wherever it might say yes to what they would not: at what breaks a keyword, at fields that nobody
//! named, at text that a value does not say whole (names that stand twice, long numbers), at depth. Schemas that
//! it does not understand it hands to the validators, each with the part of the text that it is for.

mod compile;
mod form;
mod run;
#[cfg(test)]
mod tests;

use super::catalogue::Item;
use super::shape::{ShapeId, Shapes};
use crate::spec::{Affordable, Direction, SchemaRef, Spec};
use form::Form;
use serde_json::Value;

/// A promise that texts can be held to.
#[derive(Debug)]
pub struct Plain {
    nodes: Vec<Node>,
    /// What can be seen in a text; marks are positions here.
    items: Vec<Item>,
    /// How deep a value may be nested to be judged by the schema at all.
    affordable: Affordable,
    direction: Direction,
    spec_index: usize,
}

/// What was seen in texts so far, by the marks of one [`Plain`].
#[derive(Debug, Clone, Default)]
pub struct Marks(Vec<u64>);

/// A schema, and the shapes of what is said of the same value.
#[derive(Debug, Clone, Default)]
struct Node {
    /// The schema, where only the validators know what it says.
    whole: Option<SchemaRef>,
    shapes: Vec<ShapeId>,
    kinds: u8,
    /// Least and greatest number.
    range: Option<(f64, f64)>,
    /// Fewest and most characters.
    length: Option<(usize, usize)>,
    /// Format of text, and the schema that asks for it.
    form: Option<(Form, SchemaRef)>,
    /// The only values allowed.
    allowed: Option<Vec<Value>>,
    /// Values that are documented, each with its mark.
    named: Vec<(Value, u32)>,
    object: Members,
    array: Items,
}

/// What is said of an object.
#[derive(Debug, Clone, Default)]
struct Members {
    properties: Vec<Property>,
    /// Their positions, by name.
    by_name: Vec<u16>,
    /// A bit for each of them that must be there.
    required: u128,
    /// Node of all others; `None` where there must be none.
    others: Option<usize>,
    /// Fewest and most members.
    count: Option<(usize, usize)>,
}

#[derive(Debug, Clone)]
struct Property {
    name: Box<str>,
    node: usize,
    marks: Vec<u32>,
}

/// What is said of an array.
#[derive(Debug, Clone, Default)]
struct Items {
    node: usize,
    /// Fewest and most items.
    count: Option<(usize, usize)>,
}

/// Types of JSON Schema, a bit each.
mod kind {
    pub const NULL: u8 = 1;
    pub const BOOLEAN: u8 = 2;
    pub const INTEGER: u8 = 4;
    pub const NUMBER: u8 = 8;
    pub const STRING: u8 = 16;
    pub const ARRAY: u8 = 32;
    pub const OBJECT: u8 = 64;
    pub const ALL: u8 = 127;

    /// The bit of a type's word.
    pub fn of(word: &str) -> Option<u8> {
        Some(match word {
            "null" => NULL,
            "boolean" => BOOLEAN,
            "integer" => INTEGER,
            "number" => NUMBER,
            "string" => STRING,
            "array" => ARRAY,
            "object" => OBJECT,
            _ => return None,
        })
    }
}

impl Plain {
    /// The form of a documented schema, if there is one: the schema can be read and judged whole, and is not
    /// one that only the validators understand.
    pub fn of(
        (spec_index, spec): (usize, &Spec),
        shapes: &Shapes<'_>,
        (schema, root): (&SchemaRef, ShapeId),
        direction: Direction,
    ) -> Option<Self> {
        let affordable = spec.affordable(schema, direction)?;
        let (nodes, items) = compile::nodes((spec_index, spec), shapes, (schema, root), direction)?;
        Some(Self { nodes, items, affordable, direction, spec_index })
    }

    /// Whether a text keeps the promise, all of it. `Some` with what was seen in it for the first time, as far
    /// as `marks` know; they are changed only then.
    pub fn keeps(
        &self,
        spec: &Spec,
        shapes: &Shapes<'_>,
        text: &[u8],
        marks: &mut Marks,
    ) -> Option<Vec<Item>> {
        let text = std::str::from_utf8(text).ok()?;
        run::run(self, spec, shapes, text, marks)
    }

    /// The same of the text of a parameter that is one text or one number.
    pub fn keeps_scalar(
        &self,
        spec: &Spec,
        shapes: &Shapes<'_>,
        text: &str,
        marks: &mut Marks,
    ) -> Option<Vec<Item>> {
        run::run_scalar(self, spec, shapes, text, marks)
    }
}
