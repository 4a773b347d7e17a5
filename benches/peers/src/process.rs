//! Processes that are measured.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server that runs until it is dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

/// Tells the one who started this process where it listens.
pub fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
    std::io::stdout().flush().expect("somebody who listens");
}

/// What must not be recorded, where it is asked for: sixteen keys of 32 characters.
fn secrets() -> impl Iterator<Item = (String, String)> {
    let digits =
        |seed: u64| format!("{:016x}{:016x}", seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), !seed);
    (1..=16).map(move |seed| (format!("PEERS_SECRET_{}", seed - 1), digits(seed)))
}

impl Process {
    /// This program in another role.
    pub fn own(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("a name");
        Self::start(&program, Path::new("."), arguments)
    }

    /// A program that says where it listens.
    pub fn start(program: &Path, folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .envs(secrets())
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a program to start");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line");
        let address = line.trim().rsplit('/').next().and_then(|text| text.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{}: {line:?}", program.display()));
        Self { child, address }
    }

    /// mitmproxy, writing every flow to a file.
    pub fn mitmdump(program: &Path, folder: &Path, mode: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
        let port = free.port().to_string();
        let child = Command::new(program)
            .args(["-q", "-w", "flows", "--ssl-insecure", "--listen-host", "127.0.0.1"])
            .args(["--listen-port", &port, "--mode", mode, "--set", "confdir=mitm"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mitmdump");
        while TcpStream::connect(free).is_err() {
            std::thread::yield_now();
        }
        Self { child, address: free }
    }

    /// mitmproxy, answering from a HAR.
    pub fn mitmdump_replay(program: &Path, folder: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
        let port = free.port().to_string();
        let child = Command::new(program)
            .args(["-q", "--server-replay", "a.har", "--set", "server_replay_reuse=true"])
            .args(["--set", "server_replay_extra=404", "--set", "connection_strategy=lazy"])
            .args(["--mode", "reverse:http://h", "--set", "keep_host_header=true"])
            .args(["--listen-host", "127.0.0.1", "--listen-port", &port, "--set", "confdir=mitm"])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mitmdump");
        while TcpStream::connect(free).is_err() {
            std::thread::yield_now();
        }
        Self { child, address: free }
    }

    /// WireMock, answering from the mappings in a folder; without the journal in which it keeps every
    /// request.
    pub fn wiremock(jar: &Path, root: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
        let child = Command::new("java")
            .arg("-jar")
            .arg(jar)
            .args(["--port", &free.port().to_string(), "--bind-address", "127.0.0.1"])
            .args(["--no-request-journal", "--disable-banner", "--use-chunked-encoding", "never"])
            .arg("--root-dir")
            .arg(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("java");
        while TcpStream::connect(free).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Self { child, address: free }
    }

    /// The most bytes of memory that it had so far, from Linux's process table; 0 elsewhere.
    pub fn peak_memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        kilobytes.map_or(0.0, |kilobytes: f64| kilobytes * 1024.0)
    }

    /// Seconds of CPU that it used so far, from Linux's process table; 0 elsewhere.
    pub fn cpu_seconds(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split(' ').collect();
        let ticks = |index: usize| fields.get(index).and_then(|f| f.parse::<f64>().ok());
        (ticks(12).unwrap_or(0.0) + ticks(13).unwrap_or(0.0)) / 100.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
