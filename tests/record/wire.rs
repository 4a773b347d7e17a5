//! Bytes on the wire: what crosses, and how it is written down.

use crate::peer::{Recorder, Then, Upstream, connect, expect, say};
use std::io::Write as _;
use testimony::exchange::{Body, Headers, Source, Version};

#[test]
fn heads_cross_as_they_came() {
    let answer = "HTTP/1.1 299 All  Right!\r\nx-ODD: 1\r\nSet-Cookie: a=1\r\nX-Empty:\r\n\
                  X-Wide: \t two words  \r\nset-cookie: b=2\r\nDate: never\r\nContent-length: 2\r\n\r\nok";
    let upstream = Upstream::answering(answer);
    let recorder = Recorder::before(&upstream);
    let request = "pAtCh /a%2Fb/../c?q=%7E&q&&x=1+2 HTTP/1.1\r\nhOst: api.example:99\r\nX-B: 1\r\n\
                   x-b:2\r\nX-Empty:\r\nAccept:   */*\r\ncontent-LENGTH: 3\r\n\r\nabc";
    let got = say(recorder.address(), request);
    // Only white space after a value is no part of the line.
    assert_eq!(got, answer.replace("words  \r\n", "words\r\n"));
    assert_eq!(upstream.seen(), [request]);

    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.method, "pAtCh");
    assert_eq!(exchange.request.target, format!("{}/a%2Fb/../c?q=%7E&q&&x=1+2", upstream.url()));
    let pairs = |headers: &Headers| {
        headers.iter().map(|h| format!("{}={}", h.name, h.text())).collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(&exchange.request.headers),
        ["hOst=api.example:99", "X-B=1", "x-b=2", "X-Empty=", "Accept=*/*", "content-LENGTH=3"]
    );
    assert_eq!(exchange.request.body, Body::from("abc"));
    let response = exchange.response.unwrap();
    assert_eq!((response.status, &response.reason), (299, &"All  Right!".into()));
    let names: Vec<_> = response.headers.iter().map(|h| h.name.as_str()).collect();
    let expected =
        ["x-ODD", "Set-Cookie", "X-Empty", "X-Wide", "set-cookie", "Date", "Content-length"];
    assert_eq!(names, expected);
    assert_eq!(response.headers.text("x-wide"), Some("two words"));
    assert_eq!(exchange.source, Source::Live);
    assert!(exchange.error.is_none() && exchange.timing.chunks.is_empty());
    assert!(exchange.timing.first_byte_ms.unwrap() <= exchange.timing.end_ms);
}

#[test]
fn what_concerns_one_connection_stays_there() {
    let upstream = Upstream::answering(
        "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\n\
         Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n",
    );
    let recorder = Recorder::before(&upstream);
    let got = say(
        recorder.address(),
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: x-mine, close\r\nX-Mine: 1\r\n\
         Proxy-Authorization: Basic c2VjcmV0LXVzZXI6cHc=\r\nProxy-Connection: close\r\n\
         Keep-Alive: 5\r\nTE: gzip, trailers\r\nUpgrade: h2c\r\nTestimony-Session: one\r\nX-End: 1\r\n\r\n",
    );
    assert_eq!(
        got,
        "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nX-End: 2\r\nContent-Length: 0\r\n\r\n"
    );
    let seen = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTE: trailers\r\nX-End: 1\r\n\r\n";
    assert_eq!(upstream.seen(), [seen]);
    let text = std::fs::read_to_string(recorder.cassette_path()).unwrap();
    for word in ["roxy-", "c2VjcmV0", "estimony-Session"] {
        let records = text.split_once("\"exchange\"").unwrap().1;
        assert!(!records.contains(word), "{word} in {records}");
    }
    let exchange = recorder.end().exchanges.remove(0);
    // What is no matter of the proxy is kept as it was sent.
    assert_eq!(exchange.request.headers.text("connection"), Some("x-mine, close"));
    assert_eq!(exchange.response.unwrap().headers.text("x-hop"), Some("1"));
}

#[test]
fn chunks_and_trailers_go_both_ways() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
                  4\r\nwiki\r\n5\r\npedia\r\n0\r\nX-Sum: 9\r\nx-also: \r\n\r\n";
    let upstream = Upstream::answering(answer);
    let recorder = Recorder::before(&upstream);
    let request = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n2\r\nde\r\n0\r\nX-Check: 1\r\n\r\n";
    let with_extension = request.replace("3\r\nabc", "3;ignored=yes\r\nabc");
    assert_eq!(say(recorder.address(), &with_extension), answer);
    assert_eq!(upstream.seen(), [request]);
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.body, Body::from("abcde"));
    assert_eq!(exchange.request.headers.text("Transfer-Encoding"), Some("chunked"));
    assert_eq!(exchange.request.trailers, Headers::from([("X-Check", "1")]));
    let response = exchange.response.unwrap();
    assert_eq!(response.body, Body::from("wikipedia"));
    assert_eq!(response.trailers, Headers::from([("X-Sum", "9"), ("x-also", "")]));
}

#[test]
fn responses_without_a_body_end_at_their_head() {
    let upstream = Upstream::start(|request, wire| {
        let answer = match request.split(' ').next().unwrap() {
            "HEAD" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "DELETE" => "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET" => "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"1\"\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast",
        };
        wire.write_all(answer.as_bytes()).unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    let pipelined = ["HEAD", "DELETE", "GET", "PUT"]
        .map(|method| format!("{method} /{method} HTTP/1.1\r\nHost: h\r\n\r\n"))
        .concat();
    let got = say(recorder.address(), &pipelined);
    assert_eq!(
        got,
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\
         HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n\
         HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"1\"\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast"
    );
    let written = recorder.end().exchanges;
    let bodies: Vec<_> = written.iter().map(|e| e.response.clone().unwrap().body.len()).collect();
    assert_eq!(bodies, [0, 0, 0, 4]);
}

#[test]
fn a_body_that_ends_with_the_connection() {
    let upstream = Upstream::start(|_, wire| {
        wire.write_all(b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end").unwrap();
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(got, "HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nuntil the end");
    let response = recorder.end().exchanges.remove(0).response.unwrap();
    assert_eq!((response.version, response.body), (Version::Http10, Body::from("until the end")));
}

#[test]
fn old_clients_stay_connected_only_where_both_sides_say_so() {
    let upstream = Upstream::start(|request, wire| {
        let kept = if request.contains("X-Keep") { "Connection: keep-alive\r\n" } else { "" };
        write!(wire, "HTTP/1.1 200 OK\r\n{kept}Content-Length: 2\r\n\r\nok").unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    for (fields, answers) in
        [("", 1), ("Connection: keep-alive\r\n", 1), ("Connection: Keep-Alive\r\nX-Keep: 1\r\n", 2)]
    {
        let got = say(recorder.address(), &format!("GET / HTTP/1.0\r\n{fields}\r\n").repeat(2));
        assert_eq!(got.matches("200 OK").count(), answers, "{fields:?}");
    }
    assert!(upstream.seen().iter().all(|request| request.starts_with("GET / HTTP/1.0\r\n")));
}

#[test]
fn connections_to_the_upstream_are_used_again() {
    let connections = std::sync::Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let noted = std::sync::Arc::clone(&connections);
    let upstream = Upstream::start(move |_, wire| {
        noted.lock().unwrap().insert(std::thread::current().id());
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        Then::Next
    });
    let recorder = Recorder::before(&upstream);
    // One client's connection after the other.
    for _ in 0..3 {
        let got = say(recorder.address(), &"GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(3));
        assert_eq!(got.matches("200 OK").count(), 3);
    }
    assert_eq!(recorder.end().exchanges.len(), 9);
    assert_eq!(connections.lock().unwrap().len(), 1);
}

#[test]
fn a_connection_that_the_upstream_closed_is_not_used_again() {
    let upstream = Upstream::start(|_, wire| {
        wire.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Without having said so.
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    for number in 1..=20 {
        socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
        expect(&mut socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        upstream.wait_closed(number);
    }
    drop(socket);
    assert!(recorder.end().exchanges.iter().all(|exchange| exchange.error.is_none()));
}

#[test]
fn what_could_be_smuggled_reaches_nobody() {
    let upstream = Upstream::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    let recorder = Recorder::before(&upstream);
    let cases = [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"),
        ("Content-Length: 5\r\nContent-Length: 6\r\n", "abcdef"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ("Transfer-Encoding:\x0bchunked\r\n", "0\r\n\r\n"),
        ("X: y\r\n folded\r\n", ""),
        ("Host: other\r\n", ""),
    ];
    for (fields, body) in cases {
        let wire = format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n{body}");
        let got = say(recorder.address(), &wire);
        assert!(got.starts_with("HTTP/1.1 400 ") || got.starts_with("HTTP/1.1 501 "), "{got}");
        assert_eq!(got.matches("HTTP/1.1").count(), 1, "{fields:?}: {got}");
    }
    assert_eq!(upstream.seen(), [""; 0]);
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges, []);
    let told = crate::support::told(&output);
    assert_eq!(told.matches("request refused").count(), cases.len(), "{told}");
}

#[test]
fn our_own_servers_are_never_taken_for_live_ones() {
    for (word, source) in
        [("mock", Source::Mock), ("replay", Source::Replay), ("from-later", Source::Replay)]
    {
        let upstream = Upstream::answering(format!(
            "HTTP/1.1 200 OK\r\nTestimony-Source: {word}\r\nContent-Length: 0\r\n\r\n"
        ));
        let recorder = Recorder::before(&upstream);
        let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(got.contains(&format!("Testimony-Source: {word}\r\n")));
        assert_eq!(recorder.end().exchanges[0].source, source);
    }
}
