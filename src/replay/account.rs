use super::deck::Place;
use crate::diff::Difference;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Most misses that are kept in full; the rest are counted.
const KEPT: usize = 1_000;

/// The misses of a replay.
#[derive(Debug, Default)]
pub struct Account {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    served: u64,
    misses: u64,
    kept: Vec<Missed>,
}

/// A request that nothing recorded answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// Session that the request named.
    pub session: Option<String>,
    /// Method.
    pub method: String,
    /// URL, redacted.
    pub target: String,
    /// Why nothing answers it.
    pub reason: String,
    /// The recorded exchange that comes nearest.
    pub nearest: Option<Place>,
    /// What is recorded (left) and what was asked (right).
    pub differences: Vec<Difference>,
    /// What would settle it.
    pub hint: String,
}

impl Account {
    pub(super) fn count_served(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).served += 1;
    }

    pub(super) fn count_miss(&self, missed: Missed) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.misses += 1;
        if state.kept.len() < KEPT {
            state.kept.push(missed);
        }
    }

    /// Requests that were answered from a recording.
    pub fn served(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).served
    }

    /// Requests that were not.
    pub fn misses(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).misses
    }

    /// The first misses, in order.
    pub fn kept(&self) -> Vec<Missed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).kept.clone()
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, reason, hint, .. } = self;
        writeln!(f, "miss: {method} {target}: {reason}")?;
        if let Some(place) = &self.nearest {
            let Place { cassette, exchange, method, target, .. } = place;
            writeln!(
                f,
                "  nearest: {} exchange {exchange}: {method} {target}",
                cassette.display()
            )?;
        }
        for difference in &self.differences {
            let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "(none)".to_owned());
            let (recorded, sent) = (side(&difference.left), side(&difference.right));
            writeln!(f, "  {}: recorded {recorded}, sent {sent}", difference.at)?;
        }
        write!(f, "hint: {hint}")
    }
}
