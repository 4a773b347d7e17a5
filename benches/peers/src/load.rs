//! The load: keep-alive connections that ask for the next as soon as they have the last.

use crate::tls;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What is asked for, and how.
#[derive(Clone, Copy)]
pub struct Load {
    /// In TLS, through a tunnel where there is a proxy.
    pub secure: bool,
    pub upstream: SocketAddr,
    /// How many paths there are.
    pub paths: usize,
}

/// What a round came to.
pub struct Rate {
    pub per_second: f64,
    pub served: f64,
    /// Of a single request, in microseconds.
    pub median_us: f64,
}

impl Load {
    /// Asks over so many connections for so long, from two threads where there is more than one.
    pub fn run(self, address: SocketAddr, proxy: bool, connections: usize, time: Duration) -> Rate {
        let all = Mutex::new(Vec::new());
        let start = Instant::now();
        let threads = connections.min(2);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let all = &all;
                scope.spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.expect("a runtime").block_on(async {
                        let clients: Vec<_> = (0..connections / threads)
                            .map(|client| {
                                let seed = thread * 1000 + client;
                                tokio::spawn(self.client(address, proxy, seed, start + time))
                            })
                            .collect();
                        for client in clients {
                            let waits = client.await.expect("a client that ends");
                            all.lock().expect("nobody fails").extend(waits);
                        }
                    });
                });
            }
        });
        let mut waits = all.into_inner().expect("nobody fails");
        waits.sort_unstable();
        let served = waits.len() as f64;
        Rate {
            per_second: served / start.elapsed().as_secs_f64(),
            served,
            median_us: waits.get(waits.len() / 2).map_or(f64::NAN, |wait| wait.as_secs_f64() * 1e6),
        }
    }

    /// Asks for each path once, over so many connections, but for no longer than a time; answers with
    /// how many were asked for.
    pub fn each_once(self, address: SocketAddr, connections: usize, most: Duration) -> f64 {
        let (next, end) = (AtomicUsize::new(0), Instant::now() + most);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let next = &next;
        runtime.expect("a runtime").block_on(async {
            let one = || async move {
                let mut socket = TcpStream::connect(address).await.expect("a connection");
                socket.set_nodelay(true).expect("a socket");
                let mut buffer = vec![0; 16 * 1024];
                while Instant::now() < end {
                    let path = next.fetch_add(1, Ordering::Relaxed);
                    if path >= self.paths {
                        break;
                    }
                    exchange(&mut socket, &format!("/p/{path}"), &mut buffer).await;
                }
            };
            let mut clients: Vec<_> = (0..connections).map(|_| Box::pin(one())).collect();
            std::future::poll_fn(|context| {
                clients.retain_mut(|client| client.as_mut().poll(context).is_pending());
                if clients.is_empty() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        });
        next.load(Ordering::Relaxed).min(self.paths) as f64
    }

    async fn client(
        self,
        address: SocketAddr,
        proxy: bool,
        seed: usize,
        end: Instant,
    ) -> Vec<Duration> {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        if !self.secure {
            return asked(socket, self.paths, seed, end).await;
        }
        if proxy {
            let upstream = self.upstream;
            let connect = format!("CONNECT {upstream} HTTP/1.1\r\nHost: {upstream}\r\n\r\n");
            socket.write_all(connect.as_bytes()).await.expect("a proxy");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(socket.read_u8().await.expect("a tunnel"));
            }
            assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
        }
        let connector = TlsConnector::from(tls::client());
        let name = ServerName::from(self.upstream.ip());
        asked(connector.connect(name, socket).await.expect("TLS"), self.paths, seed, end).await
    }
}

/// A request after the other until the time is up.
async fn asked(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    paths: usize,
    seed: usize,
    end: Instant,
) -> Vec<Duration> {
    let mut buffer = vec![0; 16 * 1024];
    let (mut waits, mut path) = (Vec::new(), seed * 7919);
    while Instant::now() < end {
        path = (path + 31) % paths;
        let start = Instant::now();
        exchange(&mut stream, &format!("/p/{path}"), &mut buffer).await;
        waits.push(start.elapsed());
    }
    waits
}

/// One request and its response.
async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    path: &str,
    buffer: &mut [u8],
) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a server");
    stream.flush().await.expect("a server");
    let mut have = 0;
    while !buffer[..have].ends_with(b"x\"}") {
        let read = stream.read(&mut buffer[have..]).await.expect("a server");
        assert!(read > 0, "closed in the middle: {}", String::from_utf8_lossy(&buffer[..have]));
        have += read;
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..have]));
}

/// Asks for one path, over a connection of its own.
pub fn ask_once(address: SocketAddr, path: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        exchange(&mut socket, path, &mut vec![0; 16 * 1024]).await;
    });
}
