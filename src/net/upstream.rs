//! The client towards upstreams: connects, opens TLS, keeps connections for the next request.
//!
//! It never repeats a request. A kept connection is looked at before it is used, and given up well
//! before servers usually close it; what fails still is reported as the failure that it was.

mod dial;
mod fault;
mod identity;
mod pool;
mod reach;
mod resolve;
mod roots;
mod socks;
mod verify;
mod via;

use super::address;
use super::http2::Lanes;
use super::link::Link;
use super::stream::{Carrier, Rewound};
use crate::exchange::{Authority, TransportError, TransportErrorKind};
use bytes::Bytes;
use dial::Dialer;
use fault::{failure, of_handshake};
use reach::Configs;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_rustls::TlsStream;

pub use fault::{hint, of_tls};
pub use identity::{Identity, IdentityError};
pub use reach::Reach;
pub use resolve::{Resolve, ResolveError};
pub use roots::{Roots, RootsError};
pub use via::{Proxied, Via, ViaError};

/// Where a request goes: scheme and authority.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whether it is spoken to in TLS.
    pub secure: bool,
    /// Host and port.
    pub authority: Authority,
    /// The name that TLS is for, where it is not the host: clients may connect to an address and ask
    /// for a name (SNI).
    pub name: Option<String>,
}

impl Endpoint {
    /// An endpoint whose TLS is for its host.
    pub const fn new(secure: bool, authority: Authority) -> Self {
        Self { secure, authority, name: None }
    }

    /// The same for a client that asked for this name in TLS.
    pub fn ask_for(&mut self, name: Option<&str>) {
        let differs = |name: &&str| !name.eq_ignore_ascii_case(self.authority.bare_host());
        self.name = name.filter(differs).filter(|_| self.secure).map(str::to_owned);
    }
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
    timeout: Duration,
    dialer: Dialer,
    via: Option<Via>,
    configs: Configs,
    pool: pool::Pool,
    pub(super) lanes: Lanes,
}

/// A way to an upstream on which nothing was said yet.
struct Road {
    socket: Rewound,
    local: SocketAddr,
    peer: SocketAddr,
}

/// What begins TLS.
struct Greeting<'a> {
    authority: &'a Authority,
    /// Whom the certificate must be for, where it is not the host.
    name: Option<&'a str>,
    /// How messages name the other side.
    place: &'a str,
    /// The protocols that an upstream is offered (ALPN); `None` for a proxy.
    offered: Option<&'a [&'a [u8]]>,
}

impl Client {
    /// A client that reaches upstreams as `reach` says, waits at most `timeout` for a connection,
    /// and never connects to the listener at `own`.
    pub fn new(reach: impl Into<Reach>, timeout: Duration, own: SocketAddr) -> Self {
        let Reach { roots, identities, resolve, via } = reach.into();
        Self {
            timeout,
            dialer: Dialer { resolve, own },
            via,
            configs: Configs::new(roots, identities),
            pool: pool::Pool::default(),
            lanes: Lanes::default(),
        }
    }

    /// A kept connection that can still be used.
    pub fn kept(&self, endpoint: &Endpoint) -> Option<Link> {
        self.pool.take(endpoint)
    }

    /// Keeps a connection whose last response was read to its end.
    pub fn keep(&self, endpoint: Endpoint, link: Link) {
        self.pool.put(endpoint, link);
    }

    /// What requests to an endpoint need where they go to a proxy as they are.
    pub fn proxied(&self, endpoint: &Endpoint) -> Option<Proxied> {
        self.via_for(&endpoint.authority)?.proxied(endpoint)
    }

    /// A new connection, for HTTP/1.1, or why there was none just now.
    pub async fn connect(&self, endpoint: &Endpoint) -> Result<Link, ConnectError> {
        match self.lanes.failure(endpoint) {
            Some(error) => Err(ConnectError::Transport(error)),
            None => self.connect_offering(endpoint, &[b"http/1.1"]).await.map(|(link, _)| link),
        }
    }

    /// A new connection that offers these protocols where it is in TLS (ALPN), and the one that was
    /// chosen.
    pub(super) async fn connect_offering(
        &self,
        endpoint: &Endpoint,
        offered: &[&[u8]],
    ) -> Result<(Link, Option<Vec<u8>>), ConnectError> {
        let Endpoint { secure, authority, name } = endpoint;
        let place = authority.to_string();
        let until = Instant::now() + self.timeout;
        let tunnelled = *secure || self.proxied(endpoint).is_none();
        let mut road = self.road(authority, tunnelled, until).await?;
        if *secure {
            let name = name.as_deref();
            let greeting = Greeting { authority, name, place: &place, offered: Some(offered) };
            road = self.handshake(road, greeting, until).await?;
        }
        let chosen = road.socket.protocol();
        road.link(&place).map(|link| (link, chosen))
    }

    /// A connection that bytes pass through as they are, whatever they mean.
    pub async fn open(&self, authority: &Authority) -> Result<Link, ConnectError> {
        let until = Instant::now() + self.timeout;
        self.road(authority, true, until).await?.link(&authority.to_string())
    }

    /// The way to a host, through the proxy where there is one; to the host itself only if
    /// `tunnelled`, otherwise to the proxy.
    async fn road(
        &self,
        authority: &Authority,
        tunnelled: bool,
        until: Instant,
    ) -> Result<Road, ConnectError> {
        let place = authority.to_string();
        if address::names(self.dialer.own, authority) {
            return Err(ConnectError::Loop(place));
        }
        let Some(via) = self.via_for(authority) else {
            let socket = self.dialer.socket(authority, &place, until).await?;
            return Road::over(socket, &place);
        };
        let proxy = format!("{place}: {}", via.place());
        let socket = self.dialer.socket(&via.authority, &proxy, until).await?;
        let mut road = Road::over(socket, &proxy)?;
        if via.is_secure() {
            let greeting =
                Greeting { authority: &via.authority, name: None, place: &proxy, offered: None };
            road = self.handshake(road, greeting, until).await?;
        }
        if !tunnelled {
            return Ok(road);
        }
        let asking = async {
            let address = if via.wants_address() {
                self.dialer.addresses(authority, &place).await?.first().copied()
            } else {
                None
            };
            via.tunnel(&mut road.socket, authority, address, &place).await
        };
        let front = tokio::time::timeout_at(until, asking)
            .await
            .unwrap_or_else(|_| Err(self.late(&proxy, "opened no tunnel")))?;
        let (_, carrier) = road.socket.into_parts();
        Ok(Road { socket: Rewound::new(front, carrier), ..road })
    }

    async fn handshake(
        &self,
        road: Road,
        greeting: Greeting<'_>,
        until: Instant,
    ) -> Result<Road, ConnectError> {
        let Greeting { authority, name, place, offered } = greeting;
        let tls = |reason: String| failure(TransportErrorKind::Tls, place, reason);
        let mut config = self.configs.of(authority, offered.is_none()).map_err(tls)?;
        if let Some(offered) = offered {
            let alpn_protocols = offered.iter().map(|name| name.to_vec()).collect();
            let mut own = ClientConfig::clone(&config);
            own.alpn_protocols = alpn_protocols;
            config = Arc::new(own);
        }
        let name = name.unwrap_or(authority.bare_host()).trim_end_matches('.');
        let name = ServerName::try_from(name.to_owned()).map_err(|error| tls(error.to_string()))?;
        let shaking = tokio_rustls::TlsConnector::from(config).connect(name, road.socket);
        let stream: TlsStream<Rewound> = tokio::time::timeout_at(until, shaking)
            .await
            .map_err(|_| self.late(place, "did not end the TLS handshake"))?
            .map_err(|error| of_handshake(&error, place))?
            .into();
        Ok(Road { socket: Rewound::new(Bytes::new(), stream), ..road })
    }

    fn late(&self, place: &str, what: &str) -> ConnectError {
        let wait = self.timeout.as_secs_f32();
        failure(TransportErrorKind::Timeout, place, format!("{what} in {wait} s"))
    }

    fn via_for(&self, authority: &Authority) -> Option<&Via> {
        self.via.as_ref().filter(|via| via.leads_to(authority))
    }
}

impl Road {
    fn over(socket: tokio::net::TcpStream, place: &str) -> Result<Self, ConnectError> {
        let lost =
            |error: std::io::Error| failure(TransportErrorKind::Refused, place, error.to_string());
        // Small messages are not to wait for one another.
        socket.set_nodelay(true).map_err(lost)?;
        let (local, peer) = (socket.local_addr().map_err(lost)?, socket.peer_addr().map_err(lost)?);
        Ok(Self { socket: Rewound::new(Bytes::new(), Carrier::from(socket)), local, peer })
    }

    fn link(self, place: &str) -> Result<Link, ConnectError> {
        Link::carried(self.socket, self.local, self.peer)
            .map_err(|error| failure(TransportErrorKind::Reset, place, error.to_string()))
    }
}
