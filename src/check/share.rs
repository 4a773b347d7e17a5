//! Shares of the work: which of them judges an exchange, and which shares a result is the sum of.

use crate::exchange::Digest;
use std::collections::BTreeSet;
use std::fmt;

/// Most shares that work is parted into.
pub const MOST: u32 = 1_000_000;

/// One of several shares: `2/3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    number: u32,
    of: u32,
}

impl Share {
    /// Reads `I/N`, where I is from 1 to N.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, of) = text.split_once('/')?;
        let (number, of): (u32, u32) = (number.parse().ok()?, of.parse().ok()?);
        (1..=of.min(MOST)).contains(&number).then_some(Self { number, of }).filter(|_| of <= MOST)
    }

    /// Which of the shares, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many there are.
    pub const fn of(self) -> u32 {
        self.of
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// How recordings are dealt out to the shares. It depends on their order and sizes alone, so that
/// every share comes to the same by itself.
#[derive(Debug)]
pub struct Deal {
    share: Share,
    lots: Vec<Lot>,
}

/// Who judges a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lot {
    /// The share of this number, wholly.
    Whole(u32),
    /// All shares in turn, beginning with the one of this number.
    Dealt(u32),
}

impl Deal {
    /// Deals out recordings of these sizes in bytes: small ones whole, the largest first, each to
    /// the share that has least so far; those that alone outweigh half a share exchange by exchange.
    pub fn new(share: Share, sizes: &[u64]) -> Self {
        let total: u64 = sizes.iter().fold(0, |sum, size| sum.saturating_add(*size));
        let large = total / (2 * u64::from(share.of));
        let mut lots = vec![Lot::Whole(1); sizes.len()];
        let mut largest_first: Vec<usize> = (0..sizes.len()).collect();
        largest_first.sort_by_key(|place| (std::cmp::Reverse(sizes[*place]), *place));
        // (bytes, number): the first is the share that has least.
        let mut shares: BTreeSet<(u64, u32)> = (1..=share.of).map(|number| (0, number)).collect();
        let mut dealt = 0;
        for place in largest_first {
            let size = sizes[place];
            if share.of > 1 && size > large {
                lots[place] = Lot::Dealt(dealt % share.of + 1);
                dealt += 1;
            } else if let Some((bytes, number)) = shares.pop_first() {
                lots[place] = Lot::Whole(number);
                // A file of no bytes is work, too.
                shares.insert((bytes.saturating_add(size.max(1)), number));
            }
        }
        Self { share, lots }
    }

    /// Whether the share has to do with the recording at this place at all.
    pub fn opens(&self, place: usize) -> bool {
        match self.lots[place] {
            Lot::Whole(number) => number == self.share.number,
            Lot::Dealt(_) => true,
        }
    }

    /// Whether the share tells what there is to be told of the recording as a whole.
    pub fn tells(&self, place: usize) -> bool {
        let (Lot::Whole(number) | Lot::Dealt(number)) = self.lots[place];
        number == self.share.number
    }

    /// Whether the share judges an exchange, counted from 1 in its recording.
    pub fn judges(&self, place: usize, exchange: u64) -> bool {
        let of = u64::from(self.share.of);
        match self.lots[place] {
            Lot::Whole(number) => number == self.share.number,
            Lot::Dealt(first) => {
                let turn = (exchange - 1 + u64::from(first) - 1) % of;
                turn + 1 == u64::from(self.share.number)
            }
        }
    }
}

/// Shares of one piece of work that a result has, and not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shares {
    /// Which work: the digest of what was dealt out.
    pub work: Digest,
    /// How many shares there are.
    pub of: u32,
    /// The numbers of those that the result has, from 1.
    pub have: BTreeSet<u32>,
}

impl Shares {
    /// One share of the recordings with these names and sizes in bytes.
    pub fn one<'r>(share: Share, recordings: impl IntoIterator<Item = (&'r str, u64)>) -> Self {
        let list: Vec<_> = recordings.into_iter().collect();
        let work = Digest::of(format!("{} {list:?}", share.of).as_bytes());
        Self { work, of: share.of, have: BTreeSet::from([share.number]) }
    }

    /// These shares of a piece of work. `None` where there are no such shares.
    pub fn of_work(work: Digest, of: u32, have: impl IntoIterator<Item = u32>) -> Option<Self> {
        let have: BTreeSet<u32> = have.into_iter().collect();
        let are = of <= MOST && have.iter().all(|number| (1..=of).contains(number));
        are.then_some(Self { work, of, have })
    }

    /// The shares that are missing, at most `most` of them.
    pub fn missing(&self, most: usize) -> Vec<u32> {
        (1..=self.of).filter(|number| !self.have.contains(number)).take(most).collect()
    }

    /// Whether all are there.
    pub fn is_whole(&self) -> bool {
        self.have.len() == self.of as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_are_read() {
        let share = Share::parse("2/3").unwrap();
        assert_eq!((share.number(), share.of()), (2, 3));
        assert_eq!(share.to_string(), "2/3");
        for text in ["0/3", "4/3", "1", "1/0", "/", "1/1000001", "-1/2", "1/x", "1/3/4"] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_exchange_is_judged_once_and_every_recording_told_once(
            sizes in prop::collection::vec(0u64..1000, 0..20),
            of in 1u32..7,
        ) {
            let deals: Vec<Deal> =
                (1..=of).map(|number| Deal::new(Share { number, of }, &sizes)).collect();
            for place in 0..sizes.len() {
                prop_assert_eq!(deals.iter().filter(|deal| deal.tells(place)).count(), 1);
                for exchange in 1..10 {
                    let by: Vec<_> =
                        deals.iter().filter(|deal| deal.judges(place, exchange)).collect();
                    prop_assert_eq!(by.len(), 1);
                    prop_assert!(by[0].opens(place));
                }
            }
        }

        #[test]
        fn shares_weigh_about_the_same(sizes in prop::collection::vec(1u64..1000, 40..80)) {
            let of = 4;
            let weight = |number| -> u64 {
                let deal = Deal::new(Share { number, of }, &sizes);
                sizes.iter().enumerate().map(|(place, size)| match deal.lots[place] {
                    Lot::Whole(to) if to == number => *size,
                    Lot::Whole(_) => 0,
                    Lot::Dealt(_) => *size / u64::from(of),
                }).sum()
            };
            let weights: Vec<u64> = (1..=of).map(weight).collect();
            let mean = weights.iter().sum::<u64>() / u64::from(of);
            prop_assert!(weights.iter().all(|weight| weight.abs_diff(mean) <= mean / 2));
        }
    }
}
