//! What all of them stand before: hyper, answering everything with 1 KB of JSON.

use crate::{process, tls};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::path::Path;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Serves for ever; with TLS where there is a folder for its authority.
#[tokio::main]
pub async fn serve(folder: Option<&Path>) {
    let body = Bytes::from(format!("{{\"name\":\"{}\"}}", "x".repeat(1000)));
    let acceptor = folder.map(|folder| TlsAcceptor::from(tls::server(folder)));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    process::announce(listener.local_addr().expect("a port"));
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        let (body, acceptor) = (body.clone(), acceptor.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |_: Request<Incoming>| {
                let response = Response::builder()
                    .header("Content-Type", "application/json")
                    .body(Full::new(body.clone()))
                    .expect("a response");
                async { Ok::<_, Infallible>(response) }
            });
            let http = hyper::server::conn::http1::Builder::new();
            match acceptor {
                None => drop(http.serve_connection(TokioIo::new(socket), answer).await),
                Some(acceptor) => {
                    let Ok(stream) = acceptor.accept(socket).await else { return };
                    drop(http.serve_connection(TokioIo::new(stream), answer).await);
                }
            }
        });
    }
}
