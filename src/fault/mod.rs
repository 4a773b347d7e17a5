//! Faults laid over the answers of a server of ours: statuses, resets, broken-off bodies, delays and
//! narrow bandwidths, for tests of what a client does then.
//!
//! A [`Fault`] is one rule as it is written; [`Faults`] decides which of them a request is struck by,
//! and lays them over its answer, which says then that it is a fault's. What is counted to find the
//! Nth request is a session's own ([`Counts`]).

mod effect;
mod faults;
mod rule;
mod wanted;

pub use effect::Effect;
pub use faults::{Counts, Documented, Faults, Strike};
pub use rule::{Fault, FaultError};
