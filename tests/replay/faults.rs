//! Faults laid over a recording: raw sockets, HTTP/2, and clients that try again.

use super::programs::{node, python};
use super::{cassette, get, text};
use crate::http2_peer;
use crate::support::{Server, client, exchange, has, read_response, run, told};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use testimony::cassette::read;
use testimony::exchange::{Source, TransportErrorKind};

const SPEC: &str = r#"{"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"},
 "paths": {"/v1/{p}/crates": {"get": {"operationId": "ListCrates", "responses": {
   "200": {"description": "some"},
   "503": {"description": "closed",
     "headers": {"Retry-After": {"required": true, "schema": {"type": "integer", "minimum": 30}}},
     "content": {"application/json": {"schema": {"type": "object", "required": ["error_code"],
       "properties": {"error_code": {"const": "DEPOT.0503"}}, "additionalProperties": false}}}}}}}}}"#;

/// A replayer of answers to `GET /v1/p/crates` with these bodies.
fn replayer(folder: &Path, bodies: &[&str], more: &[&str]) -> Server {
    let exchanges: Vec<String> =
        bodies.iter().map(|body| get("http://h/v1/p/crates", &text(200, body))).collect();
    let file = cassette(folder, "a", &exchanges);
    Server::start(folder, &[&["replay", "--cassette", &file], more].concat())
}

fn ask(server: &Server, path: &str, fields: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: any\r\n{fields}\r\n");
    String::from_utf8(exchange(server.address, request.as_bytes())).unwrap()
}

/// Everything until the connection ends, and how it ended.
fn to_the_end(server: &Server, path: &str) -> (String, Option<ErrorKind>) {
    let mut socket = TcpStream::connect(server.address).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: any\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match socket.read(&mut buffer) {
            Ok(0) => return (String::from_utf8(bytes).unwrap(), None),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (String::from_utf8(bytes).unwrap(), Some(error.kind())),
        }
    }
}

#[test]
fn a_status_that_the_spec_does_not_have_is_told_with_those_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.json"), SPEC).unwrap();
    let rules = ["--spec", "s.json", "--fault", "GET /v1/*/crates#1 = 429"];
    let server = replayer(folder.path(), &["one"], &rules);
    let struck = ask(&server, "/v1/p/crates", "");
    assert!(struck.contains("\r\nContent-Type: application/problem+json\r\n"), "{struck}");
    let told_of = told(&server.stop());
    let warning = "warning: --fault `GET /v1/*/crates#1 = 429`: `ListCrates` documents 200, 503, not 429; answered with problem details";
    assert!(told_of.contains(warning), "{told_of}");
    let server = replayer(folder.path(), &["one"], &["--fault", "GET /v1/*/crates = 429"]);
    ask(&server, "/v1/p/crates", "");
    assert!(!told(&server.stop()).contains("documents"), "there is no spec");
}

#[test]
fn a_status_comes_instead_and_uses_the_recorded_answer_up() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ["--fault", "GET /v1/*/crates#2 = 503", "--fault", "POST /never = reset"];
    let server = replayer(folder.path(), &["one", "two", "three"], &rules);
    assert!(ask(&server, "/v1/p/crates", "").ends_with("\r\n\r\none"));
    let struck = ask(&server, "/v1/p/crates", "");
    assert!(struck.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{struck}");
    assert!(struck.contains("\r\ntestimony-source: fault\r\n"), "{struck}");
    assert!(struck.contains("\r\nRetry-After: 0\r\n"), "{struck}");
    assert!(struck.contains("\r\nContent-Type: application/problem+json\r\n"), "{struck}");
    assert!(ask(&server, "/v1/p/crates", "").ends_with("\r\n\r\nthree"), "two was used up");
    let output = server.stop();
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("3 of 3 exchanges used\n1 faults struck\n"), "{told}");
    assert!(told.contains("warning: --fault `POST /never = reset`: never struck"), "{told}");
}

#[test]
fn a_status_has_its_documented_answer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.json"), SPEC).unwrap();
    let rules = ["--spec", "s.json", "--fault", "GET /v1/*/crates = 503"];
    for (more, documented_wait) in [(&[][..], false), (&["--keep-retry-after"][..], true)] {
        let server = replayer(folder.path(), &["one"], &[&rules, more].concat());
        let struck = ask(&server, "/v1/p/crates", "");
        assert!(struck.ends_with("\r\n\r\n{\"error_code\":\"DEPOT.0503\"}"), "{struck}");
        assert!(struck.contains("\r\nContent-Type: application/json\r\n"), "{struck}");
        assert!(struck.contains("\r\ntestimony-source: fault\r\n"), "{struck}");
        assert!(struck.contains("\r\nRetry-After: "), "{struck}");
        assert_eq!(struck.contains("\r\nRetry-After: 0\r\n"), !documented_wait, "{struck}");
        assert_eq!(server.stop().status.code(), Some(0));
    }
}

#[test]
fn a_miss_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let server = replayer(folder.path(), &["one"], &["--fault", "* * = 503"]);
    assert!(ask(&server, "/other", "").starts_with("HTTP/1.1 477 "));
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("never struck"), "{}", told(&output));
}

#[test]
fn sessions_count_for_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = folder.path().join("all");
    std::fs::create_dir(&cassettes).unwrap();
    for name in ["one", "two"] {
        let answers = ["1", "2"].map(|body| get("http://h/x", &text(200, body)));
        cassette(&cassettes, name, &answers);
    }
    let arguments = ["replay", "--cassette", "all/", "--fault", "GET /x#2 = 429"];
    let server = Server::start(folder.path(), &arguments);
    for (session, status) in [("one", 200), ("two", 200), ("one", 429), ("two", 429), ("two", 200)]
    {
        let answer = ask(&server, "/x", &format!("testimony-session: {session}\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{session}: {answer}");
    }
    assert!(told(&server.stop()).contains("2 faults struck"));
}

#[test]
fn connections_break_where_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let pieces = "{\"status\": 200, \"headers\": [[\"Transfer-Encoding\", \"chunked\"]], \"body\": {\"text\": [\"onetwo!\"]}}, \"timing\": {\"first_byte_ms\": 1, \"end_ms\": 9, \"chunks\": [[1, 3], [5, 4]]}";
    let closing = "{\"status\": 200, \"headers\": [[\"Connection\", \"close\"]], \"body\": {\"text\": [\"abc\"]}}";
    let exchanges = [
        get("http://h/reset", &text(200, "never")),
        get("http://h/pieces", pieces),
        get("http://h/length", &text(200, "abcdef")),
        get("http://h/all", &text(200, "abcdef")),
        get("http://h/empty", "{\"status\": 204}"),
        get("http://h/closing", closing),
    ];
    let file = cassette(folder.path(), "a", &exchanges);
    let rules = [
        "GET /reset = reset",
        "GET /pieces#1 = cut:0",
        "GET /pieces#2 = cut:1",
        "GET /pieces#3 = cut:9",
        "GET /pieces#4 = cut:5B",
        "GET /length = cut:2B",
        "GET /all = cut:1",
        "GET /empty = cut:0",
        "GET /closing = cut:1B",
    ];
    let rules = rules.iter().flat_map(|rule| ["--fault", rule]);
    let arguments: Vec<&str> = ["replay", "--cassette", &file].into_iter().chain(rules).collect();
    let server = Server::start(folder.path(), &arguments);
    assert_eq!(to_the_end(&server, "/reset"), (String::new(), Some(ErrorKind::ConnectionReset)));
    let head = "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\ntestimony-source: fault\r\n\r\n";
    for chunks in ["", "3\r\none\r\n", "3\r\none\r\n4\r\ntwo!\r\n", "3\r\none\r\n2\r\ntw\r\n"] {
        assert_eq!(to_the_end(&server, "/pieces"), (format!("{head}{chunks}"), None));
    }
    let (whole, _) = to_the_end(&server, "/length");
    assert!(
        whole.contains("\r\nContent-Length: 6\r\n") && whole.ends_with("\r\n\r\nab"),
        "{whole}"
    );
    let (whole, _) = to_the_end(&server, "/all");
    assert!(whole.ends_with("\r\n\r\nabcde"), "never all of it: {whole}");
    let (whole, end) = to_the_end(&server, "/empty");
    assert_eq!((whole.as_str(), end), ("HTTP/1.1 204 \r\ntestimony-source: fault\r\n", None));
    // The end of the connection would be a whole answer.
    assert_eq!(to_the_end(&server, "/closing").1, Some(ErrorKind::ConnectionReset));
    let output = server.stop();
    assert!(told(&output).contains("9 faults struck\n"), "{}", told(&output));
}

#[test]
fn waits_hold_nobody_else_up_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let exchanges = [
        get("http://h/late", &text(200, "late")),
        get("http://h/slow", &text(200, "slow")),
        get("http://h/quick", &text(200, "quick")),
    ];
    let file = cassette(folder.path(), "a", &exchanges);
    let rules = ["--fault", "GET /late = delay:3600000", "--fault", "GET /slow = slow:1"];
    let arguments = [&["replay", "--cassette", &file], &rules[..]].concat();
    let server = Server::start(folder.path(), &arguments);
    let [mut late, mut slow] = ["/late", "/slow"].map(|path| {
        let mut socket = TcpStream::connect(server.address).unwrap();
        write!(socket, "GET {path} HTTP/1.1\r\nHost: any\r\n\r\n").unwrap();
        socket
    });
    let mut byte = [0; 1];
    slow.read_exact(&mut byte).unwrap();
    assert!(ask(&server, "/quick", "").ends_with("\r\n\r\nquick"));
    late.set_nonblocking(true).unwrap();
    assert_eq!(late.read(&mut byte).unwrap_err().kind(), ErrorKind::WouldBlock);
    late.set_nonblocking(false).unwrap();
    server.signal("TERM");
    for (socket, body) in [(&mut late, "late"), (&mut slow, "slow")] {
        let answer = String::from_utf8(read_response(socket)).unwrap();
        assert!(answer.contains("testimony-source: fault\r\n"), "{answer}");
        assert!(answer.ends_with(body), "{answer}");
    }
    let mut server = server;
    assert_eq!(server.wait().status.code(), Some(0));
}

#[test]
fn what_is_recorded_of_a_fault_is_no_proof() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ["503", "cut:2B", "delay:1", "reset"].iter().enumerate();
    let rules: Vec<String> = rules.map(|(n, e)| format!("GET *#{} = {e}", n + 1)).collect();
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--fault", rule.as_str()]).collect();
    let server = replayer(folder.path(), &["one"], &rules);
    let url = server.url();
    let arguments = ["record", "--cassette", "new.cassette", "--upstream", &url];
    let recorder = Server::start(folder.path(), &arguments);
    for status in [503, 200, 200, 502, 200] {
        let answer = ask(&recorder, "/v1/p/crates", "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    assert_eq!(recorder.stop().status.code(), Some(0));
    assert!(told(&server.stop()).contains("4 faults struck"));
    let exchanges = read(&folder.path().join("new.cassette")).unwrap().exchanges;
    let sources: Vec<Source> = exchanges.iter().map(|exchange| exchange.source).collect();
    assert_eq!(sources[..3], [Source::Fault; 3], "{sources:?}");
    assert_eq!(sources[4], Source::Replay);
    let kinds: Vec<_> = exchanges.iter().map(|e| e.error.as_ref().map(|e| e.kind)).collect();
    let reset = Some(TransportErrorKind::Reset);
    assert_eq!(kinds, [None, reset, None, reset, None]);
}

#[test]
fn faults_in_http2() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ["503", "reset", "cut:1B", "delay:1"].iter().enumerate();
    let rules: Vec<String> = rules.map(|(n, e)| format!("GET *#{} = {e}", n + 1)).collect();
    let rules: Vec<&str> = rules.iter().flat_map(|rule| ["--fault", rule.as_str()]).collect();
    let server = replayer(folder.path(), &["one"], &rules);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sender = http2_peer::plain(server.address).await;
        let address = format!("{}/v1/p/crates", server.url());
        let ask = || http2_peer::ask(&sender, http::Request::get(&address).body(()).unwrap(), "");
        let status = ask().await.unwrap();
        assert_eq!(
            (status.status().as_u16(), &status.headers()["testimony-source"]),
            (503, &"fault".parse().unwrap())
        );
        assert_eq!(ask().await.unwrap_err().reason(), Some(h2::Reason::INTERNAL_ERROR));
        // What is before the cut comes.
        let mut ready = sender.clone().ready().await.unwrap();
        let request = http::Request::get(&address).body(()).unwrap();
        let (head, mut body) =
            ready.send_request(request, true).unwrap().0.await.unwrap().into_parts();
        assert_eq!(
            (head.status.as_u16(), &head.headers["testimony-source"]),
            (200, &"fault".parse().unwrap())
        );
        assert_eq!(body.data().await.unwrap().unwrap(), "o");
        let broken = body.data().await.unwrap().unwrap_err();
        assert_eq!(broken.reason(), Some(h2::Reason::INTERNAL_ERROR));
        let late = ask().await.unwrap();
        assert_eq!(
            (late.headers()["testimony-source"].as_bytes(), late.body().0.as_slice()),
            (b"fault".as_slice(), b"one".as_slice())
        );
        assert_eq!(ask().await.unwrap().headers()["testimony-source"], "replay");
    });
    assert!(told(&server.stop()).contains("4 faults struck"));
}

#[test]
fn curl_tries_again() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rules = ["--fault", "GET *#1 = 503", "--fault", "GET *#2 = 429"];
    let server = replayer(folder.path(), &["one", "two", "three"], &rules);
    let output = client("curl")
        .args(["-sS", "--retry", "5", "-w", " %{http_code}", "-o", "out"])
        .arg(format!("{}/v1/p/crates", server.url()))
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).ends_with(" 200"), "{}", told(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("out")).unwrap(), "three");
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn requests_and_node_see_faults_as_those_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let rules =
        ["--fault", "GET *#1 = reset", "--fault", "GET *#2 = 503", "--fault", "GET *#3 = cut:1B"];
    for (program, script) in [(python(), "retries.py"), (node(), "retries.mjs")] {
        let Some(program) = program else { continue };
        let server = replayer(folder.path(), &["one", "two", "three", "four"], &rules);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay").join(script);
        let address = format!("{}/v1/p/crates", server.url());
        let output = Command::new(program).arg(script).arg(address).output().unwrap();
        assert_eq!(told(&output), "exit 0\n200 four\n");
        let output = server.stop();
        assert!(
            told(&output).contains("4 of 4 exchanges used\n3 faults struck"),
            "{}",
            told(&output)
        );
    }
}

#[test]
fn a_rule_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = cassette(folder.path(), "a", &[get("http://h/x", &text(200, "1"))]);
    for (rule, part) in [
        ("GET /x", "no `=`"),
        ("GET x = 503", "path `x`"),
        ("GET /x#0 = 503", "`#0`"),
        ("GET /x = 99", "`99`"),
        ("GET /x = cut:some", "`cut:some`"),
    ] {
        let output = run(folder.path(), &["replay", "--cassette", &file, "--fault", rule]);
        let told = told(&output);
        assert!(told.starts_with("exit 2\n"), "{told}");
        assert!(
            told.contains(&format!("--fault `{rule}`: {part}")) && told.contains("\nhint: write "),
            "{told}"
        );
    }
    let output = run(folder.path(), &["replay", "--cassette", &file, "--timing", "fast"]);
    assert!(told(&output).starts_with("exit 2\n"), "{}", told(&output));
}
