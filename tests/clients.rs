//! Real clients, recorded and replayed with nothing but the environment that `-- CMD` sets.
//!
//! Each client goes through the same journey (`clients/upstream.py` answers it) and prints a line for each step;
//! it must print the same in replay, when the upstream is gone. `docs/clients.md` lists what is proven here.
//! Packages are installed below `target/clients`; what can't be had is skipped, and the reason is printed.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

mod support;

#[path = "clients/command_line.rs"]
mod command_line;
#[path = "clients/java.rs"]
mod java;
#[path = "clients/journey.rs"]
mod journey;
#[path = "clients/node.rs"]
mod node;
#[path = "clients/python.rs"]
mod python;
#[path = "clients/rust.rs"]
mod rust;
#[path = "clients/tools.rs"]
mod tools;
#[path = "clients/trust.rs"]
mod trust;
