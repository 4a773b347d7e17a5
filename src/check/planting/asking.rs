//! What a prober borrows of the planting: requests that keep the documentation, and single mistakes in them.

use super::mistake::Mistake;
use super::plant::wrong_values;
use super::surely::Surely;
use super::value::{Lie, lies_of};
use crate::exchange::Request;
use crate::spec::{Direction, Operation, SchemaRef, Spec, Wish};
use serde_json::Value;

/// Most mistakes of one kind in one value.
const OF_A_KIND: usize = 60;

/// A value with one mistake in it, by which it surely breaks its schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Slip {
    /// What kind.
    pub mistake: Mistake,
    /// Where, as a JSON pointer; of a missing member the place where it is missing.
    pub at: String,
    /// What was done.
    pub what: String,
    /// The whole value.
    pub value: Value,
}

/// Makes mistakes in what a client may send, by one spec.
#[derive(Debug)]
pub struct Slips<'a> {
    spec: &'a Spec,
    surely: Surely<'a>,
}

impl<'a> Slips<'a> {
    /// Mistakes by this spec.
    pub fn new(spec: &'a Spec) -> Self {
        Self { spec, surely: Surely::new(spec.document(), Direction::Request) }
    }

    /// Mistakes in a JSON value that keeps a schema.
    pub fn of_value(&self, schema: &SchemaRef, value: &Value) -> Vec<Slip> {
        let Some(schema) = self.spec.document().pointer(&schema.pointer) else { return Vec::new() };
        let found = lies_of(&self.surely, schema, value, 0, OF_A_KIND);
        let slips = found.into_iter().filter(|lie| self.surely.breaks(schema, &lie.value));
        slips.map(Slip::from).collect()
    }

    /// Texts that break the schema of a parameter whichever way they are read, the right text being `there`.
    pub fn of_text(&self, schema: &SchemaRef, there: &str) -> Vec<(Mistake, String)> {
        let Some(schema) = self.spec.document().pointer(&schema.pointer) else { return Vec::new() };
        wrong_values(&self.surely, schema, there, 0)
    }
}

impl From<Lie> for Slip {
    fn from(lie: Lie) -> Self {
        Self { mistake: lie.mistake, at: lie.at, what: lie.what, value: lie.value }
    }
}

/// A request that keeps the documentation and is routed to the operation, with something in every place where it
/// wants credentials; says why none could be made.
pub fn documented_request(
    specs: &[Spec],
    spec: &Spec,
    operation: &Operation,
    wish: Wish,
) -> Result<Request, String> {
    super::answer::asked(specs, spec, operation, wish)
}
