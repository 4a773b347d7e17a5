//! Bodies that take their time, and bodies that are large.

use crate::peer::{PATIENCE, Recorder, Then, Upstream, connect, expect, rest};
use crate::support::ReadOn as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use testimony::exchange::{Body, TransportErrorKind};

#[test]
fn each_piece_of_a_stream_is_there_at_once() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::start(move |_, wire| {
        let wait = wait.lock().unwrap();
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for event in ["data: 1\n\n", "data: 22\n\n"] {
            wait.recv_timeout(PATIENCE).unwrap();
            write!(wire, "{:x}\r\n{event}\r\n", event.len()).unwrap();
        }
        wait.recv_timeout(PATIENCE).unwrap();
        wire.write_all(b"0\r\n\r\n").unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET /events HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    expect(
        &mut socket,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    // The upstream sends each piece only after the client has the one before.
    go.send(()).unwrap();
    expect(&mut socket, "9\r\ndata: 1\n\n\r\n");
    go.send(()).unwrap();
    expect(&mut socket, "a\r\ndata: 22\n\n\r\n");
    assert_eq!(recorder.recorded().exchanges, []);
    go.send(()).unwrap();
    expect(&mut socket, "0\r\n\r\n");
    // The end was handed over, so that the exchange is on disk.
    assert_eq!(recorder.recorded().exchanges.len(), 1);
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.response.unwrap().body, Body::from("data: 1\n\ndata: 22\n\n"));
    let chunks = exchange.timing.chunks;
    assert_eq!(chunks.iter().map(|chunk| chunk.bytes).collect::<Vec<_>>(), [9, 10]);
    assert!(chunks[0].at_ms <= chunks[1].at_ms && chunks[1].at_ms <= exchange.timing.end_ms);
}

#[test]
fn a_request_streams_to_the_upstream() {
    let (told, pieces) = channel::<String>();
    let told = Mutex::new(told);
    let upstream = Upstream::start(move |_, wire| {
        let told = told.lock().unwrap();
        told.send("head".to_owned()).unwrap();
        let mut place = [0; 1000];
        for _ in 0..2 {
            let count = wire.read_on(&mut place).unwrap();
            told.send(String::from_utf8_lossy(&place[..count]).into_owned()).unwrap();
        }
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    // The upstream of these tests answers this one without waiting for its body.
    let head =
        "PUT / HTTP/1.1\r\nHost: h\r\nX-Answer-Early: 1\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    assert_eq!(pieces.recv_timeout(PATIENCE).unwrap(), "head");
    for piece in ["3\r\nabc\r\n", "2\r\nde\r\n"] {
        socket.write_all(piece.as_bytes()).unwrap();
        assert_eq!(pieces.recv_timeout(PATIENCE).unwrap(), piece);
    }
    expect(&mut socket, "HTTP/1.1 200 OK\r\n");
    socket.write_all(b"0\r\n\r\n").unwrap();
    expect(&mut socket, "Content-Length: 0\r\n\r\n");
    drop(socket);
    assert_eq!(recorder.end().exchanges[0].request.body, Body::from("abcde"));
}

#[test]
fn leave_to_send_comes_from_the_upstream() {
    let upstream = Upstream::start(|request, wire| {
        if request.starts_with("PUT /no") {
            wire.write_all(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            return Then::Close;
        }
        wire.write_all(
            b"HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 100 Go On\r\nX-I: 1\r\n\r\n",
        )
        .unwrap();
        let mut body = [0; 4];
        wire.read_exact(&mut body).unwrap();
        wire.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n").unwrap();
        wire.write_all(&body).unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    let head = |path: &str| {
        format!(
            "PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut socket = connect(recorder.address());
    socket.write_all(head("/yes").as_bytes()).unwrap();
    expect(
        &mut socket,
        "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\nHTTP/1.1 100 Go On\r\nX-I: 1\r\n\r\n",
    );
    socket.write_all(b"body").unwrap();
    expect(&mut socket, "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody");
    let mut socket = connect(recorder.address());
    socket.write_all(head("/no").as_bytes()).unwrap();
    let got = rest(&mut socket);
    assert!(got.starts_with("HTTP/1.1 417 Expectation Failed\r\n"), "{got}");
    let written = recorder.end().exchanges;
    assert_eq!(written[0].request.body, Body::from("body"));
    assert_eq!(written[0].request.headers.text("expect"), Some("100-continue"));
    assert_eq!(written[0].response.as_ref().unwrap().status, 201);
    assert_eq!(written[1].response.as_ref().unwrap().status, 417);
    assert_eq!(written[1].request.body, Body::Empty);
}

#[test]
fn large_bodies_arrive_unchanged() {
    let body: Vec<u8> = (0..500_000_u32).flat_map(u32::to_le_bytes).collect();
    let expected = body.clone();
    let upstream = Upstream::start(move |request, wire| {
        if request.contains("/chunked") {
            wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
            for piece in body.chunks(70_000) {
                write!(wire, "{:X}\r\n", piece.len()).unwrap();
                wire.write_all(piece).unwrap();
                wire.write_all(b"\r\n").unwrap();
            }
            wire.write_all(b"0\r\n\r\n").unwrap();
        } else {
            write!(wire, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
            wire.write_all(&body).unwrap();
        }
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    let sent = vec![b'x'; 1_500_000];
    for path in ["/chunked", "/sized"] {
        let mut socket = connect(recorder.address());
        let mut writer = socket.try_clone().unwrap();
        let (head, body) = (
            format!(
                "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                sent.len()
            ),
            sent.clone(),
        );
        let sending = std::thread::spawn(move || {
            writer.write_all(head.as_bytes()).unwrap();
            writer.write_all(&body).unwrap();
        });
        let mut got = Vec::new();
        let whole = |got: &[u8]| match path {
            "/sized" => got.len() >= expected.len() + 39,
            _ => got.ends_with(b"\r\n0\r\n\r\n"),
        };
        let mut place = vec![0; 1 << 16];
        while !whole(&got) {
            let count = socket.read_on(&mut place).unwrap();
            assert_ne!(count, 0, "{path}: ended after {} bytes", got.len());
            got.extend_from_slice(&place[..count]);
        }
        sending.join().unwrap();
    }
    let path = recorder.cassette_path();
    let cassette = recorder.recorded();
    for exchange in &cassette.exchanges {
        let bytes = |body: &Body| match body {
            Body::File(file) => testimony::cassette::open_body(&path, file, u64::MAX).unwrap(),
            other => other.bytes().unwrap().to_vec(),
        };
        assert!(bytes(&exchange.request.body) == sent, "{}", exchange.request.target);
        assert!(bytes(&exchange.response.as_ref().unwrap().body) == expected);
    }
    assert_eq!(recorder.end().exchanges.len(), 2);
}

#[test]
fn an_answer_to_an_unfinished_request_gets_through() {
    let upstream = Upstream::start(|_, wire| {
        wire.write_all(
            b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig",
        )
        .unwrap();
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    let head =
        "PUT / HTTP/1.1\r\nHost: h\r\nX-Answer-Early: 1\r\nContent-Length: 1000000\r\n\r\nstart";
    socket.write_all(head.as_bytes()).unwrap();
    let got = rest(&mut socket);
    assert!(got.ends_with("\r\n\r\nbig"), "{got}");
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.response.unwrap().status, 413);
    assert_eq!(exchange.request.body, Body::from("start"));
}

#[test]
fn a_stream_that_is_open_when_the_recorder_stops_is_kept() {
    let (release, blocked) = channel::<()>();
    let blocked = Mutex::new(blocked);
    let upstream = Upstream::start(move |_, wire| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
            .unwrap();
        let _ = blocked.lock().unwrap().recv_timeout(PATIENCE);
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    expect(&mut socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.error.unwrap().kind, TransportErrorKind::Stopped);
    assert_eq!(exchange.response.unwrap().body, Body::from("hi"));
    // The client can't take what it has for all.
    assert!(socket.read_on(&mut [0; 10]).is_err());
    drop(release);
}
