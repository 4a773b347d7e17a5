use super::prepared::{Preparation, Prepared, Served};
use super::socket::Script;
use super::spoken::Spoken;
use crate::cassette::{BodyError, Redactor};
use crate::exchange::{Exchange, Request};
use crate::fault::Counts;
use crate::matching::{Addressing, Miss, Nearest, Repeat, Rules, Tape};
use crate::net::Reply;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most recorded requests that are named for one miss.
const CANDIDATES: usize = 4;

/// The exchanges of one session, ready to be served, and what of them was.
#[derive(Debug)]
pub struct Deck {
    tape: Tape,
    cards: Vec<Card>,
    cassettes: Vec<PathBuf>,
    redactor: Arc<Redactor>,
    factor: f64,
    pub(super) spoken: Spoken,
    /// What was counted to find the requests that faults strike.
    pub(super) counts: Counts,
}

/// What one exchange needs to be served and named.
#[derive(Debug)]
struct Card {
    prepared: Prepared,
    place: Place,
    cassette: usize,
}

/// Where an exchange stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its cassette.
    pub cassette: PathBuf,
    /// Its number there.
    pub exchange: u64,
    /// Method of its request.
    pub method: String,
    /// URL of its request.
    pub target: String,
    /// When it was recorded.
    pub at: jiff::Timestamp,
}

/// What a deck has for a request.
pub(super) enum Dealt {
    Reply(Reply),
    /// A WebSocket, and where it stands.
    Socket(Arc<Script>, usize),
    Miss(Miss),
    /// The body file can't be read.
    Broken(BodyError),
}

impl Deck {
    /// A deck of cassettes in order, each with the rules that its requests are compared by.
    pub fn new(
        cassettes: Vec<(PathBuf, Vec<Exchange>, Rules)>,
        repeat: Repeat,
        preparation: Preparation,
        redactor: Redactor,
    ) -> Self {
        let tape =
            Tape::spliced(cassettes.iter().map(|(_, exchanges, rules)| (exchanges, rules)), repeat);
        let mut cards = Vec::with_capacity(tape.len());
        let mut paths = Vec::with_capacity(cassettes.len());
        let mut spoken = Spoken::default();
        for (cassette, (path, exchanges, _)) in cassettes.into_iter().enumerate() {
            for exchange in exchanges {
                spoken.add(&exchange);
                cards.push(Card {
                    prepared: Prepared::new(&exchange, preparation),
                    cassette,
                    place: Place {
                        cassette: path.clone(),
                        exchange: exchange.number.0,
                        method: exchange.request.method,
                        target: exchange.request.target,
                        at: exchange.at,
                    },
                });
            }
            paths.push(path);
        }
        Self {
            tape,
            cards,
            cassettes: paths,
            redactor: Arc::new(redactor),
            factor: preparation.tempo.factor(),
            spoken,
            counts: Counts::default(),
        }
    }

    /// Answers a request. It is left as the redaction rules leave it: nothing secret goes on from
    /// here, into a report of a miss say.
    pub(super) fn deal(&self, request: &mut Request, addressing: Addressing) -> Dealt {
        self.redact(request);
        match self.tape.answer(request, addressing) {
            Err(miss) => Dealt::Miss(miss),
            Ok(index) => {
                let card = &self.cards[index];
                let cassette: &Path = &self.cassettes[card.cassette];
                match card.prepared.serve(cassette, &request.headers) {
                    Ok(Served::Reply(reply)) => Dealt::Reply(reply),
                    Ok(Served::Socket(script)) => Dealt::Socket(script, index),
                    Err(error) => Dealt::Broken(error),
                }
            }
        }
    }

    /// Leaves of a request what the redaction rules leave.
    pub(super) fn redact(&self, request: &mut Request) {
        self.redactor.redact_request(request);
    }

    /// Where an exchange stands that would answer a request, whether it was served or not.
    pub(super) fn find(&self, request: &Request, addressing: Addressing) -> Option<&Place> {
        self.tape.find(request, addressing).map(|index| self.place(index))
    }

    /// The cassettes.
    pub(super) fn cassettes(&self) -> &[PathBuf] {
        &self.cassettes
    }

    /// The recorded requests that come nearest to one, nearest first.
    pub(super) fn nearest(&self, request: &Request, addressing: Addressing) -> Vec<Nearest> {
        self.tape.nearest(request, addressing, CANDIDATES)
    }

    /// What the messages of its clients pass before they are compared.
    pub(super) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    /// By how much recorded times are to be multiplied.
    pub(super) const fn factor(&self) -> f64 {
        self.factor
    }

    /// Where the exchange at an index stands.
    pub(super) fn place(&self, index: usize) -> &Place {
        &self.cards[index].place
    }

    /// Every exchange, and whether it was served.
    pub(super) fn marks(&self) -> impl Iterator<Item = (&Place, bool)> {
        let unused: HashSet<usize> = self.tape.unused().into_iter().collect();
        let mark = move |(index, card)| -> (&Place, bool) {
            let card: &Card = card;
            (&card.place, !unused.contains(&index))
        };
        self.cards.iter().enumerate().map(mark)
    }

    /// The exchanges that were never served.
    pub(super) fn unused(&self) -> Vec<Place> {
        self.marks().filter(|(_, used)| !used).map(|(place, _)| place.clone()).collect()
    }

    /// Different secrets that were replaced in requests.
    pub(super) fn secrets(&self) -> u32 {
        self.redactor.found()
    }

    /// Number of exchanges.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }
}
