use std::num::NonZeroU64;
use std::time::Duration;

/// Slices in which a second's bytes go where a bandwidth is set.
const SLICES: u64 = 20;
/// Most bytes of such a slice.
const MOST: u64 = 64 * 1024;

/// When what of a response is sent. Times count from the arrival of the request's head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace {
    /// Earliest moment of the head.
    pub head: Duration,
    /// The pieces in which the body goes; what they leave of it goes with the end.
    pub pieces: Vec<Piece>,
    /// Earliest moment of the end.
    pub end: Duration,
    /// Most bytes of the body in a second.
    pub rate: Option<NonZeroU64>,
    /// Where it breaks off.
    pub cut: Option<Cut>,
}

/// A piece of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Earliest moment.
    pub at: Duration,
    /// Its length.
    pub bytes: u64,
}

/// Where a response breaks off. Of a body something is always left out, if only the mark of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before its first byte, by a reset.
    Reset,
    /// After so many pieces of the body; a body without pieces is one.
    Pieces(u64),
    /// After so many bytes of the body.
    Bytes(u64),
}

/// Some bytes of a body, and when they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub at: Duration,
    pub bytes: u64,
}

impl Pace {
    /// Lets everything happen later.
    #[must_use]
    pub fn later(mut self, by: Duration) -> Self {
        for at in [&mut self.head, &mut self.end] {
            *at = at.saturating_add(by);
        }
        for piece in &mut self.pieces {
            piece.at = piece.at.saturating_add(by);
        }
        self
    }

    /// Bytes of a body of this length after which it breaks off; `None` where it does not.
    pub(super) fn cut_after(&self, length: u64) -> Option<u64> {
        match self.cut? {
            Cut::Reset | Cut::Pieces(0) => Some(0),
            Cut::Bytes(bytes) => Some(bytes.min(length)),
            Cut::Pieces(count) => {
                let first = self.pieces.iter().take(usize::try_from(count).unwrap_or(usize::MAX));
                let sum = first.fold(0_u64, |sum, piece| sum.saturating_add(piece.bytes));
                let is_all = (self.pieces.len() as u64) < count || self.pieces.is_empty();
                Some(if is_all { length } else { sum.min(length) })
            }
        }
    }

    /// How the first `most` bytes of a body go.
    pub(super) fn steps(&self, most: u64) -> Steps<'_> {
        Steps {
            pieces: self.pieces.iter(),
            end: self.end,
            rate: self.rate,
            piece: None,
            left: most,
            ready: Duration::ZERO,
        }
    }
}

/// The steps of a body in order.
#[derive(Debug)]
pub(super) struct Steps<'p> {
    pieces: std::slice::Iter<'p, Piece>,
    end: Duration,
    rate: Option<NonZeroU64>,
    piece: Option<Piece>,
    left: u64,
    /// When the bandwidth allows more.
    ready: Duration,
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if self.left == 0 {
            return None;
        }
        let piece = match self.piece.take() {
            Some(piece) => piece,
            None => match self.pieces.find(|piece| piece.bytes > 0) {
                Some(piece) => *piece,
                None => Piece { at: self.end, bytes: self.left },
            },
        };
        let whole = piece.bytes.min(self.left);
        let Some(rate) = self.rate else {
            self.left -= whole;
            return Some(Step { at: piece.at, bytes: whole });
        };
        let bytes = whole.min((rate.get() / SLICES).clamp(1, MOST));
        self.left -= bytes;
        if bytes < piece.bytes {
            self.piece = Some(Piece { bytes: piece.bytes - bytes, ..piece });
        }
        let at = piece.at.max(self.ready);
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(rate.get());
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        self.ready = at.saturating_add(time);
        Some(Step { at, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn steps(pace: &Pace, most: u64) -> Vec<(u64, u64)> {
        pace.steps(most)
            .map(|step| (u64::try_from(step.at.as_millis()).unwrap(), step.bytes))
            .collect()
    }

    #[test]
    fn pieces_then_the_rest_with_the_end() {
        let pieces = [(5, 3), (6, 0), (7, 4)].map(|(at, bytes)| Piece { at: ms(at), bytes });
        let pace = Pace { pieces: pieces.to_vec(), end: ms(9), ..Pace::default() };
        assert_eq!(steps(&pace, 10), [(5, 3), (7, 4), (9, 3)]);
        assert_eq!(steps(&pace, 5), [(5, 3), (7, 2)]);
        assert_eq!(steps(&pace, 0), []);
        assert_eq!(steps(&pace.later(ms(100)), 10), [(105, 3), (107, 4), (109, 3)]);
    }

    #[test]
    fn a_bandwidth_slices_pieces() {
        let pieces = vec![Piece { at: ms(0), bytes: 12 }, Piece { at: ms(500), bytes: 5 }];
        let rate = NonZeroU64::new(100);
        let pace = Pace { pieces, rate, ..Pace::default() };
        assert_eq!(steps(&pace, 17), [(0, 5), (50, 5), (100, 2), (500, 5)]);
        let slow = Pace { rate: NonZeroU64::new(2), ..Pace::default() };
        assert_eq!(steps(&slow, 3), [(0, 1), (500, 1), (1000, 1)]);
        // Whatever the numbers, it comes to an end.
        let fast = Pace { rate: NonZeroU64::new(u64::MAX), ..Pace::default() };
        assert_eq!(steps(&fast, 100_000), [(0, MOST), (0, 100_000 - MOST)]);
    }

    #[test]
    fn where_it_breaks_off() {
        let pieces: Vec<Piece> = [3, 4].map(|bytes| Piece { at: ms(0), bytes }).to_vec();
        let cases = [
            (Cut::Pieces(0), 0, 0),
            (Cut::Pieces(1), 3, 10),
            (Cut::Pieces(2), 7, 10),
            (Cut::Pieces(3), 10, 10),
            (Cut::Pieces(u64::MAX), 10, 10),
            (Cut::Bytes(2), 2, 2),
            (Cut::Bytes(99), 10, 10),
            (Cut::Reset, 0, 0),
        ];
        for (cut, in_pieces, in_one) in cases {
            let pace = Pace { pieces: pieces.clone(), cut: Some(cut), ..Pace::default() };
            assert_eq!(pace.cut_after(10), Some(in_pieces), "{cut:?}");
            let pace = Pace { cut: Some(cut), ..Pace::default() };
            assert_eq!(pace.cut_after(10), Some(in_one), "{cut:?}");
        }
        assert_eq!(Pace::default().cut_after(10), None);
    }
}
