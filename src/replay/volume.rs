//! One recording that is served: its requests in memory, its answers laid out when they are first asked
//! for. The decks that have its exchanges share it.

use super::deck::Place;
use super::prepared::{Preparation, Prepared, Served};
use super::room::Room;
use super::spoken::Spoken;
use crate::cassette::{
    BodyError, CassetteError, Contents, Glimpse, Indexed, Outline, Records, Stretch,
    open_request_body,
};
use crate::exchange::{Exchange, ExchangeNumber, Headers, Redaction, Request, Version};
use crate::matching::{self, Comparable};
use crate::net::{Reply, aside};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Most bytes of answers that are kept, once laid out, of all recordings together. Others are laid out
/// each time.
const ROOM: u64 = 256 * 1024 * 1024;
/// Bytes that an answer takes besides those that are sent.
const EACH: u64 = 256;

/// Longer records are read and laid out while other connections go on, in bytes.
const LARGE: usize = 256 * 1024;

static TAKEN: AtomicU64 = AtomicU64::new(0);

/// A recording.
#[derive(Debug)]
pub(super) struct Volume {
    path: Arc<Path>,
    cards: Vec<Card>,
    /// Where answers are that are not in memory.
    records: Option<Records>,
    preparation: Preparation,
    /// Where those are that were laid out.
    room: Room,
    /// Bytes of its answers that are kept.
    taken: AtomicU64,
}

/// What one exchange needs to be served and named.
#[derive(Debug)]
struct Card {
    place: Place,
    stretch: Option<Stretch>,
    prepared: OnceLock<Box<Prepared>>,
    /// Whether its client waited for leave to send its body, and never did.
    unsent: bool,
}

/// A recording as it was found.
pub(super) struct Found {
    pub(super) volume: Volume,
    /// Its requests, to be compared.
    pub(super) requests: Vec<Comparable>,
    /// In which versions it speaks.
    pub(super) spoken: Spoken,
    pub(super) warnings: Vec<String>,
}

/// Why an exchange can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Its record can't be read.
    #[error(transparent)]
    Record(#[from] CassetteError),
    /// The file of its body can't be read.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl AnswerError {
    /// It in a word.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Record(_) => "record",
            Self::Body(_) => "body-file",
        }
    }
}

impl Volume {
    /// Goes through a cassette, whose requests are compared by these rules.
    pub(super) fn open(
        contents: Contents,
        rules: &matching::Rules,
        preparation: Preparation,
    ) -> Result<Found, CassetteError> {
        let path: Arc<Path> = contents.path().into();
        let spoken = Mutex::new(Spoken::default());
        let missing: Mutex<Vec<(ExchangeNumber, BodyError)>> = Mutex::default();
        // All that is needed of a request is made of it at once, on the thread that came across it:
        // no more than a few requests are in memory at a time.
        let look = |glimpse| {
            let (card, mut request, redacted) = match glimpse {
                Glimpse::Whole(exchange, stretch) => {
                    let (card, request, redacted) = card(&path, *exchange, preparation);
                    (Card { stretch: Some(stretch), ..card }, request, redacted)
                }
                Glimpse::Outline(outline) => {
                    let Outline { number, at, request, redacted, stretch } = *outline;
                    let place = place(&path, number, at, &request);
                    let stretch = Some(stretch);
                    let (prepared, unsent) = (OnceLock::new(), is_unsent(&request));
                    (Card { place, stretch, prepared, unsent }, request, redacted)
                }
            };
            // Without its body, the request is one that nobody sends.
            if let Err(error) = open_request_body(&path, &mut request) {
                let number = ExchangeNumber(card.place.exchange);
                missing.lock().unwrap_or_else(PoisonError::into_inner).push((number, error));
            }
            if request.version == Version::Http2 {
                spoken.lock().unwrap_or_else(PoisonError::into_inner).add(&request);
            }
            (card, Comparable::of(&request, &redacted, rules))
        };
        let Indexed { items, torn, mut warnings, records, .. } = contents.index(look)?;
        let shown = path.display();
        let mut told: Vec<String> = Vec::new();
        if let Some(torn) = torn {
            let (line, whole) = (torn.line, items.len());
            told.push(format!("line {line}: torn; {whole} whole exchanges are served"));
        }
        told.append(&mut warnings);
        let mut missing = missing.into_inner().unwrap_or_else(PoisonError::into_inner);
        missing.sort_by_key(|(number, _)| *number);
        told.extend(missing.iter().map(|(number, error)| format!("exchange {number}: {error}")));
        let warnings = told.into_iter().map(|told| format!("{shown}: {told}")).collect();
        let (cards, requests) = items.into_iter().unzip();
        let volume = Self::new(path, cards, Some(records), preparation);
        let spoken = spoken.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Found { volume, requests, spoken, warnings })
    }

    /// A recording that is in memory, whose requests are compared by these rules.
    pub(super) fn of(
        path: &Path,
        exchanges: Vec<Exchange>,
        rules: &matching::Rules,
        preparation: Preparation,
    ) -> Found {
        let (path, mut spoken) = (Arc::from(path), Spoken::default());
        let item = |exchange| {
            let (card, request, redacted) = card(&path, exchange, preparation);
            spoken.add(&request);
            (card, Comparable::of(&request, &redacted, rules))
        };
        let (cards, requests) = exchanges.into_iter().map(item).unzip();
        let volume = Self::new(path, cards, None, preparation);
        Found { volume, requests, spoken, warnings: Vec::new() }
    }

    fn new(
        path: Arc<Path>,
        cards: Vec<Card>,
        records: Option<Records>,
        preparation: Preparation,
    ) -> Self {
        let (room, taken) = (Room::default(), AtomicU64::new(0));
        Self { path, cards, records, preparation, room, taken }
    }

    /// The recording's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Number of exchanges.
    pub(super) fn len(&self) -> usize {
        self.cards.len()
    }

    /// Where an exchange stands.
    pub(super) fn place(&self, index: usize) -> &Place {
        &self.cards[index].place
    }

    /// Where its exchanges stand, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.cards.iter().map(|card| &card.place)
    }

    /// The answer of an exchange to a client with these fields.
    pub(super) fn serve(&self, index: usize, headers: &Headers) -> Result<Served, AnswerError> {
        let card = &self.cards[index];
        if let Some(prepared) = card.prepared.get() {
            return Ok(prepared.serve(&self.path, headers)?);
        }
        let prepared = self.prepare(card)?;
        let served = prepared.serve(&self.path, headers)?;
        let weight = prepared.weight() + EACH;
        if TAKEN.fetch_add(weight, Ordering::Relaxed) + weight <= ROOM
            && card.prepared.set(Box::new(prepared.kept_in(&self.room))).is_ok()
        {
            self.taken.fetch_add(weight, Ordering::Relaxed);
        } else {
            TAKEN.fetch_sub(weight, Ordering::Relaxed);
        }
        Ok(served)
    }

    /// Whether the client of an exchange waited for leave to send its body, and never did.
    pub(super) fn is_unsent(&self, index: usize) -> bool {
        self.cards[index].unsent
    }

    /// The answer of an exchange, where it is kept and the same for every client.
    pub(super) fn laid_out(&self, index: usize) -> Option<&Reply> {
        match &**self.cards[index].prepared.get()? {
            Prepared::Ready(reply) => Some(reply),
            _ => None,
        }
    }

    /// An exchange as it was recorded; `None` where it can't be read once more.
    pub(super) fn exchange(&self, index: usize) -> Option<Exchange> {
        let card = &self.cards[index];
        let (records, stretch) = (self.records.as_ref()?, card.stretch?);
        let number = ExchangeNumber(card.place.exchange);
        records.exchange(stretch, number, card.place.at).ok()
    }

    fn prepare(&self, card: &Card) -> Result<Prepared, AnswerError> {
        let (Some(records), Some(stretch)) = (&self.records, card.stretch) else {
            // What is in memory is prepared from the start.
            let cause = std::io::Error::from(std::io::ErrorKind::NotFound);
            return Err(CassetteError::File { path: self.path.to_path_buf(), cause }.into());
        };
        let Place { exchange, at, .. } = card.place;
        let make = || {
            let exchange = records.exchange(stretch, ExchangeNumber(exchange), at)?;
            Ok(Prepared::new(&exchange, self.preparation))
        };
        if stretch.bytes() > LARGE { aside(make) } else { make() }
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        TAKEN.fetch_sub(self.taken.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The card of an exchange that is in memory, its request, and what was redacted.
fn card(
    path: &Arc<Path>,
    exchange: Exchange,
    preparation: Preparation,
) -> (Card, Request, Vec<Redaction>) {
    let prepared = OnceLock::from(Box::new(Prepared::new(&exchange, preparation)));
    let place = place(path, exchange.number, exchange.at, &exchange.request);
    let unsent = is_unsent(&exchange.request);
    (Card { place, stretch: None, prepared, unsent }, exchange.request, exchange.redacted)
}

/// Whether a request says that it has a body, and waited in vain for leave to send it (RFC 9110,
/// section 10.1.1).
fn is_unsent(request: &Request) -> bool {
    let headers = &request.headers;
    let length =
        headers.text("content-length").and_then(|length| length.trim().parse::<u64>().ok());
    request.body.is_empty()
        && headers.has_token("expect", "100-continue")
        && length != Some(0)
        && (length.is_some()
            || request.version == Version::Http2
            || headers.contains("transfer-encoding"))
}

fn place(
    path: &Arc<Path>,
    number: ExchangeNumber,
    at: jiff::Timestamp,
    request: &Request,
) -> Place {
    Place {
        cassette: Arc::clone(path),
        exchange: number.0,
        method: request.method.as_str().into(),
        target: request.target.as_str().into(),
        at,
    }
}
