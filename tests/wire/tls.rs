//! Sockets, plain or in TLS, with the ways to end them; somebody's private certificate authority.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConnection, ServerConnection, StreamOwned};
use std::io::{Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
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

/// A certificate authority that nobody knows.
pub struct Authority {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "somebody's own");
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: rcgen::Issuer::new(params, key) }
    }

    /// Writes its certificate into a folder.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("private.pem");
        std::fs::write(&path, self.certificate.pem()).unwrap();
        path
    }

    /// A server at 127.0.0.1.
    pub fn server_config(&self) -> Arc<rustls::ServerConfig> {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
