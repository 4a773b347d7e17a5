//! Recordings of other tools, read and written: fixtures that their own tools made, round trips, real
//! peers, and input that means harm.

#![expect(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "formats/exporting.rs"]
mod exporting;
#[path = "formats/hostile.rs"]
mod hostile;
#[path = "formats/importing.rs"]
mod importing;
#[path = "formats/merging.rs"]
mod merging;
#[path = "formats/peers.rs"]
mod peers;

use std::path::{Path, PathBuf};

/// A file that another tool made.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/fixtures").join(name)
}
