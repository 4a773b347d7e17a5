//! Clients of HTTP/1.0: they can't read chunks.

use crate::peer::{PATIENCE, Recorder, Then, Upstream, connect, expect, rest, say};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use testimony::exchange::{Body, Headers};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nx-Odd:  1\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\nX-Sum: 9\r\n\r\n";

#[test]
fn chunks_are_joined_for_an_old_client_and_kept_in_the_recording() {
    let upstream = Upstream::answering(CHUNKED);
    let recorder = Recorder::before(&upstream);
    for keep in ["", "Connection: keep-alive\r\n"] {
        let got = say(recorder.address(), &format!("GET / HTTP/1.0\r\nHost: h\r\n{keep}\r\n"));
        assert_eq!(got, "HTTP/1.1 200 OK\r\nx-Odd:  1\r\nTrailer: X-Sum\r\n\r\nWikipedia ");
    }
    for exchange in recorder.end().exchanges {
        let response = exchange.response.unwrap();
        assert_eq!(response.body, Body::from("Wikipedia "));
        assert_eq!(response.headers.text("transfer-encoding"), Some("chunked"));
        assert_eq!(response.trailers, Headers::from([("X-Sum", "9")]));
    }
}

#[test]
fn an_old_client_gets_each_chunk_at_once() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::start(move |_, wire| {
        let wait = wait.lock().unwrap();
        wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for piece in ["one", "two"] {
            write!(wire, "3\r\n{piece}\r\n").unwrap();
            wait.recv_timeout(PATIENCE).unwrap();
        }
        wire.write_all(b"0\r\n\r\n").unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    expect(&mut socket, "HTTP/1.1 200 OK\r\n\r\none");
    go.send(()).unwrap();
    expect(&mut socket, "two");
    assert_eq!(recorder.recorded().exchanges, []);
    go.send(()).unwrap();
    // The end of the connection is the end of the response: by then it is on disk.
    assert_eq!(rest(&mut socket), "");
    assert_eq!(recorder.recorded().exchanges.len(), 1);
}

#[test]
fn a_length_stays_a_length_for_an_old_client() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let recorder = Recorder::before(&upstream);
    let got = say(recorder.address(), "GET / HTTP/1.0\r\n\r\n");
    assert_eq!(got, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    recorder.end();
}
