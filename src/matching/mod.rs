//! Which recorded exchange answers a request, and the nearest one when none does.
//!
//! Requests are compared by meaning ([`Canonical`]): the query as a multiset without signing
//! parameters, JSON whatever its key order and number spelling, forms by pairs, multipart without
//! its boundary. [`Rules`] change what counts. [`Tape`] holds the exchanges of a session, what of them
//! was served, what its variables are bound to and which values were given.

mod beside;
mod bindings;
mod bodies;
mod body;
mod canonical;
mod causes;
mod choosing;
mod comparable;
mod comparison;
mod defaults;
mod escapes;
mod field;
mod holes;
mod json;
mod known;
pub mod learn;
mod leaves;
mod likeness;
mod message;
mod miss;
mod missed;
mod nearest;
mod pairs;
mod path;
mod places;
mod rules;
mod session;
mod splicing;
mod swaps;
mod tape;
#[cfg(test)]
mod tests;
mod turn;
mod variables;
mod words;
mod xml;

pub use bindings::Contradiction;
pub use canonical::{ANY_VALUE, Canonical, CanonicalBody};
pub use causes::Wanting;
pub use comparable::Comparable;
pub use field::{Field, Mismatch, Step};
pub use message::Messages;
pub use miss::{Miss, Reason};
pub use missed::{Candidate, Differing, Missed, Played, PlayedSession, Recorded, Settle};
pub use nearest::Nearest;
pub use pairs::Pairs;
pub use path::JsonPath;
pub use rules::{
    BadValue, Bind, BodyKind, InForce, KEYS, Matchers, Name, Pattern, Rules, RulesError, Scope,
    XmlPath,
};
pub use session::{swapped_request, text_kind};
pub use splicing::Splicing;
pub use swaps::{Finder, Swaps, TextKind};
pub use tape::{Addressing, Order, Repeat, Tape, Travelling};
pub use turn::Spot;
pub use variables::{Value, Variable, is_distinctive};
