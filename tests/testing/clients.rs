//! Clients: hyper by base URL, and TLS through the proxy, in runtimes of one thread and of many.

use crate::Desk;
use crate::upstream::Upstream;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use std::sync::Arc;
use testimony::testing::{Recorder, Replayer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A client that keeps its connections.
pub struct Http(Client<HttpConnector, Full<Bytes>>);

/// What it got.
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub text: String,
}

impl Http {
    pub fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    pub async fn ask(&self, method: &str, url: String, body: &str) -> Answer {
        let request = hyper::Request::builder().method(method).uri(url);
        let request = request.header("Content-Type", "application/json");
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let answer = self.0.request(request).await.unwrap();
        let retry_after = answer.headers().get("retry-after");
        Answer {
            status: answer.status().as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            text: String::from_utf8(
                answer.into_body().collect().await.unwrap().to_bytes().to_vec(),
            )
            .unwrap(),
        }
    }

    pub async fn json(&self, method: &str, url: String, body: &str) -> Value {
        serde_json::from_str(&self.ask(method, url, body).await.text).unwrap()
    }
}

async fn journey(url: &str, client: &Http) -> Vec<Value> {
    let mut seen = Vec::new();
    let sent = json!({"b": 1, "a": [2.0]}).to_string();
    seen.push(client.json("POST", format!("{url}/a/jobs"), &sent).await);
    loop {
        let polled = client.json("GET", format!("{url}/a/jobs/1"), "").await;
        seen.push(polled.clone());
        if polled["state"] == "done" {
            return seen;
        }
    }
}

async fn recorded_and_replayed() {
    let (desk, upstream) = (Desk::new(), Upstream::start());
    let cassette = desk.path("tapes/journey.cassette");
    std::fs::create_dir_all(desk.path("tapes")).unwrap();
    let recorder = Recorder::builder()
        .cassette(&cassette)
        .upstream(&upstream.url)
        .ca_folder(desk.ca())
        .start()
        .await
        .unwrap();
    let client = Http::new();
    let live = journey(recorder.url(), &client).await;
    let summary = recorder.finish().await.unwrap();
    assert_eq!((summary.recorded, summary.failures), (5, 0));
    assert_eq!(upstream.requests(), 5);

    let replayer = Replayer::builder()
        .cassette(&cassette)
        .ca_folder(desk.ca())
        .all_used()
        .start()
        .await
        .unwrap();
    assert_eq!(journey(replayer.url(), &client).await, live);
    assert_eq!(replayer.finish().await.unwrap().answered, 5);
    assert_eq!(upstream.requests(), 5);
}

#[tokio::test]
async fn a_runtime_of_one_thread() {
    recorded_and_replayed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_of_many() {
    recorded_and_replayed().await;
}

/// A runtime's only thread blocks, and the server answers all the same.
#[tokio::test]
async fn a_client_that_blocks_the_runtime() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = desk.replayer();
    assert!(crate::get(replayer.url(), "/a/hello").starts_with("HTTP/1.1 200"));
}

const SECURE: &str = r#"{"cassette": 1, "session": "secure", "tool": "t", "specs": [], "rules": {"match": {}, "redact": []}}
{"exchange": 1, "at": "2026-11-20T10:00:00Z", "source": "live",
 "request": {"method": "GET", "target": "https://api.example/v1/name", "version": "HTTP/1.1", "headers": [["Host", "api.example"]], "trailers": []},
 "response": {"status": 200, "reason": "Fine", "version": "HTTP/1.1", "headers": [["Content-Type", "application/json"], ["Content-Length", "14"]], "body": {"json": {"name": "x y"}, "style": "compact"}, "trailers": []},
 "timing": {"first_byte_ms": 1, "end_ms": 1}, "error": null, "redacted": [], "digest": ""}
{"end": true, "exchanges": 1}
"#;

/// A client that trusts the project's authority and no other opens a tunnel.
#[tokio::test]
async fn tls_through_the_proxy() {
    let desk = Desk::new();
    std::fs::write(desk.path("one.cassette"), SECURE).unwrap();
    let replayer = desk.replayer();
    assert_eq!(crate::text(&replayer.ca_path()), replayer.ca_pem());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(replayer.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let proxy = replayer.proxy_url().strip_prefix("http://").unwrap();
    let mut socket = tokio::net::TcpStream::connect(proxy).await.unwrap();
    socket
        .write_all(b"CONNECT api.example:443 HTTP/1.1\r\nHost: api.example\r\n\r\n")
        .await
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    let name = ServerName::try_from("api.example").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut tls = connector.connect(name, socket).await.unwrap();
    let request = b"GET /v1/name HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n";
    tls.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // Not every end of TLS is announced.
    let _ = tls.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 Fine\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"name":"x y"}"#), "{answer}");
    assert!(replayer.unused().is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_the_end() {
    let desk = Desk::recorded(&Upstream::start());
    let replayer = desk.replayer();
    // Connections that are open and idle hold nothing up.
    let idle = std::net::TcpStream::connect(replayer.url().strip_prefix("http://").unwrap());
    assert!(crate::get(replayer.url(), "/a/hello").starts_with("HTTP/1.1 200"));
    drop(replayer);
    drop(idle);
}
