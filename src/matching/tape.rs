use super::canonical::Canonical;
use super::comparable::{Comparable, Key, key};
use super::holes;
use super::likeness::Likeness;
use super::miss::Miss;
use super::nearest::{self, Nearest};
use super::rules::Rules;
use crate::exchange::{Authority, Exchange, Request};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

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
    /// The exchanges by the rules that they are compared by: as a rule there is one set.
    sets: Vec<Set>,
    repeat: Repeat,
    /// Made when the first request is missed.
    likeness: OnceLock<Likeness>,
}

#[derive(Debug)]
struct Entry {
    request: Arc<Canonical>,
    /// Which set it belongs to.
    set: usize,
    served: AtomicBool,
}

/// Exchanges that are compared by the same rules.
#[derive(Debug, Default)]
struct Set {
    rules: Rules,
    /// Entries with equal requests, in recorded order, by the requests' key.
    groups: HashMap<Key, Group>,
    /// Entries with placeholders in their requests, in recorded order.
    open: Vec<usize>,
}

#[derive(Debug, Default)]
struct Group {
    entries: Vec<usize>,
    /// Those before this place in it were served.
    cursor: AtomicUsize,
    /// How often it was asked for when all were served.
    rounds: AtomicUsize,
}

/// A request that is looked for.
#[derive(Debug)]
struct Asked {
    request: Canonical,
    key: Key,
}

impl Asked {
    fn of(request: Canonical) -> Self {
        let key = key(&request);
        Self { request, key }
    }
}

/// Where a request stands, so that one which must be equal can be answered without being compared.
#[derive(Debug, Clone)]
pub struct Spot {
    key: Key,
    /// The host that counts, for a proxy.
    authority: Option<(String, Authority)>,
    addressing: Addressing,
}

impl Tape {
    /// A tape of exchanges in order, all compared by the same rules.
    pub fn new<'a>(
        exchanges: impl IntoIterator<Item = &'a Exchange>,
        repeat: Repeat,
        rules: &Rules,
    ) -> Self {
        Self::spliced([(exchanges, rules)], repeat)
    }

    /// A tape of several recordings in order, each with its own rules.
    pub fn spliced<'a, 'r, I: IntoIterator<Item = &'a Exchange>>(
        parts: impl IntoIterator<Item = (I, &'r Rules)>,
        repeat: Repeat,
    ) -> Self {
        let made = |(exchanges, rules): (I, &'r Rules)| {
            let made = |one: &Exchange| Comparable::of(&one.request, &one.redacted, rules);
            (exchanges.into_iter().map(made).collect(), rules)
        };
        let parts: Vec<(Vec<Comparable>, &Rules)> = parts.into_iter().map(made).collect();
        Self::assembled(parts.iter().map(|(made, rules)| (made.as_slice(), *rules)), repeat)
    }

    /// The same of requests that were made ready.
    pub fn assembled<'a, 'r>(
        parts: impl IntoIterator<Item = (&'a [Comparable], &'r Rules)>,
        repeat: Repeat,
    ) -> Self {
        let mut tape =
            Self { entries: Vec::new(), sets: Vec::new(), repeat, likeness: OnceLock::new() };
        for (recorded, rules) in parts {
            let known = tape.sets.iter().position(|set| set.rules == *rules);
            let at = known.unwrap_or_else(|| {
                tape.sets.push(Set { rules: rules.clone(), ..Set::default() });
                tape.sets.len() - 1
            });
            let set = &mut tape.sets[at];
            tape.entries.reserve(recorded.len());
            for Comparable { request, key, open } in recorded {
                let index = tape.entries.len();
                if *open {
                    set.open.push(index);
                }
                set.groups.entry(*key).or_default().entries.push(index);
                let served = AtomicBool::new(false);
                tape.entries.push(Entry { request: Arc::clone(request), set: at, served });
            }
        }
        tape
    }

    /// The place (from 0) of the exchange that answers a request which passed the redactor, or why
    /// there is none.
    pub fn answer(&self, request: &Request, addressing: Addressing) -> Result<usize, Miss> {
        self.locate(request, addressing).map(|(index, _)| index)
    }

    /// The same, and where the request stands, if that alone tells how an equal one is answered.
    pub fn locate(
        &self,
        request: &Request,
        addressing: Addressing,
    ) -> Result<(usize, Option<Spot>), Miss> {
        let asked: Vec<Asked> = self.asked(request).into_iter().map(Asked::of).collect();
        let all = || self.sets.iter().zip(&asked);
        // Of exchanges under different rules the first recorded one answers.
        let next = match self.sets.len() {
            0 | 1 => None,
            _ => all()
                .filter_map(|(set, asked)| Some((self.next(set, asked, addressing)?, set, asked)))
                .min_by_key(|(index, ..)| *index),
        };
        let next = next.and_then(|(_, set, asked)| self.answer_of(set, asked, addressing));
        let mut others = all();
        let found =
            next.or_else(|| others.find_map(|(set, asked)| self.answer_of(set, asked, addressing)));
        let index = found.unwrap_or_else(|| Err(Miss::unequal()))?;
        Ok((index, self.spot(asked, addressing)))
    }

    /// Where a request stands: among those that are the same, whatever else is served.
    fn spot(&self, asked: Vec<Asked>, addressing: Addressing) -> Option<Spot> {
        let ([set], Ok([Asked { request, key }])) =
            (self.sets.as_slice(), <[Asked; 1]>::try_from(asked))
        else {
            return None;
        };
        set.groups.contains_key(&key).then_some(())?;
        Some(Spot { key, authority: request.authority, addressing })
    }

    /// The place of the exchange that answers a request which stands at a spot; `None` where it must be
    /// looked at anew.
    pub fn again(&self, spot: &Spot) -> Option<usize> {
        let [set] = self.sets.as_slice() else { return None };
        let group = set.groups.get(&spot.key)?;
        let fits = |index: &&usize| {
            spot.addressing == Addressing::Reverse
                || self.entries[**index].request.authority == spot.authority
        };
        self.take(group, fits)?.ok()
    }

    /// The first exchange of a set that answers a request and was not served.
    fn next(&self, set: &Set, asked: &Asked, addressing: Addressing) -> Option<usize> {
        let Asked { request: asked, key } = asked;
        let group = set.groups.get(key);
        let exact = group.map_or(&[][..], |group| &group.entries);
        let open =
            set.open.iter().filter(|index| holes::fit(&self.entries[**index].request, asked));
        let unserved = |index: &&usize| {
            self.is_at_home(**index, asked, addressing)
                && !self.entries[**index].served.load(Ordering::Acquire)
        };
        exact.iter().find(unserved).or_else(|| open.into_iter().find(unserved)).copied()
    }

    fn is_at_home(&self, index: usize, asked: &Canonical, addressing: Addressing) -> bool {
        addressing == Addressing::Reverse
            || self.entries[index].request.authority == asked.authority
    }

    /// What a set answers; `None` when it has no such request.
    fn answer_of(
        &self,
        set: &Set,
        Asked { request: asked, key }: &Asked,
        addressing: Addressing,
    ) -> Option<Result<usize, Miss>> {
        match set.groups.get(key) {
            Some(group) => {
                self.take(group, |index: &&usize| self.is_at_home(**index, asked, addressing))
            }
            None => self.open_answer(set, asked, addressing),
        }
    }

    /// The next exchange of a group among those that fit; `None` when none does.
    fn take(&self, group: &Group, fits: impl Fn(&&usize) -> bool) -> Option<Result<usize, Miss>> {
        // What was served long ago is not gone through again.
        let is_served = |index: &&usize| self.entries[**index].served.load(Ordering::Acquire);
        let start = group.cursor.load(Ordering::Relaxed);
        let done = start + group.entries[start..].iter().take_while(is_served).count();
        if done > start {
            group.cursor.fetch_max(done, Ordering::Relaxed);
        }
        for index in group.entries[done..].iter().filter(&fits) {
            // Whoever sets the mark serves it: two equal requests at once get different answers.
            if !self.entries[*index].served.swap(true, Ordering::AcqRel) {
                return Some(Ok(*index));
            }
        }
        let last = *group.entries.iter().rfind(&fits)?;
        Some(match self.repeat {
            Repeat::Last => Ok(last),
            Repeat::Cycle => {
                let fitting: Vec<usize> = group.entries.iter().filter(&fits).copied().collect();
                let round = group.rounds.fetch_add(1, Ordering::AcqRel);
                Ok(fitting.get(round % fitting.len().max(1)).copied().unwrap_or(last))
            }
            Repeat::Fail => {
                let recorded = group.entries.iter().filter(&fits).count();
                let before = group.rounds.fetch_add(1, Ordering::AcqRel);
                Err(Miss::exhausted(last, recorded, recorded + before + 1))
            }
        })
    }

    /// The exchange that answers a request with any value where it was recorded with a placeholder.
    fn open_answer(
        &self,
        set: &Set,
        asked: &Canonical,
        addressing: Addressing,
    ) -> Option<Result<usize, Miss>> {
        let (mut last, mut recorded) = (None, 0);
        for index in set.open.iter().copied() {
            let entry = &self.entries[index];
            if !self.is_at_home(index, asked, addressing) || !holes::fit(&entry.request, asked) {
                continue;
            }
            if !entry.served.swap(true, Ordering::AcqRel) {
                return Some(Ok(index));
            }
            last = Some(index);
            recorded += 1;
        }
        Some(match (self.repeat, last?) {
            (Repeat::Fail, last) => Err(Miss::exhausted(last, recorded, recorded + 1)),
            (Repeat::Last | Repeat::Cycle, last) => Ok(last),
        })
    }

    /// The recorded requests that come nearest to one, nearest first, `most` of them.
    pub fn nearest(&self, request: &Request, addressing: Addressing, most: usize) -> Vec<Nearest> {
        let requests = || self.entries.iter().map(|entry| &*entry.request);
        let likeness = self.likeness.get_or_init(|| Likeness::of(requests()));
        let asked = self.asked(request);
        let Some(first) = asked.first() else { return Vec::new() };
        let pair = |index: usize| {
            let entry = &self.entries[index];
            (&*entry.request, &asked[entry.set])
        };
        nearest::nearest(pair, likeness, first, addressing, most)
    }

    /// A request as it is compared with the exchanges of each set.
    fn asked(&self, request: &Request) -> Vec<Canonical> {
        self.sets.iter().map(|set| Canonical::of(request, &set.rules)).collect()
    }

    /// What is equal for requests that are compared as equal without rules, hosts left out.
    pub fn key(request: &Request) -> Vec<u8> {
        Canonical::of(request, &Rules::default()).key()
    }

    /// The place (from 0) of an exchange that would answer a request, whether it was served or not.
    pub fn find(&self, request: &Request, addressing: Addressing) -> Option<usize> {
        let found = |set: &Set| {
            let asked = Canonical::of(request, &set.rules);
            let equal = set.groups.get(&key(&asked)).map_or(&[][..], |group| &group.entries);
            let open =
                set.open.iter().filter(|index| holes::fit(&self.entries[**index].request, &asked));
            let here = |index: &usize| self.is_at_home(*index, &asked, addressing);
            equal.iter().chain(open).copied().find(here)
        };
        self.sets.iter().filter_map(found).min()
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
