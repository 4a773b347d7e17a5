//! A WebSocket played back: what the server said, in its place between what the client says now.
//!
//! A [`Script`] is the recording; an [`Opening`] of it says its lines on a connection that has
//! switched ([`play`]), and holds what the client says against them. What differs is a [`Divergence`], which ends the socket.

mod divergence;
mod opening;
mod play;
mod script;

pub(super) use divergence::Divergence;
pub(super) use opening::Opening;
pub(super) use script::Script;
