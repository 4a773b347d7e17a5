//! Provokes documented codes on a live endpoint: good requests with one named change each, and what each deserves.
//!
//! A [`Plan`] is made of specs alone, pure and at once: for every operation a good request ([`Base`]) and its
//! [`Recipe`]s. A [`Probe`] sends it, finds and makes the resources that it needs, and takes away what was made;
//! what an answer shows is decided by [`settled`].

mod cleanup;
mod identify;
mod oracle;
mod plan;
mod pool;
mod recipe;
mod resources;
mod row;
mod run;
mod sending;

pub use cleanup::Created;
pub use oracle::{Outcome, settled};
pub use plan::{Base, Case, Options, Origin, Plan};
pub use recipe::{Answers, Kind, Recipe, Step};
pub use row::{Row, State, Summary};
pub use run::{Event, Probe, Terms};
pub use sending::framed;
