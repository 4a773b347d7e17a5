//! Cassettes joined, and recordings laid side by side.

use crate::exporting::cassette;
use crate::fixture;
use crate::support::{run, told};
use std::path::Path;
use testimony::cassette::{CassetteHeader, Mode, Redactor, Writer, read};
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};

fn exchange(second: u32, path: &str, token: &str, body: &str) -> Exchange {
    let at = format!("2026-11-20T10:00:{second:02}Z");
    let answer = Response {
        status: 200,
        headers: Headers::from([("Content-Type", "application/json")]),
        body: Body::from(body),
        ..Response::default()
    };
    Exchange {
        number: ExchangeNumber(1),
        at: at.parse().unwrap(),
        source: Source::Live,
        request: Request {
            method: "GET".to_owned(),
            target: format!("https://depot.example{path}"),
            headers: Headers::from([("Authorization", format!("Bearer {token}").as_str())]),
            ..Request::default()
        },
        response: Some(answer),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

/// A cassette as a recorder writes it: redacted.
fn recorded(path: &Path, exchanges: Vec<Exchange>) {
    let writer = Writer::open(path, &CassetteHeader::new("t"), Mode::Once).unwrap();
    let redactor = Redactor::default();
    for exchange in exchanges {
        writer.append(&redactor.redact(exchange)).unwrap();
    }
    writer.seal().unwrap();
}

fn token(exchange: &Exchange) -> String {
    exchange.request.headers.text("authorization").unwrap().to_owned()
}

#[test]
fn secrets_of_different_cassettes_stay_different() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let large = format!("{{\"blob\": \"{}\"}}", "z".repeat(70_000));
    let mut bulky = exchange(4, "/bulk", "tok-a-4f9d2c7b1e8a6035", &large);
    bulky.response.as_mut().unwrap().body = Body::from_bytes(vec![0xff; 70_000]);
    recorded(
        &path("a.cassette"),
        vec![
            exchange(1, "/a1", "tok-a-4f9d2c7b1e8a6035", "{}"),
            exchange(3, "/a2", "tok-b-99d2c7b1e8a60355", "{}"),
            bulky,
        ],
    );
    recorded(
        &path("b.cassette"),
        vec![
            exchange(2, "/b1", "tok-c-11d2c7b1e8a60355", r#"{"echo": "tok-c-11d2c7b1e8a60355"}"#),
            exchange(3, "/b2", "tok-a-4f9d2c7b1e8a6035", "{}"),
        ],
    );
    let output = run(
        folder.path(),
        &["cassette", "merge", "a.cassette", "b.cassette", "--out", "c.cassette"],
    );
    assert!(output.status.success(), "{}", told(&output));
    assert!(
        told(&output).contains("c.cassette: 5 exchanges of 2 cassettes, 4 secrets"),
        "{}",
        told(&output)
    );
    let merged = read(&path("c.cassette")).unwrap();
    let seen: Vec<(String, String)> = merged
        .exchanges
        .iter()
        .map(|e| {
            (e.request.target.trim_start_matches("https://depot.example").to_owned(), token(e))
        })
        .collect();
    let expected = [("/a1", "1"), ("/b1", "3"), ("/a2", "2"), ("/b2", "4"), ("/bulk", "1")]
        .map(|(path, n)| (path.to_owned(), format!("Bearer {{{{secret:{n}}}}}")));
    assert_eq!(seen, expected);
    assert!(merged.exchanges.iter().all(|exchange| exchange.source == Source::Live), "digests fit");
    let echoed = merged.exchanges[1].response.as_ref().unwrap().body.bytes().unwrap();
    assert_eq!(echoed, br#"{"echo": "{{secret:3}}"}"#);
    assert_eq!(merged.exchanges[1].redacted[0].secret, 3);
    assert!(merged.sealed && merged.warnings.is_empty());
    std::fs::remove_dir_all(path("a.cassette.bodies")).unwrap();
    let verified = run(folder.path(), &["cassette", "verify", "c.cassette"]);
    assert!(told(&verified).starts_with("exit 0\n"), "{}", told(&verified));
}

#[test]
fn what_does_not_fit_together_is_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    recorded(&path("a.cassette"), vec![exchange(1, "/a", "tok-a-4f9d2c7b1e8a6035", "{}")]);
    let text = std::fs::read_to_string(path("a.cassette")).unwrap();
    std::fs::write(
        path("b.cassette"),
        text.replacen("\"match\": {}", "\"match\": {\"path\": 1}", 1),
    )
    .unwrap();
    std::fs::write(path("edited.cassette"), text.replacen("/a\"", "/changed\"", 1)).unwrap();
    let merge = |arguments: &[&str]| {
        run(folder.path(), &[&["cassette", "merge", "--out", "c.cassette"], arguments].concat())
    };
    let output = merge(&["a.cassette", "b.cassette"]);
    assert!(
        told(&output).starts_with("exit 2\nerror: b.cassette: its matching rules"),
        "{}",
        told(&output)
    );
    assert!(!path("c.cassette").exists());
    assert!(merge(&["a.cassette", "edited.cassette"]).status.success());
    let sources: Vec<Source> =
        read(&path("c.cassette")).unwrap().exchanges.iter().map(|e| e.source).collect();
    assert_eq!(sources, [Source::Live, Source::Edited], "an edit stays one");
    assert!(told(&merge(&["a.cassette"])).contains("there already"));
    let output = merge(&["a.cassette", "missing.cassette", "--force"]);
    assert!(told(&output).starts_with("exit 2\n"), "{}", told(&output));
    assert_eq!(read(&path("c.cassette")).unwrap().exchanges.len(), 2, "nothing was replaced");
}

#[test]
fn answers_are_compared_field_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let a = vec![
        exchange(1, "/same", "tok-a-4f9d2c7b1e8a6035", r#"{"a": 1, "b": [1, 2]}"#),
        exchange(2, "/changed?b=2&a=1", "tok-b-99d2c7b1e8a60355", r#"{"state": "new", "id": 7}"#),
        exchange(3, "/gone", "tok-b-99d2c7b1e8a60355", "{}"),
    ];
    let mut b = vec![
        exchange(
            5,
            "/changed?a=1&b=2",
            "tok-x-11d2c7b1e8a60355",
            r#"{"id": 7, "state": "old", "more": true}"#,
        ),
        exchange(6, "/same", "tok-y-22d2c7b1e8a60355", r#"{"b": [1, 2], "a": 1.0}"#),
        exchange(7, "/gone/too", "tok-y-22d2c7b1e8a60355", "{}"),
    ];
    b[0].response.as_mut().unwrap().status = 409;
    cassette(&path("a.cassette"), &a);
    cassette(&path("b.cassette"), &b);
    let diff =
        |arguments: &[&str]| run(folder.path(), &[&["cassette", "diff"], arguments].concat());
    let output = diff(&["a.cassette", "b.cassette"]);
    let expected = "exit 1\nexchange 2 and 1: GET https://depot.example/changed?b=2&a=1
  status: 200 | 409
  body:/state: \"new\" | \"old\"
  body:/more: (absent) | true
only in A: exchange 3: GET https://depot.example/gone
only in B: exchange 3: GET https://depot.example/gone/too
  nearest in A: exchange 3
  path: /gone | /gone/too
2 pairs, 1 of them differ; 1 only in a.cassette, 1 only in b.cassette\n";
    assert_eq!(told(&output), expected);
    let output = diff(&[
        "a.cassette",
        "b.cassette",
        "--json",
        "--ignore",
        "body:/state",
        "--ignore",
        "body:/more",
    ]);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        result["differing"][0]["differences"],
        serde_json::json!([{"at": "status", "a": "200", "b": "409"}])
    );
    assert_eq!(result["only_b"][0]["exchange"], 3);
    assert!(told(&diff(&["a.cassette", "a.cassette"])).starts_with("exit 0\n3 pairs, 0 of them"));
}

#[test]
fn recordings_of_two_tools_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (har, yaml) = (fixture("mitmproxy.har"), fixture("vcrpy.yaml"));
    let arguments = [
        "cassette",
        "diff",
        yaml.to_str().unwrap(),
        har.to_str().unwrap(),
        "--ignore",
        "header:date",
    ];
    let output = run(folder.path(), &arguments);
    let told = told(&output);
    assert!(told.contains("8 pairs") || told.contains("7 pairs"), "{told}");
    assert!(!told.contains("tok-4f9d2c7b1e8a6035"), "{told}");
}

#[test]
fn numbers_of_secrets_that_leave_no_room_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.cassette");
    let writer = Writer::open(&path, &CassetteHeader::new("t"), Mode::Once).unwrap();
    let mut given = exchange(1, "/", "Tk9x2Qq7Rr8Ss1", "{}");
    let rule = "header.authorization".to_owned();
    let at = "/request/headers/0".to_owned();
    given.redacted = vec![testimony::exchange::Redaction { secret: u32::MAX, rule, at }];
    writer.append(&Redactor::default().redact(given)).unwrap();
    writer.seal().unwrap();
    let merge = ["cassette", "merge", "a.cassette", "a.cassette", "--out", "m.cassette"];
    let told = told(&run(folder.path(), &merge));
    assert!(told.starts_with("exit 2") && told.contains("beyond 999999999"), "{told}");
    assert!(!folder.path().join("m.cassette").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to_or_refused_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    recorded(&path("a.cassette"), vec![exchange(1, "/a", "tok-a-4f9d2c7b1e8a6035", "{}")]);
    let pipe = path("pipe.har");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let is_pipe = || std::fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo();

    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    let output = run(folder.path(), &["cassette", "convert", "a.cassette", "--out", "pipe.har"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(is_pipe());
    assert!(reader.join().unwrap().contains("\"entries\""));

    let arguments = ["cassette", "merge", "a.cassette", "--out", "pipe.har", "--force"];
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(told(&output).contains("pipe.har: is no file"), "{}", told(&output));
    assert!(is_pipe());
}
