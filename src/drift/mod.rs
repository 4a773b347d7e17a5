//! What changed between a recorded answer and a newer one to the same request.
//!
//! A [`Comparison`] takes pairs of exchanges and tells their [`Change`]s apart: the answer breaks or leaves what is
//! promised (contract), it says something else (value), or what differs is made up for every answer (noise). Pure.

mod change;
mod comparison;
mod noise;

pub use change::{Change, Kind};
pub use comparison::{Compared, Comparison};
pub use noise::{Volatile, VolatileError};
