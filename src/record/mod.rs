//! The recording proxy: forwards each request as it came and each response as it comes, and writes
//! both down.
//!
//! The last byte of a response is handed to the client only after the exchange is on disk
//! ([`Journal`]), so that no exchange whose response had ended can be lost. [`Recorder`] is the
//! [`crate::net::Service`]; [`Routes`] says where requests go; `sending` and `receiving` are the two
//! directions of one exchange, at work at the same time.

mod capture;
mod flow;
mod journal;
mod pulse;
mod receiving;
mod recorder;
mod refusals;
mod routes;
mod sending;
mod sessions;
mod switched;

pub use journal::{Clock, Journal};
pub use recorder::{Options, PreAnswer, Recorder};
pub use routes::{Base, Route, RouteError, Routes};
pub use sessions::Sessions;
