/// A small deterministic source of choices (`SplitMix64`): the same seed, the same values, on every
/// machine and in every version.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` where they cross.
    pub(super) fn between(&mut self, low: i128, high: i128) -> i128 {
        if high <= low {
            return low;
        }
        let span = high.wrapping_sub(low).cast_unsigned();
        let wide = (u128::from(self.next()) << 64) | u128::from(self.next());
        low.wrapping_add_unsigned(span.checked_add(1).map_or(wide, |count| wide % count))
    }

    /// One of the items.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Lower-case syllables of at least `length` letters, cut to it.
    pub(super) fn word(&mut self, length: usize) -> String {
        const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
        const VOWELS: &[u8] = b"aeiou";
        (0..length)
            .map(|index| {
                let letters = if index % 2 == 0 { CONSONANTS } else { VOWELS };
                char::from(self.pick(letters).copied().unwrap_or(b'a'))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_a_seed_repeats() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..500).map(|_| random.between(-3, 4)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|value| (-3..=4).contains(value)));
        for expected in -3..=4 {
            assert!(draw(7).contains(&expected), "{expected} never drawn");
        }
    }

    #[test]
    fn the_widest_range_does_not_overflow() {
        let mut random = Random::new(1);
        let values: Vec<i128> = (0..50).map(|_| random.between(i128::MIN, i128::MAX)).collect();
        assert!(values.iter().any(|value| *value != values[0]));
        assert_eq!(random.between(5, 1), 5);
        assert_eq!(random.below(0), 0);
    }
}
