//! Serves cassettes: never opens a connection, resolves no name.
//!
//! A [`Shelf`] holds the cassettes of a replay, a [`Deck`] the exchanges of one session with their
//! answers laid out ready for the wire; [`Replayer`] answers requests from them and keeps account
//! of misses and of what was not used.

mod account;
mod concealing;
mod deck;
mod desk;
mod finding;
mod miss;
mod plain;
mod played;
mod prepared;
mod replayer;
mod room;
mod scene;
mod settle;
mod shelf;
mod socket;
mod spoken;
mod stage;
mod substitution;
mod tally;
mod tempo;
mod volume;
mod wording;

pub use account::Account;
pub use deck::{Deck, Place};
pub use desk::{Desk, Finder};
pub use finding::find_cassette;
pub use miss::MISS_HEADER;
pub use prepared::{Preparation, Waits};
pub use replayer::{Replayer, Settings};
pub use scene::{Over, Scene};
pub use shelf::{Dealer, Shelf, ShelfError};
pub use tempo::{Tempo, TempoError};

pub use crate::fault::{Fault, FaultError, Faults};
