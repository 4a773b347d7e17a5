//! Upstreams and clients that fail: what the other side gets, and what is written.

use crate::peer::{
    PATIENCE, PrivateAuthority, Recorder, Then, Upstream, connect, expect, say, secured, tunnel,
};
use crate::support::{Nobody, ReadOn as _};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use testimony::exchange::{Body, Exchange, TransportErrorKind};

fn problem(got: &str, status: &str, kind: &str) {
    let start = format!(
        "HTTP/1.1 {status}\r\ntestimony-error: {kind}\r\nContent-Type: application/problem+json\r\n"
    );
    assert!(got.starts_with(&start), "{got}");
}

fn only(mut exchanges: Vec<Exchange>) -> Exchange {
    assert_eq!(exchanges.len(), 1);
    exchanges.remove(0)
}

fn kind(exchange: &Exchange) -> TransportErrorKind {
    exchange.error.as_ref().unwrap().kind
}

#[test]
fn an_upstream_that_is_not_there() {
    let nobody = Nobody::new();
    let recorder = Recorder::start(&[]);
    let asking =
        |url: &str| format!("POST {url} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    let url = format!("{}/x", nobody.url());
    let got = say(recorder.address(), &asking(&url).repeat(2));
    problem(&got, "502 Bad Gateway", "refused");
    assert_eq!(got.matches("502 Bad Gateway\r\n").count(), 2, "the connection goes on: {got}");
    let head = say(recorder.address(), &format!("HEAD {url} HTTP/1.1\r\nHost: h\r\n\r\n"));
    problem(&head, "502 Bad Gateway", "refused");
    assert!(head.ends_with("\r\n\r\n"), "{head}");
    let nowhere = "http://no-such-host.invalid/";
    problem(&say(recorder.address(), &asking(nowhere)), "502 Bad Gateway", "resolve");
    let written = recorder.end().exchanges;
    assert_eq!(
        written.iter().map(kind).collect::<Vec<_>>(),
        [
            TransportErrorKind::Refused,
            TransportErrorKind::Refused,
            TransportErrorKind::Refused,
            TransportErrorKind::Resolve,
        ]
    );
    assert_eq!((&written[0].request.target, &written[0].response), (&url, &None));
    assert_eq!(written[0].request.body, Body::from("hi"));
}

#[test]
fn an_upstream_that_breaks_off() {
    let cases = [
        ("", "502 Bad Gateway", TransportErrorKind::Reset),
        ("HTTP/1.1 200 O", "502 Bad Gateway", TransportErrorKind::Reset),
        ("SSH-2.0-OpenSSH_9.2\r\n", "502 Bad Gateway", TransportErrorKind::Protocol),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "502 Bad Gateway",
            TransportErrorKind::Protocol,
        ),
        ("HTTP/1.1 101 Unasked\r\n\r\n", "502 Bad Gateway", TransportErrorKind::Protocol),
    ];
    for (answer, status, expected) in cases {
        let upstream = Upstream::start(move |_, wire| {
            wire.write_all(answer.as_bytes()).unwrap();
            Then::Close
        });
        let recorder = Recorder::before(&upstream);
        let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        problem(&got, status, expected.as_str());
        assert_eq!(upstream.seen().len(), 1, "asked again: {answer:?}");
        assert_eq!(kind(&only(recorder.end().exchanges)), expected, "{answer:?}");
    }
}

/// Reads until the end or a failure of the connection; tells which.
fn outcome(socket: &mut TcpStream) -> (String, bool) {
    let (mut bytes, mut place) = (Vec::new(), [0; 4096]);
    loop {
        match socket.read_on(&mut place) {
            Ok(0) => return (String::from_utf8(bytes).unwrap(), true),
            Ok(count) => bytes.extend_from_slice(&place[..count]),
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                return (String::from_utf8(bytes).unwrap(), false);
            }
        }
    }
}

#[test]
fn a_response_that_breaks_off_is_never_whole_for_the_client() {
    let heads =
        ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"];
    for rest in heads {
        let (go, wait) = channel::<()>();
        let wait = Mutex::new(wait);
        let upstream = Upstream::start(move |_, wire| {
            write!(wire, "HTTP/1.1 200 OK\r\n{rest}").unwrap();
            let _ = wait.lock().unwrap().recv_timeout(PATIENCE);
            Then::Close
        });
        let recorder = Recorder::before(&upstream);
        let mut socket = connect(recorder.address());
        socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        expect(&mut socket, &format!("HTTP/1.1 200 OK\r\n{rest}"));
        go.send(()).unwrap();
        // Nothing follows, and the end that the head announced never comes.
        assert_eq!(outcome(&mut socket), (String::new(), true));
        let exchange = only(recorder.end().exchanges);
        assert_eq!(kind(&exchange), TransportErrorKind::Reset);
        assert_eq!(exchange.response.unwrap().body, Body::from("half"));
    }
}

#[test]
fn malformed_chunks_break_a_response() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
    );
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let (got, ended) = outcome(&mut socket);
    assert!(!ended && !got.ends_with("0\r\n\r\n"), "{got}");
    let exchange = only(recorder.end().exchanges);
    assert_eq!(kind(&exchange), TransportErrorKind::Protocol);
    assert_eq!(exchange.response.unwrap().body, Body::from("ok"));
}

#[test]
fn an_upstream_that_stalls() {
    let (release, blocked) = channel::<()>();
    let blocked = Mutex::new(blocked);
    let upstream = Upstream::start(move |request, wire| {
        if request.starts_with("GET /half") {
            wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
        }
        let _ = blocked.lock().unwrap().recv_timeout(PATIENCE);
        Then::Close
    });
    let recorder = Recorder::start(&["--upstream", &upstream.url(), "--timeout", "4s"]);
    let got = say(recorder.address(), "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
    problem(&got, "504 Gateway Timeout", "timeout");
    assert!(got.contains("sent nothing for 4 s"), "{got}");
    drop(release);
    let (release, blocked) = channel::<()>();
    let blocked = Mutex::new(blocked);
    let upstream = Upstream::start(move |_, wire| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
        let _ = blocked.lock().unwrap().recv_timeout(PATIENCE);
        Then::Close
    });
    let mut socket = connect(recorder.address());
    write!(socket, "GET {}/half HTTP/1.1\r\nHost: h\r\n\r\n", upstream.url()).unwrap();
    let (got, ended) = outcome(&mut socket);
    assert!(got.ends_with("half") && !ended, "{got}");
    drop(release);
    let written = recorder.end().exchanges;
    assert_eq!(written.iter().map(kind).collect::<Vec<_>>(), [TransportErrorKind::Timeout; 2]);
    assert_eq!(written[0].response, None);
    assert_eq!(written[1].response.as_ref().unwrap().body, Body::from("half"));
}

#[test]
fn tls_that_can_not_be_trusted() {
    let (trusted, other) = (PrivateAuthority::new(), PrivateAuthority::new());
    let answer = |_: &str, wire: &mut dyn crate::peer::Wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Then::Next
    };
    let strange = Upstream::secure(&other, &["127.0.0.1"], answer);
    let misnamed = Upstream::secure(&trusted, &["elsewhere.example"], answer);
    // Answers a TLS hello with plain HTTP.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain_address = plain.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut socket = plain.accept().unwrap().0;
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        let _ = socket.read_to_end(&mut Vec::new());
    });
    let folder = tempfile::tempdir().unwrap();
    let file = trusted.write(folder.path());
    let recorder = Recorder::start_in(folder, &["--ca-file", file.to_str().unwrap()]);
    for address in [strange.address, misnamed.address, plain_address] {
        let mut client = secured(&recorder, tunnel(&recorder, &address.to_string()), "127.0.0.1");
        write!(client, "GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        expect(&mut client, "HTTP/1.1 502 Bad Gateway\r\ntestimony-error: tls\r\n");
    }
    assert_eq!([strange.seen(), misnamed.seen()], [[""; 0]; 2]);
    let written = recorder.end().exchanges;
    assert_eq!(written.iter().map(kind).collect::<Vec<_>>(), [TransportErrorKind::Tls; 3]);
    let messages: Vec<_> = written.iter().map(|e| e.error.clone().unwrap().message).collect();
    for (message, word) in
        messages.iter().zip(["whom nothing", "elsewhere.example", "not speak TLS"])
    {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_client_that_does_not_trust_us_is_named() {
    let recorder = Recorder::start(&[]);
    let other = Recorder::start(&[]);
    let socket = tunnel(&recorder, "api.example:443");
    // Trusts the CA of another project.
    let mut client = secured(&other, socket, "api.example");
    assert!(client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").is_err());
    drop(client);
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges, []);
    let told = crate::support::told(&output);
    assert!(told.contains("TLS handshake for `api.example` failed"), "{told}");
    assert!(told.contains("hint: the client does not trust the project's CA"), "{told}");
}

#[test]
fn clients_that_go_away() {
    let (gone, is_gone) = channel::<()>();
    let is_gone = Mutex::new(is_gone);
    let upstream = Upstream::start(move |request, wire| {
        if request.starts_with("GET /endless") {
            let _ = wire.write_all(b"HTTP/1.1 200 OK\r\n\r\nbegun");
            is_gone.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            while wire.write_all(&[b'x'; 4096]).is_ok() {}
        }
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    // In the middle of its request.
    let mut socket = connect(recorder.address());
    socket.write_all(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf").unwrap();
    drop(socket);
    // In the middle of its response.
    let mut socket = connect(recorder.address());
    socket.write_all(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    expect(&mut socket, "HTTP/1.1 200 OK\r\n\r\nbegun");
    drop(socket);
    gone.send(()).unwrap();
    while recorder.recorded().exchanges.len() < 2 {
        std::thread::yield_now();
    }
    let mut written = recorder.end().exchanges;
    written.sort_by_key(|exchange| exchange.request.method.clone());
    assert_eq!(written.iter().map(kind).collect::<Vec<_>>(), [TransportErrorKind::ClientGone; 2]);
    let body = &written[0].response.as_ref().unwrap().body;
    assert!(body.len() >= 5);
    assert_eq!(written[1].request.body, Body::from("half"));
    assert_eq!(written[1].response, None);
}

#[test]
fn a_client_that_resets_while_it_waits_is_gone() {
    let (asked, was_asked) = channel::<()>();
    let (release, blocked) = channel::<()>();
    let (asked, blocked) = (Mutex::new(asked), Mutex::new(blocked));
    let upstream = Upstream::start(move |_, _| {
        asked.lock().unwrap().send(()).unwrap();
        let _ = blocked.lock().unwrap().recv_timeout(PATIENCE);
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use tokio::io::AsyncWriteExt as _;
        let mut socket = tokio::net::TcpStream::connect(recorder.address()).await.unwrap();
        socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        was_asked.recv_timeout(PATIENCE).unwrap();
        socket.set_zero_linger().unwrap();
    });
    while recorder.recorded().exchanges.is_empty() {
        std::thread::yield_now();
    }
    drop(release);
    assert_eq!(kind(&only(recorder.end().exchanges)), TransportErrorKind::ClientGone);
}
