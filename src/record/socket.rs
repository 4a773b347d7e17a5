//! The messages of a WebSocket, read on the side while its bytes go by (RFC 6455): [`Talk`] has both
//! directions.

mod talk;

pub use talk::Talk;

#[cfg(test)]
mod tests;
