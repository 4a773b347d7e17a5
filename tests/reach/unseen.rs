//! Hosts that are not recorded and protocols that are not HTTP: they pass through, and are told.

use crate::peer::{
    PATIENCE, PrivateAuthority, Recorder, Then, Upstream, connect, expect, rest, say, secured,
    tunnel,
};
use crate::support::{Nobody, client, has, run, told};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn answer(_: &str, wire: &mut dyn crate::peer::Wire) -> Then {
    wire.write_all(OK.as_bytes()).unwrap();
    Then::Next
}

/// A server for one connection, whatever it speaks.
fn serving(serve: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let socket = listener.accept().unwrap().0;
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        serve(socket);
    });
    address
}

#[test]
fn a_denied_host_is_met_by_the_client_itself() {
    if !has("curl") {
        return;
    }
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    let denied = Upstream::secure(&authority, &["localhost"], answer);
    let seen = Upstream::secure(&authority, &["127.0.0.1"], answer);
    let arguments = ["--ca-file", "private.pem", "--deny-host", "LOCALhost"];
    let recorder = Recorder::start_in(folder, &arguments);
    let real = recorder.folder.path().join("private.pem");
    let url = format!("https://localhost:{}/x", denied.address.port());
    let curl = |url: &str, ca: &std::path::Path| {
        let mut command = client("curl");
        command.args(["-sS", "--noproxy", "", "--proxy"]).arg(recorder.server.url());
        told(&command.arg("--cacert").arg(ca).arg(url).output().unwrap())
    };
    for _ in 0..2 {
        assert_eq!(curl(&url, &real), "exit 0\nok");
    }
    // The project's authority did not sign what the client sees.
    let project = recorder.folder.path().join(".testimony/ca/ca.pem");
    assert!(curl(&url, &project).starts_with("exit 60\n"));
    assert_eq!(curl(&format!("https://{}/y", seen.address), &project), "exit 0\nok");
    assert_eq!(denied.seen().len(), 2);
    let (cassette, output) = recorder.end_with_output();
    let targets: Vec<_> = cassette.exchanges.iter().map(|e| e.request.target.clone()).collect();
    assert_eq!(targets, [format!("https://{}/y", seen.address)]);
    let said = told(&output);
    let host = format!("localhost:{}", denied.address.port());
    assert_eq!(said.matches(&format!("{host}: passes through unrecorded\n")).count(), 1, "{said}");
    let sum = format!("1 host passed through unrecorded: {host} (3 times)\n");
    assert!(said.contains(&sum), "{said}");
}

#[test]
fn plain_requests_to_other_hosts_pass_too() {
    let allowed = Upstream::answering(OK);
    let other = Upstream::start(|request, wire| {
        assert!(request.contains("\r\nConnection: close\r\n"), "{request}");
        wire.write_all(b"HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        Then::Close
    });
    let allow = allowed.address.to_string();
    let recorder = Recorder::start(&["--allow-host", &allow]);
    // A request for another host that follows at once does not reach this one.
    let chunked = format!(
        "POST {}/x HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\nconnection: keep-alive\r\n\
         Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
         GET http://third.example/ HTTP/1.1\r\nHost: third.example\r\n\r\n",
        other.url()
    );
    let answer = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(say(recorder.address(), &chunked), answer);
    let sized =
        format!("PUT {}/y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", other.url());
    assert_eq!(say(recorder.address(), &sized), answer);
    let wire = format!("GET {}/z HTTP/1.1\r\nHost: h\r\n\r\n", allowed.url());
    assert_eq!(say(recorder.address(), &wire), OK);
    assert_eq!(
        other.seen(),
        [
            "POST /x HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\nTransfer-Encoding: chunked\r\n\
             Connection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "PUT /y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        ]
    );
    // One that is not there.
    let held = Nobody::new();
    let nobody = held.address;
    let got = say(recorder.address(), &format!("GET http://{nobody}/ HTTP/1.1\r\nHost: h\r\n\r\n"));
    assert!(got.starts_with("HTTP/1.1 502 Bad Gateway\r\ntestimony-error: refused\r\n"), "{got}");
    let mut socket = connect(recorder.address());
    write!(socket, "CONNECT {nobody} HTTP/1.1\r\nHost: {nobody}\r\n\r\n").unwrap();
    let got = rest(&mut socket);
    assert!(got.starts_with("HTTP/1.1 502 Bad Gateway\r\ntestimony-error: refused\r\n"), "{got}");
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges.len(), 1, "{}", told(&output));
    assert_eq!(cassette.exchanges[0].request.target, format!("{}/z", allowed.url()));
    let said = told(&output);
    assert!(said.contains(&format!("{nobody}: not passed through: {nobody}: connection refused")));
    assert!(said.contains(&format!("unrecorded: {} (2 times)\n", other.address)), "{said}");
}

#[test]
fn what_the_lists_are_not_for() {
    // Requests to the recorder itself go to `--upstream`, which was named.
    let upstream = Upstream::answering(OK);
    let recorder =
        Recorder::start(&["--upstream", &upstream.url(), "--allow-host", "elsewhere.example"]);
    assert_eq!(say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), OK);
    assert_eq!(recorder.end().exchanges.len(), 1);
    let folder = tempfile::tempdir().unwrap();
    for word in ["https://api.example", "a b", "h:port"] {
        let arguments = ["record", "--cassette", "c.cassette", "--deny-host", word];
        let told = told(&run(folder.path(), &arguments));
        assert!(told.starts_with("exit 2\n") && told.contains("HOST[:PORT]"), "{told}");
    }
}

#[test]
fn a_server_that_speaks_first() {
    let mail = serving(|mut socket| {
        socket.write_all(b"220 mail.example ESMTP\r\n").unwrap();
        let mut line = [0; 6];
        socket.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"QUIT\r\n");
        socket.write_all(b"221 bye\r\n").unwrap();
    });
    let recorder = Recorder::start(&[]);
    let mut client = tunnel(&recorder, &mail.to_string());
    expect(&mut client, "220 mail.example ESMTP\r\n");
    client.write_all(b"QUIT\r\n").unwrap();
    assert_eq!(rest(&mut client), "221 bye\r\n");
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges, []);
    let said = told(&output);
    let news = format!("{mail}: passes through unrecorded (the server speaks first in the tunnel");
    assert!(said.contains(&news) && !said.contains("no client came"), "{said}");
}

#[test]
fn clients_that_speak_neither_tls_nor_http() {
    for hello in
        [&b"SSH-2.0-OpenSSH_9.2 Debian\r\n"[..], b"AMQP\x00\x00\x09\x01", b"\x00\x00\x00\x08"]
    {
        let server = serving(move |mut socket| {
            let mut came = vec![0; hello.len()];
            socket.read_exact(&mut came).unwrap();
            assert_eq!(came, hello);
            socket.write_all(b"and hello to you").unwrap();
        });
        let recorder = Recorder::start(&[]);
        let mut client = tunnel(&recorder, &server.to_string());
        client.write_all(hello).unwrap();
        assert_eq!(rest(&mut client), "and hello to you");
        let (cassette, output) = recorder.end_with_output();
        assert_eq!(cassette.exchanges, []);
        let news =
            format!("{server}: passes through unrecorded (neither TLS nor HTTP in the tunnel)");
        assert!(told(&output).contains(&news), "{}", told(&output));
    }
}

#[test]
fn a_client_that_speaks_late_is_recorded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let recorder = Recorder::start(&[]);
    let mut client = tunnel(&recorder, &address.to_string());
    // The recorder listens whether the server has something to say.
    let (_silent, _) = listener.accept().unwrap();
    client.write_all(b"GET /late HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let (mut socket, _) = listener.accept().unwrap();
    expect(&mut socket, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.write_all(OK.as_bytes()).unwrap();
    expect(&mut client, OK);
    let cassette = recorder.end();
    assert_eq!(cassette.exchanges[0].request.target, format!("http://{address}/late"));
}

#[test]
fn an_idle_tunnel_does_not_hold_the_end_up() {
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let server = serving(move |mut socket| {
        socket.write_all(b"hello").unwrap();
        let _ = blocked.recv_timeout(PATIENCE);
    });
    let recorder = Recorder::start(&["--deny-host", "*"]);
    let mut client = tunnel(&recorder, &server.to_string());
    expect(&mut client, "hello");
    assert_eq!(recorder.end().exchanges, []);
    assert_eq!(rest(&mut client), "");
    drop(release);
}

#[test]
fn a_client_that_pins_certificates_is_told_of_the_way_out() {
    let recorder = Recorder::start(&[]);
    let other = Recorder::start(&[]);
    let socket = tunnel(&recorder, "pinned.example:443");
    let mut client = secured(&other, socket, "pinned.example");
    assert!(client.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").is_err());
    drop(client);
    let said = told(&recorder.end_with_output().1);
    assert!(said.contains("`record --deny-host pinned.example` passes it through"), "{said}");
}
