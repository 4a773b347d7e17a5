//! Facts of the wire: the ways to name a host, certificates as strict clients want them, and
//! connections that end or never begin.

use crate::certificates::{OpenSsl, Wanted, make};
use crate::peer::{PrivateAuthority, Recorder, Then, Upstream, expect, say, secured, tunnel};
use crate::support::{client, has, told};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use testimony::exchange::TransportErrorKind;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Asks twice for each URL through the proxy, with the standard library, whose tunnels are asked for
/// in HTTP/1.0 by Python 3.11.
const PYTHON_CLIENT: &str = r#"
import http.client, ssl, sys
proxy, ca = sys.argv[1], sys.argv[2]
context = ssl.create_default_context(cafile=ca)
context.verify_flags |= ssl.VERIFY_X509_STRICT
for authority in sys.argv[3:]:
    host, port = authority.rsplit(":", 1)
    address, at = proxy.rsplit(":", 1)
    connection = http.client.HTTPSConnection(address, int(at), context=context)
    connection.set_tunnel(host.strip("[]"), int(port))
    for _ in range(2):
        connection.request("GET", "/x", headers={"Host": authority})
        response = connection.getresponse()
        response.read()
        print(response.status, end=" ")
"#;

/// OpenSSL's server for `127.0.0.1`, `::1` and `localhost`, at one of the addresses.
fn upstream_at(folder: &std::path::Path, address: &str) -> OpenSsl {
    let hosts = &["127.0.0.1", "::1", "localhost"];
    let made = make(folder, &Wanted { name: "upstream", hosts, ..Wanted::default() });
    OpenSsl::start_at(address, &made, &[])
}

#[test]
fn hosts_by_name_and_by_address() {
    if !has("openssl") || !has("curl") || TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let four = upstream_at(&path, "127.0.0.1:0");
    let trust = path.join("upstream.pem");
    let pinned = std::fs::read_to_string(&trust).unwrap();
    let six = upstream_at(&path, "[::1]:0");
    let both = pinned + &std::fs::read_to_string(&trust).unwrap();
    std::fs::write(path.join("both.pem"), both).unwrap();
    let (p4, p6) = (four.address.port(), six.address.port());
    // `localhost` is both addresses; only one of them takes connections at each port.
    let [r4, r6] = [p4, p6].map(|port| format!("localhost:{port}:127.0.0.1,[::1]"));
    let arguments = ["--ca-file", "both.pem", "--resolve", &r4, "--resolve", &r6];
    let recorder = Recorder::start_in(folder, &arguments);
    let project = path.join(".testimony/ca/ca.pem");
    let urls = [
        format!("https://127.0.0.1:{p4}/x"),
        format!("https://[::1]:{p6}/x"),
        format!("https://localhost:{p4}/x"),
        format!("https://localhost:{p6}/x"),
    ];
    for url in &urls {
        let mut curl = client("curl");
        curl.args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "", "--proxy"]);
        curl.arg(recorder.server.url()).arg("--cacert").arg(&project).arg(url);
        assert_eq!(told(&curl.output().unwrap()), "exit 0\n200", "{url}");
    }
    let mut expected: Vec<String> = urls.to_vec();
    if has("python3") {
        let mut python = client("python3");
        python.args(["-c", PYTHON_CLIENT, &recorder.address().to_string()]).arg(&project);
        let hosts = [format!("127.0.0.1:{p4}"), format!("[::1]:{p6}"), format!("localhost:{p4}")];
        let output = told(&python.args(&hosts).output().unwrap());
        assert_eq!(output, "exit 0\n200 200 200 200 200 200 ");
        expected
            .extend(hosts.iter().flat_map(|host| [(); 2].map(|()| format!("https://{host}/x"))));
    }
    let cassette = recorder.end();
    let targets: Vec<_> = cassette.exchanges.iter().map(|e| e.request.target.clone()).collect();
    assert_eq!(targets, expected);
    assert!(cassette.exchanges.iter().all(|exchange| exchange.error.is_none()));
}

#[test]
fn ipv6_in_every_form_of_plain_http() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        println!("skipped: there is no IPv6");
        return;
    };
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let _ = socket.read(&mut [0; 4096]);
            let _ = socket.write_all(OK.as_bytes());
        }
    });
    let url = format!("http://{address}/v6");
    let recorder = Recorder::start(&["--upstream", &format!("http://{address}")]);
    assert_eq!(say(recorder.address(), "GET /v6 HTTP/1.1\r\nHost: h\r\n\r\n"), OK);
    let absolute = format!("GET {url} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    assert_eq!(say(recorder.address(), &absolute), OK);
    let mut client = tunnel(&recorder, &address.to_string());
    write!(client, "GET /v6 HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    expect(&mut client, OK);
    let targets: Vec<_> = recorder.end().exchanges.into_iter().map(|e| e.request.target).collect();
    assert_eq!(targets, [url.clone(), url.clone(), url]);
}

/// What `openssl s_client` says of the certificate that the recorder shows for an authority.
fn shown(recorder: &Recorder, authority: &str, options: &[&str]) -> (String, String) {
    let output = Command::new("openssl")
        .args(["s_client", "-proxy", &recorder.address().to_string(), "-connect", authority])
        .args(["-x509_strict", "-purpose", "sslserver", "-verify_return_error", "-CAfile"])
        .arg(recorder.folder.path().join(".testimony/ca/ca.pem"))
        .args(options)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = told(&output);
    assert!(said.contains("Verify return code: 0 (ok)"), "{authority}: {said}");
    let file = recorder.folder.path().join("leaf.pem");
    let begin = said.find("-----BEGIN CERTIFICATE").expect(&said);
    std::fs::write(&file, &said[begin..]).unwrap();
    let text = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).arg("-in").arg(&file).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    (text(&["x509", "-noout", "-text"]), text(&["x509", "-noout", "-serial"]))
}

#[test]
fn certificates_as_strict_clients_want_them() {
    if !has("openssl") {
        return;
    }
    let recorder = Recorder::start(&[]);
    let long = format!("{}.{}.example", "a".repeat(60), "b".repeat(60));
    let cases = [
        ("api.example:443", "-verify_hostname", "api.example", "DNS:api.example\n"),
        ("192.0.2.7:443", "-verify_ip", "192.0.2.7", "IP Address:192.0.2.7\n"),
        ("[2001:db8::7]:443", "-verify_ip", "2001:db8::7", "IP Address:2001:DB8:0:0:0:0:0:7\n"),
        (&format!("{long}:443"), "-verify_hostname", &long, &format!("DNS:{long}\n")),
    ];
    let mut serials = Vec::new();
    for (authority, option, name, san) in cases {
        let mut options = vec![option, name];
        // A client that gives no name gets a certificate for the host of its tunnel.
        options.push("-noservername");
        let (text, serial) = shown(&recorder, authority, &options);
        for wanted in [
            san,
            "X509v3 Subject Key Identifier",
            "X509v3 Authority Key Identifier",
            "TLS Web Server Authentication",
            "CA:FALSE",
            "Version: 3 (0x2)",
        ] {
            assert!(text.contains(wanted), "{authority}: {wanted}: {text}");
        }
        assert!(!text.contains('*'), "{text}");
        let check = |seconds: u32| {
            let file = recorder.folder.path().join("leaf.pem");
            let mut openssl = Command::new("openssl");
            openssl.args(["x509", "-noout", "-checkend", &seconds.to_string(), "-in"]).arg(file);
            openssl.output().unwrap().status.success()
        };
        assert!(check(80 * 86_400) && !check(396 * 86_400), "{text}");
        serials.push(serial);
    }
    // A name in the handshake goes before the tunnel's host.
    let options = ["-servername", "other.example", "-verify_hostname", "other.example"];
    serials.push(shown(&recorder, "192.0.2.7:443", &options).1);
    serials.sort();
    let count = serials.len();
    serials.dedup();
    assert_eq!(serials.len(), count, "two certificates of one issuer have the same number");
    drop(recorder);
}

#[test]
fn a_wildcard_is_no_host() {
    let recorder = Recorder::start(&[]);
    let socket = tunnel(&recorder, "*.example:443");
    let mut client = secured(&recorder, socket, "any.example");
    // The name of the handshake is a proper one: it is for that name alone.
    assert!(client.write_all(b"").is_ok());
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-proxy", &recorder.address().to_string(), "-noservername"]);
    let output = openssl.args(["-connect", "*.example:443"]).stdin(Stdio::null()).output().unwrap();
    assert!(told(&output).contains("no peer certificate available"), "{}", told(&output));
    drop(client);
    let said = told(&recorder.end_with_output().1);
    assert!(said.contains("no certificate for `*.example`"), "{said}");
}

#[test]
fn a_name_that_is_not_the_tunnels_host() {
    if !has("curl") {
        return;
    }
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    let upstream = Upstream::secure(&authority, &["vendor.example"], |_, wire| {
        wire.write_all(OK.as_bytes()).unwrap();
        Then::Next
    });
    let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
    let port = upstream.address.port();
    let mut curl = client("curl");
    curl.args(["-sS", "--noproxy", "", "--proxy"]).arg(recorder.server.url());
    curl.arg("--connect-to").arg(format!("vendor.example:{port}:127.0.0.1:{port}"));
    curl.arg("--cacert").arg(recorder.folder.path().join(".testimony/ca/ca.pem"));
    let output = curl.arg(format!("https://vendor.example:{port}/x")).output().unwrap();
    assert_eq!(told(&output), "exit 0\nok");
    let exchange = recorder.end().exchanges.remove(0);
    // Where it went, and whom it was for.
    assert_eq!(exchange.request.target, format!("https://127.0.0.1:{port}/x"));
    let host = exchange.request.headers.all("host").next().unwrap();
    assert_eq!(host, format!("vendor.example:{port}").as_bytes());
}

#[test]
fn connections_that_an_upstream_ends_lose_no_request() {
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    let file = authority.write(folder.path());
    let close = |_: &str, wire: &mut dyn crate::peer::Wire| {
        wire.write_all(OK.as_bytes()).unwrap();
        Then::Close
    };
    let plain = ("http", Upstream::start(close));
    let secure = ("https", Upstream::secure(&authority, &["127.0.0.1"], close));
    for (scheme, upstream) in [plain, secure] {
        let url = format!("{scheme}://{}", upstream.address);
        let arguments = ["--upstream", &url, "--ca-file", file.to_str().unwrap()];
        let recorder = Recorder::start(&arguments);
        let mut client = crate::peer::connect(recorder.address());
        for n in 0..30 {
            // The upstream has ended the connection without a word; only then comes the next request.
            upstream.wait_closed(n);
            write!(client, "GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
            expect(&mut client, OK);
        }
        let expected: Vec<_> =
            (0..30).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")).collect();
        assert_eq!(upstream.seen(), expected, "{url}");
        assert_eq!(recorder.end().exchanges.len(), 30);
    }
}

/// A port whose queue of connections is full: the system leaves further ones without an answer.
fn full() -> (SocketAddr, Vec<rustix::fd::OwnedFd>) {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, listen};
    let socket = |flags| {
        rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap()
    };
    let listener = socket(SocketFlags::CLOEXEC);
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    bind(&listener, &any).unwrap();
    listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(rustix::net::getsockname(&listener).unwrap()).unwrap();
    let mut kept = vec![listener];
    for _ in 0..4 {
        let filler = socket(SocketFlags::CLOEXEC | SocketFlags::NONBLOCK);
        let _ = connect(&filler, &address);
        kept.push(filler);
    }
    (address, kept)
}

#[test]
fn an_address_that_does_not_answer() {
    let (address, kept) = full();
    let url = format!("http://{address}");
    let recorder = Recorder::start(&["--upstream", &url, "--timeout", "4s"]);
    let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 504 Gateway Timeout\r\ntestimony-error: timeout"), "{got}");
    let error = recorder.end().exchanges[0].error.clone().unwrap();
    assert_eq!(error.kind, TransportErrorKind::Timeout);
    assert_eq!(error.message, format!("{address}: no connection in time"));
    // Another address of the host is not held up by it.
    let upstream = Upstream::answering(OK);
    let port = upstream.address.port();
    let resolve = format!("vendor.example:{port}:192.0.2.1,127.0.0.1");
    let recorder = Recorder::start(&["--resolve", &resolve]);
    let wire = format!("GET http://vendor.example:{port}/ HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(say(recorder.address(), &wire), OK);
    drop(kept);
}
