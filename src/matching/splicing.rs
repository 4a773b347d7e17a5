//! Makes a tape of recordings, in one round over the requests and, where some values travel or are
//! given, one over the answers, which several threads share.

use super::causes::{Finding, Gleaned, texts_of};
use super::comparable::Comparable;
use super::rules::Rules;
use super::swaps::Finder;
use super::tape::{Entry, Order, Repeat, Set, Tape, shape};
use crate::exchange::Exchange;
use std::borrow::Borrow;
use std::num::NonZero;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize};

/// Least number of answers that a thread looks through.
const SHARE: usize = 512;

/// A tape that is being made.
#[derive(Debug)]
pub struct Splicing {
    tape: Tape,
    order: Order,
    /// The set of the recording that is being added.
    set: usize,
    recordings: u32,
    groups: u32,
    finding: Finding,
}

/// What answers are looked through for.
struct Look<'a> {
    tape: &'a Tape,
    finding: &'a Finding,
    /// Finds the values that travel.
    finder: Finder,
    /// Bytes that came out of compressed answers.
    decoded: AtomicUsize,
}

impl Splicing {
    /// A tape without exchanges.
    pub fn new(repeat: Repeat, order: Order) -> Self {
        Self {
            tape: Tape::empty(repeat),
            order,
            set: 0,
            recordings: 0,
            groups: 0,
            finding: Finding::default(),
        }
    }

    /// A recording begins, whose requests are compared by these rules.
    pub fn begin(&mut self, rules: &Rules) {
        let sets = &mut self.tape.sets;
        self.set = sets.iter().position(|set| set.rules == *rules).unwrap_or_else(|| {
            sets.push(Set { rules: rules.clone(), ..Set::default() });
            sets.len() - 1
        });
        self.recordings += 1;
        self.finding.begin(self.tape.entries.len());
    }

    /// Adds a request.
    pub fn add(&mut self, recorded: &Comparable) {
        let Comparable { request, key, open, variables, highest } = recorded;
        let tape = &mut self.tape;
        let index = tape.entries.len();
        tape.highest = tape.highest.max(*highest);
        let set = &mut tape.sets[self.set];
        if *open {
            set.open.entry(shape(request)).or_default().push(index);
        }
        let groups = &mut self.groups;
        let group = set.groups.entry(*key).or_default();
        if group.entries.is_empty() {
            (group.number, *groups) = (*groups, *groups + 1);
        }
        group.entries.push(index);
        group.is_choosy |= !variables.is_empty();
        let number = group.number;
        tape.known.add(index, self.recordings, variables);
        if self.order == Order::Causal {
            self.finding.request(index, request);
        }
        let (request, served) = (Arc::clone(request), AtomicU32::new(0));
        tape.entries.push(Entry { request, set: self.set, group: number, served, is_mixed: false });
    }

    /// Looks at the answers, where values travel or are given: `fetch` has the exchange of each place
    /// (from 0), `None` where it can't be had. It is called from several threads.
    pub fn answers<E: Borrow<Exchange>>(&mut self, fetch: impl Fn(usize) -> Option<E> + Sync) {
        let mut finder = Finder::default();
        self.tape.known.distinctive().for_each(|text| finder.add(text));
        if finder.is_empty() && !self.finding.is_open() {
            return;
        }
        self.finding.close();
        let look = Look { tape: &self.tape, finding: &self.finding, finder, decoded: 0.into() };
        let seen = look.all(fetch);
        for (index, (carries, gleaned)) in seen.iter().enumerate() {
            if *carries {
                let marks = &mut self.tape.carriers;
                marks.resize(marks.len().max(index / 64 + 1), 0);
                marks[index / 64] |= 1 << (index % 64);
            }
            self.finding.answer(index, &self.tape.entries[index].request, gleaned);
        }
    }

    /// The tape.
    pub fn finish(self) -> Tape {
        let mut tape = self.tape;
        tape.causes = self.finding.finish();
        for set in &mut tape.sets {
            for group in set.groups.values_mut() {
                group.is_choosy |= group.entries.iter().any(|entry| tape.causes.concern(*entry));
                let beside = |index: &usize| &tape.entries[*index].request.beside;
                let first = group.entries.first().map(beside);
                let is_mixed = group
                    .entries
                    .iter()
                    .map(beside)
                    .any(|other| first.is_some_and(|first| first.unlike(other) > 0));
                group.is_choosy |= is_mixed;
                for index in group.entries.iter().filter(|_| is_mixed) {
                    tape.entries[*index].is_mixed = true;
                }
                group.entries.shrink_to_fit();
            }
        }
        tape
    }
}

impl Look<'_> {
    /// Looks through the answers of all places, by as many threads as there are cores: whether each
    /// carries a value that travels, and its words.
    fn all<E: Borrow<Exchange>>(
        &self,
        fetch: impl Fn(usize) -> Option<E> + Sync,
    ) -> Vec<(bool, Gleaned)> {
        let count = self.tape.entries.len();
        let part = |places: Range<usize>| -> Vec<(bool, Gleaned)> {
            places.map(|index| self.one(index, fetch(index).as_ref().map(E::borrow))).collect()
        };
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = count.div_ceil(cores).max(SHARE);
        if count <= share {
            return part(0..count);
        }
        let mut all = Vec::with_capacity(count);
        std::thread::scope(|scope| {
            let part = &part;
            let starts = (0..count).step_by(share);
            let parts: Vec<_> = starts
                .map(|start| scope.spawn(move || part(start..count.min(start + share))))
                .collect();
            for part in parts {
                match part.join() {
                    Ok(part) => all.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all
    }

    fn one(&self, index: usize, exchange: Option<&Exchange>) -> (bool, Gleaned) {
        let texts = exchange.and_then(|exchange| texts_of(exchange, &self.decoded));
        let texts: Option<Vec<&[u8]>> =
            texts.as_ref().map(|texts| texts.iter().map(AsRef::as_ref).collect());
        let texts = texts.as_deref();
        let carries = match texts {
            _ if self.finder.is_empty() => false,
            None => true,
            Some(texts) => texts.iter().any(|text| self.finder.is_in(text)),
        };
        let known = &self.tape.known;
        let brought = known.slots(index).iter().map(|slot| &*known.value(*slot).text);
        let request = exchange.map(|exchange| &exchange.request);
        (carries, self.finding.glean(index, request, brought, texts))
    }
}
