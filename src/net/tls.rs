//! TLS towards clients (with leaf certificates of the project's CA) and towards upstreams. The
//! provider is always given explicitly, never the process's default.

use super::CertificateAuthority;
use super::stream::Rewound;
use rustls::crypto::CryptoProvider;
use std::io;
use std::sync::Arc;
use tokio_rustls::{LazyConfigAcceptor, TlsStream};

/// The crypto provider of every TLS connection here.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Takes the server's part in a handshake. The certificate is for the name that the client asks
/// for (SNI), or for `host` where it asks for none.
pub async fn accept(
    socket: Rewound,
    authority: &CertificateAuthority,
    host: &str,
) -> io::Result<TlsStream<Rewound>> {
    let acceptor = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), socket);
    let start = acceptor.await?;
    let name = start.client_hello().server_name().map_or_else(|| host.to_owned(), str::to_owned);
    let config = authority.server_config(&name).map_err(io::Error::other)?;
    Ok(start.into_stream(config).await?.into())
}
