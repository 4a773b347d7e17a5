//! How fast recording and replay are, as ratios to plain hyper servers in the same run.
//!
//! `cargo bench --bench speed` starts an upstream (hyper), a reverse proxy that records nothing
//! (hyper), `testimony record` before the same upstream, and `testimony replay`. 32 keep-alive
//! connections ask for 1 KB of JSON, in rounds that take turns, and the medians are compared.
//! Absolute numbers depend on the machine, which the load shares.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark, not the product")]

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 32;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
/// Requests in a round over one connection.
const REQUESTS: usize = 4_000;
const PATHS: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let body = Bytes::from(format!("{{\"name\":\"{}\"}}", "x".repeat(1000)));
    let upstream = table(&body);
    let plain = proxy(upstream);
    let base = format!("http://{upstream}");
    let arguments = ["record", "--cassette", "speed.cassette", "--upstream", &base];
    let recorder = Ours::start(folder.path(), &arguments);
    compare("record", "hyper proxy that records nothing", plain, &recorder);
    delays("record", upstream, plain, recorder.address);
    drop(recorder);
    write_cassette(&folder.path().join("replay.cassette"), &body);
    let replayer = Ours::start(folder.path(), &["replay", "--cassette", "replay.cassette"]);
    compare("replay", "hyper server with a hash map", upstream, &replayer);
}

fn compare(name: &str, peer: &str, theirs: SocketAddr, ours: &Ours) {
    let (mut their_rates, mut our_rates) = (Vec::new(), Vec::new());
    load(theirs, ROUND / 4);
    load(ours.address, ROUND / 4);
    let before = ours.cpu_seconds();
    let mut served = 0.0;
    for _ in 0..ROUNDS {
        their_rates.push(load(theirs, ROUND));
        let rate = load(ours.address, ROUND);
        served += rate * ROUND.as_secs_f64();
        our_rates.push(rate);
    }
    let cpu = (ours.cpu_seconds() - before) / served * 1e6;
    let (theirs, ours) = (median(&mut their_rates), median(&mut our_rates));
    println!("{name}: {ours:.0} requests/s, {cpu:.1} us of CPU each");
    println!("  {peer}: {theirs:.0} requests/s");
    println!("  ratio {:.2}", ours / theirs);
}

/// What one client waits longer for its response than without anything in between.
fn delays(name: &str, upstream: SocketAddr, plain: SocketAddr, ours: SocketAddr) {
    let (mut direct, mut bare, mut recorded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        direct.push(delay(upstream));
        bare.push(delay(plain));
        recorded.push(delay(ours));
    }
    let (direct, bare) = (median(&mut direct), median(&mut bare));
    println!(
        "{name}, one connection: {:.1} us added at the median; by the hyper proxy {:.1} us",
        median(&mut recorded) - direct,
        bare - direct
    );
}

/// Median time of a request over one connection, in microseconds.
fn delay(address: SocketAddr) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let mut times = runtime.unwrap().block_on(async {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let (mut buffer, mut times) = (vec![0; 16 * 1024], Vec::with_capacity(REQUESTS));
        for path in 0..REQUESTS {
            let start = Instant::now();
            exchange(&mut socket, path % PATHS, &mut buffer).await;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        times
    });
    median(&mut times)
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Requests per second over keep-alive connections, from two threads.
fn load(address: SocketAddr, time: Duration) -> f64 {
    let total = AtomicU32::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let total = &total;
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let ask = |client| ask(address, thread * 1000 + client, start + time);
                    let clients: Vec<_> =
                        (0..CONNECTIONS / 2).map(|client| tokio::spawn(ask(client))).collect();
                    for client in clients {
                        total.fetch_add(client.await.unwrap(), Ordering::Relaxed);
                    }
                });
            });
        }
    });
    f64::from(total.into_inner()) / start.elapsed().as_secs_f64()
}

/// One client: a request after the other until the time is up.
async fn ask(address: SocketAddr, seed: usize, end: Instant) -> u32 {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut buffer = vec![0; 16 * 1024];
    let (mut count, mut path) = (0, seed * 7919);
    while Instant::now() < end {
        path = (path + 31) % PATHS;
        exchange(&mut socket, path, &mut buffer).await;
        count += 1;
    }
    count
}

/// One request and its response.
async fn exchange(socket: &mut TcpStream, path: usize, buffer: &mut [u8]) {
    let request = format!("GET /p/{path} HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut have = 0;
    while !buffer[..have].ends_with(b"x\"}") {
        let read = socket.read(&mut buffer[have..]).await.unwrap();
        assert!(read > 0, "closed in the middle of a response");
        have += read;
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..have]));
}

/// A hyper server that answers from a hash map of paths.
fn table(body: &Bytes) -> SocketAddr {
    let answers: HashMap<String, Bytes> =
        (0..PATHS).map(|path| (format!("/p/{path}"), body.clone())).collect();
    let answers = Arc::new(answers);
    serve(move |request: Request<Incoming>| {
        let answers = Arc::clone(&answers);
        async move {
            let body = answers.get(request.uri().path()).cloned().unwrap_or_default();
            Response::builder().header("Content-Type", "application/json").body(Full::new(body))
        }
    })
}

/// A reverse proxy on hyper that records nothing.
fn proxy(upstream: SocketAddr) -> SocketAddr {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    serve(move |request: Request<Incoming>| {
        let client = client.clone();
        async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
            parts.uri = format!("http://{upstream}{path}").parse().unwrap();
            let body = body.collect().await.unwrap().to_bytes();
            let response = client.request(Request::from_parts(parts, Full::new(body))).await;
            let (parts, body) = response.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Ok(Response::from_parts(parts, Full::new(body)))
        }
    })
}

/// Serves on a runtime of its own, with as many threads as the machine has cores.
fn serve<F, R>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<Response<Full<Bytes>>, hyper::http::Error>> + Send + 'static,
{
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                let served = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service_fn(answer.clone()));
                tokio::spawn(served);
            }
        });
    });
    receiver.recv().unwrap()
}

fn write_cassette(path: &Path, body: &Bytes) {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let length = body.to_string().len().to_string();
    let mut text = "{\"cassette\": 1, \"session\": \"speed\"}\n".to_owned();
    for number in 1..=PATHS {
        let target = format!("http://h/p/{}", number - 1);
        let record = serde_json::json!({
            "exchange": number, "at": "2026-01-01T00:00:00Z", "source": "live",
            "request": {"method": "GET", "target": target},
            "response": {
                "status": 200, "reason": "OK",
                "headers": [["Content-Type", "application/json"], ["Content-Length", length]],
                "body": {"json": body, "style": "compact"},
            },
        });
        text.push_str(&record.to_string());
    }
    std::fs::write(path, text).unwrap();
}

/// The binary under measure.
struct Ours {
    child: Child,
    address: SocketAddr,
}

impl Ours {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_testimony"))
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit('/').next().unwrap().parse().unwrap();
        Self { child, address }
    }

    /// Seconds of CPU that it used so far, from Linux's process table; 0 elsewhere.
    fn cpu_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split(' ').collect();
        let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<f64>().ok());
        (ticks(12).unwrap_or(0.0) + ticks(13).unwrap_or(0.0)) / 100.0
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
