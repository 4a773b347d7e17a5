//! Raw upstreams that note what reaches them, a recorder in a folder of its own, raw clients.

pub use crate::authority::PrivateAuthority;
use crate::authority::provider;
use crate::support::{ReadOn as _, Server};
use rustls::pki_types::{CertificateDer, ServerName};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testimony::cassette::{Cassette, read};

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// What becomes of an upstream's connection after a request.
pub enum Then {
    Next,
    Close,
}

/// Bytes that go both ways.
pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// An upstream that answers each whole request by a function of its own.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    closed: Arc<AtomicUsize>,
}

type Handler = dyn Fn(&str, &mut dyn Wire) -> Then + Send + Sync;

impl Upstream {
    /// Answers requests with `handler`.
    pub fn start(handler: impl Fn(&str, &mut dyn Wire) -> Then + Send + Sync + 'static) -> Self {
        Self::over(handler, |socket| Some(Box::new(socket)))
    }

    /// Answers every request with the same bytes.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_, wire| {
            wire.write_all(&bytes).unwrap();
            Then::Next
        })
    }

    /// The same through TLS, with a certificate for these names that `authority` signed.
    pub fn secure(
        authority: &PrivateAuthority,
        names: &[&str],
        handler: impl Fn(&str, &mut dyn Wire) -> Then + Send + Sync + 'static,
    ) -> Self {
        let config = authority.server_config(names);
        Self::over(handler, move |socket| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            Some(Box::new(Polite(rustls::StreamOwned::new(connection, socket))))
        })
    }

    fn over(
        handler: impl Fn(&str, &mut dyn Wire) -> Then + Send + Sync + 'static,
        open: impl Fn(TcpStream) -> Option<Box<dyn Wire>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (notes, handler): (_, Arc<Handler>) = (Arc::clone(&seen), Arc::new(handler));
        let closed = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&closed);
        let open = Arc::new(open);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (notes, handler, open) =
                    (Arc::clone(&notes), Arc::clone(&handler), Arc::clone(&open));
                let count = Arc::clone(&count);
                std::thread::spawn(move || {
                    socket.set_read_timeout(Some(PATIENCE)).unwrap();
                    socket.set_nodelay(true).unwrap();
                    let Some(mut wire) = open(socket) else { return };
                    let mut buffer = Vec::new();
                    while let Some(request) = read_request(&mut *wire, &mut buffer) {
                        notes.lock().unwrap().push(request.clone());
                        if matches!(handler(&request, &mut *wire), Then::Close) {
                            break;
                        }
                    }
                    drop(wire);
                    count.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, seen, closed }
    }

    /// The requests that reached it, whole, as bytes.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until that many connections were closed by this side, and the other side's system knows.
    pub fn wait_closed(&self, connections: usize) {
        while self.closed.load(Ordering::SeqCst) < connections || self.closes() {
            std::thread::yield_now();
        }
    }

    /// Whether the end of a connection is still on its way, by Linux's table: under load it takes a moment
    /// even here.
    fn closes(&self) -> bool {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
        let port = format!(":{:04X}", self.address.port());
        // The second column is our address, the fourth the state: FIN-WAIT-1 and LAST-ACK.
        table.lines().any(|line| {
            let columns: Vec<&str> = line.split_whitespace().take(4).collect();
            matches!(columns[..], [_, ours, _, "04" | "09"] if ours.ends_with(&port))
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Ends TLS as the protocol wants it.
struct Polite(rustls::StreamOwned<rustls::ServerConnection, TcpStream>);

impl Read for Polite {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Polite {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Polite {
    fn drop(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}

/// Reads one request: head, and body by its length or to its last chunk.
fn read_request(wire: &mut dyn Wire, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(length) = request_length(buffer) {
            let request: Vec<u8> = buffer.drain(..length).collect();
            return Some(String::from_utf8_lossy(&request).into_owned());
        }
        let mut piece = [0; 16 * 1024];
        match wire.read_on(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => buffer.extend_from_slice(&piece[..count]),
        }
    }
}

fn request_length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    // These are answered before their body comes.
    if head.contains("expect: 100-continue") || head.contains("x-answer-early:") {
        return Some(end);
    }
    if head.contains("transfer-encoding: chunked") {
        // A large body is not to be looked at again for each piece of it.
        if bytes.len() > 1 << 16 && !bytes.ends_with(b"\r\n\r\n") {
            return None;
        }
        let from = if bytes[end..].starts_with(b"0\r\n") {
            end
        } else {
            end + bytes[end..].windows(5).position(|window| window == b"\r\n0\r\n")? + 2
        };
        let last = bytes[from..].windows(4).position(|window| window == b"\r\n\r\n")?;
        return Some(from + last + 4);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let whole = end + length.map_or(0, |digits| digits.trim().parse::<usize>().unwrap());
    (bytes.len() >= whole).then_some(whole)
}

/// A recorder in a folder of its own.
pub struct Recorder {
    pub server: Server,
    pub folder: tempfile::TempDir,
}

impl Recorder {
    /// Records into `c.cassette` with these further arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    /// Records into a file of another folder that `c.cassette` is a link to.
    #[cfg(unix)]
    pub fn linked(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        std::fs::write(folder.path().join("real/c.cassette"), "").unwrap();
        std::os::unix::fs::symlink("real/c.cassette", folder.path().join("c.cassette")).unwrap();
        Self::start_in(folder, arguments)
    }

    pub fn start_in(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let all = [&["record", "--cassette", "c.cassette"], arguments].concat();
        let server = Server::start(folder.path(), &all);
        Self { server, folder }
    }

    /// As a reverse proxy.
    pub fn before(upstream: &Upstream) -> Self {
        Self::start(&["--upstream", &upstream.url()])
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub fn cassette_path(&self) -> PathBuf {
        self.folder.path().join("c.cassette")
    }

    /// What is in the cassette now.
    pub fn recorded(&self) -> Cassette {
        read(&self.cassette_path()).unwrap()
    }

    /// Stops it, and reads the cassette, which must be sealed.
    pub fn end(self) -> Cassette {
        self.end_with_output().0
    }

    pub fn end_with_output(self) -> (Cassette, Output) {
        let path = self.cassette_path();
        let output = self.server.stop();
        let cassette = read(&path).unwrap();
        let failures = cassette.exchanges.iter().filter(|one| one.error.is_some()).count();
        // A recording of failures alone is told by the exit code.
        let code = if failures > 0 && failures == cassette.exchanges.len() { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{}", crate::support::told(&output));
        assert!(cassette.sealed && cassette.torn.is_none() && cassette.warnings.is_empty());
        drop(self.folder);
        (cassette, output)
    }
}

/// Sends bytes and ends that direction; answers with everything that comes until the end.
pub fn say(address: SocketAddr, wire: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(wire.as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    rest(&mut socket)
}

/// A connection to a listener.
pub fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

/// Everything until the end of the connection.
pub fn rest(wire: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    wire.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Exactly these bytes come next.
pub fn expect(wire: &mut impl Read, expected: &str) {
    let mut bytes = vec![0; expected.len()];
    let mut got = 0;
    while got < bytes.len() {
        let count = wire.read_on(&mut bytes[got..]).unwrap();
        got += count;
        let so_far = String::from_utf8_lossy(&bytes[..got]);
        assert!(expected.starts_with(&*so_far) && count > 0, "{so_far:?} is not {expected:?}");
    }
}

/// Opens a tunnel through the recorder.
pub fn tunnel(recorder: &Recorder, authority: &str) -> TcpStream {
    let mut socket = connect(recorder.address());
    write!(socket, "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
    expect(&mut socket, "HTTP/1.1 200 Connection established\r\n\r\n");
    socket
}

/// A TLS client that trusts the project's CA alone.
pub fn secured(
    recorder: &Recorder,
    socket: TcpStream,
    host: &str,
) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    use rustls::pki_types::pem::PemObject as _;
    let file = recorder.folder.path().join(".testimony/ca/ca.pem");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let mut config = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(connection, socket)
}
