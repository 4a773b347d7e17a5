//! The one pass over a text that tells which rules are worth asking: a search for many short texts at
//! once, in any case.
//!
//! They are told by their first three bytes: those of each place are looked up in a small table, eight
//! places at a time, none of which waits for another. An automaton has a step for each byte that
//! waits for the one before, and took four times as long, a twentieth of all that recording an exchange costs.

/// A hash of three bytes has so many bits.
const BITS: u32 = 13;
/// Places that are looked at together.
const TOGETHER: usize = 8;

/// A search for texts of two bytes or more, each with the bit that it sets.
#[derive(Debug)]
pub(super) struct Search {
    /// By the hash of three bytes: which bucket has the texts that begin with them. The first is empty.
    heads: Box<[u8; 1 << BITS]>,
    buckets: Vec<Vec<Sign>>,
    /// Texts of two bytes, which may end a text.
    pairs: Vec<Sign>,
}

type Sign = (&'static [u8], u8);

impl Search {
    pub(super) fn new(texts: impl IntoIterator<Item = (&'static str, u8)>) -> Self {
        let mut slots: Vec<Vec<Sign>> = vec![Vec::new(); 1 << BITS];
        let mut pairs = Vec::new();
        for (text, bit) in texts {
            let sign = (text.as_bytes(), bit);
            let mut put = |head: u32| {
                let slot = &mut slots[slot(folded(head))];
                if !slot.contains(&sign) {
                    slot.push(sign);
                }
            };
            match *sign.0 {
                [a, b] => {
                    (0..=255).for_each(|any| put(u32::from_le_bytes([a, b, any, 0])));
                    pairs.push(sign);
                }
                [a, b, c, ..] => put(u32::from_le_bytes([a, b, c, 0])),
                // Such a sign would be everywhere.
                _ => {}
            }
        }
        let mut search = Self { heads: Box::new([0; 1 << BITS]), buckets: vec![Vec::new()], pairs };
        for (slot, signs) in slots.into_iter().enumerate().filter(|(_, signs)| !signs.is_empty()) {
            let known = search.buckets.iter().position(|bucket| *bucket == signs);
            let bucket = known.unwrap_or_else(|| {
                // The last one takes all that are left, should there ever be so many.
                let full = search.buckets.len() > usize::from(u8::MAX);
                if full {
                    search.buckets[usize::from(u8::MAX)].extend(signs);
                } else {
                    search.buckets.push(signs);
                }
                search.buckets.len() - 1
            });
            search.heads[slot] = u8::try_from(bucket).unwrap_or(u8::MAX);
        }
        search
    }

    /// The bits of the texts that stand in `text`.
    pub(super) fn search(&self, text: &[u8]) -> u128 {
        let (mut found, mut at) = (0, 0);
        while let Some(both) = text.get(at..at + 2 * TOGETHER).and_then(|part| part.try_into().ok())
        {
            let both = u128::from_le_bytes(both) | u128::from_le_bytes([0x20; 2 * TOGETHER]);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the next bytes are what is wanted"
            )]
            let head = |place: usize| self.heads[slot((both >> (8 * place)) as u32)];
            if (0..TOGETHER).fold(0, |any, place| any | head(place)) != 0 {
                for place in 0..TOGETHER {
                    found |= self.check(head(place), &text[at + place..]);
                }
            }
            at += TOGETHER;
        }
        while let Some([a, b, c]) = text.get(at..at + 3) {
            let head = self.heads[slot(folded(u32::from_le_bytes([*a, *b, *c, 0])))];
            found |= self.check(head, &text[at..]);
            at += 1;
        }
        for (sign, bit) in &self.pairs {
            if text.len() >= 2 && text[text.len() - 2..].eq_ignore_ascii_case(sign) {
                found |= 1 << bit;
            }
        }
        found
    }

    fn check(&self, bucket: u8, text: &[u8]) -> u128 {
        let is_there = |(sign, _): &&Sign| {
            text.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign))
        };
        let there = self.buckets[usize::from(bucket)].iter().filter(is_there);
        there.fold(0, |found, (_, bit)| found | 1 << bit)
    }
}

/// Letters in lower case. Of the rest some fall together, which costs a comparison.
const fn folded(bytes: u32) -> u32 {
    bytes | 0x0020_2020
}

/// The hash of the lower three bytes.
const fn slot(bytes: u32) -> usize {
    ((bytes & 0x00FF_FFFF).wrapping_mul(0x9E37_79B1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXTS: [&str; 8] = ["Key-", "SK", "eyJ", "Q~", "://", "KEYS", "pass", "_v1_"];

    fn search() -> Search {
        Search::new(TEXTS.iter().copied().zip(0_u8..))
    }

    /// What a plain search finds.
    fn plainly(text: &[u8]) -> u128 {
        let stands = |sign: &str| {
            let mut windows = text.windows(sign.len());
            windows.any(|window| window.eq_ignore_ascii_case(sign.as_bytes()))
        };
        let all = TEXTS.iter().zip(0_u32..);
        all.fold(0, |found, (sign, bit)| found | u128::from(stands(sign)) << bit)
    }

    #[test]
    fn every_place_is_looked_at() {
        let search = search();
        for length in 0..40 {
            for sign in TEXTS {
                for at in 0..=length {
                    let text = ["x".repeat(at), sign.to_owned(), "x".repeat(length - at)].concat();
                    assert_eq!(search.search(text.as_bytes()), plainly(text.as_bytes()), "{text}");
                }
            }
        }
    }

    #[test]
    fn more_signs_than_buckets_are_all_found() {
        let texts: Vec<&'static str> =
            (0..600_u32).map(|n| &*Box::leak(format!("{n:03}!").into_boxed_str())).collect();
        let search = Search::new(texts.iter().map(|text| (*text, 1)));
        for text in &texts {
            assert_eq!(search.search(text.as_bytes()), 2, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_a_plain_search_finds(
            text in r"[kKeEyYsSjJpPaA~qQ:/_v1\[@{` -]{0,60}",
            bytes in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let search = search();
            prop_assert_eq!(search.search(text.as_bytes()), plainly(text.as_bytes()));
            prop_assert_eq!(search.search(&bytes), plainly(&bytes));
        }
    }
}
