//! One recording that is served: its requests in memory, its answers laid out when they are first asked
//! for. The decks that have its exchanges share it.

use super::deck::Place;
use super::prepared::{Preparation, Prepared, Served};
use crate::cassette::{
    BodyError, CassetteError, Glimpse, Indexed, Records, Rules, Stretch, index, open_request_body,
};
use crate::exchange::{Exchange, ExchangeNumber, Headers, Redaction, Request, Version};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most bytes of answers that are kept, once laid out, of all recordings together. Others are laid out
/// each time.
const ROOM: u64 = 256 * 1024 * 1024;
/// Bytes that an answer takes besides those that are sent.
const EACH: u64 = 256;

static TAKEN: AtomicU64 = AtomicU64::new(0);

/// A recording.
#[derive(Debug)]
pub(super) struct Volume {
    path: PathBuf,
    cards: Vec<Card>,
    /// Where answers are that are not in memory.
    records: Option<Records>,
    preparation: Preparation,
    /// Bytes of its answers that are kept.
    taken: AtomicU64,
}

/// What one exchange needs to be served and named.
#[derive(Debug)]
struct Card {
    place: Place,
    stretch: Option<Stretch>,
    prepared: OnceLock<Prepared>,
    /// Whether its client waited for leave to send its body, and never did.
    unsent: bool,
}

/// A recording as it was found.
pub(super) struct Found {
    pub(super) volume: Volume,
    /// Its requests, with the notes on what was redacted, to be compared by.
    pub(super) requests: Vec<(Request, Vec<Redaction>)>,
    /// The rules that it carries.
    pub(super) rules: Rules,
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
    /// Goes through a cassette.
    pub(super) fn open(path: &Path, preparation: Preparation) -> Result<Found, CassetteError> {
        let look = |glimpse| match glimpse {
            Glimpse::Whole(exchange, stretch) => card(path, *exchange, Some(stretch), preparation),
            Glimpse::Outline(outline) => {
                let (number, at) = (outline.number, outline.at);
                let place = place(path, number, at, &outline.request);
                let stretch = Some(outline.stretch);
                let unsent = is_unsent(&outline.request);
                let card = Card { place, stretch, prepared: OnceLock::new(), unsent };
                (card, (outline.request, outline.redacted))
            }
        };
        let Indexed { header, items, torn, mut warnings, records } = index(path, look)?;
        let shown = path.display();
        let mut told: Vec<String> = Vec::new();
        if let Some(torn) = torn {
            let (line, whole) = (torn.line, items.len());
            told.push(format!("line {line}: torn; {whole} whole exchanges are served"));
        }
        told.append(&mut warnings);
        let (cards, mut requests): (Vec<_>, Vec<(Request, Vec<Redaction>)>) =
            items.into_iter().unzip();
        for ((request, _), number) in requests.iter_mut().zip(1_u64..) {
            // Without its body, the request is one that nobody sends.
            if let Err(error) = open_request_body(path, request) {
                told.push(format!("exchange {number}: {error}"));
            }
        }
        let warnings = told.into_iter().map(|told| format!("{shown}: {told}")).collect();
        let volume = Self::new(path, cards, Some(records), preparation);
        Ok(Found { volume, requests, rules: header.rules, warnings })
    }

    /// A recording that is in memory.
    pub(super) fn of(path: &Path, exchanges: Vec<Exchange>, preparation: Preparation) -> Found {
        let card = |exchange| card(path, exchange, None, preparation);
        let (cards, requests): (Vec<_>, Vec<_>) = exchanges.into_iter().map(card).unzip();
        let volume = Self::new(path, cards, None, preparation);
        Found { volume, requests, rules: Rules::default(), warnings: Vec::new() }
    }

    fn new(
        path: &Path,
        cards: Vec<Card>,
        records: Option<Records>,
        preparation: Preparation,
    ) -> Self {
        Self { path: path.to_owned(), cards, records, preparation, taken: AtomicU64::new(0) }
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
            && card.prepared.set(prepared).is_ok()
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
            return Err(CassetteError::File { path: self.path.clone(), cause }.into());
        };
        let Place { exchange, at, .. } = card.place;
        let exchange = records.exchange(stretch, ExchangeNumber(exchange), at)?;
        Ok(Prepared::new(&exchange, self.preparation))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        TAKEN.fetch_sub(self.taken.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The card of an exchange that is in memory, and its request.
fn card(
    path: &Path,
    exchange: Exchange,
    stretch: Option<Stretch>,
    preparation: Preparation,
) -> (Card, (Request, Vec<Redaction>)) {
    let prepared = OnceLock::from(Prepared::new(&exchange, preparation));
    let place = place(path, exchange.number, exchange.at, &exchange.request);
    let unsent = is_unsent(&exchange.request);
    (Card { place, stretch, prepared, unsent }, (exchange.request, exchange.redacted))
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

fn place(path: &Path, number: ExchangeNumber, at: jiff::Timestamp, request: &Request) -> Place {
    Place {
        cassette: path.to_owned(),
        exchange: number.0,
        method: request.method.clone(),
        target: request.target.clone(),
        at,
    }
}
