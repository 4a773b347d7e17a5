//! One session of a replay: its own place on the tape, and its own account.

use super::account::Account;
use super::deck::{Deck, Place};
use crate::matching::Missed;
use std::path::PathBuf;

/// One session of a replay.
#[derive(Debug)]
pub struct Scene {
    /// Its name.
    pub name: String,
    /// Its cassette.
    pub cassette: PathBuf,
    /// Its exchanges, and which of them were served.
    pub deck: Deck,
    /// What was served and missed.
    pub account: Account,
}

/// What a session came to. Its answers are let go.
#[derive(Debug)]
pub struct Over {
    /// Its name.
    pub name: String,
    /// Its cassette.
    pub cassette: PathBuf,
    /// Exchanges that its cassette holds.
    pub exchanges: u64,
    /// Those of them that were not served.
    pub unused: Vec<Place>,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that were not.
    pub missed: u64,
    /// The first of those that differ.
    pub misses: Vec<Missed>,
    /// Different secrets that were replaced in requests.
    pub secrets: u32,
}

impl Scene {
    /// A session that begins.
    pub fn new(name: String, cassette: PathBuf, deck: Deck) -> Self {
        Self { name, cassette, deck, account: Account::default() }
    }

    /// What it came to so far.
    pub fn so_far(&self) -> Over {
        Over {
            name: self.name.clone(),
            cassette: self.cassette.clone(),
            exchanges: self.deck.len() as u64,
            unused: self.deck.unused(),
            answered: self.account.answered(),
            missed: self.account.missed(),
            misses: self.account.misses(),
            secrets: self.deck.secrets(),
        }
    }
}
