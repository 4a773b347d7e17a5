//! `testimony mock` through its binary: raw sockets, curl and Python's validator as judges.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{Server, client, exchange, has, packages, run, told};
use testimony::exchange::response_has_body;
use testimony::spec::{CodePattern, Direction, Operation, SchemaRef, Spec};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn depot() -> String {
    root().join("tests/mock/depot.yaml").to_str().unwrap().to_owned()
}

/// An answer taken apart.
struct Heard {
    status: u16,
    head: String,
    body: String,
}

fn ask(server: &Server, method: &str, target: &str, fields: &str) -> Heard {
    let request =
        format!("{method} {target} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n{fields}\r\n");
    let answer = String::from_utf8(exchange(server.address, request.as_bytes())).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head[9..12].parse().unwrap();
    Heard { status, head: head.to_owned(), body: body.to_owned() }
}

#[test]
fn a_spec_is_served_to_reverse_forward_and_connect_clients() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["mock", "--spec", &depot()]);
    let token = "X-Depot-Token: t\r\n";
    let reverse = ask(&server, "GET", "/crates", token);
    assert_eq!(reverse.status, 200);
    let forward = ask(&server, "GET", "http://depot.example.com/api/v1/crates", token);
    assert_eq!((reverse.head, reverse.body.clone()), (forward.head, forward.body));
    let refused = ask(&server, "GET", "/crates", "");
    assert_eq!(refused.status, 401);
    assert!(refused.head.contains("\r\ntestimony-source: mock"), "{}", refused.head);
    assert!(!refused.head.to_ascii_lowercase().contains("www-authenticate"));
    if has("curl") {
        let output = client("curl")
            .args(["-sS", "--proxy", &server.url(), "--header", "X-Depot-Token: t"])
            .args(["--cacert", ".testimony/ca/ca.pem", "https://depot.example.com/api/v1/crates"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), reverse.body, "{}", told(&output));
    }
}

#[test]
fn signals_end_it_with_0() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let mut server = Server::start(folder.path(), &["mock", "--spec", &depot()]);
        assert_eq!(ask(&server, "GET", "/nowhere", "").status, 404);
        server.signal(signal);
        let output = server.wait();
        assert_eq!(output.status.code(), Some(0), "{signal}: {}", told(&output));
    }
}

#[test]
fn what_cannot_be_served_has_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("broken.yaml", "openapi: 3.1.0\npaths: [\n");
    write("other.json", "{\"name\": \"no spec\"}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let depot = depot();
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["mock"], 2, &["there is no spec to serve", "hint: "]),
        (&["mock", "--spec", "missing.yaml"], 2, &["missing.yaml: "]),
        (&["mock", "--spec", "broken.yaml"], 2, &["broken.yaml: "]),
        (&["mock", "--spec", "other.json"], 2, &["other.json: "]),
        (&["mock", "--spec", &depot, "--seed", "x"], 2, &["--seed"]),
        (&["mock", "--spec", &depot, "--strangers", "taken"], 2, &["--stateful"]),
        (&["mock", "--spec", &depot, "--listen", &address], 3, &[&address, "hint: "]),
    ];
    for (arguments, code, parts) in cases {
        let output = run(folder.path(), arguments);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {told}");
        assert!(parts.iter().all(|part| told.contains(part)), "{arguments:?}: {told}");
        assert!(output.stdout.is_empty(), "{arguments:?}: {told}");
    }
}

#[test]
fn the_default_folder_is_served_and_a_part_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("specs")).unwrap();
    std::fs::copy(depot(), folder.path().join("specs/depot.yaml")).unwrap();
    let yard = r##"{"openapi": "3.1.0", "info": {"title": "Yard", "version": "1"}, "paths": {
        "/yard": {"get": {"responses": {"200": {"description": "x"}, "404": {"$ref": "#/nowhere"}}}}}}"##;
    std::fs::write(folder.path().join("specs/yard.json"), yard).unwrap();
    let server = Server::start(folder.path(), &["mock", "--seed", "4"]);
    assert_eq!(ask(&server, "GET", "/yard", "").status, 200);
    assert_eq!(ask(&server, "GET", "/open", "X-Level: 1\r\n").status, 200);
    let output = server.stop();
    assert!(
        told(&output).contains("specs/yard.json: `/paths/~1yard/get/responses/404`"),
        "{}",
        told(&output)
    );
}

/// A value that was answered, with the schema that it was promised to keep.
struct Answered {
    name: String,
    spec: PathBuf,
    schema: SchemaRef,
    value: serde_json::Value,
}

/// Asks for every documented code of every operation of every spec in the repository, and of an
/// invented one; each answer must keep what is documented, by our judge and by Python's.
#[test]
fn every_documented_code_of_every_spec_is_answered_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = Vec::new();
    let mut codes = 0;
    for path in specs() {
        let shown = path.to_str().unwrap();
        let spec = Spec::load(shown, &std::fs::read(&path).unwrap()).unwrap();
        let server = Server::start(folder.path(), &["mock", "--spec", shown]);
        for operation in &spec.operations {
            // Its one schema has no value.
            if operation.id.as_str() == "Impossible" {
                continue;
            }
            for promise in &operation.promises {
                let code = match promise.code {
                    CodePattern::Code(code) => code,
                    CodePattern::Range(class) => u16::from(class) * 100 + 99,
                    CodePattern::Default => 599,
                };
                let name = format!("{shown}: {} {code}", operation.id);
                let (target, fields) = request(operation, code);
                let heard = ask(&server, &operation.method, &target, &fields);
                assert_eq!(heard.status, code, "{name}: {}", heard.head);
                assert!(heard.head.contains("\r\ntestimony-source: mock"), "{name}");
                assert_eq!(heard.head.contains("\r\nAllow: "), code == 405, "{name}");
                codes += 1;
                if !response_has_body(&operation.method, code) {
                    assert!(heard.body.is_empty(), "{name}");
                    continue;
                }
                let documented = promise.media.first();
                let envelope = spec.envelopes.first().filter(|_| code >= 400);
                let schema = match (documented, envelope) {
                    (Some(media), _) => media.schema.clone(),
                    (None, Some(envelope)) => Some(envelope.schema.clone()),
                    (None, None) => {
                        assert!(heard.body.is_empty(), "{name}");
                        continue;
                    }
                };
                let Some(schema) = schema else { continue };
                let value = serde_json::from_str(&heard.body).unwrap();
                let found = spec.validate(&schema, &value, Direction::Response).unwrap();
                assert!(found.iter().all(|violation| violation.advisory), "{name}: {found:?}");
                answered.push(Answered { name, spec: path.clone(), schema, value });
            }
        }
    }
    assert!(codes > 60, "{codes} codes were asked for");
    if let Some(python) = python() {
        judged_by_python(&python, &answered);
    }
}

fn specs() -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from(depot())];
    for entry in std::fs::read_dir(root().join("specs")).unwrap() {
        let path = entry.unwrap().path().join("openapi.yaml");
        found.extend(path.is_file().then_some(path));
    }
    found
}

fn request(operation: &Operation, code: u16) -> (String, String) {
    let path = operation.path.split('?').next().unwrap();
    let segments = path.split('/').map(|part| if part.starts_with('{') { "any" } else { part });
    let target = segments.collect::<Vec<_>>().join("/");
    let mut fields = format!("Prefer: code={code}\r\n");
    if let Some(selector) = &operation.selector {
        let header = selector.header.as_deref().unwrap();
        fields = format!("{fields}{header}: {}\r\n", selector.value);
    }
    (target, fields)
}

/// Python's validator, in an environment of its own below the target folder.
fn judged_by_python(python: &Path, answered: &[Answered]) {
    let mut lines: Vec<serde_json::Value> = Vec::new();
    for answer in answered {
        lines.push(serde_json::json!({
            "name": answer.name, "spec": answer.spec, "pointer": answer.schema.pointer,
            "value": answer.value,
        }));
    }
    let told = judge(python, &lines);
    assert_eq!(told, "judged\n");
    // The judge must be able to say no.
    let object =
        answered.iter().position(|answer| answer.value.get("error_code").is_some()).unwrap();
    lines[object]["value"] = serde_json::json!({"error_code": 7});
    assert!(judge(python, &lines).starts_with(&answered[object].name));
}

fn judge(python: &Path, lines: &[serde_json::Value]) -> String {
    let script = root().join("tests/mock/judge.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for line in lines {
        writeln!(stdin, "{line}").unwrap();
    }
    drop(stdin);
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

fn python() -> Option<PathBuf> {
    packages::python("mock-judge", &["jsonschema==4.26.0", "PyYAML==6.0.3"])
}

#[test]
fn a_client_of_http2_is_answered_in_it() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["mock", "--spec", &depot()]);
    let ca = folder.path().join(".testimony/ca/ca.pem");
    let format = "%{http_version} %{http_code}";
    let asked = |arguments: &[&str]| {
        let mut curl = client("curl");
        curl.args(["-sS", "--noproxy", "", "-o", "/dev/null", "-w", format]).args(arguments);
        told(&curl.output().unwrap())
    };
    let url = format!("{}/nowhere", server.url());
    assert_eq!(asked(&["--http2-prior-knowledge", &url]), "exit 0\n2 404");
    let tunnel = ["--proxy", &server.url(), "--cacert", ca.to_str().unwrap()];
    let secure = "https://depot.example/nowhere";
    assert_eq!(asked(&[&tunnel[..], &["--http2", secure]].concat()), "exit 0\n2 404");
    assert_eq!(asked(&[&tunnel[..], &["--http1.1", secure]].concat()), "exit 0\n1.1 404");
}

#[test]
fn what_was_created_is_there_until_it_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["mock", "--spec", &depot(), "--stateful"]);
    let post = |label: &str| {
        let body = format!(r#"{{"label": "{label}", "size": 20}}"#);
        let length = body.len();
        let fields = format!(
            "X-Depot-Token: t\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
        );
        let request = format!(
            "POST /crates HTTP/1.1\r\nHost: any\r\nConnection: close\r\n{fields}\r\n{body}"
        );
        let answer = exchange(server.address, request.as_bytes());
        String::from_utf8(answer).unwrap()[9..12].to_owned()
    };
    let get = |target: &str| ask(&server, "GET", target, "X-Depot-Token: t\r\n");
    assert_eq!([post("tea"), post("rum"), post("tea")], ["202", "202", "409"]);
    let listed: serde_json::Value = serde_json::from_str(&get("/crates").body).unwrap();
    let ids: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    let one = format!("/crates/{}", ids[0]);
    let shown: serde_json::Value = serde_json::from_str(&get(&one).body).unwrap();
    assert_eq!((&shown, &shown["label"]), (&listed["items"][0], &serde_json::json!("tea")));
    let gone = ask(&server, "DELETE", &one, "X-Depot-Token: t\r\n");
    assert_eq!((gone.status, get(&one).status), (204, 404));
    assert_eq!(post("tea"), "202");
    // Without memory, nothing is remembered.
    let forgetful = Server::start(folder.path(), &["mock", "--spec", &depot()]);
    assert_eq!(ask(&forgetful, "GET", &one, "X-Depot-Token: t\r\n").status, 200);
}

/// Faults by rule and by rate, over a mock's answers.
#[test]
fn faults_are_laid_over_answers_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ["GET /crates#1 = 503", "GET /crates#2 = type:text/html", "GET /open = 500 @ 30%"];
    let depot = depot();
    let mut arguments = vec!["mock", "--spec", &depot, "--seed", "5", "--stateful"];
    arguments.extend(rules.iter().flat_map(|rule| ["--fault", *rule]));
    let tell = || {
        let server = Server::start(folder.path(), &arguments);
        let token = "X-Depot-Token: t\r\n";
        let struck = ask(&server, "GET", "/crates", token);
        assert_eq!(struck.status, 503);
        assert!(struck.head.contains("testimony-source: fault"), "{}", struck.head);
        assert!(struck.head.contains("Retry-After: 0"), "{}", struck.head);
        assert!(struck.body.contains("error_code"), "{}", struck.body);
        let wrong = ask(&server, "GET", "/crates", token);
        assert!(wrong.head.contains("Content-Type: text/html"), "{}", wrong.head);
        assert_eq!((wrong.status, wrong.body.starts_with('{')), (200, true));
        let whole = ask(&server, "GET", "/crates", token);
        assert!(whole.head.contains("testimony-source: mock"), "{}", whole.head);
        let open = |_| ask(&server, "GET", "/open", "X-Level: 1\r\n").status;
        let statuses: Vec<u16> = (0..60).map(open).collect();
        let output = server.stop();
        assert!(told(&output).contains("faults struck"), "{}", told(&output));
        statuses
    };
    let first = tell();
    let count = first.iter().filter(|status| **status == 500).count();
    assert!((5..35).contains(&count) && first.contains(&200), "{first:?}");
    assert_eq!(first, tell());
}

/// The published cases of Prism's harness, in the folder that `PRISM_SPECS` names.
#[test]
#[ignore = "needs the cases of another project; PRISM_SPECS names their folder"]
fn the_published_cases_of_prism() {
    let mut runner = Command::new("python3");
    runner.arg(root().join("tests/mock/prism.py")).arg(env!("CARGO_BIN_EXE_testimony"));
    let output = runner.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{}", told(&output));
}

/// A client that sends what the document allows, and much that it does not, finds nothing to object to.
#[test]
fn schemathesis_finds_nothing() {
    let named = ["schemathesis==4.32.5"];
    let Some(python) = packages::python("mock-schemathesis", &named) else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["depot-3.0.yaml", "depot-3.1.yaml", "depot-2.0.yaml"] {
        let path = root().join("tests/mock/schemathesis").join(name);
        let server = Server::start(folder.path(), &["mock", "--spec", path.to_str().unwrap()]);
        let output = Command::new(python.with_file_name("schemathesis"))
            .args(["run", path.to_str().unwrap(), "--url", &server.url(), "--header", "X-Token: t"])
            .args(["--max-examples", "15", "--seed", "1", "--no-color", "--checks", "all"])
            .args(["--exclude-checks", EXCLUDED, "--phases", "examples,coverage,fuzzing"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", told(&output));
        assert!(told(&output).contains("No issues found"), "{name}: {}", told(&output));
    }
}

/// That credentials are right is nothing that a document says, so that any are taken.
const EXCLUDED: &str = "ignored_auth";
