//! The recording proxy: forwards each request as it came and each response as it comes, and writes
//! both down.
//!
//! The last byte of a response is handed to the client only after the exchange is on disk
//! ([`Journal`]), so that no exchange whose response had ended can be lost. [`Recorder`] is the
//! [`crate::net::Service`]; [`Routes`] says where requests go; `sending` and `receiving` are the two
//! directions of one exchange, at work at the same time. [`Sessions`] says which cassette an exchange goes
//! into.

mod aside;
mod capture;
mod desk;
mod episodes;
mod flow;
mod folder;
mod journal;
mod multiplexed;
mod open;
mod opening;
mod pulse;
mod receiving;
mod recorder;
mod refusal;
mod refusals;
mod routes;
mod sending;
mod session;
mod sessions;
mod socket;
mod switched;
mod table;

pub use aside::{Aside, HostLists};
pub use desk::Desk;
pub use folder::{is_cassette_folder, prepare_folder};
pub use journal::{Clock, Journal};
pub use opening::{OpenError, Terms, Unsealed, session_of};
pub use recorder::{Options, PreAnswer, Recorder};
pub use refusal::{Refusal, Unopened};
pub use routes::{Base, Route, RouteError, Routes};
pub use session::{Ended, Opened, Session, Ticket};
pub use sessions::{Refused, Sessions, Standing};
pub use table::{Opener, Order};
