//! What changed from one document to another, as far as it matters to a client: each [`Change`] with
//! its impact, its place on both sides, and where it shows. A narrower request and a wider response
//! break clients; the other ways round do not; what cannot be told is said to be unknown.

mod change;
mod flat;
mod operation;
mod schema;
#[cfg(test)]
mod tests;

pub use change::{Change, Comparison, Impact, Spot, Use};

use super::model::Spec;
use change::Changes;
use std::collections::{HashMap, HashSet};

/// Compares two documents.
pub fn compare(before: &Spec, after: &Spec) -> Comparison {
    let mut comparer = Comparer {
        before,
        after,
        changes: Changes::default(),
        clean: HashSet::new(),
        steps: STEPS,
    };
    if before.document() != after.document() {
        comparer.documents();
    }
    comparer.changes.told(before, after)
}

/// Most pairs of schemas that are looked at: a guard against documents made to fan out.
const STEPS: usize = 4_000_000;

struct Comparer<'a> {
    before: &'a Spec,
    after: &'a Spec,
    changes: Changes,
    /// Pairs of schemas between which nothing changed, whichever way values travel.
    clean: HashSet<(String, String)>,
    steps: usize,
}

impl Comparer<'_> {
    fn documents(&mut self) {
        let pairs = operation::pairs(&self.before.operations, &self.after.operations);
        for (before, after) in pairs {
            match (before, after) {
                (Some(before), Some(after)) => self.operation(before, after),
                (Some(before), None) => self.removed(before),
                (None, Some(after)) => self.added(after),
                (None, None) => {}
            }
        }
    }
}

/// Things of two sides under their keys: those of the first in order, then what the second has more.
fn joined<'a, T, K: std::hash::Hash + Eq>(
    before: &'a [T],
    after: &'a [T],
    key: impl Fn(&T) -> K,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let mut rest: HashMap<K, &T> = after.iter().rev().map(|one| (key(one), one)).collect();
    let mut pairs: Vec<_> = before.iter().map(|one| (Some(one), rest.remove(&key(one)))).collect();
    let more =
        after.iter().filter(|one| rest.get(&key(one)).is_some_and(|r| std::ptr::eq(*r, *one)));
    pairs.extend(more.map(|one| (None, Some(one))));
    pairs
}
