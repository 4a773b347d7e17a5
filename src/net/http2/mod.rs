//! HTTP/2 (RFC 9113) on both sides, through the `h2` crate: frames, HPACK and flow control are its
//! work, what a message is and where it ends is shown piece by piece.
//!
//! [`Call`] is a request that came on a stream, with the way to answer it; [`Lane`] is a connection
//! to an upstream that requests are sent on. Types of `h2` and `http` stay in this folder.

mod active;
mod call;
mod client;
mod duplex;
mod fault;
mod fields;
mod lane;
mod line;
mod piece;
mod serving;
mod settings;
mod turns;

pub use call::{Call, Responder};
pub use client::Lanes;
pub use fault::StreamFault;
pub use lane::{Came, Lane, Pending};
pub use piece::{Inflow, Outflow};
pub use serving::{PREFACE, serve};
