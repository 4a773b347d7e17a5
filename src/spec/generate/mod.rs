//! Values that keep a schema: what a mock answers with and a client may send.
//!
//! Schemas are taken apart into everything that must hold at once ([`conjunction`]), a value is
//! built from the bottom ([`engine`], a file per type), and the finished value is judged by the
//! spec itself: a value that breaks the schema is never given out. The same seed gives the same
//! value. Time, depth and size are bounded, so that a hostile schema costs an error.

mod array;
mod conjunction;
mod ecma;
mod engine;
mod format;
mod kind;
mod number;
mod object;
mod pattern;
mod random;
#[cfg(test)]
mod tests;
mod text;

use super::{Direction, SchemaRef, Spec};
use conjunction::Located;
use engine::Engine;
use serde_json::Value;

/// Whole values that are drawn before the schema is given up.
const ROUNDS: u64 = 6;

/// What kind of value is wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Request or response: decides about `readOnly` and `writeOnly` properties.
    pub direction: Direction,
    /// Any number; the same one gives the same value.
    pub seed: u64,
    /// Which properties are made.
    pub optional: Optional,
    /// Whether the schema's own examples are used.
    pub examples: Examples,
}

/// Which properties of an object are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optional {
    /// All that the schema names, down to its first recursion.
    All,
    /// Only what is required.
    Omitted,
}

/// Whether `examples`, `example` and `default` are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examples {
    /// They come first, where they keep the schema.
    First,
    /// Every value is made up.
    Ignored,
}

/// Why no value was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {kind}")]
pub struct GenerateError {
    /// JSON pointer of the schema in the document.
    pub pointer: String,
    /// What was in the way.
    pub kind: GenerateErrorKind,
}

/// What was in the way of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateErrorKind {
    /// The schema cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A reference leads nowhere in this document.
    #[error("`$ref: {0}` leads nowhere in this document")]
    Dangling(String),
    /// No value was found that keeps all keywords at once.
    #[error("no value was found that keeps all keywords at once")]
    Contradictory,
    /// Every value would have to contain a further one.
    #[error("the schema requires itself without end")]
    Endless,
    /// The schema asks for a longer text, a larger array or number than is made here.
    #[error("the smallest value is larger than what is made here")]
    TooLarge,
    /// The search was given up.
    #[error("no value was found within the bounds of the search")]
    Exhausted,
}

impl Spec {
    /// A value that keeps the schema in the wish's direction, judged by [`Spec::validate`].
    ///
    /// # Errors
    /// Where the schema cannot be read, allows no value, or none was found within the bounds.
    pub fn generate(&self, schema: &SchemaRef, wish: &Wish) -> Result<Value, GenerateError> {
        let fault = |kind| GenerateError { pointer: schema.pointer.clone(), kind };
        let document = self.document();
        let Some(found) = document.pointer(&schema.pointer) else {
            return Err(fault(GenerateErrorKind::Dangling(format!("#{}", schema.pointer))));
        };
        if let Err(unreadable) = self.validate(schema, &Value::Null, wish.direction) {
            return Err(fault(GenerateErrorKind::Unreadable(unreadable.to_string())));
        }
        let judge = |pointer: &str, instance: &Value| {
            let schema = SchemaRef { pointer: pointer.to_owned() };
            self.validate(&schema, instance, wish.direction)
                .is_ok_and(|violations| violations.iter().all(|violation| violation.advisory))
        };
        let root = [Located::new(schema.pointer.clone(), found)];
        let mut last = GenerateErrorKind::Contradictory;
        for round in 0..ROUNDS {
            let seed = seed_of(wish.seed, &schema.pointer, round);
            let mut engine = Engine::new(document, &judge, *wish, seed);
            let made = if round == 0 { engine.value(&root) } else { engine.another(&root) };
            match made {
                Ok(value) if judge(&schema.pointer, &value) => return Ok(value),
                Ok(_) => last = GenerateErrorKind::Contradictory,
                Err(
                    kind @ (GenerateErrorKind::TooLarge
                    | GenerateErrorKind::Exhausted
                    | GenerateErrorKind::Dangling(_)),
                ) => return Err(fault(kind)),
                Err(kind) => last = kind,
            }
        }
        Err(fault(last))
    }
}

/// One seed from the wish's, the place and the round (FNV-1a).
fn seed_of(seed: u64, pointer: &str, round: u64) -> u64 {
    pointer.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325 ^ (round << 48), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
