//! A client of `WebSocket`s on a raw socket: frames as they are on the wire.

use crate::support::Server;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

pub const HANDSHAKE: &str = "GET /talk HTTP/1.1\r\nHost: any\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const OPENED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\ntestimony-source: replay\r\n\r\n";

/// A message as a cassette has it.
pub fn said(from: &str, kind: &str, rest: &str) -> String {
    format!("{{\"from\": \"{from}\", \"at_ms\": 1, \"type\": \"{kind}\", {rest}}}")
}

fn connected(server: &Server) -> TcpStream {
    let socket = TcpStream::connect(server.address).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(300))).unwrap();
    socket
}

/// First byte and payload of a frame.
pub type Frame<'f> = (u8, &'f [u8]);

/// A connection, in TLS or not.
trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// A client on a raw socket.
pub struct Client(Box<dyn Stream>);

impl Client {
    /// A client that takes the server for the API's.
    pub fn open(server: &Server) -> Self {
        Self::on(connected(server), HANDSHAKE)
    }

    /// One that asks the server as a proxy, with the handshake's URL in absolute form.
    pub fn by_absolute_form(server: &Server, origin: &str) -> Self {
        let handshake = HANDSHAKE.replacen("GET /", &format!("GET {origin}/"), 1);
        Self::on(connected(server), &handshake)
    }

    /// One that asks for a tunnel, and speaks TLS in it; trusts the authority in the folder.
    pub fn by_tunnel(server: &Server, folder: &Path, host: &str) -> Self {
        let mut socket = connected(server);
        write!(socket, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").unwrap();
        // What follows the head is TLS: not a byte more may be taken.
        let mut answer = [0; b"HTTP/1.1 200 Connection established\r\n\r\n".len()];
        socket.read_exact(&mut answer).unwrap();
        assert!(answer.ends_with(b"\r\n\r\n"), "{}", answer.escape_ascii());
        let certificate = std::fs::read(folder.join(".testimony/ca/ca.pem")).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&certificate).unwrap()).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = rustls::pki_types::ServerName::try_from(host.to_owned()).unwrap();
        let tls = rustls::ClientConnection::new(config.into(), name).unwrap();
        Self::on(rustls::StreamOwned::new(tls, socket), HANDSHAKE)
    }

    fn on(mut socket: impl Stream + 'static, handshake: &str) -> Self {
        socket.write_all(handshake.as_bytes()).unwrap();
        let mut head = vec![0; OPENED.len()];
        socket.read_exact(&mut head).unwrap();
        assert_eq!(String::from_utf8(head).unwrap(), OPENED);
        Self(Box::new(socket))
    }

    /// Sends a masked frame with this first byte.
    pub fn send(&mut self, first: u8, payload: &[u8]) {
        let mask = [7, 91, 200, 33];
        let length = u8::try_from(payload.len()).unwrap();
        assert!(length < 126);
        let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
        let frame: Vec<u8> = [first, 0x80 | length].into_iter().chain(mask).chain(masked).collect();
        self.0.write_all(&frame).unwrap();
    }

    /// The next frame: its first byte and its payload.
    pub fn frame(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        assert!(head[1] < 126, "a short frame without a mask: {head:?}");
        let mut payload = vec![0; head[1].into()];
        self.0.read_exact(&mut payload).unwrap();
        (head[0], payload)
    }

    pub fn expect(&mut self, first: u8, payload: &[u8]) {
        let (got, bytes) = self.frame();
        assert_eq!(
            (got, bytes.escape_ascii().to_string()),
            (first, payload.escape_ascii().to_string())
        );
    }

    /// The connection ends in order.
    pub fn over(mut self) {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "{rest:?}");
    }
}
