//! Which recorded exchange answers a request, and the nearest one when none does.
//!
//! Requests are compared by meaning ([`Canonical`]): the query as a multiset without signing
//! parameters, JSON whatever its key order and number spelling, forms by pairs, multipart without
//! its boundary. [`Rules`] change what counts. [`Tape`] holds the exchanges of a session and what of
//! them was served.

mod bodies;
mod body;
mod canonical;
mod comparable;
mod comparison;
mod defaults;
mod field;
mod holes;
mod json;
pub mod learn;
mod leaves;
mod likeness;
mod message;
mod miss;
mod missed;
mod multipart;
mod nearest;
mod pairs;
mod path;
mod rules;
mod tape;
#[cfg(test)]
mod tests;
mod tokens;

pub use canonical::{ANY_VALUE, Canonical, CanonicalBody};
pub use comparable::Comparable;
pub use field::{Field, Mismatch, Step};
pub use message::says_the_same;
pub use miss::{Miss, Reason};
pub use missed::{Candidate, Differing, Missed, Played, PlayedSession, Recorded, Settle};
pub use nearest::Nearest;
pub use pairs::Pairs;
pub use path::JsonPath;
pub use rules::{
    BadValue, Bind, BodyKind, InForce, KEYS, Matchers, Name, Pattern, Rules, RulesError, Scope,
};
pub use tape::{Addressing, Repeat, Spot, Tape};
