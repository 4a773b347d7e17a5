//! What a mock remembers: what was created is listed, read, changed and deleted, and jobs end.
//!
//! What operations do to which things is read from the documents alone: paths, methods, the words of
//! actions, ids in answers ([`role`], [`plan`]). What there is, is bounded ([`world`]). A request that the
//! document takes is held to it ([`State::begin`]), and the body that was made for its answer is laid over
//! with what is known ([`deed`], [`lay`]), only as far as the promise is kept.

mod asked;
mod deed;
mod job;
mod keeper;
mod lay;
mod names;
mod owner;
mod page;
mod plan;
mod role;
#[cfg(test)]
mod tests;
mod world;

pub(super) use keeper::{Begun, State};
pub(super) use lay::Promised;
