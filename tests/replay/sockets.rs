//! A WebSocket played back: to raw sockets, and to the clients of independent libraries.

use super::frames::{Client, Frame, HANDSHAKE, said};
use super::programs::{node, python, ws};
use super::{cassette, get};
use crate::support::{Server, told};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A replayer of a WebSocket on which this was said.
fn replayer(folder: &Path, messages: &[&str], error: &str, more: &[&str]) -> Server {
    replayer_of(folder, "http://h", messages, error, more)
}

/// The same, of a server of this scheme and host.
fn replayer_of(
    folder: &Path,
    origin: &str,
    messages: &[&str],
    error: &str,
    more: &[&str],
) -> Server {
    let opened = "{\"status\": 101, \"reason\": \"Switching Protocols\", \"headers\": [[\"Upgrade\", \"websocket\"], [\"Connection\", \"Upgrade\"], [\"sec-websocket-accept\", \"of another key\"]]}";
    let parts = format!("{opened}, \"messages\": [{}]{error}", messages.join(", "));
    let file = cassette(folder, "a", &[get(&format!("{origin}/talk"), &parts)]);
    Server::start(folder, &[&["replay", "--cassette", &file], more].concat())
}

#[test]
fn each_line_comes_in_its_turn() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        said("server", "text", "\"text\": \"welcome\""),
        said("client", "text", "\"text\": \"{\\\"id\\\": 1, \\\"key\\\": \\\"{{secret:1}}\\\"}\""),
        said("client", "ping", "\"base64\": \"AQ==\""),
        said("server", "pong", "\"base64\": \"AQ==\""),
        said("server", "ping", "\"base64\": \"AgM=\""),
        said("server", "binary", "\"base64\": \"AAH/\""),
        said("client", "binary", "\"base64\": \"/wA=\""),
        said("client", "close", "\"code\": 1000, \"text\": \"enough\""),
        said("server", "close", "\"code\": 1000, \"text\": \"farewell\""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let server = replayer(folder.path(), &lines, "", &[]);
    let mut client = Client::open(&server);
    client.expect(0x81, b"welcome");
    // In fragments, with a control frame between, in another spelling and with a new secret.
    client.send(0x01, b"{\"key\":\"new\",");
    client.send(0x89, b"there?");
    client.expect(0x8a, b"there?");
    client.send(0x80, b"\"id\":1.0}");
    client.expect(0x89, b"\x02\x03");
    client.expect(0x82, b"\x00\x01\xff");
    client.send(0x8a, b"\x02\x03");
    client.send(0x82, b"\xff\x00");
    client.send(0x88, b"\x03\xe8other words");
    client.expect(0x88, b"\x03\xe8farewell");
    client.over();
    // Again, with everything at once.
    let mut client = Client::open(&server);
    client.send(0x81, b"{\"id\":1,\"key\":\"x\"}");
    client.send(0x82, b"\xff\x00");
    client.send(0x88, b"\x03\xe8");
    client.expect(0x81, b"welcome");
    client.expect(0x89, b"\x02\x03");
    client.expect(0x82, b"\x00\x01\xff");
    client.expect(0x88, b"\x03\xe8farewell");
    client.over();
    let output = server.stop();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

#[test]
fn a_message_that_is_not_the_recorded_one_is_a_miss() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        said("client", "text", "\"text\": \"{\\\"op\\\": \\\"add\\\", \\\"n\\\": [1, 2]}\""),
        said("server", "text", "\"text\": \"done\""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let cases: [(&[Frame], &str); 4] = [
        (&[(0x81, b"{\"op\":\"add\",\"n\":[1,3]}")], "message 1:/n/1\n    - 2\n    + 3"),
        (&[(0x82, b"{\"op\":\"add\",\"n\":[1,2]}")], "\n    + binary: "),
        (&[(0x81, b"hello")], "\n    + text: hello"),
        (&[(0x81, b"{\"op\":\"add\",\"n\":[1,2]}"), (0x81, b"more")], "text: more"),
    ];
    for (frames, difference) in cases {
        let server = replayer(folder.path(), &lines, "", &[]);
        let mut client = Client::open(&server);
        for (first, payload) in frames {
            client.send(*first, payload);
        }
        if frames.len() > 1 {
            client.expect(0x81, b"done");
        }
        let (first, payload) = client.frame();
        assert_eq!((first, &payload[..2]), (0x88, &4477_u16.to_be_bytes()[..]));
        assert!(payload[2..].starts_with(b"testimony-miss: "), "{}", payload.escape_ascii());
        client.over();
        let output = server.stop();
        let told = told(&output);
        assert!(told.starts_with("exit 1\n") && told.contains(", 1 miss;"), "{told}");
        assert!(told.contains(difference), "{told}");
    }
}

#[test]
fn matching_rules_reach_the_clients_messages() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        said(
            "client",
            "text",
            "\"text\": \"{\\\"id\\\": 7, \\\"tags\\\": [1, 2], \\\"op\\\": \\\"add\\\"}\"",
        ),
        said("server", "text", "\"text\": \"done\""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let server = replayer(folder.path(), &lines, "", &[]);
    let mut client = Client::open(&server);
    client.send(0x81, b"{\"id\":8,\"tags\":[1,2],\"op\":\"add\"}");
    assert_eq!(client.frame().1[..2], 4477_u16.to_be_bytes());
    let told_of = told(&server.stop());
    let hint = "--match 'GET /talk: ignore-json=$.id'";
    assert!(told_of.contains("message 1:/id\n    - 7\n    + 8"), "{told_of}");
    assert!(told_of.contains(hint), "{told_of}");
    let rules =
        ["--match", "GET /talk: ignore-json=$.id", "--match", "GET /t*: unordered-json=$.tags"];
    let server = replayer(folder.path(), &lines, "", &rules);
    let mut client = Client::open(&server);
    client.send(0x81, b"{\"op\":\"add\",\"tags\":[2,1],\"id\":8}");
    client.expect(0x81, b"done");
    let mut other = Client::open(&server);
    other.send(0x81, b"{\"op\":\"remove\",\"tags\":[2,1],\"id\":8}");
    assert_eq!(other.frame().1[..2], 4477_u16.to_be_bytes());
    let told_of = told(&server.stop());
    assert!(told_of.contains("message 1:/op\n    - \"add\"\n    + \"remove\""), "{told_of}");
    assert!(!told_of.contains("message 1:/id"), "{told_of}");
}

#[test]
fn who_leaves_early_or_comes_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        said("server", "text", "\"text\": \"tick\""),
        said("client", "text", "\"text\": \"never sent\""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let server = replayer(folder.path(), &lines, "", &[]);
    let mut client = Client::open(&server);
    client.expect(0x81, b"tick");
    client.send(0x88, b"\x03\xe9");
    client.expect(0x88, b"\x03\xe9");
    client.over();
    drop(Client::open(&server));
    // What is no frame.
    let mut client = Client::open(&server);
    client.expect(0x81, b"tick");
    client.send(0x83, b"");
    assert_eq!(client.frame().1[..2], 1002_u16.to_be_bytes());
    // A server that stops says so.
    let mut client = Client::open(&server);
    client.expect(0x81, b"tick");
    server.signal("TERM");
    assert_eq!(client.frame().1[..2], 1001_u16.to_be_bytes());
    let mut server = server;
    assert_eq!(server.wait().status.code(), Some(0));
}

#[test]
fn proxies_and_tunnels_have_the_same_socket() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        said("client", "text", "\"text\": \"{\\\"a\\\": 1}\""),
        said("server", "text", "\"text\": \"done\""),
        said("client", "close", "\"code\": 1000, \"text\": \"\""),
        said("server", "close", "\"code\": 1000, \"text\": \"\""),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for origin in ["http://h", "https://h"] {
        let server = replayer_of(folder.path(), origin, &lines, "", &[]);
        let open = || match origin {
            "http://h" => Client::by_absolute_form(&server, origin),
            _ => Client::by_tunnel(&server, folder.path(), "h"),
        };
        let mut client = open();
        client.send(0x81, b"{\"a\":1.0}");
        client.expect(0x81, b"done");
        client.send(0x88, b"\x03\xe8");
        client.expect(0x88, b"\x03\xe8");
        client.over();
        let mut client = open();
        client.send(0x81, b"{\"a\":2}");
        assert_eq!(client.frame().1[..2], 4477_u16.to_be_bytes());
        let told = told(&server.stop());
        assert!(told.starts_with("exit 1\n") && told.contains("message 1:/a"), "{told}");
        assert!(told.contains(&format!("miss: GET {origin}/talk")), "{told}");
    }
}

#[test]
fn recorded_pauses_are_kept_between_messages_and_end_with_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let at =
        |message: &str, ms: u32| message.replacen("\"at_ms\": 1", &format!("\"at_ms\": {ms}"), 1);
    let lines = [
        at(&said("server", "text", "\"text\": \"one\""), 2),
        at(&said("client", "text", "\"text\": \"next\""), 3_600_000),
        at(&said("server", "text", "\"text\": \"two\""), 3_600_001),
        at(&said("server", "text", "\"text\": \"in an hour\""), 7_200_001),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let server = replayer(folder.path(), &lines, "", &["--timing", "recorded"]);
    let mut client = Client::open(&server);
    client.expect(0x81, b"one");
    // How long a client takes is its own affair: the server's pause begins with its message.
    client.send(0x81, b"next");
    client.expect(0x81, b"two");
    // Pings are answered in the pause.
    client.send(0x89, b"there?");
    client.expect(0x8a, b"there?");
    server.signal("TERM");
    assert_eq!(client.frame().1[..2], 1001_u16.to_be_bytes());
    let mut server = server;
    assert_eq!(server.wait().status.code(), Some(0));
}

#[test]
fn what_was_recorded_as_a_socket_answers_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = replayer(folder.path(), &[], "", &[]);
    let request = b"GET /talk HTTP/1.1\r\nHost: any\r\n\r\n";
    let answer = String::from_utf8(crate::support::exchange(server.address, request)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 477 "), "{answer}");
    assert!(answer.contains("recorded as a WebSocket"), "{answer}");
    assert_eq!(server.stop().status.code(), Some(1));
}

#[test]
fn a_server_that_broke_off_breaks_off() {
    let folder = tempfile::tempdir().unwrap();
    let lines =
        [said("server", "text", "\"text\": \"one\""), said("server", "text", "\"text\": \"two\"")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let error = ", \"error\": {\"kind\": \"reset\", \"message\": \"m\"}";
    let server = replayer(folder.path(), &lines, error, &[]);
    let mut client = Client::open(&server);
    client.expect(0x81, b"one");
    client.expect(0x81, b"two");
    client.over();
    assert_eq!(server.stop().status.code(), Some(0));
    let cut = replayer(folder.path(), &lines, "", &["--fault", "GET /talk = cut:1"]);
    let mut socket = TcpStream::connect(cut.address).unwrap();
    socket.write_all(HANDSHAKE.as_bytes()).unwrap();
    let mut all = Vec::new();
    socket.read_to_end(&mut all).unwrap();
    let all = all.escape_ascii().to_string();
    assert!(all.contains("testimony-source: fault\\r\\n\\r\\n"), "{all}");
    assert!(all.ends_with("\\r\\n\\r\\n\\x81\\x03one"), "{all}");
    assert!(told(&cut.stop()).contains("1 faults struck"));
}

/// A server of Python's `websockets`, which is ended with the test.
struct Peer(Child, u16);

impl Peer {
    fn start(python: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay/sockets.py");
        let mut command = Command::new(python);
        let command = command.arg(script).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().parse().unwrap())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const PLAN: &str = r#"[null, "hello", null, "{\"b\": 2, \"a\": 1}", null, ["hex", "0001ff"], null, ["ping"], "stream", null, null, "bye"]"#;

/// The client's ends: Python's and Node's, with compression and without.
fn talked(server: &Server, compression: &str) -> Vec<(String, String)> {
    let url = format!("ws://{}/talk", server.address);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay");
    let mut all = Vec::new();
    if let Some(python) = python() {
        let mut command = Command::new(python);
        command.arg(folder.join("sockets.py")).args(["talk", &url, PLAN, "", "", compression]);
        all.push(("python".to_owned(), told(&command.output().unwrap())));
    }
    if let (Some(node), Some(modules)) = (node(), ws()) {
        let mut command = Command::new(node);
        command.arg(folder.join("sockets.mjs")).arg(modules).args([&url, PLAN, compression]);
        all.push(("node".to_owned(), told(&command.output().unwrap())));
    }
    all
}

#[test]
fn independent_clients_see_again_what_they_saw() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::start(&python);
    for recorded in ["deflate", "none"] {
        let name = format!("{recorded}.cassette");
        let upstream = format!("http://127.0.0.1:{}", peer.1);
        let arguments = ["record", "--cassette", &name, "--upstream", &upstream];
        let recorder = Server::start(folder.path(), &arguments);
        let live = talked(&recorder, recorded);
        assert_eq!(recorder.stop().status.code(), Some(0));
        for (client, told) in &live {
            let extension = if recorded == "deflate" { "\"deflate\"" } else { "[]" };
            assert!(
                told.starts_with(&format!(
                    "exit 0\n[{extension}, \"chat\"]\n\"welcome\"\n\"hello!\"\n"
                )),
                "{client}: {told}"
            );
            assert!(
                told.ends_with("\"70000 of x\"\n[4001, \"as you said\"]\n"),
                "{client}: {told}"
            );
        }
        for compression in ["deflate", "none"] {
            let replay = Server::start(folder.path(), &["replay", "--cassette", &name]);
            let replayed = talked(&replay, compression);
            let output = replay.stop();
            assert_eq!(output.status.code(), Some(0), "{}", told(&output));
            // Compressed only where it was recorded so, and the client can.
            let both = recorded == "deflate" && compression == "deflate";
            let extension = if both { "\"deflate\"" } else { "[]" };
            for ((client, live), (_, replayed)) in live.iter().zip(&replayed) {
                let after = |text: &str| text.split_once("\"chat\"]").unwrap().1.to_owned();
                assert_eq!(after(live), after(replayed), "{client} {recorded} {compression}");
                assert!(
                    replayed.starts_with(&format!("exit 0\n[{extension}, ")),
                    "{client}: {replayed}"
                );
            }
        }
    }
    drop(peer);
}
