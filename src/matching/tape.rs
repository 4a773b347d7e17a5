use super::canonical::Canonical;
use super::holes;
use super::likeness::Likeness;
use super::miss::Miss;
use super::nearest::{self, Nearest};
use crate::cassette::redact::unshaped;
use crate::exchange::{Exchange, Request};
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What follows when every equal exchange has been served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// The last answer stands.
    #[default]
    Last,
    /// They begin again.
    Cycle,
    /// A miss.
    Fail,
}

/// Whether the host counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressing {
    /// The client named the server (proxy): scheme and authority must be equal.
    Forward,
    /// The client took us for the server (base URL): any recorded host answers.
    Reverse,
}

/// The exchanges of a session in recorded order, and which of them were served. Shared by all
/// connections; each exchange is handed out once before any is repeated.
#[derive(Debug)]
pub struct Tape {
    entries: Vec<Entry>,
    /// Entries with equal requests, in recorded order, by the requests' key.
    groups: HashMap<Vec<u8>, Group>,
    /// Entries with placeholders in their requests, in recorded order.
    open: Vec<usize>,
    repeat: Repeat,
    /// Made when the first request is missed.
    likeness: OnceLock<Likeness>,
}

#[derive(Debug)]
struct Entry {
    request: Canonical,
    served: AtomicBool,
}

#[derive(Debug, Default)]
struct Group {
    entries: Vec<usize>,
    /// How often it was asked for when all were served.
    rounds: AtomicUsize,
}

impl Tape {
    /// A tape of exchanges in order.
    pub fn new<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>, repeat: Repeat) -> Self {
        let (mut entries, mut open) = (Vec::new(), Vec::new());
        let mut groups: HashMap<Vec<u8>, Group> = HashMap::new();
        for (index, exchange) in exchanges.into_iter().enumerate() {
            let request = Canonical::of(&unshaped(&exchange.request, &exchange.redacted));
            if holes::has(&request) {
                open.push(index);
            }
            groups.entry(request.key()).or_default().entries.push(index);
            entries.push(Entry { request, served: AtomicBool::new(false) });
        }
        Self { entries, groups, open, repeat, likeness: OnceLock::new() }
    }

    /// The place (from 0) of the exchange that answers a request which passed the redactor, or why
    /// there is none.
    pub fn answer(&self, request: &Request, addressing: Addressing) -> Result<usize, Miss> {
        let asked = Canonical::of(request);
        let fits = |index: &&usize| {
            addressing == Addressing::Reverse
                || self.entries[**index].request.authority == asked.authority
        };
        let Some(group) = self.groups.get(&asked.key()) else {
            return self.open_answer(&asked, addressing);
        };
        let mut last = None;
        for index in group.entries.iter().filter(fits) {
            // Whoever sets the mark serves it: two equal requests at once get different answers.
            if !self.entries[*index].served.swap(true, Ordering::AcqRel) {
                return Ok(*index);
            }
            last = Some(*index);
        }
        match (self.repeat, last) {
            (Repeat::Last, Some(last)) => Ok(last),
            (Repeat::Cycle, Some(last)) => {
                let fitting: Vec<usize> = group.entries.iter().filter(fits).copied().collect();
                let round = group.rounds.fetch_add(1, Ordering::AcqRel);
                Ok(fitting.get(round % fitting.len().max(1)).copied().unwrap_or(last))
            }
            (Repeat::Fail, Some(last)) => {
                let recorded = group.entries.iter().filter(fits).count();
                let before = group.rounds.fetch_add(1, Ordering::AcqRel);
                Err(Miss::exhausted(last, recorded, recorded + before + 1))
            }
            (_, None) => Err(Miss::unequal()),
        }
    }

    /// The exchange that answers a request with any value where it was recorded with a placeholder.
    fn open_answer(&self, asked: &Canonical, addressing: Addressing) -> Result<usize, Miss> {
        let (mut last, mut recorded) = (None, 0);
        for index in self.open.iter().copied() {
            let entry = &self.entries[index];
            let here =
                addressing == Addressing::Reverse || entry.request.authority == asked.authority;
            if !here || !holes::fit(&entry.request, asked) {
                continue;
            }
            if !entry.served.swap(true, Ordering::AcqRel) {
                return Ok(index);
            }
            last = Some(index);
            recorded += 1;
        }
        match (self.repeat, last) {
            (Repeat::Fail, Some(last)) => Err(Miss::exhausted(last, recorded, recorded + 1)),
            (Repeat::Last | Repeat::Cycle, Some(last)) => Ok(last),
            (_, None) => Err(Miss::unequal()),
        }
    }

    /// The recorded requests that come nearest to one, nearest first, `most` of them.
    pub fn nearest(&self, request: &Request, addressing: Addressing, most: usize) -> Vec<Nearest> {
        let requests = || self.entries.iter().map(|entry| &entry.request);
        let likeness = self.likeness.get_or_init(|| Likeness::of(requests()));
        let recorded = |index: usize| &self.entries[index].request;
        nearest::nearest(recorded, likeness, &Canonical::of(request), addressing, most)
    }

    /// What is equal for requests that are compared as equal, hosts left out.
    pub fn key(request: &Request) -> Vec<u8> {
        Canonical::of(request).key()
    }

    /// The place (from 0) of an exchange that would answer a request, whether it was served or not.
    pub fn find(&self, request: &Request, addressing: Addressing) -> Option<usize> {
        let asked = Canonical::of(request);
        let here = |index: &usize| {
            addressing == Addressing::Reverse
                || self.entries[*index].request.authority == asked.authority
        };
        let equal = self.groups.get(&asked.key()).map_or(&[][..], |group| &group.entries);
        let open =
            self.open.iter().filter(|index| holes::fit(&self.entries[**index].request, &asked));
        equal.iter().chain(open).copied().find(here)
    }

    /// Places (from 0) of the exchanges that were never served.
    pub fn unused(&self) -> Vec<usize> {
        let unserved = |(index, entry): (usize, &Entry)| {
            (!entry.served.load(Ordering::Acquire)).then_some(index)
        };
        self.entries.iter().enumerate().filter_map(unserved).collect()
    }

    /// Number of exchanges.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{ExchangeNumber, Source, Timing};

    fn exchange(target: &str) -> Exchange {
        Exchange {
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: request(target),
            response: None,
            timing: Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        }
    }

    fn request(target: &str) -> Request {
        Request { method: "GET".into(), target: target.into(), ..Request::default() }
    }

    fn served(tape: &Tape, target: &str, addressing: Addressing) -> Vec<Option<usize>> {
        (0..4).map(|_| tape.answer(&request(target), addressing).ok()).collect()
    }

    #[test]
    fn equal_requests_are_answered_in_order_then_as_told() {
        let recorded = [exchange("http://a/x"), exchange("http://a/y"), exchange("http://a/x")];
        for (repeat, expected) in [
            (Repeat::Last, [Some(0), Some(2), Some(2), Some(2)]),
            (Repeat::Cycle, [Some(0), Some(2), Some(0), Some(2)]),
            (Repeat::Fail, [Some(0), Some(2), None, None]),
        ] {
            let tape = Tape::new(&recorded, repeat);
            assert_eq!(served(&tape, "http://a/x", Addressing::Forward), expected, "{repeat:?}");
            assert_eq!(tape.unused(), [1]);
        }
    }

    #[test]
    fn the_host_counts_for_a_proxy_only() {
        let recorded = [exchange("http://a/x"), exchange("https://b/x")];
        let tape = Tape::new(&recorded, Repeat::Last);
        assert_eq!(tape.answer(&request("https://b:443/x"), Addressing::Forward).ok(), Some(1));
        assert!(tape.answer(&request("http://b/x"), Addressing::Forward).is_err());
        assert_eq!(
            tape.answer(&request("http://127.0.0.1:9/x"), Addressing::Reverse).ok(),
            Some(0)
        );
    }

    #[test]
    fn parallel_equal_requests_get_different_answers() {
        let recorded: Vec<Exchange> = (0..64).map(|_| exchange("http://a/x")).collect();
        let tape = Tape::new(&recorded, Repeat::Fail);
        let mut all: Vec<usize> = std::thread::scope(|scope| {
            let ask = || {
                (0..16)
                    .map(|_| tape.answer(&request("http://a/x"), Addressing::Forward).unwrap())
                    .collect::<Vec<_>>()
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_unstable();
        assert_eq!(all, (0..64).collect::<Vec<_>>());
    }
}
