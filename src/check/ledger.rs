use super::bounded::Fold;
use super::register::Change;
use super::shown::{Few, Shown};
use crate::exchange::{ExchangeNumber, Source};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What is known of one operation and one documented code, worst news first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// An exchange breaks the promise.
    Contradicted,
    /// No judged exchange shows the code.
    Unproven,
    /// Only exchanges that say nothing of the provider show it.
    Simulated,
    /// Proven, but too long ago.
    Stale,
    /// A provider's own answer shows the code and keeps the promise.
    Proven,
}

impl State {
    /// Every state, worst news first.
    pub const ALL: [Self; 5] =
        [Self::Contradicted, Self::Unproven, Self::Simulated, Self::Stale, Self::Proven];

    /// The word used in reports and by `--require`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::Unproven => "unproven",
            Self::Simulated => "simulated",
            Self::Stale => "stale",
            Self::Proven => "proven",
        }
    }

    /// The state of what so many exchanges break, and so many of our own show.
    pub const fn of(broken: u64, proof: Proof, simulated: u64) -> Self {
        match proof {
            _ if broken > 0 => Self::Contradicted,
            Proof::Stale => Self::Stale,
            Proof::Fresh => Self::Proven,
            Proof::None if simulated > 0 => Self::Simulated,
            Proof::None => Self::Unproven,
        }
    }

    /// Reads the word of [`State::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a provider's own exchange shows a code and keeps its promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// None does.
    None,
    /// The newest that does is too old, of a time that is yet to come, or older than a change of the promise.
    Stale,
    /// One does.
    Fresh,
}

/// Which exchange, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// When the request arrived.
    pub at: jiff::Timestamp,
    /// Path of the cassette.
    pub cassette: Arc<str>,
    /// Number in it.
    pub exchange: ExchangeNumber,
}

/// How one exchange bears on the promise for its code, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearing {
    /// It breaks the promise.
    Breaks,
    /// A part of it could not be judged, and what could be kept the promise.
    Unclear,
    /// It keeps the promise, as far as there is one.
    Keeps,
}

impl Bearing {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Unclear => "unclear",
            Self::Keeps => "keeps",
        }
    }
}

/// What exchanges have shown of one operation and code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Exchanges with this code.
    pub exchanges: u64,
    /// Those that break the promise.
    pub broken: u64,
    /// Those of which a part could not be judged.
    pub unclear: u64,
    /// Those that keep the promise and come from one of our own servers, or were changed by hand.
    pub simulated: u64,
    /// The newest that keeps the promise and is the provider's own.
    pub proof: Option<Sighting>,
    /// The newest of all.
    pub newest: Option<Sighting>,
    /// The first few of them.
    pub shown: Few,
}

impl Cell {
    /// Takes one exchange in.
    pub fn add(&mut self, bearing: Bearing, source: Source, sighting: Sighting) {
        let kept = bearing == Bearing::Keeps;
        let evidence = source.is_evidence();
        if self.shown.takes(bearing, &sighting.cassette, sighting.exchange) {
            let (cassette, exchange) = (Arc::clone(&sighting.cassette), sighting.exchange);
            self.shown.add(Shown { bearing, cassette, exchange, source });
        }
        self.fold(Self {
            exchanges: 1,
            broken: u64::from(bearing == Bearing::Breaks),
            unclear: u64::from(bearing == Bearing::Unclear),
            simulated: u64::from(kept && !evidence),
            proof: (kept && evidence).then(|| sighting.clone()),
            newest: Some(sighting),
            shown: Few::default(),
        });
    }

    /// The proof, where those from outside the `recent` times are stale: older ones, and those
    /// of a time that is yet to come, whose age nobody knows; and those that a change of the promise outdates.
    pub fn standing(
        &self,
        recent: Option<&RangeInclusive<jiff::Timestamp>>,
        change: Option<Change>,
    ) -> Proof {
        match &self.proof {
            Some(proof) if recent.is_some_and(|recent| !recent.contains(&proof.at)) => Proof::Stale,
            Some(proof) if change.is_some_and(|change| change.outdates(proof.at)) => Proof::Stale,
            Some(_) => Proof::Fresh,
            None => Proof::None,
        }
    }
}

impl Fold for Cell {
    fn fold(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.broken += other.broken;
        self.unclear += other.unclear;
        self.simulated += other.simulated;
        // `None` is less than any sighting.
        self.proof = self.proof.take().max(other.proof);
        self.newest = self.newest.take().max(other.newest);
        self.shown.fold(other.shown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(cell: &Cell, recent: Option<&RangeInclusive<jiff::Timestamp>>) -> State {
        State::of(cell.broken, cell.standing(recent, None), cell.simulated)
    }

    fn sighting(second: i64) -> Sighting {
        Sighting {
            at: jiff::Timestamp::from_second(second).unwrap(),
            cassette: "a.cassette".into(),
            exchange: ExchangeNumber(1),
        }
    }

    fn cell(exchanges: &[(Bearing, Source, i64)]) -> Cell {
        let mut cell = Cell::default();
        for (bearing, source, second) in exchanges {
            cell.add(*bearing, *source, sighting(*second));
        }
        cell
    }

    #[test]
    fn states_worst_news_first() {
        use Bearing::{Breaks, Keeps, Unclear};
        let cases: [(&[_], State); 15] = [
            (&[], State::Unproven),
            (&[(Keeps, Source::Mock, 5)], State::Simulated),
            (&[(Keeps, Source::Fault, 5)], State::Simulated),
            (&[(Keeps, Source::Replay, 5)], State::Simulated),
            (&[(Keeps, Source::Edited, 5)], State::Simulated),
            (&[(Keeps, Source::Live, 5)], State::Stale),
            (&[(Keeps, Source::Live, 10)], State::Proven),
            (&[(Keeps, Source::Live, 100)], State::Proven),
            (&[(Keeps, Source::Live, 101)], State::Stale),
            (&[(Keeps, Source::Imported, 11)], State::Proven),
            (&[(Keeps, Source::Live, 5), (Keeps, Source::Mock, 12)], State::Stale),
            (&[(Unclear, Source::Live, 12)], State::Unproven),
            (&[(Unclear, Source::Live, 12), (Keeps, Source::Mock, 1)], State::Simulated),
            (&[(Keeps, Source::Live, 12), (Breaks, Source::Mock, 1)], State::Contradicted),
            (&[(Breaks, Source::Edited, 12)], State::Contradicted),
        ];
        let second = |second| jiff::Timestamp::from_second(second).unwrap();
        let recent = second(10)..=second(100);
        for (exchanges, expected) in cases {
            assert_eq!(state(&cell(exchanges), Some(&recent)), expected, "{exchanges:?}");
        }
        assert_eq!(state(&cell(&[(Keeps, Source::Live, 5)]), None), State::Proven);
    }

    #[test]
    fn a_mock_never_proves() {
        for source in [Source::Mock, Source::Fault, Source::Replay, Source::Edited] {
            let cell = cell(&[(Bearing::Keeps, source, 5), (Bearing::Keeps, source, 6)]);
            assert_eq!(cell.proof, None);
            assert_eq!(cell.newest, Some(sighting(6)));
        }
    }
}
