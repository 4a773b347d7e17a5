//! What a changed spec does to recorded proof: the same exchanges judged by both.

use crate::check::{Judge, LedgerRow, Settings, State};
use crate::exchange::Exchange;
use crate::spec::Spec;
use std::collections::BTreeMap;

/// Most exchanges that are named.
const NAMED: usize = 20;

/// What changed in the judgement of recordings.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// Exchanges judged.
    pub exchanges: u64,
    /// Exchanges that broke the first spec.
    pub broken_before: u64,
    /// Exchanges that break the second.
    pub broken_after: u64,
    /// Exchanges that break the second and did not break the first.
    pub now_broken: u64,
    /// Exchanges that broke the first and keep the second.
    pub now_kept: u64,
    /// The first of those that break the second only: cassette and number.
    pub named: Vec<(String, u64)>,
    /// Codes that were proven and are no longer.
    pub lost: Vec<Lost>,
    /// Codes that are proven now and were not.
    pub gained: u64,
}

/// A code that lost its proof.
#[derive(Debug)]
pub(super) struct Lost {
    pub operation: String,
    pub code: String,
    /// Its state by the second spec; `None` where that does not document it.
    pub now: Option<State>,
}

impl Effect {
    /// Whether what was sound is not any more.
    pub fn breaks(&self) -> bool {
        self.now_broken > 0
    }
}

/// Two judges over the same exchanges.
pub(super) struct Weighing<'a> {
    before: Judge<'a>,
    after: Judge<'a>,
    effect: Effect,
}

impl<'a> Weighing<'a> {
    pub fn new(before: &'a Spec, after: &'a Spec, settings: &'a Settings) -> Self {
        let judge = |spec| Judge::new(std::slice::from_ref(spec), settings);
        Self { before: judge(before), after: judge(after), effect: Effect::default() }
    }

    pub fn exchange(&mut self, cassette: &str, exchange: &Exchange) {
        let breaks = |judge: &mut Judge<'a>| {
            let known = judge.tally().broken;
            judge.exchange(cassette, exchange);
            judge.tally().broken > known
        };
        let (before, after) = (breaks(&mut self.before), breaks(&mut self.after));
        let effect = &mut self.effect;
        effect.exchanges += 1;
        effect.broken_before += u64::from(before);
        effect.broken_after += u64::from(after);
        effect.now_kept += u64::from(before && !after);
        if after && !before {
            effect.now_broken += 1;
            if effect.named.len() < NAMED {
                effect.named.push((cassette.to_owned(), exchange.number.0));
            }
        }
    }

    pub fn result(mut self, now: jiff::Timestamp) -> Effect {
        let (before, after) = (self.before.verdict(now).ledger, self.after.verdict(now).ledger);
        // The operation may be called otherwise now: its method and path are the same then.
        let key = |row: &LedgerRow| (row.method.clone(), row.path.clone(), row.code.clone());
        let by_path: BTreeMap<_, State> = after.iter().map(|row| (key(row), row.state)).collect();
        let name = |row: &LedgerRow| (row.operation.clone(), row.code.clone());
        let by_name: BTreeMap<_, State> = after.iter().map(|row| (name(row), row.state)).collect();
        for row in before.iter().filter(|row| row.state == State::Proven) {
            let now = by_name.get(&name(row)).or_else(|| by_path.get(&key(row))).copied();
            if now != Some(State::Proven) {
                let (operation, code) = name(row);
                self.effect.lost.push(Lost { operation, code, now });
            }
        }
        let proven: Vec<_> = before
            .iter()
            .filter(|row| row.state == State::Proven)
            .map(|r| (name(r), key(r)))
            .collect();
        let new = |row: &&LedgerRow| {
            !proven.iter().any(|(known, path)| *known == name(row) || *path == key(row))
        };
        self.effect.gained =
            after.iter().filter(|row| row.state == State::Proven).filter(new).count() as u64;
        self.effect
    }
}
