use super::prepared::Served;
use super::socket::Script;
use super::spoken::Spoken;
use super::substitution::substituted;
use super::volume::{AnswerError, Volume};
use crate::cassette::Redactor;
use crate::exchange::{Body, Header, Headers, Request};
use crate::fault::Counts;
use crate::matching::{
    Addressing, Comparable, Messages, Miss, Nearest, Order, Repeat, Rules, Splicing, Spot, Tape,
    Travelling,
};
use crate::net::Reply;
use bytes::Bytes;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most recorded requests that are named for one miss.
const CANDIDATES: usize = 4;

/// The exchanges of one session, ready to be served, and what of them was.
#[derive(Debug)]
pub struct Deck {
    tape: Tape,
    volumes: Vec<Arc<Volume>>,
    /// Where on the tape each volume begins.
    starts: Vec<usize>,
    cassettes: Vec<PathBuf>,
    redactor: Arc<Redactor>,
    factor: f64,
    pub(super) spoken: Spoken,
    /// Whether any client waited in vain for leave to send its body.
    has_unsent: bool,
    /// What was counted to find the requests that faults strike.
    pub(super) counts: Counts,
}

/// A recording of a deck: its exchanges, its requests as they are compared, by which rules, and what was
/// spoken when it was made.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) volume: Arc<Volume>,
    pub(super) requests: Vec<Comparable>,
    pub(super) rules: Rules,
    pub(super) spoken: Spoken,
}

/// Where an exchange stands, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its cassette.
    pub cassette: Arc<Path>,
    /// Its number there.
    pub exchange: u64,
    /// Method of its request.
    pub method: Box<str>,
    /// URL of its request.
    pub target: Box<str>,
    /// When it was recorded.
    pub at: jiff::Timestamp,
}

/// What a deck has for a request.
pub(super) enum Dealt {
    /// The answer, and where the request stands, if that tells how an equal one is answered.
    Reply(Reply, Option<Standing>),
    /// A WebSocket, and where it stands.
    Socket(Arc<Script>, usize),
    Miss(Miss),
    /// What is recorded can't be read.
    Broken(AnswerError),
}

/// Where a request stands, for as long as no further secret becomes known: then it may be redacted
/// otherwise. It is small: of a hundred thousand, each lies in a line of its own of the memory's.
#[derive(Debug)]
pub(super) struct Standing {
    found: Stands,
    /// How many secrets were known.
    known: u32,
    /// How often a session had been started or stopped by hand.
    pub(super) epoch: u32,
}

/// What a request that stands somewhere is answered.
#[derive(Debug)]
enum Stands {
    /// Always the same.
    Always(Bytes),
    /// What tells which answer it gets, where there are several or that needs be made.
    Choice(Box<Choice>),
}

/// What tells which answer a request gets.
#[derive(Debug)]
struct Choice {
    spot: Spot,
    /// What the client takes, which tells in what coding it is answered.
    accepted: Headers,
}

impl Deck {
    /// A deck of recordings in order.
    pub(super) fn new(
        sides: &[Side],
        (repeat, order): (Repeat, Order),
        factor: f64,
        redactor: Redactor,
    ) -> Self {
        let (mut starts, mut next) = (Vec::with_capacity(sides.len()), 0);
        let mut spoken = Spoken::default();
        for side in sides {
            starts.push(next);
            next += side.volume.len();
            spoken.join(&side.spoken);
        }
        let tape = tape(sides, &starts, repeat, order);
        // A placeholder that a client has from an answer is told from those of its own secrets.
        let redactor = redactor.numbered_after(tape.highest_secret());
        let volumes: Vec<_> = sides.iter().map(|side| Arc::clone(&side.volume)).collect();
        let cassettes = volumes.iter().map(|volume| volume.path().to_owned()).collect();
        let (redactor, counts) = (Arc::new(redactor), Counts::default());
        let unsent = |volume: &Arc<Volume>| (0..volume.len()).any(|index| volume.is_unsent(index));
        let has_unsent = volumes.iter().any(unsent);
        Self { tape, volumes, starts, cassettes, redactor, factor, spoken, has_unsent, counts }
    }

    /// Answers a request. It is left as the redaction rules leave it: nothing secret goes on from
    /// here, into a report of a miss say.
    pub(super) fn deal(&self, request: &mut Request, addressing: Addressing) -> Dealt {
        // What another request shows to be secret in the meantime may count for this one next time.
        let known = self.redactor.carried();
        self.redact(request);
        match self.tape.locate(request, addressing) {
            Err(miss) => Dealt::Miss(miss),
            Ok((index, spot)) => {
                let dealt = self.serve(index, &request.headers);
                let Dealt::Reply(reply, _) = dealt else { return dealt };
                let standing = spot.and_then(|spot| self.standing(index, spot, known, request));
                Dealt::Reply(self.travelled(index, reply, &request.method), standing)
            }
        }
    }

    /// Where a request stands that was answered by the exchange at an index.
    fn standing(
        &self,
        index: usize,
        spot: Spot,
        known: usize,
        request: &Request,
    ) -> Option<Standing> {
        let (volume, place) = self.at(index);
        let always = volume.laid_out(place).filter(|_| spot.is_alone());
        let found = if let Some(bytes) = always.and_then(Reply::plain_bytes) {
            Stands::Always(bytes.clone())
        } else {
            let is_told = |header: &&Header| header.is("accept-encoding");
            let accepted = request.headers.iter().filter(is_told).cloned().collect();
            Stands::Choice(Box::new(Choice { spot, accepted }))
        };
        Some(Standing { found, known: u32::try_from(known).ok()?, epoch: 0 })
    }

    /// Whether a request is still redacted as it was when it was found to stand there.
    fn still_stands(&self, standing: &Standing) -> bool {
        standing.known as usize == self.redactor.carried()
    }

    /// An answer with the client's values in the place of those that were recorded for them. Most have
    /// none, and go out as they were laid out.
    fn travelled(&self, index: usize, reply: Reply, method: &str) -> Reply {
        if !self.tape.may_carry(index) {
            return reply;
        }
        let swapped = self.tape.with_swaps(|swaps| substituted(&reply, method, swaps));
        swapped.flatten().unwrap_or(reply)
    }

    /// The values that travel, each with the first exchange that has it. What turned out to be a secret
    /// since is not told.
    pub(super) fn variables(&self) -> Vec<(Travelling, &Place)> {
        let told = |text: String| {
            let mut request = Request { body: Body::from(text.as_str()), ..Request::default() };
            self.redactor.redact_request(&mut request);
            String::from_utf8_lossy(request.body.bytes().unwrap_or_default()).into_owned()
        };
        let placed = |found: Travelling| {
            let (place, actual) = (self.place(found.exchange), found.actual.clone().map(told));
            (Travelling { actual, ..found }, place)
        };
        self.tape.variables().into_iter().map(placed).collect()
    }

    /// The answer to a request that stands where another one stood, where it is always the same.
    pub(super) fn same_again(&self, standing: &Standing) -> Option<Reply> {
        match &standing.found {
            Stands::Always(bytes) if self.still_stands(standing) => {
                Some(Reply::plain(bytes.clone()))
            }
            _ => None,
        }
    }

    /// Answers a request that stands where another one stood, and tells which exchange answers. `None`
    /// where it must be looked at anew.
    pub(super) fn deal_again(&self, standing: &Standing) -> Option<(Dealt, usize)> {
        let Stands::Choice(choice) = &standing.found else { return None };
        if !self.still_stands(standing) {
            return None;
        }
        let Choice { spot, accepted } = &**choice;
        let index = self.tape.again(spot)?;
        Some((self.serve(index, accepted), index))
    }

    fn serve(&self, index: usize, headers: &Headers) -> Dealt {
        let (volume, place) = self.at(index);
        match volume.serve(place, headers) {
            Ok(Served::Reply(reply)) => Dealt::Reply(reply, None),
            Ok(Served::Socket(script)) => Dealt::Socket(script, index),
            Err(error) => Dealt::Broken(error),
        }
    }

    /// The volume of a place on the tape, and which of its exchanges that is.
    fn at(&self, index: usize) -> (&Volume, usize) {
        let volume = self.starts.partition_point(|start| *start <= index) - 1;
        (&self.volumes[volume], index - self.starts[volume])
    }

    /// Leaves of a request what the redaction rules leave.
    pub(super) fn redact(&self, request: &mut Request) {
        self.redactor.redact_request(request);
    }

    /// Whether a request without the body that it announces is the recorded one, whose client waited
    /// in vain for leave to send it.
    pub(super) fn is_unsent(&self, request: &Request, addressing: Addressing) -> bool {
        if !self.has_unsent {
            return false;
        }
        let mut request = request.clone();
        self.redact(&mut request);
        let found = self.tape.find(&request, addressing);
        found.map(|index| self.at(index)).is_some_and(|(volume, index)| volume.is_unsent(index))
    }

    /// Where an exchange stands that would answer a request, whether it was served or not.
    pub(super) fn find(&self, request: &Request, addressing: Addressing) -> Option<&Place> {
        self.tape.find(request, addressing).map(|index| self.place(index))
    }

    /// The recordings.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.volumes.iter().map(AsRef::as_ref)
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

    /// How the messages of a WebSocket that a request opens are compared with those of an exchange.
    pub(super) fn messages(&self, index: usize, handshake: &Request) -> Messages {
        self.tape.messages(index, handshake)
    }

    /// What is equal for requests that are compared as equal here, hosts left out.
    pub(super) fn key(&self, request: &Request) -> Vec<u8> {
        self.tape.key(request)
    }

    /// How the exchange at an index compares with a request.
    pub(super) fn compare(
        &self,
        index: usize,
        request: &Request,
        addressing: Addressing,
    ) -> Nearest {
        self.tape.compare(index, request, addressing)
    }

    /// Where the exchange at an index stands.
    pub(super) fn place(&self, index: usize) -> &Place {
        let (volume, index) = self.at(index);
        volume.place(index)
    }

    /// Every exchange, and whether it was served.
    pub(super) fn marks(&self) -> impl Iterator<Item = (&Place, bool)> {
        let mut unused = self.tape.unused().into_iter().peekable();
        let places = self.volumes.iter().flat_map(|volume| volume.places());
        places.enumerate().map(move |(index, place)| (place, unused.next_if_eq(&index).is_none()))
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
        self.tape.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tape.is_empty()
    }
}

/// The requests of recordings, and where values travel or ids are given what their answers hold.
fn tape(sides: &[Side], starts: &[usize], repeat: Repeat, order: Order) -> Tape {
    let mut splicing = Splicing::new(repeat, order);
    for side in sides {
        splicing.begin(&side.rules);
        for request in &side.requests {
            splicing.add(request);
        }
    }
    splicing.answers(|index| {
        let side = starts.partition_point(|start| *start <= index) - 1;
        sides[side].volume.exchange(index - starts[side])
    });
    splicing.finish()
}
