use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// A value of which many are folded into one.
pub trait Fold {
    /// Takes another value of the same key in. The result must not depend on which comes first.
    fn fold(&mut self, other: Self);
}

impl Fold for u64 {
    fn fold(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// The smallest `limit` keys of a stream with what was folded under each; the rest is handed back.
///
/// A key that is among the smallest of all is among the smallest of every part, so it is never
/// dropped on the way: what is kept, and what is handed back in sum, is the same in any order and
/// any grouping of merges.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded<K, V> {
    kept: BTreeMap<K, V>,
    limit: usize,
}

impl<K: Ord, V: Fold> Bounded<K, V> {
    /// Keeps at most `limit` keys.
    pub const fn new(limit: usize) -> Self {
        Self { kept: BTreeMap::new(), limit }
    }

    /// Adds a value; the pair that there is no room for comes back.
    #[must_use = "what is dropped must be counted"]
    pub fn add(&mut self, key: K, value: V) -> Option<(K, V)> {
        match self.kept.entry(key) {
            Entry::Occupied(mut entry) => {
                entry.get_mut().fold(value);
                None
            }
            Entry::Vacant(entry) => {
                entry.insert(value);
                if self.kept.len() > self.limit { self.kept.pop_last() } else { None }
            }
        }
    }

    /// What was folded under a key, where it was kept.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.kept.get(key)
    }

    /// What was kept, smallest key first.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.kept.iter()
    }

    /// Number of keys kept.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Takes the kept pairs out.
    pub fn into_pairs(self) -> impl Iterator<Item = (K, V)> {
        self.kept.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A bounded map with the sum of what it dropped.
    fn filled(keys: &[u8]) -> (Bounded<u8, u64>, u64) {
        let mut map = Bounded::new(3);
        let dropped = keys.iter().filter_map(|key| map.add(*key, 1)).map(|(_, n)| n).sum();
        (map, dropped)
    }

    #[test]
    fn the_smallest_stay() {
        let (map, dropped) = filled(&[9, 1, 5, 9, 3, 9, 1]);
        assert_eq!(map.iter().collect::<Vec<_>>(), [(&1, &2), (&3, &1), (&5, &1)]);
        assert_eq!(dropped, 3);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(keys in prop::collection::vec(0u8..8, 0..40), at in 0usize..40) {
            let (whole, dropped) = filled(&keys);
            let (left, right) = keys.split_at(at.min(keys.len()));
            let ((left, first), (mut sum, second)) = (filled(left), filled(right));
            let third: u64 = left.into_pairs().filter_map(|(k, v)| sum.add(k, v)).map(|(_, n)| n).sum();
            prop_assert_eq!(sum, whole);
            prop_assert_eq!(first + second + third, dropped);
        }
    }
}
