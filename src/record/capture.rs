use crate::exchange::{Body, ChunkTime};
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Pieces of a stream whose times are noted; what comes after is added to the last.
const MOST_PIECES: usize = 100_000;
/// A pause between two pieces that makes a stream of a body.
const PAUSE: Duration = Duration::from_millis(20);

/// A body while it is captured.
#[derive(Debug, Default)]
pub struct Capture {
    /// The only piece: most bodies come in one, and it is kept without a copy.
    only: Bytes,
    joined: Vec<u8>,
}

impl Capture {
    /// Adds a piece.
    pub fn push(&mut self, piece: &Bytes) {
        if self.only.is_empty() && self.joined.is_empty() {
            self.only = piece.clone();
            return;
        }
        if self.joined.is_empty() {
            self.joined.extend_from_slice(&self.only);
            self.only = Bytes::new();
        }
        self.joined.extend_from_slice(piece);
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        (self.only.len() + self.joined.len()) as u64
    }

    /// A copy of the body so far.
    pub fn body(&self) -> Body {
        if self.joined.is_empty() {
            Body::from_bytes(self.only.clone())
        } else {
            Body::from_bytes(self.joined.clone())
        }
    }

    /// The body.
    pub fn into_body(self) -> Body {
        if self.joined.is_empty() {
            Body::from_bytes(self.only)
        } else {
            Body::from_bytes(self.joined)
        }
    }
}

/// When the pieces of a body came.
#[derive(Debug)]
pub struct Pace {
    from: Instant,
    pieces: Vec<ChunkTime>,
    last: Option<Instant>,
    paused: bool,
}

impl Pace {
    /// Times count from `from`.
    pub const fn new(from: Instant) -> Self {
        Self { from, pieces: Vec::new(), last: None, paused: false }
    }

    /// A piece came.
    pub fn note(&mut self, bytes: usize) {
        let now = Instant::now();
        self.paused |= self.last.is_some_and(|last| now - last >= PAUSE);
        self.last = Some(now);
        let bytes = bytes as u64;
        let full = self.pieces.len() >= MOST_PIECES;
        match self.pieces.last_mut() {
            Some(piece) if full => piece.bytes += bytes,
            _ => self.pieces.push(ChunkTime { at_ms: milliseconds(now - self.from), bytes }),
        }
    }

    /// The times, where the body was a stream: by its media type, or because it came with pauses.
    pub fn into_chunks(self, event_stream: bool) -> Vec<ChunkTime> {
        if event_stream || self.paused { self.pieces } else { Vec::new() }
    }
}

/// Milliseconds with three decimals.
pub fn milliseconds(time: Duration) -> f64 {
    let microseconds = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    f64::from(microseconds) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_in_order() {
        let mut capture = Capture::default();
        assert_eq!(capture.len(), 0);
        for piece in ["one ", "two ", "three"] {
            capture.push(&Bytes::from_static(piece.as_bytes()));
        }
        assert_eq!(capture.len(), 13);
        assert_eq!(capture.into_body(), Body::from("one two three"));
        assert_eq!(Capture::default().into_body(), Body::Empty);
    }

    #[test]
    fn only_streams_have_times() {
        let noted = |pause: Duration| {
            let mut pace = Pace::new(Instant::now());
            pace.note(3);
            pace.last = pace.last.and_then(|last| last.checked_sub(pause));
            pace.note(4);
            pace
        };
        assert!(noted(Duration::ZERO).into_chunks(false).is_empty());
        let lengths = |pace: Vec<ChunkTime>| pace.iter().map(|c| c.bytes).collect::<Vec<_>>();
        assert_eq!(lengths(noted(Duration::ZERO).into_chunks(true)), [3, 4]);
        assert_eq!(lengths(noted(PAUSE).into_chunks(false)), [3, 4]);
    }

    #[test]
    fn times_have_microseconds() {
        assert!((milliseconds(Duration::from_nanos(1_234_567)) - 1.234).abs() < 1e-9);
    }
}
