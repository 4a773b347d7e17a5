//! Makes a tape of recordings, in one round over the requests and, where some values travel or are
//! given, one over the answers.

use super::causes::{Finding, texts_of};
use super::comparable::Comparable;
use super::rules::Rules;
use super::swaps::Finder;
use super::tape::{Entry, Order, Repeat, Set, Tape, shape};
use crate::exchange::Exchange;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

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
    /// Finds the values that travel; made with the first answer.
    finder: Option<Finder>,
    /// Bytes that came out of compressed answers.
    decoded: usize,
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
            finder: None,
            decoded: 0,
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
        tape.entries.push(Entry { request, set: self.set, group: number, served });
    }

    /// Whether the answers need be looked at: [`Splicing::answer`], for each in order.
    pub fn wants_answers(&self) -> bool {
        self.finding.is_open() || self.tape.known.distinctive().next().is_some()
    }

    /// Looks at the exchange at a place (from 0); `None` where it can't be looked at.
    pub fn answer(&mut self, index: usize, exchange: Option<&Exchange>) {
        let texts = exchange.and_then(|exchange| texts_of(exchange, &mut self.decoded));
        let texts: Option<Vec<&[u8]>> =
            texts.as_ref().map(|texts| texts.iter().map(AsRef::as_ref).collect());
        let texts = texts.as_deref();
        let known = &self.tape.known;
        let finder = self.finder.get_or_insert_with(|| {
            let mut finder = Finder::default();
            known.distinctive().for_each(|text| finder.add(text));
            finder
        });
        let carries = match texts {
            _ if finder.is_empty() => false,
            None => true,
            Some(texts) => texts.iter().any(|text| finder.is_in(text)),
        };
        if carries {
            let marks = &mut self.tape.carriers;
            marks.resize(marks.len().max(index / 64 + 1), 0);
            marks[index / 64] |= 1 << (index % 64);
        }
        let slots = self.tape.known.slots(index).iter();
        let brought = slots.map(|slot| &*self.tape.known.value(*slot).text);
        let entry = &self.tape.entries[index];
        let request = (exchange.map(|exchange| &exchange.request), &*entry.request);
        self.finding.answer(index, request, brought, texts);
    }

    /// The tape.
    pub fn finish(self) -> Tape {
        let mut tape = self.tape;
        tape.causes = self.finding.finish();
        for set in &mut tape.sets {
            for group in set.groups.values_mut() {
                group.is_choosy |= group.entries.iter().any(|entry| tape.causes.concern(*entry));
                group.entries.shrink_to_fit();
            }
        }
        tape
    }
}
