use super::bounded::Fold;
use super::ledger::Bearing;
use crate::exchange::{ExchangeNumber, Source};
use std::sync::Arc;

/// An exchange that shows a code, or a finding. The order is that in which a reader wants them:
/// those that break the promise first, then by cassette and number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown {
    /// How it bears on the promise for its code.
    pub bearing: Bearing,
    /// Path of the cassette.
    pub cassette: Arc<str>,
    /// Number in it.
    pub exchange: ExchangeNumber,
    /// Where its response came from.
    pub source: Source,
}

/// The first few of any number of exchanges: the smallest, so that what is kept is the same in any
/// order and grouping.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Few(Vec<Shown>);

impl Few {
    /// Most exchanges that are kept.
    pub const LIMIT: usize = 16;

    /// Takes an exchange in, where it is among the first.
    pub fn add(&mut self, shown: Shown) {
        let Err(at) = self.0.binary_search(&shown) else { return };
        if at < Self::LIMIT {
            self.0.truncate(Self::LIMIT - 1);
            self.0.insert(at, shown);
        }
    }

    /// Whether an exchange of this cassette would be kept: said without making one.
    pub fn takes(&self, bearing: Bearing, cassette: &str, exchange: ExchangeNumber) -> bool {
        let Some(last) = self.0.get(Self::LIMIT - 1) else { return true };
        (bearing, cassette, exchange) < (last.bearing, &last.cassette, last.exchange)
    }

    /// Those that were kept, in order.
    pub fn as_slice(&self) -> &[Shown] {
        &self.0
    }
}

impl Fold for Few {
    fn fold(&mut self, other: Self) {
        other.0.into_iter().for_each(|shown| self.add(shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(number: u64) -> Shown {
        let bearing = if number.is_multiple_of(7) { Bearing::Breaks } else { Bearing::Keeps };
        let exchange = ExchangeNumber(number);
        Shown { bearing, cassette: "a".into(), exchange, source: Source::Live }
    }

    fn few(numbers: &[u64]) -> Few {
        let mut few = Few::default();
        for number in numbers {
            let shown = shown(*number);
            let takes = few.takes(shown.bearing, &shown.cassette, shown.exchange);
            let before = few.clone();
            few.add(shown);
            assert!(takes || few == before, "what is not taken changes nothing");
        }
        few
    }

    #[test]
    fn what_breaks_a_promise_comes_first() {
        let kept = few(&(1..100).collect::<Vec<_>>());
        let numbers: Vec<u64> = kept.as_slice().iter().map(|shown| shown.exchange.0).collect();
        assert_eq!(numbers, [7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 91, 98, 1, 2]);
    }

    proptest! {
        #[test]
        fn any_split_and_order_gives_the_same(
            mut numbers in prop::collection::vec(0u64..60, 0..60),
            at in 0usize..60,
        ) {
            let whole = few(&numbers);
            let (left, right) = numbers.split_at(at.min(numbers.len()));
            let mut sum = few(right);
            sum.fold(few(left));
            prop_assert_eq!(&sum, &whole);
            numbers.reverse();
            prop_assert_eq!(few(&numbers), whole);
        }
    }
}
