//! HTTP/2 between peers that have nothing in common with the product: curl, Node, httpx.

use crate::peer::{PrivateAuthority, Recorder};
use crate::support::{client, has, packages, told};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use testimony::exchange::{Exchange, Version};

/// Node's server, which is ended with the test.
struct Node {
    child: Child,
    port: u16,
}

impl Node {
    fn serve(arguments: &[&str]) -> Self {
        let mut child = node(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().unwrap(), child }
    }

    /// Behind TLS, offering HTTP/2 and HTTP/1.1, with the file of its authority in the folder.
    fn secure(folder: &Path) -> Self {
        let authority = PrivateAuthority::new();
        authority.write(folder);
        let (certificate, key) = authority.leaf(&["localhost", "127.0.0.1"]);
        let (cert_file, key_file) = (folder.join("leaf.pem"), folder.join("leaf.key"));
        std::fs::write(&cert_file, certificate).unwrap();
        std::fs::write(&key_file, key).unwrap();
        let files = [cert_file.to_str().unwrap(), key_file.to_str().unwrap()];
        Self::serve(&["serve-secure", files[0], files[1]])
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn node(arguments: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/record/http2_node.js");
    let mut command = client("node");
    command.arg(script).args(arguments);
    command
}

fn ran(command: &mut Command) -> String {
    told(&command.output().unwrap())
}

fn ca(recorder: &Recorder) -> PathBuf {
    recorder.folder.path().join(".testimony/ca/ca.pem")
}

fn body(exchange: &Exchange) -> String {
    let bytes = exchange.response.as_ref().unwrap().body.bytes().unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What Node's client printed for requests that each were answered with what they sent.
fn expected(count: usize) -> String {
    let seen: Vec<String> = (0..count)
        .map(|n| {
            let body = format!("piece {n} end");
            format!(
                "{{\"n\":{n},\"body\":\"{body}\",\"status\":201,\"cookies\":[\"a=1\",\"b=2\"],\"sum\":\"{}\"}}",
                body.len()
            )
        })
        .collect();
    format!("exit 0\n[{}]\n", seen.join(","))
}

#[test]
fn node_on_both_sides_in_the_clear() {
    if !has("node") {
        return;
    }
    let upstream = Node::serve(&["serve"]);
    let recorder = Recorder::start(&["--upstream", &format!("http://127.0.0.1:{}", upstream.port)]);
    let output = ran(&mut node(&["plain", &recorder.server.url(), "20"]));
    assert_eq!(output, expected(20));
    let exchanges = recorder.end().exchanges;
    assert_eq!(exchanges.len(), 20);
    for exchange in &exchanges {
        assert_eq!(exchange.request.version, Version::Http2);
        let cookies: Vec<_> = exchange.request.headers.all("cookie").collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        let sum = exchange.response.as_ref().unwrap().trailers.text("x-sum").unwrap();
        assert_eq!(sum, body(exchange).len().to_string());
    }
}

#[test]
fn node_and_curl_intercepted() {
    if !has("node") || !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let upstream = Node::secure(folder.path());
    let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
    let authority = format!("localhost:{}", upstream.port);
    let (proxy, ca) = (recorder.server.url(), ca(&recorder));
    let ca = ca.to_str().unwrap();
    let output = ran(&mut node(&["tunnel", &proxy, &authority, ca, "10"]));
    assert_eq!(output, expected(10));
    let url = format!("https://{authority}/curl");
    let format = "|%{http_version} %{http_code}";
    let asked =
        ["-sS", "--proxy", &proxy, "--noproxy", "", "--cacert", ca, "-d", "hello", "-w", format];
    let output = ran(client("curl").arg("--http2").args(asked).arg(&url));
    assert_eq!(output, "exit 0\nhello|2 201");
    let exchanges = recorder.end().exchanges;
    assert_eq!(exchanges.len(), 11);
    let last = exchanges.last().unwrap();
    assert_eq!((last.request.target.as_str(), body(last).as_str()), (url.as_str(), "hello"));
    assert!(exchanges.iter().all(|exchange| exchange.request.version == Version::Http2));
}

#[test]
fn curl_with_prior_knowledge_and_a_large_body() {
    if !has("node") || !has("curl") {
        return;
    }
    let upstream = Node::serve(&["serve"]);
    let recorder = Recorder::start(&["--upstream", &format!("http://127.0.0.1:{}", upstream.port)]);
    let file = recorder.folder.path().join("large");
    std::fs::write(&file, vec![0xff; 3_000_000]).unwrap();
    let back = recorder.folder.path().join("back");
    let output = ran(client("curl")
        .args(["-sS", "--noproxy", "*", "--http2-prior-knowledge", "-w", "%{http_version}", "-T"])
        .args([file.to_str().unwrap(), "-o", back.to_str().unwrap()])
        .arg(format!("{}/up", recorder.server.url())));
    assert_eq!(output, "exit 0\n2");
    assert!(std::fs::read(&file).unwrap() == std::fs::read(&back).unwrap());
    let exchange = recorder.end().exchanges.remove(0);
    assert_eq!(exchange.request.body.len(), 3_000_000);
    assert_eq!(exchange.request.body, exchange.response.unwrap().body);
}

#[test]
fn httpx_intercepted() {
    if !has("node") {
        return;
    }
    let Some(python) = packages::python("record-http2", &["httpx[http2]==0.28.1"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let upstream = Node::secure(folder.path());
    let recorder = Recorder::start_in(folder, &["--ca-file", "private.pem"]);
    let url = format!("https://localhost:{}/httpx", upstream.port);
    let script = format!(
        "import httpx, ssl\n\
         context = ssl.create_default_context(cafile='{}')\n\
         client = httpx.Client(http2=True, proxy='{}', verify=context, timeout=300)\n\
         for n in range(3):\n\
         \x20   answer = client.post('{url}', content='x' * n)\n\
         \x20   print(answer.http_version, answer.status_code, answer.text)\n",
        ca(&recorder).display(),
        recorder.server.url(),
    );
    let output = ran(client(python).args(["-c", &script]));
    let expected = "exit 0\nHTTP/2 201 \nHTTP/2 201 x\nHTTP/2 201 xx\n";
    assert_eq!(output, expected);
    let exchanges = recorder.end().exchanges;
    let versions: Vec<_> = exchanges.iter().map(|exchange| exchange.request.version).collect();
    assert_eq!(versions, [Version::Http2; 3]);
}
