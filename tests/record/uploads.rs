//! Uploads and event streams with clients that are not ours.

use crate::peer::{PATIENCE, Recorder, Then, Upstream};
use crate::support::{client, has};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;

/// A form with a file in it, every byte there is, as curl sends it: what the upstream got is what was
/// recorded.
#[test]
fn a_form_with_a_binary_file_is_recorded_byte_for_byte() {
    if !has("curl") {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = listener.local_addr().unwrap();
    let (told, got) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        let mut socket = listener.incoming().flatten().next().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        socket.read_exact(&mut body).unwrap();
        told.send(body).unwrap();
        socket.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let recorder = Recorder::start(&["--upstream", &format!("http://{upstream}")]);
    let bytes: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
    let file = recorder.folder.path().join("all.bin");
    std::fs::write(&file, &bytes).unwrap();
    let sent = client("curl")
        .args(["-sS", "--noproxy", "*", "-F", "note=x", "-F"])
        .arg(format!("file=@{}", file.display()))
        .arg(format!("{}/form", recorder.server.url()))
        .output()
        .unwrap();
    assert!(sent.status.success(), "{}", crate::support::told(&sent));
    let expected = got.recv_timeout(PATIENCE).unwrap();
    assert!(expected.windows(bytes.len()).any(|window| window == bytes));
    let path = recorder.cassette_path();
    let exchange = recorder.recorded().exchanges.remove(0);
    let body = match &exchange.request.body {
        testimony::exchange::Body::File(file) => {
            testimony::cassette::open_body(&path, file, u64::MAX).unwrap()
        }
        body => body.bytes().unwrap().to_vec(),
    };
    assert!(body == expected);
    recorder.end();
}

const NODE: &str = "const r = await fetch(process.argv[1]); const d = new TextDecoder(); \
    for await (const c of r.body) process.stdout.write(d.decode(c));";
const PYTHON: &str = "import sys, urllib.request as u\n\
    r = u.build_opener(u.ProxyHandler({})).open(sys.argv[1])\n\
    for line in r: print(line.decode(), end='', flush=True)";

/// The server sends an event only when the client has shown the one before: nothing is held back.
#[test]
fn events_reach_real_clients_one_by_one() {
    let clients: [(&str, &[&str]); 2] =
        [("node", &["--input-type=module", "-e", NODE]), ("python3", &["-c", PYTHON])];
    for (program, arguments) in clients {
        if !has(program) {
            continue;
        }
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let upstream = Upstream::start(move |_, wire| {
            let wait = wait.lock().unwrap();
            wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
            for event in ["data: 1\n", "data: 22\n", "data: 333\n"] {
                write!(wire, "{:x}\r\n{event}\r\n", event.len()).unwrap();
                wait.recv_timeout(PATIENCE).unwrap();
            }
            wire.write_all(b"0\r\n\r\n").unwrap();
            Then::Next
        });
        let recorder = Recorder::before(&upstream);
        let mut client = Command::new(program)
            .args(arguments)
            .arg(format!("{}/events", recorder.server.url()))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut shown = BufReader::new(client.stdout.take().unwrap());
        for expected in ["data: 1\n", "data: 22\n", "data: 333\n"] {
            let mut line = String::new();
            shown.read_line(&mut line).unwrap();
            assert_eq!(line, expected, "{program}");
            go.send(()).unwrap();
        }
        assert!(client.wait().unwrap().success(), "{program}");
        let exchange = recorder.end().exchanges.remove(0);
        let chunks = exchange.timing.chunks;
        assert_eq!(chunks.iter().map(|chunk| chunk.bytes).collect::<Vec<_>>(), [8, 9, 10]);
        assert!(chunks.is_sorted_by(|a, b| a.at_ms <= b.at_ms), "{program}: {chunks:?}");
    }
}
