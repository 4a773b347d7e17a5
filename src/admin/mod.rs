//! The admin API: sessions are started, looked at and stopped over HTTP, on an address of its own,
//! while the proxy keeps running (`docs/sessions.md`).
//!
//! An engine that has sessions implements [`Engine`]; [`serve`] answers for it. [`Ports`] are the
//! listeners that belong to one session each.

mod guard;
mod ports;
mod problem;
mod report;
mod router;

pub use ports::{Ports, Site};
pub use problem::Problem;
pub use report::{Report, Start, State, Status, Variable};
pub use router::{Engine, serve};
