//! The messages of a WebSocket, read on the side while its bytes go by (RFC 6455).
//!
//! [`frame::Frames`] takes the bytes of one direction as they come and gives whole messages. It does no
//! IO and holds at most [`message::MOST_KEPT`] bytes of a message. [`Talk`] has both directions.

mod frame;
mod inflate;
mod message;
mod talk;

pub use talk::Talk;

#[cfg(test)]
mod tests;
