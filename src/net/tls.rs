//! TLS towards clients (with leaf certificates of the project's CA) and towards upstreams. The
//! provider is always given explicitly, never the process's default.

use super::stream::Rewound;
use super::{CertificateAuthority, Offered, Protocol};
use rustls::crypto::CryptoProvider;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake, TlsStream};

/// The crypto provider of every TLS connection here.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A handshake that a client has begun, before it is answered.
pub struct Begun {
    start: StartHandshake<Rewound>,
    name: Option<String>,
    offered: Offered,
}

/// Waits for a client to begin a handshake.
pub async fn begin(socket: Rewound, wait: Duration) -> io::Result<Begun> {
    let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), socket);
    let start = in_time(wait, acceptor).await?;
    let hello = start.client_hello();
    let name = hello.server_name().map(str::to_owned);
    let offered = hello.alpn().map(Offered::of).unwrap_or_default();
    Ok(Begun { start, name, offered })
}

impl Begun {
    /// What the client offers to speak (ALPN).
    pub const fn offered(&self) -> Offered {
        self.offered
    }

    /// The name of the host that the client asks for (SNI).
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Takes the server's part. The certificate is for the name that the client asks for (SNI), or
    /// for `host` where it asks for none; `protocol` is what it gets.
    pub async fn accept(
        self,
        authority: &CertificateAuthority,
        host: &str,
        protocol: Option<Protocol>,
        wait: Duration,
    ) -> io::Result<TlsStream<Rewound>> {
        let name = self.name.as_deref().unwrap_or(host);
        let config = authority.server_config(name, protocol).map_err(io::Error::other)?;
        Ok(in_time(wait, self.start.into_stream(config)).await?.into())
    }
}

async fn in_time<T>(wait: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "the client did not end it in time");
    tokio::time::timeout(wait, work).await.map_err(late)?
}
