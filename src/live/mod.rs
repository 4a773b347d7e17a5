//! Recorded requests sent again, to a service that answers now.
//!
//! A [`Run`] sends the requests of one cassette after the other, at a rate and so many at a time, with fresh
//! credentials, and hands out what came of each ([`Sent`]) in recorded order. Ids and secrets that a fresh answer
//! gave take the place of the recorded ones in later requests. Nothing is sent but to the base that was named,
//! and to the token endpoint of the credentials.

mod answers;
mod bucket;
mod carry;
mod ids;
mod made;
mod paired;
mod patience;
mod run;
mod sender;
mod single;

pub use bucket::Rate;
pub use paired::paired;
pub use patience::LONGEST_WAIT;
pub use run::{Run, RunError, Sent, Skip, Terms};
pub use single::{Asked, Shows, Single};
