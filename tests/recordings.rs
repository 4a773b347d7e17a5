//! The repository's own recordings: replayed byte for byte, and free of credentials. They are read here as plain
//! JSON, not by the code under test.
#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test may stop where it stands"
)]

mod support;

use serde_json::Value;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Server, read_response, told};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cassettes(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(cassettes(&path));
        } else if path.extension().is_some_and(|ending| ending == "cassette") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn exchanges(path: &Path) -> Vec<Value> {
    let text = std::fs::read(path).unwrap();
    serde_json::Deserializer::from_slice(&text)
        .into_iter::<Value>()
        .map(Result::unwrap)
        .filter(|record| record.get("exchange").is_some())
        .collect()
}

fn fields(message: &Value) -> Vec<(&str, &str)> {
    let pairs = message["headers"].as_array().unwrap();
    pairs.iter().map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())).collect()
}

/// A body's bytes, for the forms and styles that the recordings have.
fn body(message: &Value) -> Vec<u8> {
    let body = &message["body"];
    if body.is_null() {
        return Vec::new();
    }
    assert!(body.get("encoding").is_none(), "no compressed body here: {body}");
    if let Some(lines) = body["text"].as_array() {
        let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
        return lines.join("\n").into_bytes();
    }
    let compact = body["json"].to_string();
    match body["style"].as_str().unwrap() {
        "compact" => compact.into_bytes(),
        "compact+newline" => format!("{compact}\n").into_bytes(),
        "spaced" => spaced(&body["json"]).into_bytes(),
        other => panic!("a style that this test does not know: {other}"),
    }
}

/// JSON as Python's `json.dumps` writes it.
fn spaced(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), spaced(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// The request as a proxy's client sends it: in absolute form.
fn request_bytes(request: &Value) -> Vec<u8> {
    let (method, target) =
        (request["method"].as_str().unwrap(), request["target"].as_str().unwrap());
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    for (name, value) in fields(request) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.into_bytes(), body(request)].concat()
}

/// The response as it must come.
fn response_bytes(response: &Value, label: bool) -> Vec<u8> {
    let mut head =
        format!("HTTP/1.1 {} {}\r\n", response["status"], response["reason"].as_str().unwrap());
    for (name, value) in fields(response) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if label {
        head.push_str("testimony-source: replay\r\n");
    }
    head.push_str("\r\n");
    [head.into_bytes(), body(response)].concat()
}

#[test]
fn every_recording_is_replayed_byte_for_byte() {
    let scratch = tempfile::tempdir().unwrap();
    let found = cassettes(&root().join("cassettes"));
    assert!(found.len() >= 6, "{found:?}");
    for path in found {
        let server =
            Server::start(scratch.path(), &["replay", "--cassette", path.to_str().unwrap()]);
        for exchange in exchanges(&path) {
            let number = &exchange["exchange"];
            let mut socket = TcpStream::connect(server.address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
            socket.write_all(&request_bytes(&exchange["request"])).unwrap();
            let answer = read_response(&mut socket);
            let label = exchange["source"] == "live";
            let expected = response_bytes(&exchange["response"], label);
            assert_eq!(
                String::from_utf8_lossy(&answer),
                String::from_utf8_lossy(&expected),
                "{} exchange {number}",
                path.display()
            );
        }
        let output = server.stop();
        assert_eq!(output.status.code(), Some(0), "{}: {}", path.display(), told(&output));
    }
}

#[test]
fn every_documented_code_of_the_five_operations_is_recorded_and_simulated() {
    let output = support::testimony(root()).args(["check", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ledger = result["ledger"].as_array().unwrap();
    let count = |operation: &str| {
        let rows: Vec<&Value> = ledger.iter().filter(|row| row["operation"] == operation).collect();
        assert!(rows.iter().all(|row| row["state"] == "simulated"), "{operation}: {rows:?}");
        rows.len()
    };
    assert_eq!(count("CreateImageServer"), 9);
    assert_eq!(count("RecreateServerImage"), 8);
    assert_eq!(count("CreateDataImage"), 7);
    assert_eq!(count("ListImageServers"), 8);
    assert_eq!(count("CreateImage"), 1);
    let proven = ledger.iter().filter(|row| row["state"] == "proven").count();
    assert!(proven > 0, "a real server proves something");
}

#[test]
fn no_credential_is_left_in_a_recording() {
    for path in cassettes(&root().join("cassettes")) {
        for exchange in exchanges(&path) {
            for (name, value) in fields(&exchange["request"]) {
                let secret =
                    ["x-auth-token", "authorization", "x-security-token", "x-acs-signature"];
                let lower = name.to_ascii_lowercase();
                assert!(
                    !secret.contains(&lower.as_str()) || value.contains("{{secret:"),
                    "{}: {name}: {value}",
                    path.display()
                );
            }
        }
    }
    let scan = support::run(root(), &["cassette", "scan"]);
    assert_eq!(scan.status.code(), Some(0), "{}", told(&scan));
}
