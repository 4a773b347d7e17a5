use crate::exchange::{Exchange, Interim, Response, Timing};
use crate::net::{Early, Pace, Piece};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Longest time that is waited for anything recorded.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// About the time between two parts of a body that was no stream.
const PART: f64 = 0.05;
/// Most parts of such a body.
const MOST_PARTS: f64 = 200.0;

/// When the bytes of recorded answers go.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Tempo {
    /// At once; streams in the pieces that were recorded.
    #[default]
    None,
    /// At the recorded times by this factor, 0 or more.
    Factor(f64),
}

/// What is no tempo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither `none`, `recorded` nor a factor such as 0.5")]
pub struct TempoError(String);

impl FromStr for Tempo {
    type Err = TempoError;

    fn from_str(text: &str) -> Result<Self, TempoError> {
        match text {
            "none" => Ok(Self::None),
            "recorded" => Ok(Self::Factor(1.0)),
            text => {
                let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let factor =
                    text.parse().ok().filter(|factor: &f64| is_number && factor.is_finite());
                factor.map(Self::Factor).ok_or_else(|| TempoError(text.to_owned()))
            }
        }
    }
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Factor(factor) => write!(f, "{factor}"),
        }
    }
}

impl Tempo {
    /// By how much recorded times are to be multiplied.
    pub(super) const fn factor(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Factor(factor) => factor,
        }
    }

    /// The interim responses before an exchange's answer.
    pub(super) fn early(self, exchange: &Exchange) -> Option<Arc<[Early]>> {
        let early = |interim: &Interim| Early::new(interim, time(interim.at_ms, self.factor()));
        let early: Arc<[Early]> = exchange.interim.iter().map(early).collect();
        (!early.is_empty()).then_some(early)
    }

    /// How an exchange's answer goes; `None` for at once and in one piece.
    pub(super) fn of(self, exchange: &Exchange) -> Option<Pace> {
        let timing = &exchange.timing;
        let factor = match self {
            Self::None if timing.chunks.len() < 2 => return None,
            Self::None => 0.0,
            Self::Factor(factor) => factor,
        };
        let end = time(timing.end_ms, factor);
        // Of a failure there was no first byte.
        let head = match (&exchange.response, timing.first_byte_ms) {
            (Some(_), Some(first)) => time(first, factor).min(end),
            _ => end,
        };
        let mut pieces: Vec<Piece> = timing
            .chunks
            .iter()
            .map(|chunk| Piece { at: time(chunk.at_ms, factor), bytes: chunk.bytes })
            .collect();
        if let (true, Some(response)) = (pieces.is_empty(), &exchange.response) {
            pieces = spread(timing, response, factor);
        }
        Some(Pace { head, pieces, end, ..Pace::default() })
    }
}

/// A body whose pieces nobody noted comes evenly between its first byte and its end.
fn spread(timing: &Timing, response: &Response, factor: f64) -> Vec<Piece> {
    let first = timing.first_byte_ms.unwrap_or(timing.end_ms);
    let seconds = time(timing.end_ms - first, factor).as_secs_f64();
    let length = response.body.len();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and MOST_PARTS"
    )]
    let parts = (seconds / PART).clamp(1.0, MOST_PARTS) as u32;
    let part = length / u64::from(parts);
    if parts == 1 || part == 0 {
        return Vec::new();
    }
    let step = Duration::from_secs_f64(seconds) / parts;
    let begin = time(first, factor);
    // The rest goes with the end.
    (1..parts).map(|index| Piece { at: begin + step * index, bytes: part }).collect()
}

/// A recorded time in milliseconds; a cassette may say anything.
pub(super) fn time(ms: f64, factor: f64) -> Duration {
    let seconds = ms / 1000.0 * factor;
    if seconds > 0.0 {
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{ChunkTime, ExchangeNumber, Request, Source};

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn exchange(timing: Timing, length: usize) -> Exchange {
        let response = Response { body: "x".repeat(length).as_str().into(), ..Response::default() };
        Exchange {
            interim: Vec::new(),
            number: ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request: Request::default(),
            response: Some(response),
            timing,
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        }
    }

    fn timing(first: f64, end: f64, chunks: &[(f64, u64)]) -> Timing {
        let chunks = chunks.iter().map(|(at_ms, bytes)| ChunkTime { at_ms: *at_ms, bytes: *bytes });
        Timing { first_byte_ms: Some(first), end_ms: end, chunks: chunks.collect() }
    }

    #[test]
    fn tempos_as_they_are_written() {
        for (text, tempo) in [
            ("none", Tempo::None),
            ("recorded", Tempo::Factor(1.0)),
            ("0.5", Tempo::Factor(0.5)),
            ("3", Tempo::Factor(3.0)),
        ] {
            assert_eq!(text.parse(), Ok(tempo));
        }
        for text in ["", "fast", "-1", "inf", "NaN", "1e3", "0.5x", "."] {
            assert!(text.parse::<Tempo>().is_err(), "{text}");
        }
    }

    #[test]
    fn streams_keep_their_pieces_and_get_their_times_back() {
        let stream = exchange(timing(10.0, 400.0, &[(20.0, 3), (300.0, 4)]), 7);
        let piece = |at, bytes| Piece { at: ms(at), bytes };
        let pace = Tempo::None.of(&stream).unwrap();
        assert_eq!((pace.head, pace.end), (ms(0), ms(0)));
        assert_eq!(pace.pieces, [piece(0, 3), piece(0, 4)]);
        let pace = Tempo::Factor(0.5).of(&stream).unwrap();
        assert_eq!((pace.head, pace.end), (ms(5), ms(200)));
        assert_eq!(pace.pieces, [piece(10, 3), piece(150, 4)]);
    }

    #[test]
    fn other_bodies_come_evenly() {
        let other = exchange(timing(100.0, 300.0, &[]), 42);
        assert_eq!(Tempo::None.of(&other), None);
        let pace = Tempo::Factor(1.0).of(&other).unwrap();
        assert_eq!((pace.head, pace.end), (ms(100), ms(300)));
        let pieces: Vec<_> = pace.pieces.iter().map(|piece| (piece.at, piece.bytes)).collect();
        assert_eq!(pieces, [(ms(150), 10), (ms(200), 10), (ms(250), 10)]);
        let quick = exchange(timing(1.0, 2.0, &[]), 42);
        assert_eq!(Tempo::Factor(1.0).of(&quick).unwrap().pieces, []);
    }

    #[test]
    fn no_number_of_a_cassette_harms() {
        for number in [f64::NAN, f64::INFINITY, -5.0, 1e300] {
            let odd = exchange(timing(number, number, &[(number, u64::MAX), (number, 3)]), 5);
            for factor in [0.0, 1.0, 1e300] {
                let pace = Tempo::Factor(factor).of(&odd).unwrap();
                assert!(pace.end <= LONGEST && pace.pieces.iter().all(|piece| piece.at <= LONGEST));
                let _ = Tempo::Factor(factor).of(&exchange(timing(0.0, number, &[]), 5));
            }
        }
    }
}
