//! The ways in which a recorder is addressed, and the URL that is recorded.

use crate::peer::{
    PrivateAuthority, Recorder, Then, Upstream, connect, expect, rest, say, secured, tunnel,
};
use crate::support::{ReadOn as _, run, told};
use std::io::Write as _;
use testimony::exchange::Exchange;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn targets(exchanges: &[Exchange]) -> Vec<&str> {
    exchanges.iter().map(|exchange| exchange.request.target.as_str()).collect()
}

#[test]
fn forward_reverse_and_self() {
    let (base, other) = (Upstream::answering(OK), Upstream::answering(OK));
    let recorder = Recorder::start(&["--upstream", &format!("{}/v1/", base.url())]);
    let own = recorder.address();
    let cases = [
        ("GET /a?b HTTP/1.1\r\nHost: vendor.example\r\n\r\n".to_owned(), OK),
        (format!("GET http://{own}/a HTTP/1.1\r\nHost: {own}\r\n\r\n"), OK),
        (format!("GET {}/c HTTP/1.1\r\nHost: {}\r\n\r\n", other.url(), other.address), OK),
        (format!("GET {} HTTP/1.1\r\nHost: x.example\r\n\r\n", other.url()), OK),
    ];
    for (wire, answer) in &cases {
        assert_eq!(say(own, wire), *answer);
    }
    assert_eq!(
        base.seen(),
        [
            "GET /v1/a?b HTTP/1.1\r\nHost: vendor.example\r\n\r\n".to_owned(),
            format!("GET /v1/a HTTP/1.1\r\nHost: {own}\r\n\r\n"),
        ]
    );
    assert_eq!(
        other.seen(),
        [
            format!("GET /c HTTP/1.1\r\nHost: {}\r\n\r\n", other.address),
            "GET / HTTP/1.1\r\nHost: x.example\r\n\r\n".to_owned(),
        ]
    );
    assert_eq!(
        targets(&recorder.end().exchanges),
        [
            format!("{}/v1/a?b", base.url()),
            format!("{}/v1/a", base.url()),
            format!("{}/c", other.url()),
            format!("{}/", other.url()),
        ]
    );
}

#[test]
fn without_an_upstream_a_request_to_us_is_refused() {
    let recorder = Recorder::start(&[]);
    let got = say(recorder.address(), "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(
        got.starts_with("HTTP/1.1 400 Bad Request\r\ntestimony-error: no-upstream\r\n"),
        "{got}"
    );
    assert!(got.contains("give --upstream"), "{got}");
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges, []);
    assert!(told(&output).contains("give --upstream"), "{}", told(&output));
}

#[test]
fn a_circle_is_an_error() {
    // Two names of the same listener, one of them through a route.
    let folder = tempfile::tempdir().unwrap();
    let port = crate::support::free_port();
    let own = format!("127.0.0.1:{port}");
    let recorder = Recorder::start_in(
        folder,
        &[
            "--listen",
            &own,
            "--upstream",
            &format!("http://localhost:{port}"),
            "--route",
            &format!("api.example=http://{own}"),
        ],
    );
    for wire in [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "GET http://api.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n".to_owned(),
    ] {
        let got = say(recorder.address(), &wire);
        assert!(
            got.starts_with("HTTP/1.1 508 Loop Detected\r\ntestimony-error: loop\r\n"),
            "{got}"
        );
    }
    assert_eq!(recorder.end().exchanges, []);
}

#[test]
fn tls_is_opened_in_tunnels() {
    let authority = PrivateAuthority::new();
    let upstream = Upstream::secure(&authority, &["127.0.0.1", "localhost"], |_, wire| {
        wire.write_all(OK.as_bytes()).unwrap();
        Then::Next
    });
    let folder = tempfile::tempdir().unwrap();
    let file = authority.write(folder.path());
    let recorder = Recorder::start_in(folder, &["--ca-file", file.to_str().unwrap()]);
    let port = upstream.address.port();
    for host in ["127.0.0.1", "localhost"] {
        let mut client = secured(&recorder, tunnel(&recorder, &format!("{host}:{port}")), host);
        for _ in 0..2 {
            write!(client, "GET /x HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").unwrap();
            expect(&mut client, OK);
        }
        // The upstream knows nothing of ALPN.
        assert_eq!(client.conn.alpn_protocol(), None);
    }
    let urls: Vec<_> = ["127.0.0.1", "127.0.0.1", "localhost", "localhost"]
        .map(|h| format!("https://{h}:{port}/x"))
        .into();
    assert_eq!(targets(&recorder.end().exchanges), urls);
    assert_eq!(upstream.seen().len(), 4);
}

#[test]
fn an_absolute_url_with_tls_is_fetched_with_tls() {
    let authority = PrivateAuthority::new();
    let upstream = Upstream::secure(&authority, &["127.0.0.1"], |_, wire| {
        // Ends with the connection, properly closed.
        wire.write_all(b"HTTP/1.1 200 OK\r\n\r\nto the end").unwrap();
        Then::Close
    });
    let folder = tempfile::tempdir().unwrap();
    let file = authority.write(folder.path());
    let recorder = Recorder::start_in(folder, &["--ca-file", file.to_str().unwrap()]);
    let url = format!("https://{}/x", upstream.address);
    let got = say(recorder.address(), &format!("GET {url} HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert_eq!(got, "HTTP/1.1 200 OK\r\n\r\nto the end");
    assert_eq!(targets(&recorder.end().exchanges), [url]);
}

#[test]
fn plain_http_in_a_tunnel_is_recorded() {
    let upstream = Upstream::answering(OK);
    let recorder = Recorder::start(&[]);
    let mut socket = tunnel(&recorder, &upstream.address.to_string());
    socket.write_all(b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n!").unwrap();
    expect(&mut socket, OK);
    drop(socket);
    assert_eq!(upstream.seen(), ["POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n!"]);
    assert_eq!(targets(&recorder.end().exchanges), [format!("{}/x", upstream.url())]);
}

#[test]
fn a_route_changes_where_a_request_goes_and_not_what_is_recorded() {
    let upstream = Upstream::answering(OK);
    let route = format!("api.vendor.example={}/mock", upstream.url());
    let recorder = Recorder::start(&["--route", &route]);
    let socket = tunnel(&recorder, "api.vendor.example:443");
    let mut client = secured(&recorder, socket, "api.vendor.example");
    client.write_all(b"GET /v1/x HTTP/1.1\r\nHost: api.vendor.example\r\n\r\n").unwrap();
    expect(&mut client, OK);
    let plain = "GET http://API.vendor.example/y HTTP/1.1\r\nHost: api.vendor.example\r\n\r\n";
    assert_eq!(say(recorder.address(), plain), OK);
    assert_eq!(
        upstream.seen(),
        [
            "GET /mock/v1/x HTTP/1.1\r\nHost: api.vendor.example\r\n\r\n",
            "GET /mock/y HTTP/1.1\r\nHost: api.vendor.example\r\n\r\n",
        ]
    );
    assert_eq!(
        targets(&recorder.end().exchanges),
        ["https://api.vendor.example/v1/x", "http://API.vendor.example/y"]
    );
}

#[test]
fn a_client_of_another_version_is_told() {
    let recorder = Recorder::start(&[]);
    let got = say(recorder.address(), "GET / HTTP/3.0\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"), "{got}");
    let (_, output) = recorder.end_with_output();
    assert!(told(&output).contains("HTTP/1.1 and HTTP/2 are"), "{}", told(&output));
}

#[test]
fn another_protocol_goes_through_after_its_handshake() {
    let upstream = Upstream::start(|_, wire| {
        wire.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi",
        )
        .unwrap();
        let mut place = [0; 100];
        while let Ok(count @ 1..) = wire.read_on(&mut place) {
            wire.write_all(&place[..count]).unwrap();
        }
        Then::Close
    });
    let recorder = Recorder::before(&upstream);
    let mut socket = connect(recorder.address());
    let ask = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
    socket.write_all(format!("{ask}one").as_bytes()).unwrap();
    expect(
        &mut socket,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhione",
    );
    socket.write_all(b"two").unwrap();
    expect(&mut socket, "two");
    // Written down while the connection goes on.
    assert_eq!(recorder.recorded().exchanges.len(), 1);
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(&mut socket), "");
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.response.unwrap().status, 101);
    assert!(exchange.error.is_none());
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("no.pem"), "nothing").unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["--upstream", "api.example"], "is not a URL"),
        (&["--route", "api.example"], "HOST[:PORT]=URL"),
        (&["--timeout", "0s"], "no time at all"),
        (&["--ca-file", "no.pem"], "no certificate in it"),
        (&["--ca-file", "absent.pem"], "absent.pem"),
        (&["--secret-env", "TESTIMONY_UNSET"], "TESTIMONY_UNSET"),
        (&["--", "testimony-no-such-program"], "cannot be started"),
    ];
    for (arguments, word) in cases {
        let all = [&["record", "--cassette", "c.cassette"], arguments].concat();
        let output = run(folder.path(), &all);
        let told = told(&output);
        assert!(told.starts_with("exit 2\n") && told.contains(word), "{arguments:?}: {told}");
    }
}
