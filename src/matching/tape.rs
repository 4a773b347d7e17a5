use super::canonical::Canonical;
use super::causes::Causes;
use super::comparable::{Comparable, Key, key};
use super::holes;
use super::known::{Known, Scope, Slot};
use super::likeness::Likeness;
use super::message::Messages;
use super::nearest::{self, Nearest};
use super::rules::Rules;
use super::session::Session;
use super::splicing::Splicing;
use super::swaps::Swaps;
use super::variables::Variable;
use crate::exchange::{Exchange, Request};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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

/// In which order exchanges may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Who uses a value that an answer gave asks after that answer.
    #[default]
    Causal,
    /// In any.
    Free,
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
#[derive(Debug, Default)]
pub struct Tape {
    pub(super) entries: Vec<Entry>,
    /// The exchanges by the rules that they are compared by: as a rule there is one set.
    pub(super) sets: Vec<Set>,
    pub(super) repeat: Repeat,
    pub(super) known: Known,
    pub(super) causes: Causes,
    /// The highest number of a secret that was replaced.
    pub(super) highest: u32,
    /// A bit for each exchange whose answer may hold a value that travels.
    pub(super) carriers: Vec<u64>,
    session: RwLock<Session>,
    /// Made when the first request is missed.
    likeness: OnceLock<Likeness>,
}

/// A value that may be another in the next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Travelling {
    /// The first exchange (from 0) that has it.
    pub exchange: usize,
    /// Where it stands in the request.
    pub at: String,
    /// What was recorded.
    pub recorded: String,
    /// What the client has in its place; `None` as long as it has nothing.
    pub actual: Option<String>,
}

/// A request that is looked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Canonical,
    pub(super) key: Key,
    pub(super) variables: Vec<Variable>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) request: Arc<Canonical>,
    /// Which set it belongs to.
    pub(super) set: usize,
    /// Which group of that.
    pub(super) group: u32,
    /// How often it was served. Where it is no matter of variables or order, once is all that counts.
    pub(super) served: AtomicU32,
    /// Whether what does not count differs in its group, so that it decides.
    pub(super) is_mixed: bool,
}

/// Exchanges that are compared by the same rules.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) rules: Rules,
    /// Groups by the requests' key.
    pub(super) groups: HashMap<Key, Group>,
    /// Entries with placeholders in their requests, in recorded order, by what can't be one.
    pub(super) open: HashMap<u64, Vec<usize>>,
}

/// Entries with equal requests, in recorded order.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) number: u32,
    pub(super) entries: Vec<usize>,
    /// Whether variables or the order of exchanges matter to some.
    pub(super) is_choosy: bool,
    /// How often it was asked for when all were served.
    pub(super) rounds: AtomicUsize,
    /// All before this one were served.
    pub(super) cursor: AtomicUsize,
}

impl Entry {
    pub(super) fn is_served(&self) -> bool {
        self.served.load(Ordering::Acquire) > 0
    }

    /// Marks it as served; whether it was not before.
    pub(super) fn take(&self) -> bool {
        !self.is_served() && self.served.fetch_add(1, Ordering::AcqRel) == 0
    }
}

impl Tape {
    pub(super) fn empty(repeat: Repeat) -> Self {
        Self { repeat, ..Self::default() }
    }

    /// A tape of exchanges in order, all compared by the same rules.
    pub fn new<'a>(
        exchanges: impl IntoIterator<Item = &'a Exchange>,
        repeat: Repeat,
        rules: &Rules,
    ) -> Self {
        Self::spliced([(exchanges, rules)], repeat)
    }

    /// A tape of several recordings in order, each with its own rules. They may be asked for in any order.
    pub fn spliced<'a, 'r, I: IntoIterator<Item = &'a Exchange>>(
        parts: impl IntoIterator<Item = (I, &'r Rules)>,
        repeat: Repeat,
    ) -> Self {
        let mut splicing = Splicing::new(repeat, Order::Free);
        for (exchanges, rules) in parts {
            splicing.begin(rules);
            for exchange in exchanges {
                splicing.add(&Comparable::of(&exchange.request, &exchange.redacted, rules));
            }
        }
        splicing.finish()
    }

    /// A request with the recorded values in the place of the client's.
    pub(super) fn turned_back<'a>(&self, request: &'a Request) -> Cow<'a, Request> {
        if self.known.is_empty() {
            return Cow::Borrowed(request);
        }
        self.session().turned_back(request)
    }

    pub(super) fn is_at_home(
        &self,
        index: usize,
        asked: &Canonical,
        addressing: Addressing,
    ) -> bool {
        addressing == Addressing::Reverse
            || self.entries[index].request.authority == asked.authority
    }

    /// Whether the answer of an exchange may hold a value that travels: most hold none.
    pub fn may_carry(&self, index: usize) -> bool {
        self.carriers.get(index / 64).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
    }

    /// Calls `with` with what the client has in the place of recorded values, where there is any.
    pub fn with_swaps<T>(&self, with: impl FnOnce(&Swaps) -> T) -> Option<T> {
        let session = self.session();
        let swaps = &session.bindings.forward;
        (!swaps.is_empty()).then(|| with(swaps))
    }

    /// The highest number of a secret that was replaced in the recordings.
    pub const fn highest_secret(&self) -> u32 {
        self.highest
    }

    /// The values that may be others in the next run, each at each of its places with the first
    /// exchange that has it there. Secrets are not among them.
    pub fn variables(&self) -> Vec<Travelling> {
        let (session, mut told) = (self.session(), HashSet::new());
        let slots = (0..self.entries.len())
            .flat_map(|index| self.known.slots(index).iter().map(move |slot| (index, *slot)));
        let open = |(_, slot): &(usize, Slot)| {
            let value = self.known.value(*slot);
            !matches!(value.scope, Scope::Secret(_)) && !value.text.contains("{{secret")
        };
        slots
            .filter(open)
            .filter(|(_, slot)| told.insert((slot.place, slot.value)))
            .map(|(exchange, slot)| Travelling {
                exchange,
                at: self.known.place(slot).to_owned(),
                recorded: self.known.value(slot).text.to_string(),
                actual: session.bindings.bound(slot.value).map(str::to_owned),
            })
            .collect()
    }

    pub(super) fn session(&self) -> RwLockReadGuard<'_, Session> {
        self.session.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn session_mut(&self) -> RwLockWriteGuard<'_, Session> {
        self.session.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The recorded requests that come nearest to one, nearest first, `most` of them.
    pub fn nearest(&self, request: &Request, addressing: Addressing, most: usize) -> Vec<Nearest> {
        let requests = || self.entries.iter().map(|entry| &*entry.request);
        let likeness = self.likeness.get_or_init(|| Likeness::of(requests()));
        let request = self.turned_back(request);
        let asked = |set: &Set| Canonical::of(&request, &set.rules);
        let asked: Vec<Canonical> = self.sets.iter().map(asked).collect();
        let Some(first) = asked.first() else { return Vec::new() };
        let pair = |index: usize| {
            let entry = &self.entries[index];
            (&*entry.request, &asked[entry.set])
        };
        nearest::nearest(pair, likeness, first, addressing, most)
    }

    /// How one exchange compares with a request.
    pub fn compare(&self, index: usize, request: &Request, addressing: Addressing) -> Nearest {
        let Entry { request: recorded, set, .. } = &self.entries[index];
        let request = self.turned_back(request);
        let asked = Canonical::of(&request, &self.sets[*set].rules);
        Nearest::of(index, recorded, &asked, addressing)
    }

    /// How the messages of a WebSocket that a request opens are compared with those of an exchange.
    pub fn messages(&self, index: usize, handshake: &Request) -> Messages {
        Messages::of(handshake, &self.sets[self.entries[index].set].rules)
    }

    /// What is equal for requests that are compared as equal here, hosts left out.
    pub fn key(&self, request: &Request) -> Vec<u8> {
        let request = self.turned_back(request);
        self.sets.iter().flat_map(|set| Canonical::of(&request, &set.rules).key()).collect()
    }

    /// The place (from 0) of an exchange that would answer a request, whether it was served or not.
    pub fn find(&self, request: &Request, addressing: Addressing) -> Option<usize> {
        let found = |set: &Set| {
            let asked = Canonical::of(request, &set.rules);
            let equal = set.groups.get(&key(&asked)).map_or(&[][..], |group| &group.entries);
            let open = set.open.get(&shape(&asked)).map_or(&[][..], |open| open);
            let open = open
                .iter()
                .filter(|index| holes::fit(&self.entries[**index].request, &asked).is_some());
            let here = |index: &usize| self.is_at_home(*index, &asked, addressing);
            equal.iter().chain(open).copied().find(here)
        };
        self.sets.iter().filter_map(found).min()
    }

    /// Places (from 0) of the exchanges that were never served.
    pub fn unused(&self) -> Vec<usize> {
        let unserved = |(index, entry): (usize, &Entry)| (!entry.is_served()).then_some(index);
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

/// What can be no placeholder's in a request, as a number: requests of others do not fit.
pub(super) fn shape(request: &Canonical) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    request.method.hash(&mut hasher);
    request.headers.hash(&mut hasher);
    request.path.split('/').count().hash(&mut hasher);
    request.query.len().hash(&mut hasher);
    request.query.iter().for_each(|(name, _)| name.hash(&mut hasher));
    hasher.finish()
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
            interim: Vec::new(),
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
            let tape = Tape::new(&recorded, repeat, &Rules::default());
            assert_eq!(served(&tape, "http://a/x", Addressing::Forward), expected, "{repeat:?}");
            assert_eq!(tape.unused(), [1]);
        }
    }

    #[test]
    fn the_host_counts_for_a_proxy_only() {
        let recorded = [exchange("http://a/x"), exchange("https://b/x")];
        let tape = Tape::new(&recorded, Repeat::Last, &Rules::default());
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
        let tape = Tape::new(&recorded, Repeat::Fail, &Rules::default());
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
