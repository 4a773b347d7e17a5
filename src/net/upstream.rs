//! The client towards upstreams: connects, opens TLS, keeps connections for the next request.
//!
//! It never repeats a request. A kept connection is looked at before it is used, and given up well
//! before servers usually close it; what fails still is reported as the failure that it was.

mod pool;
mod roots;

use super::link::Link;
use super::stream::Rewound;
use super::{address, tls};
use crate::exchange::{Authority, TransportError, TransportErrorKind};
use bytes::Bytes;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpStream;

pub use roots::{Roots, RootsError};

/// Where a request goes: scheme and authority.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whether it is spoken to in TLS.
    pub secure: bool,
    /// Host and port.
    pub authority: Authority,
}

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint can't be reached.
    #[error("{}", .0.message)]
    Transport(TransportError),
    /// The endpoint is the listener itself.
    #[error("`{0}` is this listener itself")]
    Loop(String),
}

/// Makes and keeps connections to upstreams.
#[derive(Debug)]
pub struct Client {
    roots: Roots,
    timeout: Duration,
    /// The listener that must not be connected to.
    own: SocketAddr,
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
    pool: pool::Pool,
}

impl Client {
    /// A client that trusts `roots`, waits at most `timeout` for a connection, and never connects
    /// to the listener at `own`.
    pub fn new(roots: Roots, timeout: Duration, own: SocketAddr) -> Self {
        Self { roots, timeout, own, config: OnceLock::new(), pool: pool::Pool::default() }
    }

    /// A kept connection that can still be used.
    pub fn kept(&self, endpoint: &Endpoint) -> Option<Link> {
        self.pool.take(endpoint)
    }

    /// Keeps a connection whose last response was read to its end.
    pub fn keep(&self, endpoint: Endpoint, link: Link) {
        self.pool.put(endpoint, link);
    }

    /// A new connection.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Link, ConnectError> {
        if address::names(self.own, &endpoint.authority) {
            return Err(ConnectError::Loop(endpoint.authority.to_string()));
        }
        let place = endpoint.authority.to_string();
        let work = self.connect_now(endpoint);
        tokio::time::timeout(self.timeout, work).await.unwrap_or_else(|_| {
            let wait = self.timeout.as_secs_f32();
            Err(failure(TransportErrorKind::Timeout, &place, &format!("no connection in {wait} s")))
        })
    }

    async fn connect_now(&self, endpoint: &Endpoint) -> Result<Link, ConnectError> {
        let place = endpoint.authority.to_string();
        let socket = self.socket(&endpoint.authority, &place).await?;
        let refused = |error: io::Error| failure(TransportErrorKind::Refused, &place, &error);
        if !endpoint.secure {
            return Link::plain(socket).map_err(refused);
        }
        let (local, peer) =
            (socket.local_addr().map_err(refused)?, socket.peer_addr().map_err(refused)?);
        socket.set_nodelay(true).map_err(refused)?;
        let tls = |reason: &dyn std::fmt::Display| failure(TransportErrorKind::Tls, &place, reason);
        let config = self.config().map_err(|reason| tls(&reason))?;
        let name = ServerName::try_from(endpoint.authority.bare_host().to_owned())
            .map_err(|error| tls(&error))?;
        let socket = Rewound::new(Bytes::new(), socket);
        let stream = tokio_rustls::TlsConnector::from(config)
            .connect(name, socket)
            .await
            .map_err(|error| tls(&error))?;
        Ok(Link::secure(stream.into(), local, peer))
    }

    /// A socket to the first of the host's addresses that takes one.
    async fn socket(&self, authority: &Authority, place: &str) -> Result<TcpStream, ConnectError> {
        let resolve =
            |reason: &dyn std::fmt::Display| failure(TransportErrorKind::Resolve, place, reason);
        let found: Vec<SocketAddr> =
            tokio::net::lookup_host((authority.bare_host(), authority.port))
                .await
                .map_err(|error| resolve(&error))?
                .collect();
        let mut last = None;
        let share = self.timeout / u32::try_from(found.len().max(1)).unwrap_or(u32::MAX);
        for address in found {
            if self.is_own(address) {
                return Err(ConnectError::Loop(place.to_owned()));
            }
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => return Ok(socket),
                Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => {
                    last = Some(failure(TransportErrorKind::Timeout, place, &error));
                }
                Ok(Err(error)) => last = Some(failure(TransportErrorKind::Refused, place, &error)),
                Err(_) => {
                    let reason = format!("no connection in {} s", share.as_secs_f32());
                    last = Some(failure(TransportErrorKind::Timeout, place, &reason));
                }
            }
        }
        Err(last.unwrap_or_else(|| resolve(&"no address")))
    }

    fn is_own(&self, address: SocketAddr) -> bool {
        let authority = Authority { host: address.ip().to_string(), port: address.port() };
        address::names(self.own, &authority)
    }

    /// Made at the first use of TLS: reading the system's roots takes its time.
    fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let make = || {
            let store = self.roots.store()?;
            let mut config = ClientConfig::builder_with_provider(tls::provider())
                .with_safe_default_protocol_versions()
                .map_err(|error| error.to_string())?
                .with_root_certificates(store)
                .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Arc::new(config))
        };
        self.config.get_or_init(make).clone()
    }
}

fn failure(kind: TransportErrorKind, place: &str, reason: &dyn std::fmt::Display) -> ConnectError {
    ConnectError::Transport(TransportError { kind, message: format!("{place}: {reason}") })
}
