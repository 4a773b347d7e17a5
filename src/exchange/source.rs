use super::{Header, Headers};
use std::fmt;

/// Response header by which our own servers say what they are (`mock`, `replay`, `fault`).
pub const SOURCE_HEADER: &str = "testimony-source";

/// Response header by which our own servers say that an answer is theirs and why: a kind of failure,
/// or a word for what they refuse.
pub const ERROR_HEADER: &str = "testimony-error";

/// Where a response came from. Only [`Source::Live`] and [`Source::Imported`] say anything about a
/// provider's conduct; the others show how a client is answered in a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// An upstream that did not say it was one of ours.
    Live,
    /// Our `mock`.
    Mock,
    /// A fault laid over a recording or a mock.
    Fault,
    /// Our `replay`.
    Replay,
    /// Changed by hand after it was recorded: its digest does not fit.
    Edited,
    /// Read from another tool's recording.
    Imported,
}

impl Source {
    /// The word used in cassettes, reports and in the header [`SOURCE_HEADER`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Mock => "mock",
            Self::Fault => "fault",
            Self::Replay => "replay",
            Self::Edited => "edited",
            Self::Imported => "imported",
        }
    }

    /// Reads the word of [`Source::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Live, Self::Mock, Self::Fault, Self::Replay, Self::Edited, Self::Imported]
            .into_iter()
            .find(|source| source.as_str() == word)
    }

    /// What a recorder may say of a response with these headers: `live` only when none of our own
    /// servers marked it. A mark that is not understood (a newer version's) is taken for `replay`,
    /// never for `live`; so is a refusal of our own, which says `testimony-error` but not by whom.
    pub fn of_response(headers: &Headers) -> Self {
        match headers.first(SOURCE_HEADER) {
            None if headers.iter().any(is_ours) => Self::Replay,
            None => Self::Live,
            Some(value) => match std::str::from_utf8(value).ok().and_then(Self::parse) {
                Some(source @ (Self::Mock | Self::Fault | Self::Replay | Self::Edited)) => source,
                _ => Self::Replay,
            },
        }
    }

    /// Whether such an exchange can prove what a provider does.
    pub const fn is_evidence(self) -> bool {
        matches!(self, Self::Live | Self::Imported)
    }
}

/// Whether a field is one that only our own servers send.
fn is_ours(header: &Header) -> bool {
    const PREFIX: &str = "testimony-";
    header.name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unmarked_response_is_live() {
        let cases = [
            (None, Source::Live),
            (Some("mock"), Source::Mock),
            (Some("fault"), Source::Fault),
            (Some("replay"), Source::Replay),
            (Some("live"), Source::Replay),
            (Some("imported"), Source::Replay),
            (Some("something-newer"), Source::Replay),
        ];
        for (mark, expected) in cases {
            let mut headers = Headers::default();
            if let Some(mark) = mark {
                headers.push("Testimony-Source", mark);
            }
            assert_eq!(Source::of_response(&headers), expected, "{mark:?}");
        }
    }

    #[test]
    fn a_refusal_of_our_own_is_no_upstreams() {
        let refused = Headers::from([("Testimony-Error", "bad-request")]);
        assert_eq!(Source::of_response(&refused), Source::Replay);
        let theirs = Headers::from([("testimony", "x"), ("X-Testimony-Error", "x")]);
        assert_eq!(Source::of_response(&theirs), Source::Live);
    }
}
