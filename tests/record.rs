//! The recording proxy, as a binary, between independent peers: raw sockets, hyper, curl, Python.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(clippy::print_stdout, reason = "a test says what it skips")]

mod support;

#[path = "support/authority.rs"]
mod authority;
#[path = "record/clients.rs"]
mod clients;
#[path = "record/durability.rs"]
mod durability;
#[path = "record/failures.rs"]
mod failures;
#[path = "record/forms.rs"]
mod forms;
#[path = "record/http2.rs"]
mod http2;
#[path = "record/http2_clients.rs"]
mod http2_clients;
#[path = "support/http2.rs"]
mod http2_peer;
#[cfg(unix)]
#[path = "record/irregular.rs"]
mod irregular;
#[path = "record/large.rs"]
mod large;
#[path = "record/old.rs"]
mod old;
#[path = "record/open.rs"]
mod open;
#[path = "record/peer.rs"]
mod peer;
#[path = "record/sockets.rs"]
mod sockets;
#[path = "record/streams.rs"]
mod streams;
#[path = "record/uploads.rs"]
mod uploads;
#[path = "record/wire.rs"]
mod wire;
