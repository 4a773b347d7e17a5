//! Sessions of `record` and `replay` and the admin API, through the binary: raw sockets, curl,
//! Python and Node as clients.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(clippy::print_stdout, reason = "a test says what it skips")]
#![allow(clippy::format_push_string, reason = "a test may build its texts as it likes")]

mod support;

#[path = "sessions/admin.rs"]
mod admin;
#[path = "sessions/api.rs"]
mod api;
#[path = "sessions/folder.rs"]
mod folder;
#[path = "sessions/modes.rs"]
mod modes;
#[path = "sessions/peer.rs"]
mod peer;
