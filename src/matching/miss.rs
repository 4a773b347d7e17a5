//! Why nothing recorded answers a request.

use super::bindings::Contradiction;
use super::causes::Wanting;

/// A request that no recorded exchange answers. Cheap: what comes nearest is looked for apart
/// ([`Tape::nearest`](super::Tape::nearest)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Why.
    pub reason: Reason,
    /// The exchange (from 0) that the reason speaks of, where there is one.
    pub at: Option<usize>,
}

/// Why a request is missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No recorded request is equal.
    Unequal,
    /// Every equal exchange was served, and none is to be repeated.
    Exhausted {
        /// How many there are.
        recorded: usize,
        /// How often the request came, this time included.
        asked: usize,
    },
    /// A value stands for another one than is recorded there.
    Contradicted(Box<Contradiction>),
    /// It uses a value that was not given yet.
    Early(Wanting),
}

impl Reason {
    /// One word for it, which does not change: the value of the header `testimony-miss`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unequal => "no-match",
            Self::Exhausted { .. } => "exhausted",
            Self::Contradicted(_) => "contradicted",
            Self::Early(_) => "too-early",
        }
    }
}

impl Miss {
    pub(super) const fn unequal() -> Self {
        Self { reason: Reason::Unequal, at: None }
    }

    pub(super) const fn exhausted(at: usize, recorded: usize, asked: usize) -> Self {
        Self { reason: Reason::Exhausted { recorded, asked }, at: Some(at) }
    }

    pub(super) const fn contradicted(at: usize, contradiction: Box<Contradiction>) -> Self {
        Self { reason: Reason::Contradicted(contradiction), at: Some(at) }
    }

    pub(super) const fn early(at: usize, wanting: Wanting) -> Self {
        Self { reason: Reason::Early(wanting), at: Some(at) }
    }
}
