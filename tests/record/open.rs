//! What has been seen of an exchange that is still open is on disk, too, and survives the recorder.

use crate::peer::{PATIENCE, Then, Upstream, connect, expect, say};
use crate::support::{ReadOn as _, Server, run, told};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;
use testimony::cassette::{Cassette, read};
use testimony::exchange::{Body, Exchange, Source, TransportErrorKind};

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const SWITCHED: &str =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
const WORD: &str = "Blue-Whale-77";

/// A WebSocket that sends back what it gets; `/stream` gives events as lines come; the rest is said.
fn upstream() -> Upstream {
    Upstream::start(|request, wire| {
        let path = request.split(' ').nth(1).unwrap();
        let mut frame = [0; 4096];
        match path {
            "/ws" => {
                wire.write_all(SWITCHED.as_bytes()).unwrap();
                while let Ok(count @ 1..) = wire.read_on(&mut frame) {
                    // Masked with zeros.
                    let text = &frame[6..count];
                    let length = u8::try_from(text.len()).unwrap();
                    let back = [&[0x81, length], text].concat();
                    if wire.write_all(&back).is_err() {
                        break;
                    }
                }
            }
            "/stream" => {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
                let events = format!(
                    "{head}data: one\n\ndata: {{\"token\": \"{TOKEN}\"}}\n\ndata: {WORD}\n\ndata: ha"
                );
                wire.write_all(events.as_bytes()).unwrap();
                let _ = wire.read_on(&mut frame);
            }
            "/never" => {
                let _ = wire.read_on(&mut frame);
            }
            _ => {
                let body = format!("{{\"password\": \"{WORD}\"}}");
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                wire.write_all([head, body].concat().as_bytes()).unwrap();
                return Then::Next;
            }
        }
        Then::Close
    })
}

fn recorder(folder: &Path, upstream: &Upstream, mode: &str) -> Server {
    let url = upstream.url();
    let arguments = ["record", "--cassette", "c.cassette", "--upstream", &url, "--mode", mode];
    Server::start(folder, &arguments)
}

/// A message from the client, and the same from the server.
fn talk(socket: &mut std::net::TcpStream, text: &str) {
    let length = u8::try_from(text.len()).unwrap();
    let masked = [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat();
    socket.write_all(&masked).unwrap();
    let mut back = vec![0; 2 + text.len()];
    socket.read_exact(&mut back).unwrap();
    assert_eq!(&back[2..], text.as_bytes());
}

/// The files of open exchanges.
fn open_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("c.cassette.open")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn on_disk(folder: &Path) -> String {
    let text = |path: PathBuf| String::from_utf8(std::fs::read(path).unwrap()).unwrap();
    let mut all = text(folder.join("c.cassette"));
    for path in open_files(folder) {
        all.push_str(&text(path));
    }
    all
}

fn recovered(folder: &Path) -> Cassette {
    let recovered = told(&run(folder, &["cassette", "recover", "c.cassette"]));
    assert!(recovered.starts_with("exit 0\n"), "{recovered}");
    assert!(!folder.join("c.cassette.open").exists());
    let cassette = read(&folder.join("c.cassette")).unwrap();
    assert!(cassette.sealed && cassette.warnings.is_empty(), "{:?}", cassette.warnings);
    cassette
}

fn assert_broken_off(exchange: &Exchange) {
    let error = exchange.error.as_ref().unwrap();
    assert_eq!(error.kind, TransportErrorKind::Stopped);
    assert!(error.message.contains("killed"), "{error:?}");
    assert_eq!(exchange.source, Source::Live, "its digest is its own");
}

fn messages(exchange: &Exchange) -> Vec<String> {
    let line = |message: &testimony::exchange::SocketMessage| {
        format!("{} {}", message.from.as_str(), message.text().unwrap())
    };
    exchange.messages.iter().map(line).collect()
}

#[test]
fn an_open_websocket_survives_the_recorder() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), upstream());
    let server = recorder(folder.path(), &upstream, "once");
    let mut socket = connect(server.address);
    socket.write_all(UPGRADE.as_bytes()).unwrap();
    expect(&mut socket, SWITCHED);
    talk(&mut socket, "hello");
    talk(&mut socket, &format!("use {TOKEN} now"));
    talk(&mut socket, &format!("say {WORD}"));
    assert!(on_disk(folder.path()).contains(&format!("say {WORD}")), "nothing says that it is one");
    // Another exchange shows that what was said was a secret.
    assert!(
        say(server.address, "GET /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .contains(WORD)
    );
    server.signal("KILL");
    let text = on_disk(folder.path());
    assert!(!text.contains(TOKEN) && !text.contains(WORD), "{text}");
    drop(server);
    let listed = told(&run(folder.path(), &["cassette", "verify", "c.cassette"]));
    assert!(listed.contains("recover"), "{listed}");
    let cassette = recovered(folder.path());
    let [answered, open] = cassette.exchanges.as_slice() else { panic!("{cassette:?}") };
    assert!(answered.error.is_none());
    assert_broken_off(open);
    assert_eq!(open.response.as_ref().unwrap().status, 101);
    let said = messages(open);
    assert_eq!(said.len(), 6, "{said:?}");
    assert_eq!(said[..2], ["client hello", "server hello"]);
    assert!(said[3].starts_with("server use {{secret:") && said[3].ends_with(" now"), "{said:?}");
    assert!(said[4].starts_with("client say {{secret:"), "{said:?}");
    let scanned = told(&run(folder.path(), &["cassette", "scan", "c.cassette"]));
    assert!(scanned.starts_with("exit 0\n"), "{scanned}");
}

#[test]
fn an_open_stream_is_taken_in_by_the_next_recorder() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), upstream());
    let server = recorder(folder.path(), &upstream, "once");
    let mut socket = connect(server.address);
    socket.write_all(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut came = String::new();
    let mut piece = [0; 4096];
    while !came.ends_with("data: ha") {
        let count = socket.read_on(&mut piece).unwrap();
        came.push_str(std::str::from_utf8(&piece[..count]).unwrap());
    }
    server.signal("KILL");
    assert!(!on_disk(folder.path()).contains(TOKEN));
    drop(server);
    let url = upstream.url();
    let once = ["record", "--cassette", "c.cassette", "--upstream", &url];
    let refused = told(&run(folder.path(), &once));
    assert!(refused.starts_with("exit 2\n") && refused.contains("holds 1 exchanges"), "{refused}");
    let server = recorder(folder.path(), &upstream, "new_episodes");
    assert!(
        say(server.address, "GET /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            .contains(WORD)
    );
    assert!(server.stop().status.success());
    let cassette = read(&folder.path().join("c.cassette")).unwrap();
    let [open, after] = cassette.exchanges.as_slice() else { panic!("{cassette:?}") };
    assert_broken_off(open);
    let Body::Bytes(body) = &open.response.as_ref().unwrap().body else { panic!("a body") };
    let body = std::str::from_utf8(body).unwrap();
    assert!(
        body.starts_with("data: one\n\ndata: {\"token\": \"{{secret:1}}\"}\n\ndata: "),
        "{body}"
    );
    assert!(body.ends_with("\n\n"), "what may be the beginning of a secret waits: {body}");
    assert!(!body.contains(WORD), "known by now: {body}");
    assert!(open.redacted.iter().any(|note| note.at == "/response/body"), "{:?}", open.redacted);
    assert_eq!(after.number.0, 2);
}

#[test]
fn a_request_that_waits_for_its_answer_is_on_disk_after_a_while() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), upstream());
    let server = recorder(folder.path(), &upstream, "once");
    let mut socket = connect(server.address);
    let body = format!("{{\"token\": \"{TOKEN}\", \"n\": 1}}");
    let length = body.len();
    let request = format!(
        "POST /never HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let end = Instant::now() + PATIENCE;
    while open_files(folder.path()).is_empty() || !on_disk(folder.path()).contains("digest") {
        assert!(Instant::now() < end, "it never came to disk");
        std::thread::yield_now();
    }
    server.signal("KILL");
    drop(server);
    assert!(!on_disk(folder.path()).contains(TOKEN));
    let cassette = recovered(folder.path());
    let [open] = cassette.exchanges.as_slice() else { panic!("{cassette:?}") };
    assert_broken_off(open);
    assert!(open.response.is_none() && open.request.method == "POST");
    let Body::Bytes(body) = &open.request.body else { panic!("a body") };
    assert_eq!(&body[..], b"{\"token\": \"{{secret:1}}\", \"n\": 1}");
}

#[test]
fn what_has_ended_leaves_nothing_beside_the_cassette() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), upstream());
    let server = recorder(folder.path(), &upstream, "once");
    let mut socket = connect(server.address);
    socket.write_all(UPGRADE.as_bytes()).unwrap();
    expect(&mut socket, SWITCHED);
    talk(&mut socket, "hello");
    assert_eq!(open_files(folder.path()).len(), 1);
    server.stop();
    assert!(!folder.path().join("c.cassette.open").exists());
    let cassette = read(&folder.path().join("c.cassette")).unwrap();
    assert_eq!(messages(&cassette.exchanges[0]), ["client hello", "server hello"]);
    assert_eq!(cassette.exchanges.len(), 1);
}
