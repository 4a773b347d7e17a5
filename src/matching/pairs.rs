//! The exchanges of two recordings, put side by side by their requests.

use super::miss::{Miss, Reason};
use super::nearest::Nearest;
use super::rules::Rules;
use super::tape::{Addressing, Repeat, Tape};
use crate::exchange::Exchange;

/// Which exchanges belong together, by place (from 0).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairs {
    /// Place on the left and on the right.
    pub both: Vec<(usize, usize)>,
    /// Those whose request only the left has.
    pub left: Vec<usize>,
    /// Those whose request only the right has, with the request on the left that comes nearest.
    pub right: Vec<(usize, Option<Nearest>)>,
}

impl Pairs {
    /// Pairs exchanges as a replay of the left under rules would answer the requests of the right, each
    /// exchange once.
    pub fn of(left: &[Exchange], right: &[Exchange], rules: &Rules) -> Self {
        let tape = Tape::new(left, Repeat::Fail, rules);
        let mut pairs = Self::default();
        for (index, exchange) in right.iter().enumerate() {
            match tape.answer(&exchange.request, Addressing::Forward) {
                Ok(place) => pairs.both.push((place, index)),
                Err(Miss { reason: Reason::Exhausted { .. }, .. }) => {
                    pairs.right.push((index, None));
                }
                Err(_) => {
                    let near = tape.nearest(&exchange.request, Addressing::Forward, 1);
                    pairs.right.push((index, near.into_iter().next()));
                }
            }
        }
        pairs.left = tape.unused();
        pairs
    }
}
