//! The frames of a WebSocket without IO (RFC 6455): those of one direction as messages ([`Frames`]), compressed
//! ones too (RFC 7692), messages as frames ([`Speaker`]), and the answer to a handshake
//! ([`Handshake`]).
//!
//! Of a message at most [`MOST_KEPT`] bytes are held.

mod frame;
mod handshake;
mod inflate;
mod message;
mod speak;

pub use frame::Frames;
pub use handshake::Handshake;
pub use inflate::Deflated;
pub use message::{MOST_KEPT, Whole};
pub use speak::Speaker;
