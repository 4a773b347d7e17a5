//! Judging of values by the document's schemas; the only place that names the `jsonschema` crate.
//!
//! A validator is compiled when the first value is judged by its schema, and kept. One bad schema
//! spoils the promises that reach it and no other.

mod cost;
mod court;
mod cut;
mod exact;
mod fault;
mod format;
mod judge;
mod keyword;
mod nearest;
mod pattern;
mod polymorph;
mod prepare;
mod required;
mod survey;
#[cfg(test)]
mod tests;
mod violation;
mod wording;

pub use cost::Affordable;
pub(super) use exact::LITERALS;
pub(super) use format::may_assert;
pub(super) use judge::Judge;
pub(super) use prepare::asserts;
pub(super) use survey::Survey;
pub use violation::Violation;

/// Which way a value travels: `readOnly` members are not asked for in requests, `writeOnly` ones not
/// in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From client to provider.
    Request,
    /// From provider to client.
    Response,
}

/// The least and the greatest number of a number format.
pub(super) fn number_range(format: &str) -> Option<(f64, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 the next number will do")]
    format::range(format).map(|range| (*range.start() as f64, *range.end() as f64))
}

/// A promise that no value can be judged by: its schema, or one that it leads to, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}`: {what}")]
pub struct UnreadablePromise {
    /// Where, in the document.
    pub pointer: String,
    /// What is wrong there.
    pub what: String,
}
