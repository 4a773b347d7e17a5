//! A replay opens no connection and resolves no name: every call of the network that it makes is looked at.
//!
//! `strace` writes the calls down (`skipped:` where it can't). A server that must not be asked stands behind
//! every name that could lead somewhere, and a recorder is watched the same way, to see that the watch sees.
#![allow(clippy::print_stdout, reason = "a test may say that it was skipped")]

use super::{cassette, get, text};
use crate::http2_peer::{ask, client, plain, tunnel};
use crate::support::{Server, exchange, testimony};
use http::Request;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Whether calls can be traced here.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-qq", "-e", "trace=network", "true"]).output();
    let why = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    println!("skipped: strace: {why}");
    false
}

/// A server of ours under `strace`, whose calls go to the file `calls`.
fn watched(folder: &Path, arguments: &[&str]) -> Server {
    let plain = testimony(folder);
    let mut command = Command::new("strace");
    // `-D`: the server is our child, and gets our signals.
    command.args(["-D", "-f", "-q", "-s", "200", "-e", "trace=network,openat", "-o", "calls"]);
    command.arg(plain.get_program()).args(arguments);
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    // Nothing of this may be heeded by a replay.
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"] {
        command.env(name, "http://127.0.0.1:9");
    }
    Server::spawn(command)
}

/// The calls of a server that has ended, one a line.
fn calls(folder: &Path, process: u32) -> Vec<String> {
    let process = process.to_string();
    // Numbers of processes are filled up to columns.
    let is_last = |line: &str| {
        line.split_ascii_whitespace().next() == Some(&process) && line.contains("+++ exited with")
    };
    let end = Instant::now() + Duration::from_secs(300);
    loop {
        let text = std::fs::read_to_string(folder.join("calls")).unwrap();
        if text.lines().any(is_last) {
            return text.lines().map(str::to_owned).collect();
        }
        assert!(Instant::now() < end, "no end: {text}");
        std::thread::yield_now();
    }
}

/// What in a trace goes out, or asks for a name.
fn outgoing(calls: &[String]) -> Vec<&String> {
    let goes_out = |call: &&String| {
        let names =
            ["connect(", "sendmmsg(", "SOCK_DGRAM", "SOCK_RAW", "AF_NETLINK", "sin_port=htons(53)"];
        let files =
            ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "libnss_", "/etc/gai.conf"];
        let addressed = call.contains("sendto(") && call.contains("sa_family");
        addressed || names.iter().chain(&files).any(|part| call.contains(part))
    };
    calls.iter().filter(goes_out).collect()
}

/// A server that must not be asked, and how often it was.
fn trap() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = socket.map(|mut socket| {
                socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlive")
            });
        }
    });
    (address, count)
}

fn status(answer: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(answer);
    text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{text:?}"))
}

/// Cassettes of two sessions, with what a replay has ways of its own for.
fn cassettes(folder: &Path) {
    let sessions = folder.join("all");
    std::fs::create_dir(&sessions).unwrap();
    let large = vec![b'x'; 300_000];
    let name = testimony::exchange::Digest::of(&large).hex();
    let socket = "\"request\": {\"method\": \"GET\", \"target\": \"http://hit.example/socket\", \"headers\": [[\"Upgrade\", \"websocket\"]]}, \
                  \"response\": {\"status\": 101, \"headers\": [[\"Upgrade\", \"websocket\"], [\"Connection\", \"Upgrade\"]]}, \
                  \"messages\": [{\"from\": \"server\", \"at_ms\": 1, \"type\": \"text\", \"text\": \"hello\"}]";
    let http2 = "\"request\": {\"method\": \"GET\", \"target\": \"https://new.example/hello\", \"version\": \"HTTP/2\"}, \
                 \"response\": {\"status\": 200, \"version\": \"HTTP/2\", \"body\": {\"text\": [\"hello\"]}}";
    let exchanges = [
        get("http://hit.example/x", &text(200, "one")),
        get("https://hit.example/x", &text(200, "secure")),
        get(
            "http://hit.example/moved",
            "{\"status\": 302, \"headers\": [[\"Location\", \"http://localhost/\"]]}",
        ),
        get(
            "http://hit.example/large",
            &format!("{{\"status\": 200, \"body\": {{\"file\": \"{name}\", \"bytes\": 300000}}}}"),
        ),
        get(
            "http://hit.example/refused",
            "null, \"error\": {\"kind\": \"refused\", \"message\": \"m\"}",
        ),
        http2.to_owned(),
        socket.to_owned(),
    ];
    cassette(&sessions, "one", &exchanges);
    cassette(&sessions, "two", &[get("http://hit.example/x", &text(200, "two"))]);
    let bodies = sessions.join("one.cassette.bodies");
    std::fs::create_dir(&bodies).unwrap();
    std::fs::write(bodies.join(name), large).unwrap();
}

/// Everything that a client may ask for in the clear: status by request.
fn ask_plainly(proxy: SocketAddr, trap: SocketAddr) {
    let line = |method: &str, target: &str, more: &str| {
        format!(
            "{method} {target} HTTP/1.1\r\nHost: hit.example\r\nConnection: close\r\n{more}\r\n"
        )
    };
    let upgrade = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let cases = [
        (line("GET", "/x", ""), 200),
        (line("GET", "http://hit.example/x", ""), 200),
        (line("GET", "http://hit.example/x", "testimony-session: two\r\n"), 200),
        (line("GET", "http://hit.example/moved", ""), 302),
        (line("GET", "http://hit.example/large", ""), 200),
        (line("GET", "http://hit.example/refused", ""), 502),
        (line("GET", "http://hit.example/other", ""), 477),
        (line("GET", "http://hit.example/x", "testimony-session: none\r\n"), 477),
        (line("GET", "http://hit.example/x", "Proxy-Authorization: Basic bm9uZTo=\r\n"), 477),
        (line("GET", "http://localhost/", ""), 477),
        (line("GET", "http://www.example.com/", ""), 477),
        (line("GET", &format!("http://{trap}/"), ""), 477),
        (line("GET", &format!("http://localhost:{}/", trap.port()), ""), 477),
        (line("POST", &format!("http://{trap}/"), "Content-Length: 0\r\n"), 477),
        (
            line("PUT", "http://www.example.com/", "Expect: 100-continue\r\nContent-Length: 0\r\n"),
            477,
        ),
        (line("GET", &format!("http://{trap}/socket"), upgrade), 477),
        (line("OPTIONS", "*", ""), 477),
    ];
    for (request, expected) in cases {
        let answer = exchange(proxy, request.as_bytes());
        assert_eq!(status(&answer), expected, "{request}{}", String::from_utf8_lossy(&answer));
    }
    // One that was recorded as a socket is played, and calls nobody either. Its client says goodbye.
    let goodbye = [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];
    let request = line("GET", "http://hit.example/socket", upgrade);
    let played = exchange(proxy, &[request.as_bytes(), &goodbye].concat());
    assert_eq!(status(&played), 101);
    assert!(
        played.ends_with(b"\r\n\r\n\x81\x05hello\x88\x02\x03\xe8"),
        "{}",
        played.escape_ascii()
    );
}

/// Tunnels to where nothing was recorded, with other things in them than HTTP, and without an end.
fn ask_in_tunnels(proxy: SocketAddr, trap: SocketAddr) {
    for authority in
        [trap.to_string(), format!("localhost:{}", trap.port()), "www.example.com:22".to_owned()]
    {
        for inside in [&b"SSH-2.0-depot\r\n"[..], b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b""] {
            let mut socket = TcpStream::connect(proxy).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
            write!(socket, "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
            socket.write_all(inside).unwrap();
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            let _ = socket.read_to_end(&mut answer);
            assert!(!String::from_utf8_lossy(&answer).contains("live"), "{authority}");
        }
    }
}

async fn ask_in_tls(proxy: SocketAddr, trap: SocketAddr, folder: &Path) {
    let both = ["h2", "http/1.1"];
    let url = |text: &str| Request::get(text).body(()).unwrap();
    let (stream, chosen) = tunnel(proxy, "new.example:443", folder, &both).await;
    assert_eq!(chosen.as_deref(), Some("h2"));
    let sender = client(stream).await;
    for (path, expected) in [("/hello", 200), ("/none", 477)] {
        let answer = ask(&sender, url(&format!("https://new.example{path}")), "").await.unwrap();
        assert_eq!(answer.status().as_u16(), expected, "{path}");
    }
    // HTTP/2 for names that were not recorded, through a tunnel and by prior knowledge.
    for authority in [format!("localhost:{}", trap.port()), "www.example.com:443".to_owned()] {
        let (stream, _) = tunnel(proxy, &authority, folder, &["h2"]).await;
        let answer = ask(&client(stream).await, url(&format!("https://{authority}/")), "").await;
        assert_eq!(answer.unwrap().status().as_u16(), 477, "{authority}");
    }
    let answer = ask(&plain(proxy).await, url(&format!("http://{trap}/")), "").await;
    assert_eq!(answer.unwrap().status().as_u16(), 477);
}

#[test]
fn a_replay_calls_nobody() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    cassettes(folder);
    let (trap, asked) = trap();
    let mut server = watched(folder, &["replay", "--cassette", "all/", "--admin", "127.0.0.1:0"]);
    let admin = server.line().strip_prefix("admin on http://").unwrap().parse().unwrap();
    let start = "{\"name\": \"three\", \"cassette\": \"one.cassette\", \"port\": true}";
    let start = format!(
        "POST /testimony/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{start}",
        start.len()
    );
    let started = exchange(admin, start.as_bytes());
    assert_eq!(status(&started), 201, "{}", String::from_utf8_lossy(&started));
    ask_plainly(server.address, trap);
    ask_in_tunnels(server.address, trap);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(ask_in_tls(server.address, trap, folder));
    let process = server.id();
    assert_eq!(server.stop().status.code(), Some(1), "there were misses");
    let calls = calls(folder, process);
    assert_eq!(outgoing(&calls), Vec::<&String>::new());
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    // It was seen: its listeners, on loopback alone, and each connection.
    let of = |name: &str| calls.iter().filter(|call| call.contains(name)).collect::<Vec<_>>();
    let bound = of("bind(");
    assert_eq!(bound.len(), 3, "proxy, admin, and the port of a session: {bound:?}");
    assert!(bound.iter().all(|call| call.contains("inet_addr(\"127.0.0.1\")")), "{bound:?}");
    let accepted = of("accept4").into_iter().filter(|call| call.contains("sa_family"));
    assert!(accepted.count() > 25, "{calls:?}");
}

/// Without this, the test above could pass for want of eyes.
#[test]
fn a_recorder_is_seen_to_call() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (trap, asked) = trap();
    let server = watched(folder, &["record", "--cassette", "c.cassette"]);
    let by_name = format!("GET http://localhost:{}/ HTTP/1.1\r\nHost: h\r\n\r\n", trap.port());
    assert_eq!(status(&exchange(server.address, by_name.as_bytes())), 200);
    let process = server.id();
    server.stop();
    let calls = calls(folder, process);
    let seen = |part: &str| outgoing(&calls).iter().any(|call| call.contains(part));
    assert!(seen("connect(") && seen("/etc/hosts"), "{calls:?}");
    assert!(asked.load(Ordering::SeqCst) > 0);
}
