//! Differences, told field by field: of JSON values by pointer, of pairs by name, of texts by line.
//!
//! Every difference names its place and both sides; lists are bounded, and say when they are cut.

mod json;
mod pairs;
mod text;

pub use json::json_differences;
pub use pairs::{Unpaired, pair_differences, unpaired};
pub use text::{shortened, shortened_apart, text_differences};

/// Most differences that one comparison lists.
pub const DIFFERENCE_LIMIT: usize = 50;

/// One place at which two things differ. A side is `None` where the place does not exist on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place: a JSON pointer, or `query:NAME`, `header:NAME`, `line N`, `method` and the like.
    pub at: String,
    /// What the first has there, shortened.
    pub left: Option<String>,
    /// What the second has there, shortened.
    pub right: Option<String>,
}

impl Difference {
    /// A difference of two sides; of long ones, what is around the first place at which they differ.
    pub fn new(at: impl Into<String>, left: Option<&str>, right: Option<&str>) -> Self {
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => {
                let (left, right) = shortened_apart(left, right);
                (Some(left), Some(right))
            }
            (left, right) => (left.map(shortened), right.map(shortened)),
        };
        Self { at: at.into(), left, right }
    }
}
