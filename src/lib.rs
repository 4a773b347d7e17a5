//! Testimony holds an HTTP API to its own documentation: it records real exchanges into cassettes,
//! replays them offline, and judges them against every documented status code.
//!
//! Modules stand in floor order: each imports from lower floors only (`docs/architecture.md`).

pub mod exchange;

pub mod cassette;
pub mod diff;
pub mod overlay;
pub mod spec;

pub mod auth;
pub mod check;
pub mod matching;
pub mod net;
pub mod page;
pub mod revision;

pub mod admin;
pub mod fault;
pub mod lint;
pub mod project;

pub mod mock;
pub mod record;
pub mod replay;

pub mod report;

pub mod drift;
pub mod live;
pub mod testing;

pub mod probe;

pub mod cli;
