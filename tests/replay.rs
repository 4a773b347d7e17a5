//! `testimony replay` through its binary: raw sockets and curl as clients.
#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::print_stdout,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "sessions/api.rs"]
mod api;
#[path = "replay/faults.rs"]
mod faults;
#[path = "replay/fidelity.rs"]
mod fidelity;
#[path = "replay/frames.rs"]
mod frames;
#[path = "replay/http2.rs"]
mod http2;
#[path = "support/http2.rs"]
mod http2_peer;
#[path = "replay/meaning.rs"]
mod meaning;
#[path = "replay/misses.rs"]
mod misses;
#[path = "replay/never_live.rs"]
mod never_live;
#[path = "replay/programs.rs"]
mod programs;
#[path = "replay/reports.rs"]
mod reports;
#[path = "replay/rules.rs"]
mod rules;
#[path = "replay/sockets.rs"]
mod sockets;
#[path = "replay/timing.rs"]
mod timing;
#[path = "replay/values.rs"]
mod values;

use std::path::Path;
use support::{Server, client, exchange, has, run, told};

/// A cassette written by hand, as `docs/cassette-format.md` has it.
fn cassette(folder: &Path, name: &str, exchanges: &[String]) -> String {
    let mut text = format!("{{\"cassette\": 1, \"session\": \"{name}\"}}\n");
    for (index, parts) in exchanges.iter().enumerate() {
        let number = index + 1;
        text.push_str(&format!(
            "{{\"exchange\": {number}, \"at\": \"2026-11-20T10:00:00Z\", \"source\": \"live\", {parts}}}\n"
        ));
    }
    text.push_str(&format!("{{\"end\": true, \"exchanges\": {}}}\n", exchanges.len()));
    let path = folder.join(format!("{name}.cassette"));
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn get(target: &str, response: &str) -> String {
    format!(
        "\"request\": {{\"method\": \"GET\", \"target\": \"{target}\"}}, \"response\": {response}"
    )
}

fn text(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "{{\"status\": {status}, \"reason\": \"Any Thing\", \"headers\": [[\"x-Z\", \"1\"], [\"Content-Length\", \"{length}\"], [\"X-z\", \"2\"]], \"body\": {{\"text\": [\"{body}\"]}}}}"
    )
}

fn ask(server: &Server, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: any\r\n\r\n");
    String::from_utf8(exchange(server.address, request.as_bytes())).unwrap()
}

#[test]
fn recorded_bytes_are_served_in_order_and_a_miss_ends_the_run_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = cassette(
        folder.path(),
        "a",
        &[
            get("http://h/x?b=2&a=1", &text(200, "one")),
            get("http://h/x?a=1&b=2", &text(503, "two")),
        ],
    );
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let expected = |status, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} Any Thing\r\nx-Z: 1\r\nContent-Length: {length}\r\nX-z: 2\r\ntestimony-source: replay\r\n\r\n{body}"
        )
    };
    // Reverse, then as a proxy, then by absolute form of the listener itself.
    assert_eq!(ask(&server, "/x?a=1&b=2"), expected(200, "one"));
    assert_eq!(ask(&server, "http://h/x?b=2&a=1"), expected(503, "two"));
    let own = format!("{}/x?b=2&a=1", server.url());
    assert_eq!(ask(&server, &own), expected(503, "two"), "the last answer stands");
    let miss = ask(&server, "http://other/x?b=2&a=1");
    assert!(miss.starts_with("HTTP/1.1 477 ") && miss.contains("\r\ntestimony-miss: no-match\r\n"));
    let body: serde_json::Value =
        serde_json::from_str(miss.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["differences"][0]["at"], "host");
    assert_eq!(body["nearest"]["exchange"], 1);
    let output = server.stop();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("3 requests answered, 1 miss; 2 of 2 exchanges used"));
}

#[test]
fn a_run_without_a_miss_holds_and_unused_exchanges_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let exchanges = [get("http://h/x", &text(200, "1")), get("http://h/y", &text(200, "2"))];
    let file = cassette(folder.path(), "a", &exchanges);
    for (more, code) in [(&[][..], 0), (&["--fail-unused"][..], 1)] {
        let arguments = [&["replay", "--cassette", file.as_str()], more].concat();
        let server = Server::start(folder.path(), &arguments);
        assert!(ask(&server, "/x").ends_with("\r\n\r\n1"));
        let output = server.stop();
        assert_eq!(output.status.code(), Some(code), "{}", told(&output));
        assert!(told(&output).contains("exchange 2: GET http://h/y"));
    }
}

#[test]
fn failures_come_back_as_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        |kind: &str| format!("null, \"error\": {{\"kind\": \"{kind}\", \"message\": \"m\"}}");
    let broken = "{\"status\": 200, \"headers\": [[\"Transfer-Encoding\", \"chunked\"]], \"body\": {\"text\": [\"half\"]}}, \"error\": {\"kind\": \"reset\", \"message\": \"m\"}";
    let file = cassette(
        folder.path(),
        "a",
        &[
            get("http://h/refused", &error("refused")),
            get("http://h/late", &error("timeout")),
            get("http://h/half", broken),
            get(
                "http://h/retry",
                "{\"status\": 429, \"headers\": [[\"Retry-After\", \"120\"], [\"Content-Length\", \"0\"]]}",
            ),
        ],
    );
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let refused = ask(&server, "/refused");
    assert!(refused.starts_with("HTTP/1.1 502 ") && refused.contains("testimony-error: refused"));
    let late = ask(&server, "/late");
    assert!(late.starts_with("HTTP/1.1 504 ") && late.contains("testimony-error: timeout"));
    let half = ask(&server, "/half");
    assert!(half.ends_with("\r\n\r\n4\r\nhalf\r\n"), "no last chunk: {half:?}");
    assert!(ask(&server, "/retry").contains("\r\nRetry-After: 0\r\n"));
    assert_eq!(server.stop().status.code(), Some(0));
    let kept = Server::start(folder.path(), &["replay", "--cassette", &file, "--keep-retry-after"]);
    assert!(ask(&kept, "/retry").contains("\r\nRetry-After: 120\r\n"));
}

#[test]
fn sessions_keep_apart_what_they_were_served() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = folder.path().join("all");
    std::fs::create_dir(&cassettes).unwrap();
    for name in ["one", "two"] {
        let answers = [text(200, &format!("{name}-1")), text(200, &format!("{name}-2"))];
        let exchanges: Vec<_> = answers.iter().map(|answer| get("http://h/x", answer)).collect();
        cassette(&cassettes, name, &exchanges);
    }
    let server = Server::start(folder.path(), &["replay", "--cassette", "all/"]);
    let ask = |session: &str| {
        let request =
            format!("GET /x HTTP/1.1\r\nHost: any\r\ntestimony-session: {session}\r\n\r\n");
        String::from_utf8(exchange(server.address, request.as_bytes())).unwrap()
    };
    for (session, body) in [("one", "one-1"), ("two", "two-1"), ("one", "one-2"), ("two", "two-2")]
    {
        let answer = ask(session);
        assert!(answer.ends_with(body), "{session}: {answer}");
    }
    assert!(ask("three").starts_with("HTTP/1.1 477 "));
    let output = server.stop();
    assert!(told(&output).contains("4 of 4 exchanges used"), "{}", told(&output));
}

#[test]
fn curl_is_served_through_a_tunnel() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let exchanges = [get("https://depot.example/v1/x", &text(201, "through"))];
    let file = cassette(folder.path(), "a", &exchanges);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let output = client("curl")
        .args(["-sS", "--proxy", &server.url(), "--cacert"])
        .arg(folder.path().join(".testimony/ca/ca.pem"))
        .args(["-w", " %{http_code} %{http_version}", "https://depot.example/v1/x"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "through 201 1.1", "{}", told(&output));
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn credentials_of_a_new_run_match_those_of_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = "\"request\": {\"method\": \"POST\", \"target\": \"https://h/login?AccessKeyId={{secret:3}}\", \"headers\": [[\"X-Auth-Token\", \"{{secret:1}}\"]], \"body\": {\"json\": {\"password\": \"{{secret:2}}\", \"user\": \"u\"}}}, \"response\": {\"status\": 204}";
    let file = cassette(folder.path(), "a", &[recorded.to_owned()]);
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let body = "{\"user\": \"u\", \"password\": \"new-Pa55word\"}";
    let request = format!(
        "POST /login?AccessKeyId=AK99999999&Signature=zz HTTP/1.1\r\nHost: h\r\nX-Auth-Token: other\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(server.address, request.as_bytes());
    assert!(answer.starts_with(b"HTTP/1.1 204 "), "{}", String::from_utf8_lossy(&answer));
    let wrong = request.replace("\"u\"", "\"v\"");
    let miss = exchange(server.address, wrong.as_bytes());
    let output = server.stop();
    let all = format!("{}{}", String::from_utf8_lossy(&miss), told(&output));
    assert!(all.contains("body:/user"), "{all}");
    assert!(!all.contains("Pa55word") && !all.contains("AK9999"), "no secret is told: {all}");
}

#[test]
fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let empty = cassette(folder.path(), "empty", &[]);
    std::fs::write(folder.path().join("no.cassette"), "hello").unwrap();
    let spec = "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"t\", \"version\": \"1\"}, \"paths\": {\"/x\": {\"get\": {\"responses\": {\"477\": {\"description\": \"d\"}}}}}}";
    std::fs::write(folder.path().join("s.json"), spec).unwrap();
    let file = cassette(folder.path(), "a", &[get("http://h/x", &text(200, "1"))]);
    let held = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let port = held.address.to_string();
    let cases: [(&[&str], i32, &str); 6] = [
        (&["replay", "--cassette", "absent.cassette"], 2, "absent.cassette: no such file"),
        (&["replay", "--cassette", "no.cassette"], 2, "no.cassette: not a cassette"),
        (&["replay", "--cassette", &empty], 2, "hold no exchange"),
        (&["replay", "--cassette", &file, "--spec", "s.json"], 2, "documents 477"),
        (&["replay", "--cassette", &file, "--listen", &port], 3, "cannot listen"),
        (&["replay"], 2, "--cassette"),
    ];
    for (arguments, code, message) in cases {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(message), "{arguments:?}: {}", told(&output));
        assert!(!told(&output).contains("unused"), "nothing was served: {}", told(&output));
    }
}

#[test]
fn a_large_upload_matches_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let upload = vec![0xfe; 70_000];
    let name = testimony::exchange::Digest::of(&upload).hex();
    let recorded = format!(
        "\"request\": {{\"method\": \"PUT\", \"target\": \"http://h/up\", \"body\": {{\"file\": \"{name}\", \"bytes\": 70000}}}}, \"response\": {{\"status\": 204}}"
    );
    let file = cassette(folder.path(), "a", &[recorded]);
    let bodies = folder.path().join("a.cassette.bodies");
    std::fs::create_dir(&bodies).unwrap();
    std::fs::write(bodies.join(name), &upload).unwrap();
    let server = Server::start(folder.path(), &["replay", "--cassette", &file]);
    let send = |body: &[u8]| {
        let head =
            "PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\nConnection: close\r\n\r\n";
        String::from_utf8(exchange(server.address, &[head.as_bytes(), body].concat())).unwrap()
    };
    assert!(send(&upload).starts_with("HTTP/1.1 204 "));
    let mut other = upload.clone();
    other[69_999] = 0xff;
    assert!(send(&other).starts_with("HTTP/1.1 477 "));
    assert_eq!(server.stop().status.code(), Some(1));
}

#[path = "replay/scale.rs"]
mod scale;
