//! Recordings of other tools as exchanges.
//!
//! [`import`] is pure and reads a [`Foreign`] file of any [`Kind`] and answers with [`Imported`]: exchanges, and
//! what the file could not tell of them; [`open`] reads one from disk and redacts it. Foreign files are hostile: no tag is acted upon, no path
//! leaves the folder, and depth, size and count have limits. Nothing that is read here is ever
//! `live`, and what holds rules instead of recordings is `mock` (`docs/decisions/0010-formats.md`).

mod azure;
mod document;
mod draft;
mod file;
mod flow;
mod govcr;
mod har;
mod har_notes;
mod hoverfly;
mod httpmock;
mod json;
mod kind;
mod message;
mod node;
mod polly;
mod ruby;
mod tnetstring;
mod vcrpy;
mod wiremock;
mod yaml;

pub use document::{ENTRY_LIMIT, FILE_LIMIT, Foreign, Imported, import};
pub use file::{ForeignError, Recording, is_cassette, open};
pub use kind::Kind;
pub use message::{ImportError, WrongEntry};
