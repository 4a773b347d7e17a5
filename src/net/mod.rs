//! Sockets: listener, protocol detection, HTTP/1 on the wire, the project's certificate authority,
//! TLS, tunnels, and the client towards upstreams.
//!
//! HTTP/1.0 and 1.1 are read and written here rather than through a library, because a recorder has
//! to show and forward what stood on the wire (`docs/decisions/0001-own-http1-wire.md`). What needs
//! no socket is pure and sits beside what does: heads, framing, body decoding, hop-by-hop fields.
//! [`serve`] answers whole requests; an engine that streams implements [`Service`].

mod address;
mod again;
mod aside;
mod ask;
mod authority;
mod body;
mod connection;
mod filed;
mod framing;
mod head;
mod hop;
mod hosts;
mod http2;
mod limits;
mod link;
mod listener;
mod notice;
mod pace;
mod protocol;
mod reply;
mod session;
mod stop;
mod stream;
mod tls;
mod tunnel;
mod upstream;
pub mod websocket;
mod whole;

pub use address::{Form, without_default};
pub use aside::aside;
pub use ask::Answered;
pub use authority::{AuthorityError, CertificateAuthority};
pub use body::{BodyDecoder, BodyFault, Decoded};
pub use connection::{After, Incoming, Service, answer_problem};
pub use filed::Filed;
pub use framing::{Framing, FramingFault};
pub use head::{FieldLines, HeadFault, RequestHead, ResponseHead};
pub use hop::{Crossing, Passage, Way, remove_proxy_fields, write_crossing};
pub use hosts::{HostPattern, PatternError};
pub use http2::{Call, Came, Inflow, Lane, Outflow, Pending, Responder, StreamFault};
pub use limits::Limits;
pub use link::{Link, ReadFault, Reader, Writer};
pub use listener::{Listener, NetError, run};
pub use notice::{Notice, Notices};
pub use pace::{Cut, Early, Onward, Pace, Piece, Switched};
pub use protocol::{Hello, Offered, Protocol};
pub use reply::Reply;
pub use stop::{Stop, Watch as StopWatch};
pub use tunnel::{Blind, Passed, Unseen, join};
pub use upstream::{
    Client, ConnectError, Endpoint, Identity, IdentityError, Proxied, Reach, Resolve, ResolveError,
    Roots, RootsError, Via, ViaError, hint, of_tls,
};
pub use whole::{Answer, Arrived, Leave, serve};
