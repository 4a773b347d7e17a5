//! Proxies on hyper that record nothing: what forwarding costs by itself.

use crate::{process, tls};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A reverse proxy.
#[tokio::main]
pub async fn reverse(upstream: SocketAddr) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    process::announce(listener.local_addr().expect("a port"));
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        let client = client.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let client = client.clone();
            async move {
                let (mut parts, body) = request.into_parts();
                let path = parts.uri.path_and_query().expect("a path").as_str().to_owned();
                parts.uri = format!("http://{upstream}{path}").parse().expect("a URL");
                let body = body.collect().await.expect("a body").to_bytes();
                let asked = client.request(Request::from_parts(parts, Full::new(body)));
                whole(asked.await.expect("a response")).await
            }
        });
        let http = hyper::server::conn::http1::Builder::new();
        tokio::spawn(
            async move { drop(http.serve_connection(TokioIo::new(socket), answer).await) },
        );
    }
}

async fn whole(response: Response<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Response::from_parts(parts, Full::new(body)))
}

/// A proxy that opens TLS inside of `CONNECT` and speaks TLS to the upstream, one connection there
/// for each here.
#[tokio::main]
pub async fn intercepting(folder: &Path) {
    // Its own certificate: the upstream's authority stays as it is.
    let own = folder.join("bare");
    std::fs::create_dir_all(&own).expect("a folder");
    let acceptor = TlsAcceptor::from(tls::server(&own));
    let connector = TlsConnector::from(tls::client());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    process::announce(listener.local_addr().expect("a port"));
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        tokio::spawn(opened(socket, acceptor.clone(), connector.clone()));
    }
}

async fn opened(
    mut socket: TcpStream,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let upstream: SocketAddr = head.split(' ').nth(1)?.parse().ok()?;
    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    let stream = acceptor.accept(socket).await.ok()?;
    let behind = TcpStream::connect(upstream).await.ok()?;
    behind.set_nodelay(true).ok()?;
    let name = ServerName::from(upstream.ip());
    let behind = connector.connect(name, behind).await.ok()?;
    let (sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(behind)).await.ok()?;
    tokio::spawn(connection);
    let sender = Arc::new(Mutex::new(sender));
    let answer = service_fn(move |request: Request<Incoming>| {
        let sender = Arc::clone(&sender);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let asked = Request::from_parts(parts, Full::new(body));
            whole(sender.lock().await.send_request(asked).await?).await
        }
    });
    let http = hyper::server::conn::http1::Builder::new();
    http.serve_connection(TokioIo::new(stream), answer).await.ok()
}
