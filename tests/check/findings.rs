//! What a finding tells beside what is wrong: who seems at fault, and how to see it again.

use super::{CRATES, GOOD, JSON, Project, exchange, rules};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use testimony::exchange::{Body, Exchange, Headers, Source};

fn only(result: &Value) -> &Value {
    assert_eq!(rules(result).len(), 1, "{result:#}");
    &result["findings"][0]
}

/// A raw server that keeps the one request that comes.
fn once() -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let read = stream.read(&mut buffer).unwrap();
            seen.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&seen).into_owned();
            let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let length: usize = length.map_or(0, |digits| digits.trim().parse().unwrap());
            if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length) {
                break;
            }
        }
        stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").unwrap();
        String::from_utf8(seen).unwrap()
    });
    (port, taken)
}

/// The command of a finding, run by a shell against a raw server, sends what the client sent.
#[test]
fn the_command_of_a_finding_repeats_its_request() {
    let project = Project::new();
    let (port, taken) = once();
    let body = "{\"name\": \"it's $HOME `id`\", \"token\": \"{{secret:1}}\"}\n";
    let mut broken = exchange(Source::Live, CRATES, 200, JSON, "{}");
    broken.request.method = "GET".to_owned();
    broken.request.target =
        format!("http://127.0.0.1:{port}/v1/d1/crates?key={{{{secret:2}}}}&a=[1]&b=%20");
    broken.request.headers = Headers::from([
        ("Host", "depot.example"),
        ("User-Agent", "depot/1"),
        ("X-Auth-Token", "{{secret:1}}"),
        ("Content-Type", "application/json"),
        ("Content-Length", "999"),
    ]);
    broken.request.body = Body::from(body);
    project.record("cassettes/a.cassette", &[broken]);
    let (_, result) = project.json(&[]);
    let curl = only(&result)["curl"].as_str().unwrap();
    let output = Command::new("sh")
        .args(["-c", curl])
        .env("SECRET_1", "s3cret")
        .env("SECRET_2", "k2")
        .env_remove("http_proxy")
        .output()
        .unwrap();
    assert!(output.status.success(), "{curl}\n{}", String::from_utf8_lossy(&output.stderr));
    let seen = taken.join().unwrap();
    let (head, sent) = seen.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("GET /v1/d1/crates?key=k2&a=[1]&b=%20 HTTP/1.1\r\n"), "{head}");
    for line in [
        "Host: depot.example",
        "User-Agent: depot/1",
        "X-Auth-Token: s3cret",
        "Content-Type: application/json",
    ] {
        assert_eq!(head.lines().filter(|other| *other == line).count(), 1, "{line}: {head}");
    }
    assert_eq!(sent, body.replace("{{secret:1}}", "s3cret"));
}

/// The example of the page says what the provider does, and not what the page's schema says.
#[test]
fn a_document_that_contradicts_itself_is_told_from_a_provider_that_contradicts_it() {
    let spec = |example: &str| {
        format!(
            r#"
openapi: 3.1.0
info: {{title: Depot, version: "1"}}
paths:
  /crates:
    get:
      operationId: ListCrates
      parameters: [{{name: limit, in: query, schema: {{type: integer}}}}]
      responses:
        "200":
          description: The crates.
          content:
            application/json:
              example: {example}
              schema: {{type: object, required: [total], properties: {{total: {{type: integer}}}}}}
"#
        )
    };
    let blamed = |spec: &str, exchange: Exchange| {
        let project = Project::with_spec(spec);
        project.record("cassettes/a.cassette", &[exchange]);
        let (_, result) = project.json(&[]);
        only(&result)["blame"].clone()
    };
    let wrong = || exchange(Source::Live, "/crates", 200, JSON, r#"{"total": "3"}"#);
    let own = blamed(&spec(r#"{total: "7"}"#), wrong());
    assert_eq!(own["on"], "documentation");
    assert!(own["evidence"].as_str().unwrap().contains("its own example 1"), "{own}");
    assert_eq!(blamed(&spec("{total: 7}"), wrong())["on"], "disagreement");
    // An example that is wrong elsewhere says nothing of this.
    assert_eq!(blamed(&spec("{}"), wrong())["on"], "disagreement");
    let taken = exchange(Source::Live, "/crates?limit=all", 200, JSON, r#"{"total": 3}"#);
    assert_eq!(blamed(&spec("{total: 7}"), taken)["on"], "request");
    let refused = exchange(Source::Live, "/crates?limit=all", 400, JSON, "{}");
    let refused = blamed(&spec("{total: 7}"), refused);
    assert_eq!(refused["on"], "request");
    assert!(refused["evidence"].as_str().unwrap().contains("query:limit"), "{refused}");
    let refused = exchange(Source::Live, "/crates?limit=1", 400, JSON, "{}");
    assert_eq!(blamed(&spec("{total: 7}"), refused)["on"], "disagreement");
}

#[test]
fn fields_that_nobody_names_are_held_as_strictly_as_a_project_says() {
    let project = Project::new();
    let more = GOOD.replace("\"weight\"", "\"colour\":\"red\",\"weight\"");
    project.record("cassettes/a.cassette", &[exchange(Source::Live, CRATES, 200, JSON, &more)]);
    let found = |settings: &str| {
        project.write("testimony.toml", settings);
        let (code, result) = project.json(&[]);
        let severities: Vec<Value> =
            result["findings"].as_array().unwrap().iter().map(|f| f["severity"].clone()).collect();
        (code, severities)
    };
    assert_eq!(found(""), (0, vec![json!("info")]));
    let part = |path: &str, severity: &str| {
        format!(
            "[[check.override]]\nrule = \"undocumented-field\"\npath = \"{path}\"\nseverity = \"{severity}\"\n"
        )
    };
    assert_eq!(found(&part("/v1/*", "off")), (0, vec![]));
    assert_eq!(found(&part("/v2/*", "off")), (0, vec![json!("info")]));
    assert_eq!(found(&part("/v1/*", "warning")), (0, vec![json!("warning")]));
    assert_eq!(found(&part("/v1/*", "error")), (1, vec![json!("error")]));
    assert_eq!(found("[check.severity]\nundocumented-field = \"off\"\n"), (0, vec![]));
    // The last that fits wins over all before it.
    let both =
        format!("[check.severity]\nundocumented-field = \"off\"\n\n{}", part("/v1/*", "error"));
    assert_eq!(found(&both).0, 1);
    project.write("testimony.toml", "[check.severity]\nresponse-schema = \"off\"\n");
    let answer = project.check(&[]);
    assert_eq!(answer.code, 2, "what is an error cannot be made silent");
    assert!(answer.stderr.contains("can be `info` and not `off`"), "{}", answer.stderr);
}
