//! Raw clients against a server of whole requests.

use super::*;
use crate::exchange::{Headers, Response};
use crate::net::Notices;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Answers with what arrived, as text; `/hold` waits until it is let go.
struct Echo {
    hold: tokio::sync::Notify,
    held: tokio::sync::Notify,
}

impl Answer for Echo {
    type Found = Reply;

    async fn find(&self, arrived: Arrived) -> (Reply, Option<Reply>) {
        let remembered = arrived.request.headers.contains("x-remembered");
        let reply = self.answer(arrived).await;
        (reply.clone(), remembered.then_some(reply))
    }

    fn again(&self, found: &Reply) -> Option<Reply> {
        let text = String::from_utf8(found.bytes.to_vec()).unwrap();
        let bytes = text.replace("X-A: 1", "X-A: again").into();
        Some(Reply { bytes, ..found.clone() })
    }

    async fn answer(&self, arrived: Arrived) -> Reply {
        let Arrived { request, form, session, .. } = arrived;
        if request.target.ends_with("/hold") {
            self.held.notify_one();
            self.hold.notified().await;
        }
        let headers: Vec<_> =
            request.headers.iter().map(|h| format!("{}={}", h.name, h.text())).collect();
        let text = format!(
            "{} {} {:?} session={} [{}] body={} trailers={}",
            request.method,
            request.target,
            form,
            session.unwrap_or_default(),
            headers.join(", "),
            String::from_utf8_lossy(request.body.bytes().unwrap()),
            request.trailers.len(),
        );
        let mut headers = Headers::from([("X-A", "1"), ("x-a", "2")]);
        if request.headers.contains("x-chunked") {
            let headers = Headers::from([("Transfer-Encoding", "chunked"), ("X-B", "3")]);
            let body = "in chunks".into();
            let response = Response { status: 200, headers, body, ..Response::default() };
            return Reply::of(&response, &request.method);
        }
        if request.headers.contains("x-keep") {
            headers.push("Connection", "keep-alive");
        }
        headers.push("Content-Length", text.len().to_string());
        let response = Response {
            status: 200,
            reason: "Fine".into(),
            headers,
            body: text.as_str().into(),
            ..Response::default()
        };
        Reply::of(&response, &request.method)
    }
}

struct Running {
    address: SocketAddr,
    stop: Stop,
    echo: Arc<Echo>,
    authority: Arc<CertificateAuthority>,
    served: tokio::task::JoinHandle<Result<(), NetError>>,
    notices: Arc<std::sync::Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

async fn start(limits: Limits) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let now = jiff::Timestamp::now();
    let authority =
        Arc::new(CertificateAuthority::open(folder.path(), folder.path(), now).unwrap());
    let notices = Arc::new(std::sync::Mutex::new(Vec::new()));
    let sink = Arc::clone(&notices);
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .notices(Notices::to(move |notice| sink.lock().unwrap().push(notice.to_string())));
    let address = listener.address();
    let stop = Stop::new();
    let echo =
        Arc::new(Echo { hold: tokio::sync::Notify::new(), held: tokio::sync::Notify::new() });
    let served = tokio::spawn(serve(
        listener,
        Some(Arc::clone(&authority)),
        limits,
        Arc::clone(&echo),
        stop.clone(),
    ));
    Running { address, stop, echo, authority, served, notices, _folder: folder }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `wire`, ends the client's direction, reads all that comes.
    async fn say(&self, wire: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(wire.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        rest(&mut socket).await
    }
}

async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Reads one response with a `Content-Length`.
async fn response(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "))
                .map_or(0, |digits| digits.parse().unwrap());
            if body.len() >= length {
                assert_eq!(body.len(), length, "more than one response");
                return text;
            }
        }
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).await.unwrap(), 1, "ended after {text:?}");
        bytes.push(byte[0]);
    }
}

fn body(response: &str) -> &str {
    response.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn forms_sessions_and_pipelining() {
    let running = start(Limits::default()).await;
    let own = running.address;
    let wire = format!(
        "GET /one?x HTTP/1.1\r\nhost: api.example\r\nX-b: 1\r\nx-B: 2\r\n\r\n\
         POST http://h.example/two HTTP/1.1\r\nHost: h.example\r\nContent-Length: 2\r\n\
         Proxy-Authorization: Basic Y2FzZS0xOg==\r\nProxy-Connection: keep-alive\r\n\r\nhi\
         GET http://{own}/three HTTP/1.1\r\nHost: {own}\r\nTestimony-Session: s\r\n\r\n"
    );
    let all = running.say(&wire).await;
    let bodies: Vec<_> =
        all.split("HTTP/1.1 200 Fine\r\nX-A: 1\r\nx-a: 2\r\n").skip(1).map(body).collect();
    assert_eq!(
        bodies,
        [
            "GET http://api.example/one?x Origin session= [host=api.example, X-b=1, x-B=2] body= trailers=0".to_owned(),
            "POST http://h.example/two Absolute session=case-1 [Host=h.example, Content-Length=2] body=hi trailers=0".to_owned(),
            format!("GET http://{own}/three Origin session=s [Host={own}] body= trailers=0"),
        ]
    );
}

#[tokio::test]
async fn chunked_bodies_with_trailers_in_small_parts() {
    let running = start(Limits::default()).await;
    let mut socket = running.connect().await;
    let wire = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n";
    for byte in wire.as_bytes() {
        socket.write_all(&[*byte]).await.unwrap();
        socket.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    let answer = response(&mut socket).await;
    assert!(body(&answer).ends_with("body=abcde trailers=2"), "{answer}");
}

#[tokio::test]
async fn a_client_that_waits_is_told_to_go_on() {
    let running = start(Limits::default()).await;
    let mut socket = running.connect().await;
    let head = "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(b"ok").await.unwrap();
    assert!(response(&mut socket).await.contains("body=ok"));
    // Sent without waiting: no interim response.
    socket.write_all(format!("{head}ok").as_bytes()).await.unwrap();
    assert!(response(&mut socket).await.starts_with("HTTP/1.1 200 Fine"));
}

#[tokio::test]
async fn connections_stay_open_as_versions_have_it() {
    let running = start(Limits::default()).await;
    let cases = [
        ("HTTP/1.1\r\nHost: h\r\n", 2),
        ("HTTP/1.1\r\nHost: h\r\nConnection: close\r\n", 1),
        ("HTTP/1.0\r\n", 1),
        ("HTTP/1.0\r\nConnection: keep-alive\r\n", 1),
        ("HTTP/1.0\r\nConnection: Keep-Alive\r\nX-Keep: 1\r\n", 2),
    ];
    for (rest, answers) in cases {
        let all = running.say(&format!("GET / {rest}\r\nGET / {rest}\r\n")).await;
        assert_eq!(all.matches("200 Fine").count(), answers, "{rest:?}");
    }
}

#[tokio::test]
async fn old_clients_get_no_chunks() {
    let running = start(Limits::default()).await;
    let fields = "Connection: keep-alive\r\nX-Chunked: 1\r\n\r\n";
    let answer = running.say(&format!("GET / HTTP/1.0\r\n{fields}")).await;
    assert_eq!(answer, "HTTP/1.1 200 \r\nX-B: 3\r\n\r\nin chunks");
    let answer = running.say(&format!("GET / HTTP/1.1\r\nHost: h\r\n{fields}")).await;
    assert!(answer.ends_with("\r\n\r\n9\r\nin chunks\r\n0\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused() {
    let limits = Limits { body: 10, ..Limits::default() };
    let running = start(limits).await;
    let long = format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(70_000));
    let endless = "x".repeat(70_000);
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
    let cases = [
        (post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400),
        (post("Content-Length: 3\r\nContent-Length: 4\r\n"), 400),
        (post("Content-Length: -3\r\n"), 400),
        (post("Transfer-Encoding: gzip\r\n"), 501),
        (post("Transfer-Encoding : chunked\r\n"), 400),
        (post("Transfer-Encoding: chunked\r\n") + "zz\r\n", 400),
        (post("Content-Length: 11\r\n") + "01234567890", 413),
        (post("Transfer-Encoding: chunked\r\n") + "b\r\n01234567890\r\n0\r\n\r\n", 413),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(), 400),
        ("CONNECT nowhere HTTP/1.1\r\nHost: nowhere\r\n\r\n".to_owned(), 400),
        ("CONNECT h:443 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx".to_owned(), 400),
        (long, 431),
        (endless, 431),
        ("GET / HTTP/3.0\r\n\r\n".to_owned(), 505),
    ];
    for (wire, status) in cases {
        let answer = running.say(&wire).await;
        let start: String = wire.chars().take(90).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{start:?}: {answer}");
        assert!(answer.contains("testimony-error: bad-request\r\n"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
    let notices = running.notices.lock().unwrap().join("\n");
    assert!(notices.contains("version of HTTP that is not served"), "{notices}");
}

/// A TLS client that trusts the project's authority only.
async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
    running: &Running,
    socket: S,
    host: &str,
) -> std::io::Result<tokio_rustls::client::TlsStream<S>> {
    let mut roots = rustls::RootCertStore::empty();
    let pem = running.authority.certificate().as_bytes();
    roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(crate::net::tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, socket).await
}

async fn tunnel(running: &Running, authority: &str, version: &str) -> TcpStream {
    let mut socket = running.connect().await;
    let wire = format!(
        "CONNECT {authority} {version}\r\nHost: {authority}\r\n\
         Proxy-Authorization: Basic c2Vzcy0yOng=\r\n\r\n"
    );
    socket.write_all(wire.as_bytes()).await.unwrap();
    let mut granted = [0; 39];
    socket.read_exact(&mut granted).await.unwrap();
    assert_eq!(granted, format!("{version} 200 Connection established\r\n\r\n").as_bytes());
    socket
}

#[tokio::test]
async fn tunnels_are_opened() {
    let running = start(Limits::default()).await;
    let cases = [
        ("api.example:443", "api.example", "https://api.example"),
        ("api.example:8443", "api.example", "https://api.example:8443"),
        ("192.0.2.7:443", "192.0.2.7", "https://192.0.2.7"),
        ("[2001:db8::1]:443", "2001:db8::1", "https://[2001:db8::1]"),
    ];
    for (authority, host, url) in cases {
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            let socket = tunnel(&running, authority, version).await;
            let mut stream = secure(&running, socket, host).await.unwrap();
            for path in ["/a", "/b"] {
                let wire = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
                stream.write_all(wire.as_bytes()).await.unwrap();
                let answer = response(&mut stream).await;
                let expected = format!("GET {url}{path} Tunnel session=sess-2 [Host={authority}]");
                assert!(body(&answer).starts_with(&expected), "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn plain_http_in_a_tunnel_is_seen() {
    let running = start(Limits::default()).await;
    let mut socket = tunnel(&running, "api.example:80", "HTTP/1.1").await;
    socket.write_all(b"GET /a HTTP/1.1\r\nHost: api.example\r\n\r\n").await.unwrap();
    let answer = response(&mut socket).await;
    assert!(body(&answer).starts_with("GET http://api.example/a Tunnel"), "{answer}");
    // Through a tunnel to ourselves a request is addressed to us.
    let own = running.address;
    let mut socket = tunnel(&running, &own.to_string(), "HTTP/1.1").await;
    socket.write_all(format!("GET /a HTTP/1.1\r\nHost: {own}\r\n\r\n").as_bytes()).await.unwrap();
    let answer = response(&mut socket).await;
    assert!(body(&answer).starts_with(&format!("GET http://{own}/a Origin")), "{answer}");
}

#[tokio::test]
async fn a_hello_sent_along_with_connect_is_not_lost() {
    let running = start(Limits::default()).await;
    let mut socket = running.connect().await;
    let wire = "CONNECT h.example:80 HTTP/1.1\r\nHost: h.example\r\n\r\n\
                GET /a HTTP/1.1\r\nHost: h.example\r\n\r\n";
    socket.write_all(wire.as_bytes()).await.unwrap();
    let mut granted = [0; 39];
    socket.read_exact(&mut granted).await.unwrap();
    assert!(response(&mut socket).await.contains("http://h.example/a Tunnel"));
}

#[tokio::test]
async fn tls_without_a_tunnel_is_served_too() {
    let running = start(Limits::default()).await;
    let own = running.address;
    let mut stream = secure(&running, running.connect().await, "127.0.0.1").await.unwrap();
    stream.write_all(format!("GET /a HTTP/1.1\r\nHost: {own}\r\n\r\n").as_bytes()).await.unwrap();
    let answer = response(&mut stream).await;
    assert!(body(&answer).starts_with(&format!("GET https://{own}/a Origin")), "{answer}");
}

#[tokio::test]
async fn a_tunnel_that_says_nothing_or_nonsense_is_closed() {
    let limits = Limits { detect: Duration::from_millis(30), ..Limits::default() };
    let running = start(limits).await;
    let mut silent = tunnel(&running, "h.example:443", "HTTP/1.1").await;
    assert_eq!(rest(&mut silent).await, "");
    let running = start(Limits::default()).await;
    let mut odd = tunnel(&running, "h.example:443", "HTTP/1.1").await;
    odd.write_all(&[0, 1, 2]).await.unwrap();
    odd.shutdown().await.unwrap();
    assert_eq!(rest(&mut odd).await, "");
    let notices = running.notices.lock().unwrap().join("\n");
    assert!(notices.contains("neither TLS nor HTTP in the tunnel to `h.example:443`"), "{notices}");
}

#[tokio::test]
async fn slow_heads_and_bodies_end() {
    let limits = Limits { stall: Duration::from_millis(30), ..Limits::default() };
    let running = start(limits).await;
    let mut socket = running.connect().await;
    socket.write_all(b"GET / HT").await.unwrap();
    assert!(rest(&mut socket).await.starts_with("HTTP/1.1 408 "));
    let mut socket = running.connect().await;
    socket.write_all(b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx").await.unwrap();
    assert_eq!(rest(&mut socket).await, "");
}

#[tokio::test]
async fn stopping_lets_answers_end_and_takes_no_more() {
    let running = start(Limits::default()).await;
    let mut idle = running.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    response(&mut idle).await;
    let mut busy = running.connect().await;
    busy.write_all(b"GET /hold HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    running.echo.held.notified().await;
    running.stop.request();
    assert_eq!(rest(&mut idle).await, "");
    running.echo.hold.notify_one();
    assert!(rest(&mut busy).await.contains("GET http://h/hold"));
    running.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let running = start(Limits::default()).await;
    let error = Listener::bind(running.address).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: cannot listen: ", running.address)), "{error}");
}

#[tokio::test]
async fn the_same_bytes_are_answered_by_what_was_found_for_them() {
    let running = start(Limits::default()).await;
    let get = "GET /a HTTP/1.1\r\nHost: h\r\nX-Remembered: 1\r\n\r\n";
    let mut socket = running.connect().await;
    let mut other = running.connect().await;
    socket.write_all(get.as_bytes()).await.unwrap();
    let first = response(&mut socket).await;
    assert!(first.contains("X-A: 1") && first.contains("GET http://h/a Origin"), "{first}");
    for socket in [&mut socket, &mut other] {
        socket.write_all(get.as_bytes()).await.unwrap();
        assert_eq!(response(socket).await, first.replace("X-A: 1", "X-A: again"));
    }
    // Pipelined, between others, and in pieces.
    let another = get.replace("/a", "/b");
    socket.write_all(format!("{get}{another}{get}").as_bytes()).await.unwrap();
    for (mark, path) in [("again", "/a"), ("1", "/b"), ("again", "/a")] {
        let text = response(&mut socket).await;
        assert!(text.contains(&format!("X-A: {mark}")) && text.contains(path), "{text}");
    }
    // In another place the same bytes ask for something else.
    socket.write_all(b"CONNECT api.example:80 HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(response(&mut socket).await.contains("200"));
    socket.write_all(get.as_bytes()).await.unwrap();
    let text = response(&mut socket).await;
    assert!(text.contains("X-A: 1") && text.contains("http://api.example/a Tunnel"), "{text}");
}

#[tokio::test]
async fn what_a_head_does_not_say_is_read_every_time() {
    let running = start(Limits::default()).await;
    let mut socket = running.connect().await;
    let post = "POST / HTTP/1.1\r\nHost: h\r\nX-Remembered: 1\r\nContent-Length: 2\r\n\r\n";
    for body in ["ab", "cd", "cd"] {
        socket.write_all(format!("{post}{body}").as_bytes()).await.unwrap();
        let text = response(&mut socket).await;
        assert!(text.contains("X-A: 1") && text.contains(&format!("body={body} ")), "{text}");
    }
    for head in [
        "GET /a HTTP/1.1\r\nHost: h\r\nX-Remembered: 1\r\nConnection: close\r\n\r\n",
        "GET /a HTTP/1.0\r\nHost: h\r\nX-Remembered: 1\r\n\r\n",
    ] {
        for _ in 0..2 {
            let text = running.say(head).await;
            assert!(text.contains("X-A: 1"), "{text}");
        }
    }
}
