//! What whoever reads the document's schemas for themselves must know of how values are judged by them.

use super::layout::Role;
use super::model::{SchemaRef, Spec};
use super::place::local;
use super::schema::{Affordable, Direction, LITERALS, asserts, may_assert, number_range};

impl Spec {
    /// Whether a schema's keyword says something of values: all others are for people.
    pub fn asserts(keyword: &str) -> bool {
        asserts(keyword)
    }

    /// Whether a keyword keeps the digits of numbers that a double would round.
    pub fn keeps_literals(keyword: &str) -> bool {
        keyword == LITERALS
    }

    /// Whether a format may say something of texts.
    pub fn asserts_format(format: &str) -> bool {
        may_assert(format)
    }

    /// The least and the greatest number of a format that is one of numbers (`int32`), and of text that writes
    /// such a number.
    pub fn number_format(format: &str) -> Option<(f64, f64)> {
        number_range(format)
    }

    /// Whether the document has a schema at a place, by its layout alone.
    pub fn is_schema(&self, pointer: &str) -> bool {
        Role::at(pointer) == Role::Schema && self.document.pointer(pointer).is_some()
    }

    /// Where a reference leads in the document.
    pub fn target(&self, reference: &str) -> Option<String> {
        local(reference).ok()
    }

    /// How deep values may be nested that are judged by a schema whatever they cost. `None` for a schema that
    /// can't be read, or that leads to what no validator judges.
    pub fn affordable(&self, schema: &SchemaRef, direction: Direction) -> Option<Affordable> {
        self.judge.affordable(&self.document, schema, direction)
    }
}
