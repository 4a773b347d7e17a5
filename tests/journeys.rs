//! Journeys of real clients before real servers: recorded through TLS, then replayed with the servers stopped.
//!
//! What a client prints and leaves in its folder `result` must be equal, with no miss and nothing unused, and without
//! any configuration, although boundaries, nonces, tokens, dates and the order of requests differ from run to run.
//! `docs/clients.md` has the table. Servers and packages are those of `PyPI`, npm and Debian, below `target/clients`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

mod support;

#[path = "journeys/at_once.rs"]
mod at_once;
#[path = "clients/journey.rs"]
mod journey;
#[path = "journeys/node.rs"]
mod node;
#[path = "journeys/others.rs"]
mod others;
#[path = "journeys/python.rs"]
mod python;
#[path = "clients/tools.rs"]
mod tools;

use std::path::Path;
use std::process::{Command, Stdio};

/// A program of the journeys', as an argument.
fn program(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys/programs");
    folder.join(name).to_str().unwrap().to_owned()
}

/// A server of the journeys', started with a program.
fn server(program: &str, name: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys/servers");
    let mut command = Command::new(program);
    command.arg(folder.join(name)).env("PYTHONDONTWRITEBYTECODE", "1").stderr(Stdio::null());
    command
}
