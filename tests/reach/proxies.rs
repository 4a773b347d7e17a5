//! Proxies between the recorder and upstreams: those of others where they are installed, and raw ones that
//! say what they got.

use crate::certificates::{Wanted, make};
use crate::peer::{PATIENCE, PrivateAuthority, Recorder, Then, Upstream, say, secured, tunnel};
use crate::support::{Nobody, free_port, has, run, testimony, told};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use testimony::exchange::{Exchange, TransportErrorKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A process of somebody else's that serves, killed at the end.
struct Foreign {
    child: Child,
    address: SocketAddr,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server on a free port and waits until it takes connections.
fn foreign(start: impl FnOnce(u16) -> Command) -> Foreign {
    let port = free_port();
    let mut command = start(port);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let foreign = Foreign { child, address };
    let end = std::time::Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        assert!(std::time::Instant::now() < end, "it does not listen");
        std::thread::yield_now();
    }
    foreign
}

/// An upstream, plain or in TLS with a certificate that `--ca-file private.pem` trusts.
struct Place {
    folder: tempfile::TempDir,
    plain: Upstream,
    secure: Upstream,
}

fn place() -> Place {
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    let secure =
        Upstream::secure(&authority, &["127.0.0.1", "localhost", "vendor.example"], |_, wire| {
            wire.write_all(OK.as_bytes()).unwrap();
            Then::Next
        });
    Place { folder, plain: Upstream::answering(OK), secure }
}

/// A plain and an intercepted request through a recorder that goes through `via`; the exchanges and
/// what was said.
fn both(place: Place, via: &str, more: &[&str]) -> (Vec<Exchange>, String) {
    let Place { folder, plain, secure } = place;
    let mut command = testimony(folder.path());
    command.args(["record", "--cassette", "c.cassette", "--ca-file", "private.pem"]);
    command.args(["--via", via]).args(more).env("PROXY_URL", "http://me:s3cr3tw0rd@127.0.0.1:1");
    let server = crate::support::Server::spawn(command);
    let recorder = Recorder { server, folder };
    for path in ["/p", "/q"] {
        let wire = format!("GET {}{path} HTTP/1.1\r\nHost: vendor\r\nX-A: 1\r\n\r\n", plain.url());
        assert_eq!(say(recorder.address(), &wire), OK);
    }
    let authority = secure.address.to_string();
    let mut client = secured(&recorder, tunnel(&recorder, &authority), "127.0.0.1");
    for _ in 0..2 {
        client.write_all(b"GET /s HTTP/1.1\r\nHost: vendor\r\n\r\n").unwrap();
        crate::peer::expect(&mut client, OK);
    }
    assert_eq!(secure.seen(), ["GET /s HTTP/1.1\r\nHost: vendor\r\n\r\n"; 2]);
    assert_eq!(plain.seen().len(), 2);
    let (cassette, output) = recorder.end_with_output();
    let targets: Vec<_> = cassette.exchanges.iter().map(|e| e.request.target.clone()).collect();
    let (plain, secure) = (plain.url(), format!("https://{authority}/s"));
    assert_eq!(targets, [format!("{plain}/p"), format!("{plain}/q"), secure.clone(), secure]);
    for exchange in &cassette.exchanges {
        assert_eq!(exchange.error, None);
        assert!(exchange.request.headers.all("proxy-authorization").next().is_none());
    }
    (cassette.exchanges, told(&output))
}

#[test]
fn tinyproxy_with_credentials() {
    if !has("tinyproxy") {
        return;
    }
    let settings = tempfile::tempdir().unwrap();
    let file = settings.path().join("tiny.conf");
    let proxy = foreign(|port| {
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 60\nDisableViaHeader Yes\nBasicAuth me s3cr3tw0rd\n"
        );
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("tinyproxy");
        command.arg("-d").arg("-c").arg(&file);
        command
    });
    let address = proxy.address;
    let (_, said) = both(place(), &format!("http://me:s3cr3tw0rd@{address}"), &[]);
    assert!(said.contains("every user of this machine can read the password"), "{said}");
    assert!(!said.contains("s3cr3tw0rd"), "{said}");
    // Without credentials, plain and in a tunnel.
    let place = place();
    let folder = place.folder.path().join("private.pem");
    let folder = folder.to_str().unwrap();
    for upstream in [place.plain.url(), format!("https://{}", place.secure.address)] {
        for (via, secret) in [("", ""), ("me:wr0ngw0rd@", "wr0ngw0rd")] {
            let via = format!("http://{via}{address}");
            let recorder =
                Recorder::start(&["--upstream", &upstream, "--ca-file", folder, "--via", &via]);
            let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            let (cassette, output) = recorder.end_with_output();
            let said = told(&output);
            assert!(secret.is_empty() || !said.contains(secret), "{said}");
            let error = cassette.exchanges[0].error.clone().unwrap();
            assert_eq!(error.kind, TransportErrorKind::Refused);
            let expected = format!("proxy `{address}` answered `40");
            assert!(error.message.contains(&expected), "{}", error.message);
            assert!(
                got.starts_with("HTTP/1.1 502 Bad Gateway\r\ntestimony-error: refused"),
                "{got}"
            );
            assert_eq!(cassette.exchanges[0].response, None);
        }
    }
    assert!(place.plain.seen().is_empty() && place.secure.seen().is_empty());
    // What the proxy says of an upstream that is not there is no response of that upstream.
    let held = Nobody::new();
    let nobody = held.address;
    let via = format!("http://me:s3cr3tw0rd@{address}");
    let recorder = Recorder::start(&["--upstream", &format!("http://{nobody}"), "--via", &via]);
    say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let exchange = recorder.end().exchanges.remove(0);
    let error = exchange.error.unwrap();
    assert!(error.message.contains(&format!("proxy `{address}` answered `50")), "{error:?}");
    assert_eq!(exchange.response, None);
}

/// A host that is not recorded is reached through the proxy, too.
#[test]
fn a_blind_tunnel_through_a_proxy() {
    let (address, seen) = scripted("HTTP/1.1 200 Go\r\nX-Proxy: y\r\n\r\nSSH-2.0-server\r\n");
    let via = format!("http://u:p@{address}");
    let recorder = Recorder::start(&["--via", &via, "--deny-host", "*"]);
    let mut client = tunnel(&recorder, "git.example:22");
    assert_eq!(crate::peer::rest(&mut client), "SSH-2.0-server\r\n");
    let asked = "CONNECT git.example:22 HTTP/1.1\r\nHost: git.example:22\r\n\
                 Proxy-Authorization: Basic dTpw\r\n\r\n";
    assert_eq!(*seen.lock().unwrap(), [asked]);
    assert_eq!(recorder.end().exchanges, []);
    let (address, _) = scripted("HTTP/1.1 407 Who\r\n\r\n");
    let recorder = Recorder::start(&["--via", &format!("http://{address}"), "--deny-host", "*"]);
    let wire = "CONNECT git.example:22 HTTP/1.1\r\nHost: git.example:22\r\n\r\n";
    let got = say(recorder.address(), wire);
    assert!(got.starts_with("HTTP/1.1 502 Bad Gateway\r\ntestimony-error: refused\r\n"), "{got}");
}

/// `check --live` takes the same road.
#[test]
fn requests_of_our_own_take_the_same_road() {
    let Place { folder, plain: _, secure } = place();
    let port = secure.address.port();
    let resolve = format!("vendor.example:{port}:127.0.0.1");
    let url = format!("https://vendor.example:{port}");
    let road = ["--ca-file", "private.pem", "--resolve", &resolve];
    let path = folder.path().to_owned();
    let spec = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /s:\n    get:\n      \
                responses:\n        '200': {description: fine}\n";
    std::fs::write(path.join("s.yaml"), spec).unwrap();
    let server = crate::support::Server::start(
        &path,
        &[&["record", "--cassette", "c.cassette", "--upstream", &url], &road[..]].concat(),
    );
    assert_eq!(say(server.address, "GET /s HTTP/1.1\r\nHost: vendor.example\r\n\r\n"), OK);
    assert!(server.stop().status.success());
    let check = ["check", "--spec", "s.yaml", "--cassette", "c.cassette"];
    let live = [&check[..], &["--live", &url]].concat();
    let judged = told(&run(&path, &[&live[..], &road].concat()));
    assert!(judged.starts_with("exit 0\n"), "{judged}");
    assert_eq!(secure.seen().len(), 2);
    let lost = told(&run(&path, &live));
    assert!(lost.starts_with("exit 3\n") && lost.contains("its name does not resolve"), "{lost}");
    assert!(lost.contains("hint: `--resolve HOST:PORT:ADDRESS`"), "{lost}");
    let (proxy, _) = scripted("HTTP/1.1 403 No\r\n\r\n");
    let via = ["--via", &format!("http://{proxy}")];
    let refused = told(&run(&path, &[&live[..], &via].concat()));
    assert!(refused.contains(&format!("proxy `{proxy}` answered `403 Forbidden`")), "{refused}");
    let idle = told(&run(&path, &[&check[..], &road].concat()));
    assert!(idle.starts_with("exit 2\n") && idle.contains("without `--live`"), "{idle}");
}

#[test]
fn microsocks_with_and_without_names() {
    if Command::new("microsocks").arg("-h").output().is_err() {
        println!("skipped: `microsocks` is not installed");
        return;
    }
    let proxy = foreign(|port| {
        let mut command = Command::new("microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string(), "-u", "me", "-P", "s3cr3tw0rd"]);
        command
    });
    let address = proxy.address;
    for scheme in ["socks5", "socks5h"] {
        both(place(), &format!("{scheme}://me:s3cr3tw0rd@{address}"), &[]);
        let place = place();
        let held = Nobody::new();
        let nobody = held.address;
        for (via, upstream, expected) in [
            (format!("{scheme}://{address}"), place.plain.url(), "wants credentials"),
            (format!("{scheme}://me:wr0ngw0rd@{address}"), place.plain.url(), "refuses the cred"),
            (
                format!("{scheme}://me:s3cr3tw0rd@{address}"),
                format!("http://{nobody}"),
                "answered `connection refused`",
            ),
        ] {
            let recorder = Recorder::start(&["--upstream", &upstream, "--via", &via]);
            say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
            let (cassette, output) = recorder.end_with_output();
            let error = cassette.exchanges[0].error.clone().unwrap();
            assert_eq!(error.kind, TransportErrorKind::Refused, "{}", error.message);
            assert!(error.message.contains(&format!("proxy `{address}` {expected}")), "{error:?}");
            assert!(!told(&output).contains("w0rd"), "{}", told(&output));
        }
        assert!(place.plain.seen().is_empty());
    }
}

/// A proxy in TLS: Python's, which passes on what it is asked to connect to.
const PYTHON_PROXY: &str = r#"
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
def copy(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    finally:
        try: b.shutdown(socket.SHUT_WR)
        except OSError: pass
def serve(raw):
    try:
        client = context.wrap_socket(raw, server_side=True)
    except (OSError, ssl.SSLError):
        return
    head = b""
    while b"\r\n\r\n" not in head:
        got = client.recv(1)
        if not got: return
        head += got
    line = head.split(b"\r\n")[0].decode()
    method, target, _ = line.split(" ")
    if method == "CONNECT":
        host, port = target.rsplit(":", 1)
        there = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 fine\r\nX-Proxy: yes\r\n\r\n")
    else:
        authority, path = target[len("http://"):].split("/", 1)
        host, port = authority.rsplit(":", 1)
        there = socket.create_connection((host, int(port)))
        there.sendall(head.replace(target.encode(), b"/" + path.encode(), 1))
    threading.Thread(target=copy, args=(client, there), daemon=True).start()
    copy(there, client)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"#;

#[test]
fn a_proxy_in_tls() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = make(folder.path(), &Wanted { name: "proxy", ..Wanted::default() });
    let proxy = foreign(|port| {
        let mut command = Command::new("python3");
        command.args(["-c", PYTHON_PROXY, &port.to_string()]).arg(&made.certificate).arg(&made.key);
        command
    });
    let trust = ["--ca-file", made.certificate.to_str().unwrap()];
    both(place(), &format!("https://{}", proxy.address), &trust);
    let place = place();
    let via = format!("https://{}", proxy.address);
    let recorder = Recorder::start(&["--upstream", &place.plain.url(), "--via", &via]);
    say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let error = recorder.end().exchanges[0].error.clone().unwrap();
    assert_eq!(error.kind, TransportErrorKind::Tls);
    let expected =
        format!("proxy `{}`: its certificate (`CN=proxy`) is signed by itself", proxy.address);
    assert!(error.message.contains(&expected), "{}", error.message);
}

/// A proxy that answers each connection's first head with these bytes, and notes the heads.
fn scripted(answer: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut reader = BufReader::new(socket);
            let (mut head, mut line) = (String::new(), String::new());
            while line != "\r\n" && reader.read_line(&mut line).is_ok_and(|count| count > 0) {
                head.push_str(&line);
                if line == "\r\n" {
                    break;
                }
                line.clear();
            }
            notes.lock().unwrap().push(head);
            let _ = reader.get_mut().write_all(answer.as_bytes());
            let _ = reader.get_mut().shutdown(std::net::Shutdown::Write);
            let _ = reader.read_to_end(&mut Vec::new());
        }
    });
    (address, seen)
}

#[test]
fn what_a_proxy_is_asked_and_what_it_says() {
    let refused = TransportErrorKind::Refused;
    let cases = [
        (
            "HTTP/1.1 407 Give s3cr3tw0rd\r\nContent-Length: 0\r\n\r\n",
            refused,
            "answered `407 Proxy Authentication Required`",
        ),
        ("HTTP/1.0 502 Bad\r\n\r\n<h1>", refused, "answered `502 Bad Gateway`"),
        ("HTTP/1.1 403 No\r\n\r\n", refused, "answered `403 Forbidden`"),
        (
            "HTTP/1.1 504 Late\r\n\r\n",
            TransportErrorKind::Timeout,
            "answered `504 Gateway Timeout`",
        ),
        ("SSH-2.0-x\r\n\r\n", TransportErrorKind::Protocol, "answered no HTTP"),
        ("HTTP/1.1 200 O", TransportErrorKind::Reset, "closed the connection without"),
        ("", TransportErrorKind::Reset, "closed the connection without"),
    ];
    for (answer, kind, message) in cases {
        let (address, seen) = scripted(answer);
        let via = format!("http://{address}");
        let recorder = Recorder::start(&["--upstream", "https://vendor.example", "--via", &via]);
        say(recorder.address(), "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        let error = recorder.end().exchanges[0].error.clone().unwrap();
        assert_eq!(error.kind, kind, "{error:?}");
        let expected = format!("vendor.example:443: proxy `{address}` {message}");
        assert!(error.message.starts_with(&expected), "{}", error.message);
        assert!(!error.message.contains("s3cr3tw0rd"), "{}", error.message);
        let asked = "CONNECT vendor.example:443 HTTP/1.1\r\nHost: vendor.example:443\r\n\r\n";
        assert_eq!(*seen.lock().unwrap(), [asked]);
    }
    // Plain requests go as they are; what the proxy says of the upstream is a response.
    let gone = "HTTP/1.1 502 From The Proxy\r\nContent-Length: 0\r\n\r\n";
    let (address, seen) = scripted(gone);
    let via = format!("http://u:p%40ss@{address}");
    let recorder = Recorder::start(&["--via", &via]);
    let head = "POST http://vendor.example/x?y=%2F HTTP/1.1\r\nhOsT: vendor.example\r\nX-a:  b\r\n\
                Content-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(say(recorder.address(), head), gone);
    let asked = head.replace("HTTP/1.1\r\n", "HTTP/1.1\r\nProxy-Authorization: Basic dTpwQHNz\r\n");
    assert_eq!(*seen.lock().unwrap(), [asked]);
    let cassette = recorder.end();
    assert_eq!(cassette.exchanges[0].request.headers.iter().count(), 4);
    assert_eq!(cassette.exchanges[0].response.as_ref().unwrap().status, 502);
}

#[test]
fn hosts_that_the_proxy_is_not_for() {
    let (proxy, seen) = scripted("HTTP/1.1 403 No\r\n\r\n");
    let upstream = Upstream::answering(OK);
    let via = format!("http://{proxy}");
    let recorder = Recorder::start(&["--via", &via, "--no-via", "127.0.0.*"]);
    let wire = format!("GET {}/ HTTP/1.1\r\nHost: h\r\n\r\n", upstream.url());
    assert_eq!(say(recorder.address(), &wire), OK);
    assert!(seen.lock().unwrap().is_empty());
    // A proxy that is not there is named.
    let held = Nobody::new();
    let nobody = held.address;
    let away = Recorder::start(&["--via", &format!("socks5h://{nobody}")]);
    say(away.address(), &wire);
    let error = away.end().exchanges[0].error.clone().unwrap();
    assert_eq!(error.kind, TransportErrorKind::Refused);
    let expected = format!("{}: proxy `{nobody}`: connection refused", upstream.address);
    assert_eq!(error.message, expected);
}

#[test]
fn a_proxy_url_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("env:NOT_SET", "`NOT_SET` is not set"),
        ("ftp://me:s3cr3tw0rd@h", "the schemes are"),
        ("http://me:s3cr3tw0rd@h/x", "nothing may follow"),
        ("me:s3cr3tw0rd@h:80", "the schemes are"),
    ];
    for (via, expected) in cases {
        let told = told(&run(folder.path(), &["record", "--cassette", "c.cassette", "--via", via]));
        assert!(told.starts_with("exit 2\n") && told.contains(expected), "{told}");
        assert!(!told.contains("s3cr3tw0rd"), "{told}");
    }
    let (address, seen) = scripted(OK);
    let mut command = testimony(folder.path());
    command
        .args(["record", "--cassette", "c.cassette", "--via", "env:PROXY_URL"])
        .env("PROXY_URL", format!("http://me:s3cr3tw0rd@{address}"));
    let server = crate::support::Server::spawn(command);
    // An upstream that shows what it got.
    let wire = "GET http://h.example/s3cr3tw0rd HTTP/1.1\r\nHost: h.example\r\n\r\n";
    assert_eq!(say(server.address, wire), OK);
    let told = told(&server.stop());
    assert!(seen.lock().unwrap()[0].contains("Basic bWU6czNjcjN0dzByZA==\r\n"));
    let file = std::fs::read_to_string(folder.path().join("c.cassette")).unwrap();
    assert!(!file.contains("s3cr3tw0rd") && !file.contains("bWU6czNjcjN0dzByZA"), "{file}");
    assert!(!told.contains("s3cr3tw0rd") && !told.contains("warning"), "{told}");
}

/// `--resolve`: the name stays, the address is another.
#[test]
fn addresses_that_are_given() {
    let Place { folder, plain, secure } = place();
    let port = secure.address.port();
    let resolve = format!("vendor.example:{port}:127.0.0.1");
    let any = format!("*:{}:[::1],127.0.0.1", plain.address.port());
    let arguments = ["--ca-file", "private.pem", "--resolve", &resolve, "--resolve", &any];
    let recorder = Recorder::start_in(folder, &arguments);
    let authority = format!("vendor.example:{port}");
    let mut client = secured(&recorder, tunnel(&recorder, &authority), "vendor.example");
    client.write_all(b"GET /s HTTP/1.1\r\nHost: vendor.example\r\n\r\n").unwrap();
    crate::peer::expect(&mut client, OK);
    let url = format!("http://whoever.example:{}/", plain.address.port());
    let wire = format!("GET {url} HTTP/1.1\r\nHost: whoever.example\r\n\r\n");
    assert_eq!(say(recorder.address(), &wire), OK);
    let targets: Vec<_> = recorder.end().exchanges.into_iter().map(|e| e.request.target).collect();
    assert_eq!(targets, [format!("https://{authority}/s"), url]);
}
