//! When the bytes of recorded answers go: streams in their pieces, and at their times if asked for.

use super::{cassette, get};
use crate::support::{Server, read_response, run, told};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

/// Far enough away that no test waits for it.
const LATER: &str = "3600000";

/// A replayer of a stream of two events, the second an hour after the first.
fn replayer(folder: &Path, more: &[&str]) -> Server {
    let body = r#""body": {"text": ["data: one", "", "data: two", "", ""]}"#;
    let timing = format!(
        "\"timing\": {{\"first_byte_ms\": 0, \"end_ms\": {LATER}, \"chunks\": [[0, 11], [{LATER}, 11]]}}"
    );
    let stream = format!(
        r#"{{"status": 200, "headers": [["Content-Type", "text/event-stream"], ["Transfer-Encoding", "chunked"]], {body}}}, {timing}"#
    );
    let failure = format!(
        "null, \"error\": {{\"kind\": \"timeout\", \"message\": \"m\"}}, \"timing\": {{\"end_ms\": {LATER}}}"
    );
    let late = format!(
        r#"{{"status": 200, "headers": [["Content-Length", "2"]], "body": {{"text": ["hi"]}}}}, "timing": {{"first_byte_ms": {LATER}, "end_ms": {LATER}}}"#
    );
    let exchanges = [
        get("http://h/events", &stream),
        get("http://h/failure", &failure),
        get("http://h/late", &late),
        get("http://h/quick", r#"{"status": 204}, "timing": {"first_byte_ms": 0.5, "end_ms": 1}"#),
    ];
    let file = cassette(folder, "a", &exchanges);
    Server::start(folder, &[&["replay", "--cassette", &file], more].concat())
}

fn opened(server: &Server, path: &str, version: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server.address).unwrap();
    write!(socket, "GET {path} HTTP/{version}\r\nHost: any\r\n\r\n").unwrap();
    socket
}

fn nothing_more_comes(socket: &mut TcpStream) {
    socket.set_nonblocking(true).unwrap();
    assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    socket.set_nonblocking(false).unwrap();
}

const HEAD: &str = "HTTP/1.1 200 \r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\ntestimony-source: replay\r\n\r\n";
const CHUNKS: &str = "b\r\ndata: one\n\n\r\nb\r\ndata: two\n\n\r\n0\r\n\r\n";

#[test]
fn a_stream_comes_at_once_in_its_pieces() {
    let folder = tempfile::tempdir().unwrap();
    for more in [&[][..], &["--timing", "none"], &["--timing", "0"]] {
        let server = replayer(folder.path(), more);
        let answer = read_response(&mut opened(&server, "/events", "1.1"));
        assert_eq!(String::from_utf8(answer).unwrap(), format!("{HEAD}{CHUNKS}"));
        // Of HTTP/1.0 the end of the connection is the end.
        let answer = read_response(&mut opened(&server, "/events", "1.0"));
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.ends_with("\r\n\r\ndata: one\n\ndata: two\n\n"), "{answer}");
        assert_eq!(server.stop().status.code(), Some(0));
    }
}

#[test]
fn recorded_times_are_kept_and_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    for tempo in ["recorded", "0.5"] {
        let mut server = replayer(folder.path(), &["--timing", tempo]);
        let mut events = opened(&server, "/events", "1.1");
        let first = format!("{HEAD}b\r\ndata: one\n\n\r\n");
        let mut got = vec![0; first.len()];
        events.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), first);
        let mut failure = opened(&server, "/failure", "1.1");
        let mut late = opened(&server, "/late", "1.1");
        let mut quick = [0; 15];
        opened(&server, "/quick", "1.1").read_exact(&mut quick).unwrap();
        assert_eq!(&quick, b"HTTP/1.1 204 \r\n");
        for socket in [&mut events, &mut failure, &mut late] {
            nothing_more_comes(socket);
        }
        // Nor is the end put off: what is left comes at once.
        server.signal("TERM");
        let rest = String::from_utf8(read_response(&mut events)).unwrap();
        assert_eq!(rest, "b\r\ndata: two\n\n\r\n0\r\n\r\n");
        assert!(read_response(&mut failure).starts_with(b"HTTP/1.1 504 "));
        assert!(read_response(&mut late).ends_with(b"\r\n\r\nhi"));
        assert_eq!(server.wait().status.code(), Some(0));
    }
}

#[test]
fn what_is_no_tempo_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = cassette(folder.path(), "a", &[get("http://h/quick", "{\"status\": 204}")]);
    for tempo in ["fast", "-1", "inf"] {
        let tempo = format!("--timing={tempo}");
        let told = told(&run(folder.path(), &["replay", "--cassette", &file, &tempo]));
        assert!(told.starts_with("exit 2\n") && told.contains("none|recorded|FACTOR"), "{told}");
    }
}
