//! Real clients, and commands that are run through the recorder.

use crate::peer::{PrivateAuthority, Recorder, Then, Upstream};
use crate::support::{Server, client, has, packages, testimony, told};
use std::path::Path;
use std::process::Command;
use testimony::cassette::read;
use testimony::exchange::Body;

/// Answers with the request's own line.
fn mirror(request: &str, wire: &mut dyn crate::peer::Wire) -> Then {
    let line = request.lines().next().unwrap();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}", line.len());
    wire.write_all(answer.as_bytes()).unwrap();
    Then::Next
}

/// An upstream behind TLS with the file of its authority, in a folder for a recorder.
fn secure() -> (Upstream, tempfile::TempDir) {
    let authority = PrivateAuthority::new();
    let folder = tempfile::tempdir().unwrap();
    authority.write(folder.path());
    (Upstream::secure(&authority, &["127.0.0.1", "localhost"], mirror), folder)
}

/// Runs a command through a recorder.
fn through(folder: &Path, command: &[&str]) -> String {
    let mut all = testimony(folder);
    all.args(["record", "--cassette", "c.cassette", "--ca-file", "private.pem", "--"])
        .args(command);
    told(&all.output().unwrap())
}

fn recorded(folder: &Path) -> Vec<String> {
    let cassette = read(&folder.join("c.cassette")).unwrap();
    assert!(cassette.sealed);
    let shown = |exchange: testimony::exchange::Exchange| {
        let response = exchange.response.unwrap();
        let body = String::from_utf8_lossy(response.body.bytes().unwrap()).into_owned();
        format!(
            "{} {} {} {body}",
            exchange.request.method, exchange.request.target, response.status
        )
    };
    cassette.exchanges.into_iter().map(shown).collect()
}

#[test]
fn curl_as_a_command() {
    if !has("curl") {
        return;
    }
    let (upstream, folder) = secure();
    let plain = Upstream::start(mirror);
    let secure_url = format!("https://localhost:{}/s?a=1", upstream.address.port());
    let plain_url = format!("{}/p", plain.url());
    let output = through(folder.path(), &["curl", "-sS", &secure_url, &plain_url]);
    let said = "GET /s?a=1 HTTP/1.1GET /p HTTP/1.1recorded 2 exchanges into c.cassette";
    assert!(output.starts_with("exit 0\nlistening on http://127.0.0.1:"), "{output}");
    assert!(output.contains(said), "{output}");
    assert_eq!(
        recorded(folder.path()),
        [
            format!("GET {secure_url} 200 GET /s?a=1 HTTP/1.1"),
            format!("GET {plain_url} 200 GET /p HTTP/1.1"),
        ]
    );
}

#[test]
fn curl_sends_a_large_body_with_leave() {
    if !has("curl") {
        return;
    }
    let upstream = Upstream::start(|request, wire| {
        if request.to_ascii_lowercase().contains("expect: 100-continue") {
            wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
            let mut body = vec![0; 2_000_000];
            wire.read_exact(&mut body).unwrap();
            assert!(body.iter().all(|byte| *byte == b'z'));
        }
        mirror(request, wire)
    });
    let recorder = Recorder::before(&upstream);
    let file = recorder.folder.path().join("body");
    std::fs::write(&file, vec![b'z'; 2_000_000]).unwrap();
    let output = client("curl")
        .args(["-sS", "--noproxy", "*", "-H", "Expect: 100-continue", "-T"])
        .args([file.to_str().unwrap(), &format!("{}/up", recorder.server.url())])
        .output()
        .unwrap();
    assert!(told(&output).starts_with("exit 0\nPUT /up HTTP/1.1"), "{}", told(&output));
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.body.len(), 2_000_000);
}

#[test]
fn the_commands_own_status_and_environment() {
    let folder = tempfile::tempdir().unwrap();
    PrivateAuthority::new().write(folder.path());
    let script = "printf '%s|%s|%s|%s|' \"$HTTPS_PROXY\" \"$https_proxy\" \"$TESTIMONY_URL\" \"$NO_PROXY$no_proxy\"; \
                  for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE AWS_CA_BUNDLE GIT_SSL_CAINFO \
                  DENO_CERT PIP_CERT npm_config_cafile NODE_EXTRA_CA_CERTS; do \
                  eval \"file=\\$$name\"; test -s \"$file\" || echo \"lacks $name\"; \
                  grep -q 'BEGIN CERTIFICATE' \"$file\" || echo \"lacks certificate in $name\"; done; \
                  echo \"$JAVA_TOOL_OPTIONS\"; exit 7";
    let output = through(folder.path(), &["sh", "-c", script]);
    assert!(output.starts_with("exit 7\n"), "{output}");
    let url = output.lines().nth(1).unwrap().strip_prefix("listening on ").unwrap().to_owned();
    assert!(output.contains(&format!("{url}|{url}|{url}||")), "{output}");
    assert!(!output.contains("lacks"), "{output}");
    assert!(output.contains("-Dhttps.proxyHost=127.0.0.1 "), "{output}");
    assert!(output.contains("recorded 0 exchanges"), "{output}");
    let mode = |name: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let file = folder.path().join(".testimony/ca").join(name);
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("ca.key"), mode("ca.pem"), mode("bundle.pem")), (0o600, 0o644, 0o644));
    let ignored = std::fs::read_to_string(folder.path().join(".testimony/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
}

#[test]
fn a_signal_reaches_the_command_and_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = testimony(folder.path());
    // The command leaves a child behind that holds the pipe open as long as it lives.
    let script = "sleep 1000 & trap 'echo ended; exit 9' TERM; echo ready; wait";
    command.args(["record", "--cassette", "c.cassette", "--", "sh", "-c", script]);
    let mut server = Server::spawn(command);
    server.expect_line("ready");
    server.signal("TERM");
    let output = told(&server.wait());
    assert!(output.starts_with("exit 9\nended\n"), "{output}");
    assert!(read(&folder.path().join("c.cassette")).unwrap().sealed);
}

#[test]
fn python_clients() {
    let Some(python) = packages::python("record", &["requests==2.34.2"]) else { return };
    let (upstream, folder) = secure();
    let url = format!("https://localhost:{}", upstream.address.port());
    let script = format!(
        "import urllib.request, requests\n\
         print(urllib.request.urlopen('{url}/urllib').read().decode())\n\
         session = requests.Session()\n\
         for method in 'GET', 'POST': print(session.request(method, '{url}/requests', data=b'x' * (method == 'POST')).text)\n"
    );
    let output = through(folder.path(), &[python.to_str().unwrap(), "-c", &script]);
    assert!(output.starts_with("exit 0\n"), "{output}");
    assert_eq!(
        recorded(folder.path()),
        [
            format!("GET {url}/urllib 200 GET /urllib HTTP/1.1"),
            format!("GET {url}/requests 200 GET /requests HTTP/1.1"),
            format!("POST {url}/requests 200 POST /requests HTTP/1.1"),
        ]
    );
}

#[test]
fn hyper_on_both_sides() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(hyper_server());
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::start_in(folder, &["--upstream", &format!("http://{address}")]);
    let got = runtime.block_on(hyper_client(recorder.address()));
    assert_eq!(got, "POST /x hello 1");
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.body, Body::from("hello"));
    assert_eq!(exchange.response.unwrap().body, Body::from("POST /x hello 1"));
}

async fn hyper_server() -> std::net::SocketAddr {
    use http_body_util::{BodyExt as _, Full};
    use hyper::body::{Bytes, Incoming};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| async {
                let (head, body) = request.into_parts();
                let body = body.collect().await?;
                let trailers = body.trailers().map_or(0, hyper::HeaderMap::len);
                let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
                let answer = format!("{} {} {text} {trailers}", head.method, head.uri);
                Ok::<_, hyper::Error>(hyper::Response::new(Full::new(Bytes::from(answer))))
            });
            let socket = hyper_util::rt::TokioIo::new(socket);
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(socket, service),
            );
        }
    });
    address
}

async fn hyper_client(address: std::net::SocketAddr) -> String {
    use http_body_util::{BodyExt as _, Full};
    use hyper::body::Bytes;
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let socket = hyper_util::rt::TokioIo::new(socket);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let mut trailers = hyper::HeaderMap::new();
    trailers.insert("x-sum", "1".parse().unwrap());
    let body = Full::new(Bytes::from("hello")).with_trailers(async move { Some(Ok(trailers)) });
    let request = hyper::Request::post("/x")
        .header("host", "h")
        .header("trailer", "x-sum")
        .header("transfer-encoding", "chunked")
        .body(body)
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn processes_that_start_at_once_share_one_authority() {
    let folder = tempfile::tempdir().unwrap();
    let started: Vec<_> = (0..6)
        .map(|_| {
            let mut command = testimony(folder.path());
            command.args(["ca", "show"]).stdout(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let shown: Vec<String> =
        started.into_iter().map(|child| told(&child.wait_with_output().unwrap())).collect();
    assert!(shown[0].starts_with("exit 0\n") && shown[0].contains("BEGIN CERTIFICATE"));
    assert!(shown.iter().all(|text| *text == shown[0]), "{shown:#?}");
}

#[test]
fn openssl_takes_the_certificates_at_their_strictest() {
    if !has("openssl") {
        return;
    }
    let recorder = Recorder::start(&[]);
    let authority = recorder.folder.path().join(".testimony/ca/ca.pem");
    let proxy = recorder.address().to_string();
    for (target, check) in [
        ("api.example:443", ["-verify_hostname", "api.example"]),
        ("192.0.2.7:443", ["-verify_ip", "192.0.2.7"]),
        ("[2001:db8::1]:443", ["-verify_ip", "2001:db8::1"]),
    ] {
        let output = Command::new("openssl")
            .args(["s_client", "-proxy", &proxy, "-connect", target, "-x509_strict"])
            .args(["-verify_return_error", "-CAfile", authority.to_str().unwrap()])
            .args(check)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let told = told(&output);
        assert!(told.contains("Verify return code: 0 (ok)"), "{target}: {told}");
    }
}

#[test]
fn the_authority_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| told(&crate::support::run(folder.path(), arguments));
    let path = folder.path().join(".testimony/ca/ca.pem");
    assert_eq!(run(&["ca", "path"]), format!("exit 0\n{}\n", path.display()));
    let shown = run(&["ca", "show"]);
    assert!(shown.contains(&std::fs::read_to_string(&path).unwrap()), "{shown}");
    let trust = run(&["ca", "trust"]);
    let bundle = path.with_file_name("bundle.pem");
    assert!(trust.contains(&format!("export CURL_CA_BUNDLE='{}'", bundle.display())), "{trust}");
    if has("openssl") {
        let file = path.to_str().unwrap();
        let output = Command::new("openssl")
            .args(["x509", "-in", file, "-noout", "-fingerprint", "-sha256"])
            .output()
            .unwrap();
        let text = told(&output);
        let fingerprint = text.trim().rsplit_once('=').unwrap().1;
        assert!(shown.contains(fingerprint), "{shown}: {fingerprint}");
    }
}
