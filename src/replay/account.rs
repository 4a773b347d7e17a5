use crate::exchange::Digest;
use crate::matching::Missed;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most different misses that are kept in full; the rest are counted.
const KEPT: usize = 1_000;

/// The requests of a replay, and which of them were misses.
#[derive(Debug, Default)]
pub struct Account {
    answered: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    missed: u64,
    kept: Vec<Missed>,
    /// Where each of those is kept.
    places: HashMap<Digest, usize>,
}

impl State {
    fn again(&mut self, key: &Digest) -> Option<&Missed> {
        let missed = self.kept.get_mut(*self.places.get(key)?)?;
        self.missed += 1;
        missed.times += 1;
        Some(missed)
    }
}

impl Account {
    pub(super) fn count_answered(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a miss that came before; answers with what was told of it then.
    pub(super) fn count_again(&self, key: &Digest) -> Option<Missed> {
        self.state().again(key).cloned()
    }

    /// Counts a miss; answers whether it is a new one, and one of those that are kept.
    pub(super) fn count_miss(&self, key: Digest, missed: Missed) -> bool {
        let mut state = self.state();
        if state.again(&key).is_some() {
            return false;
        }
        state.missed += 1;
        let place = state.kept.len();
        if place >= KEPT {
            return false;
        }
        state.kept.push(missed);
        state.places.insert(key, place);
        true
    }

    /// Requests that were answered from a recording.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests that were not.
    pub fn missed(&self) -> u64 {
        self.state().missed
    }

    /// The first misses that differ, in order, with how often each came.
    pub fn misses(&self) -> Vec<Missed> {
        self.state().kept.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
