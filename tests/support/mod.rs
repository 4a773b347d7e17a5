//! What the integration tests share: the binary under test, started clean and stopped for sure.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

pub mod packages;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Longest wait for anything that a test starts: far more than a machine at its limit takes.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is looked whether a process has ended.
const LOOK: Duration = Duration::from_millis(1);

/// The binary, with a clean environment and its own working directory.
pub fn testimony(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testimony"));
    command.env_clear().current_dir(directory);
    for name in ["PATH", "HOME", "JAVA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("CI", "true").stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub fn run(directory: &Path, arguments: &[&str]) -> Output {
    testimony(directory).args(patient(arguments)).output().unwrap()
}

/// The arguments, with patience for the other side: on a machine at its limit it may take longer than a minute
/// over a byte. What is tried of `--timeout` itself says so.
pub fn patient<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = arguments.to_vec();
    let given =
        |name: &str| arguments.iter().take_while(|one| **one != "--").any(|one| *one == name);
    let sends = match arguments.first() {
        Some(&"record" | &"probe") => true,
        Some(&"drift") => given("--target"),
        Some(&"check") => given("--live"),
        _ => false,
    };
    if sends && !given("--timeout") {
        all.splice(1..1, ["--timeout", "300s"]);
    }
    all
}

/// A client that a test starts, whatever proxy this machine's own programs are led through.
pub fn client(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command
}

/// Reads that go on after a signal: the system resumes none that has a time limit.
pub trait ReadOn: Read {
    /// As [`Read::read`].
    fn read_on(&mut self, place: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.read(place) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

impl<R: Read + ?Sized> ReadOn for R {}

/// What a process printed, with its exit code in front, for messages and comparisons.
pub fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().map_or("signal".to_owned(), |code| code.to_string());
    format!("exit {code}\n{}{}", text(&output.stdout), text(&output.stderr))
}

/// A server of ours that runs, and is killed when it is dropped.
pub struct Server {
    child: Option<Child>,
    pub address: SocketAddr,
    stdout: Option<BufReader<std::process::ChildStdout>>,
}

impl Server {
    /// Starts `testimony ARGUMENTS` and waits for its line `listening on http://…`.
    pub fn start(directory: &Path, arguments: &[&str]) -> Self {
        let mut command = testimony(directory);
        command.args(patient(arguments));
        Self::spawn(command)
    }

    /// The same for a command that was prepared.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://") else {
            let mut stderr = String::new();
            child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
            panic!("no server: {line:?} {stderr}");
        };
        let address = address.parse().unwrap();
        Self { child: Some(child), address, stdout: Some(stdout) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// The next line on stdout.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The next line on stdout is this one.
    pub fn expect_line(&mut self, expected: &str) {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    /// Sends a signal (`TERM`, `INT`, `KILL`).
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// Asks it to end, and answers with all that it printed (after the first line).
    pub fn stop(mut self) -> Output {
        self.signal("TERM");
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> Output {
        let mut child = self.child.take().unwrap();
        let mut stdout = Vec::new();
        let end = Instant::now() + PATIENCE;
        let mut stderr = child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).unwrap();
            text
        });
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("the server did not stop");
            }
            std::thread::sleep(LOOK);
        }
        self.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        let status = child.wait().unwrap();
        Output { status, stdout, stderr: reader.join().unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// An address of this machine where nobody listens, and nobody can as long as this is kept.
pub struct Nobody {
    pub address: SocketAddr,
    _held: rustix::fd::OwnedFd,
}

impl Nobody {
    pub fn new() -> Self {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};
        let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
        let held = socket_with(family, kind, SocketFlags::CLOEXEC, None).unwrap();
        bind(&held, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = SocketAddr::try_from(getsockname(&held).unwrap()).unwrap();
        Self { address, _held: held }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A port of 127.0.0.1 for a server that must be told one. It is below those that the system hands out, so
/// that nobody else is given it before the server listens; each process looks at another place first.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 37;
        let port = 10_000 + u16::try_from(next % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Sends bytes and reads until the peer closes or a whole response with `Content-Length` is there.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request).unwrap();
    read_response(&mut socket)
}

/// Reads one response: to its `Content-Length`, its last chunk, or the end of the connection.
pub fn read_response(socket: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while !is_whole(&bytes) {
        match socket.read_on(&mut buffer) {
            Ok(0) => break,
            // A connection that is reset ends a response, too.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("after {} bytes: {error}", bytes.len()),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    bytes
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let body = &bytes[end + 4..];
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    match length {
        Some(length) => body.len() >= length.trim().parse().unwrap(),
        None if head.contains("transfer-encoding: chunked") => body.ends_with(b"0\r\n\r\n"),
        None => false,
    }
}

/// The folder of reference material beside the checkout, where there is one.
pub fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let named = std::env::var_os("TESTIMONY_SHARED").map(PathBuf::from);
    named.into_iter().chain([beside]).find(|folder| folder.is_dir())
}

/// Whether a program can be started here; says so when it can't.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: `{program}` is not installed");
    }
    found
}
