//! Replies that go to their client otherwise than at once: waits, pieces of the body at their times,
//! a bandwidth, an end before the end, and what follows a change of protocol.
//!
//! [`Pace`] is the plan and is pure; [`http1`] and [`http2`] carry it out by a [`Clock`], whose waits
//! are over as soon as the server is asked to stop.

mod clock;
mod content;
mod early;
mod http1;
mod http2;
mod onward;
mod plan;

use std::sync::Arc;

pub use clock::Clock;
pub use early::Early;
pub use onward::{Onward, Switched};
pub use plan::{Cut, Pace, Piece};

pub(super) use http1::send;
pub(super) use http2::answer;

/// What of a reply is not written at once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Manner {
    /// What is sent before its head.
    pub early: Option<Arc<[Early]>>,
    /// When what is sent.
    pub pace: Option<Pace>,
    /// What follows the head of a response 101.
    pub onward: Option<Onward>,
}
