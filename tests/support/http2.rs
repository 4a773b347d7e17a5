//! Servers and clients of HTTP/2 that show every frame's worth: the `h2` crate on tokio.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use bytes::Bytes;
use h2::client::SendRequest;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request, Response};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::future::poll_fn;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub type Came = Request<RecvStream>;
pub type Answer = SendResponse<Bytes>;

/// A server that hands each request to `handler`, and what it counted.
pub struct Http2 {
    pub address: SocketAddr,
    pub connections: Arc<AtomicUsize>,
}

impl Http2 {
    /// Serves plainly (prior knowledge), or in TLS.
    pub async fn serve<F, R>(tls: Option<Arc<rustls::ServerConfig>>, handler: F) -> Self
    where
        F: Fn(Came, Answer) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let (handler, tls) = (handler.clone(), tls.clone());
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    match tls {
                        None => connection(socket, handler).await,
                        Some(config) => {
                            let acceptor = tokio_rustls::TlsAcceptor::from(config);
                            if let Ok(stream) = acceptor.accept(socket).await {
                                connection(stream, handler).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn connection<T, F, R>(io: T, handler: F)
where
    T: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Came, Answer) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let Ok(mut connection) = h2::server::handshake(io).await else { return };
    while let Some(Ok((request, answer))) = connection.accept().await {
        if request.uri().path() == "/goaway" {
            connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
            continue;
        }
        tokio::spawn(handler(request, answer));
    }
}

/// Everything of a body: bytes and trailers.
pub async fn whole(body: &mut RecvStream) -> Result<(Vec<u8>, HeaderMap), h2::Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        bytes.extend_from_slice(&piece);
        body.flow_control().release_capacity(piece.len())?;
    }
    Ok((bytes, body.trailers().await?.unwrap_or_default()))
}

/// Sends bytes as the other side has room.
pub async fn send(out: &mut SendStream<Bytes>, mut bytes: Bytes) {
    while !bytes.is_empty() {
        out.reserve_capacity(bytes.len());
        while out.capacity() == 0 {
            poll_fn(|context| out.poll_capacity(context)).await.unwrap().unwrap();
        }
        let room = out.capacity().min(bytes.len());
        out.send_data(bytes.split_to(room), false).unwrap();
    }
}

/// The fields of a map in order.
pub fn fields(map: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    map.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// A client on a connection that speaks HTTP/2 already.
pub async fn client<T>(io: T) -> SendRequest<Bytes>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = h2::client::handshake(io).await.unwrap();
    tokio::spawn(async move {
        let _ = connection.await;
    });
    sender
}

/// A client without TLS, by prior knowledge.
pub async fn plain(address: SocketAddr) -> SendRequest<Bytes> {
    client(TcpStream::connect(address).await.unwrap()).await
}

/// A tunnel through a proxy.
pub async fn opened(proxy: SocketAddr, authority: &str) -> TcpStream {
    let mut socket = TcpStream::connect(proxy).await.unwrap();
    let ask = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
    socket.write_all(ask.as_bytes()).await.unwrap();
    let mut granted = [0; 39];
    socket.read_exact(&mut granted).await.unwrap();
    assert_eq!(&granted, b"HTTP/1.1 200 Connection established\r\n\r\n");
    socket
}

/// A tunnel through a proxy, and TLS in it with the project's CA in `folder`; with the protocol that
/// was chosen of those offered.
pub async fn tunnel(
    proxy: SocketAddr,
    authority: &str,
    folder: &Path,
    offered: &[&str],
) -> (tokio_rustls::client::TlsStream<TcpStream>, Option<String>) {
    let host = authority.rsplit_once(':').unwrap().0.to_owned();
    tunnel_as(proxy, authority, &host, folder, offered).await
}

/// [`tunnel`] with another name in TLS than that of the tunnel's host.
pub async fn tunnel_as(
    proxy: SocketAddr,
    authority: &str,
    name: &str,
    folder: &Path,
    offered: &[&str],
) -> (tokio_rustls::client::TlsStream<TcpStream>, Option<String>) {
    let socket = opened(proxy, authority).await;
    let mut roots = rustls::RootCertStore::empty();
    let file = folder.join(".testimony/ca/ca.pem");
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, socket).await.unwrap();
    let chosen = stream.get_ref().1.alpn_protocol();
    let chosen = chosen.map(|name| String::from_utf8(name.to_vec()).unwrap());
    (stream, chosen)
}

/// One request with a body, and the whole response.
pub async fn ask(
    sender: &SendRequest<Bytes>,
    request: Request<()>,
    body: impl Into<Bytes>,
) -> Result<Response<(Vec<u8>, HeaderMap)>, h2::Error> {
    let body = body.into();
    let mut sender = sender.clone().ready().await?;
    let (response, mut out) = sender.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        send(&mut out, body).await;
        out.send_data(Bytes::new(), true)?;
    }
    let (head, mut body) = response.await?.into_parts();
    Ok(Response::from_parts(head, whole(&mut body).await?))
}
