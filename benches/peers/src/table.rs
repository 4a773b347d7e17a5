//! What a replay is measured against: hyper, answering from a hash map of paths.

use crate::process;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves for ever.
#[tokio::main]
pub async fn serve(paths: usize) {
    let body = Bytes::from(crate::cassette::body());
    let answers: HashMap<String, Bytes> =
        (0..paths).map(|path| (format!("/p/{path}"), Bytes::copy_from_slice(&body))).collect();
    let answers = Arc::new(answers);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    process::announce(listener.local_addr().expect("a port"));
    loop {
        let (socket, _) = listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        let answers = Arc::clone(&answers);
        let answer = service_fn(move |request: Request<Incoming>| {
            let answers = Arc::clone(&answers);
            async move {
                let body = answers.get(request.uri().path()).cloned().unwrap_or_default();
                Response::builder().header("Content-Type", "application/json").body(Full::new(body))
            }
        });
        let http = hyper::server::conn::http1::Builder::new();
        tokio::spawn(
            async move { drop(http.serve_connection(TokioIo::new(socket), answer).await) },
        );
    }
}
