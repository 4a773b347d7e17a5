//! The tools themselves read what is written for them.

use crate::exporting::cassette;
use crate::support::{packages, run, told};
use std::process::Command;
use testimony::exchange::{
    Body, ContentCoding, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};

/// The tools, in one environment.
const PEERS: &[&str] = &["vcrpy==9.4.2", "requests==2.34.2", "mitmproxy==11.0.2"];

fn exchange(number: u64, method: &str, target: &str, response: Response) -> Exchange {
    Exchange {
        number: ExchangeNumber(number),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Request::default()
        },
        response: Some(response),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

#[test]
fn vcrpy_replays_a_converted_cassette() {
    let Some(python) = packages::python("formats", PEERS) else { return };
    let folder = tempfile::tempdir().unwrap();
    let wire = ContentCoding::Gzip.encode(b"{\"packed\": true}").unwrap();
    let answer = |status, headers, body| Response {
        status,
        headers,
        body,
        reason: "Why: not".into(),
        ..Response::default()
    };
    let text = "é, \u{85}\u{2028}\u{feff}😀 \"q\" \\ 0755\nyes: no\r\n\t# - : {{secret:1}}";
    let packed =
        Headers::from([("Content-Type", "application/json"), ("Content-Encoding", "gzip")]);
    let mut posted = exchange(
        3,
        "POST",
        "http://depot.example/crates",
        answer(201, Headers::new(), Body::from("no")),
    );
    posted.request.body = Body::from("{\"name\": \"pears\"}");
    posted.request.headers = Headers::from([("Content-Type", "application/json")]);
    cassette(
        &folder.path().join("a.cassette"),
        &[
            exchange(
                1,
                "GET",
                "http://depot.example/text?a=%20b&a=c",
                answer(
                    418,
                    Headers::from([("X-A", "0755"), ("X-B", "yes"), ("x-a", "12:30")]),
                    Body::from(text),
                ),
            ),
            exchange(
                2,
                "GET",
                "http://depot.example/packed",
                answer(200, packed, Body::from_bytes(wire)),
            ),
            posted,
            exchange(
                4,
                "GET",
                "http://depot.example/bin",
                answer(200, Headers::new(), Body::from_bytes(vec![0, 0xff, 0x89])),
            ),
        ],
    );
    let output = run(folder.path(), &["cassette", "convert", "a.cassette", "--out", "a.yaml"]);
    assert!(output.status.success(), "{}", told(&output));
    let script = r#"
import json, requests, vcr
with vcr.use_cassette("a.yaml", record_mode="none") as tape:
    base = "http://depot.example"
    first = requests.get(base + "/text?a=%20b&a=c")
    packed = requests.get(base + "/packed").json()
    posted = requests.post(base + "/crates", json={"name": "pears"})
    binary = requests.get(base + "/bin").content
    assert tape.all_played
print(json.dumps([first.status_code, first.reason, first.headers["X-A"], first.headers["X-B"], first.content.decode(), packed, posted.text, list(binary)]))
"#;
    let output =
        Command::new(python).args(["-c", script]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!([418, "Why: not", "0755, 12:30", "yes", text, {"packed": true}, "no", [0, 255, 137]]);
    assert_eq!(seen, expected);
}

#[test]
fn mitmproxy_reads_a_converted_har() {
    let Some(python) = packages::python("formats", PEERS) else { return };
    let folder = tempfile::tempdir().unwrap();
    let wire = ContentCoding::Gzip.encode(b"{\"packed\": true}").unwrap();
    let answer = |status, headers, body| Response { status, headers, body, ..Response::default() };
    let packed =
        Headers::from([("Content-Type", "application/json"), ("Content-Encoding", "gzip")]);
    let label = Headers::from([("Content-Type", "image/png")]);
    let mut posted = exchange(
        2,
        "POST",
        "https://depot.example/crates?a=1",
        answer(409, Headers::new(), Body::from("no")),
    );
    posted.request.body = Body::from("{\"name\": \"p\u{e9}ars\"}");
    posted.request.headers = Headers::from([("Content-Type", "application/json")]);
    cassette(
        &folder.path().join("a.cassette"),
        &[
            exchange(
                1,
                "GET",
                "http://depot.example:8080/packed",
                answer(200, packed, Body::from_bytes(wire)),
            ),
            posted,
            exchange(
                3,
                "GET",
                "http://depot.example/label",
                answer(200, label, Body::from_bytes(vec![0, 0xff, 0x89])),
            ),
        ],
    );
    let output = run(folder.path(), &["cassette", "convert", "a.cassette", "--out", "a.har"]);
    assert!(output.status.success(), "{}", told(&output));
    let mut mitmdump = Command::new(python.with_file_name("mitmdump"));
    mitmdump.args(["-q", "-n", "-r", "a.har", "-w", "b.flows", "--set", "confdir=home"]);
    let output = mitmdump.current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let bytes = std::fs::read(folder.path().join("b.flows")).unwrap();
    let read = testimony::cassette::import::import(
        testimony::cassette::import::Foreign::alone(&bytes),
        None,
    )
    .unwrap();
    let seen: Vec<(String, u16, Vec<u8>)> = read
        .exchanges
        .iter()
        .map(|exchange| {
            let response = exchange.response.as_ref().unwrap();
            let body = response.body.decoded(&response.headers).unwrap().unwrap().into_owned();
            (
                format!("{} {}", exchange.request.method, exchange.request.target),
                response.status,
                body,
            )
        })
        .collect();
    let expected = [
        ("GET http://depot.example:8080/packed", 200, b"{\"packed\": true}".to_vec()),
        ("POST https://depot.example/crates?a=1", 409, b"no".to_vec()),
        ("GET http://depot.example/label", 200, vec![0, 0xff, 0x89]),
    ];
    assert_eq!(seen, expected.map(|(line, status, body)| (line.to_owned(), status, body)));
    assert_eq!(read.exchanges[1].request.body, Body::from("{\"name\": \"p\u{e9}ars\"}"));
    // No server was asked for these flows: what mitmproxy made of a file proves nothing.
    assert!(read.exchanges.iter().all(|exchange| exchange.source == Source::Mock));
}
