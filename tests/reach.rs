//! How the recorder reaches upstreams: TLS with and without trust, certificates of our own, proxies
//! on the way, addresses, hosts that are not opened. Peers are OpenSSL, curl, Python, proxies of others
//! where they are installed, and raw sockets.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(clippy::print_stdout, reason = "a test says what it skips")]

mod support;

#[path = "support/authority.rs"]
mod authority;
#[path = "reach/certificates.rs"]
mod certificates;
#[path = "record/peer.rs"]
#[allow(dead_code, reason = "shared with the recorder's tests")]
mod peer;
#[path = "reach/proxies.rs"]
mod proxies;
#[path = "reach/tls.rs"]
mod tls;
#[path = "reach/unseen.rs"]
mod unseen;
#[path = "reach/wire.rs"]
mod wire;
