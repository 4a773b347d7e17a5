//! Sockets, plain or in TLS, with the ways to end them.

use crate::authority::provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConnection, ServerConnection, StreamOwned};
use std::io::{Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A connection.
pub enum Pipe {
    Plain(TcpStream),
    Client(Box<StreamOwned<ClientConnection, TcpStream>>),
    Server(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Pipe {
    /// A server's side of TLS.
    pub fn server(socket: TcpStream, config: &Arc<rustls::ServerConfig>) -> Self {
        let connection = ServerConnection::new(Arc::clone(config)).unwrap();
        Self::Server(Box::new(StreamOwned::new(connection, socket)))
    }

    /// A client's side of TLS through a tunnel to `upstream`, trusting one authority alone.
    pub fn through(mut socket: TcpStream, upstream: SocketAddr, authority: &Path) -> Self {
        write!(socket, "CONNECT {upstream} HTTP/1.1\r\nHost: {upstream}\r\n\r\n").unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match socket.read(&mut byte) {
                Ok(0) => panic!("no tunnel"),
                Ok(_) => head.push(byte[0]),
                Err(error) => assert_ne!(error.kind(), std::io::ErrorKind::ConnectionReset),
            }
        }
        assert!(head.starts_with(b"HTTP/1.1 200 "));
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
        let mut config = rustls::ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(upstream.ip().to_string()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        Self::Client(Box::new(StreamOwned::new(connection, socket)))
    }

    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Client(stream) => stream.read(buffer),
            Self::Server(stream) => stream.read(buffer),
        }
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Client(stream) => stream.write(bytes),
            Self::Server(stream) => stream.write(bytes),
        }
    }

    pub fn flush(&mut self) -> Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Client(stream) => stream.flush(),
            Self::Server(stream) => stream.flush(),
        }
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Client(stream) => &stream.sock,
            Self::Server(stream) => &stream.sock,
        }
    }

    /// Says that nothing more comes from here; the other direction stays open.
    pub fn half_close(&mut self) {
        match self {
            Self::Plain(socket) => super::stage::end_direction(socket),
            Self::Client(stream) => {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
            Self::Server(stream) => {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    }

    /// Closing will reset the connection.
    pub fn will_reset(&mut self) {
        rustix::net::sockopt::set_socket_linger(self.socket(), Some(Duration::ZERO)).unwrap();
        // Nothing polite is said any more.
        if let Ok(socket) = self.socket().try_clone() {
            *self = Self::Plain(socket);
        }
    }

    /// Ends the connection as its protocol wants it, unless it is to be reset.
    pub fn close(mut self) {
        let linger = rustix::net::sockopt::socket_linger(self.socket()).unwrap_or(None);
        if linger.is_none() {
            self.half_close();
        }
    }
}
