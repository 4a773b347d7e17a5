//! The load: keep-alive connections that ask for the next as soon as they have the last.

use crate::tls;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Mutex;
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
            return asked(socket, seed, end).await;
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
        asked(connector.connect(name, socket).await.expect("TLS"), seed, end).await
    }
}

/// A request after the other until the time is up.
async fn asked(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seed: usize,
    end: Instant,
) -> Vec<Duration> {
    let mut buffer = vec![0; 16 * 1024];
    let (mut waits, mut path) = (Vec::new(), seed * 7919);
    while Instant::now() < end {
        path = (path + 31) % 10_000;
        let request = format!("GET /p/{path} HTTP/1.1\r\nHost: h\r\n\r\n");
        let start = Instant::now();
        stream.write_all(request.as_bytes()).await.expect("a server");
        stream.flush().await.expect("a server");
        let mut have = 0;
        while !buffer[..have].ends_with(b"x\"}") {
            let read = stream.read(&mut buffer[have..]).await.expect("a server");
            assert!(read > 0, "closed after {} requests", waits.len());
            have += read;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"));
        waits.push(start.elapsed());
    }
    waits
}
