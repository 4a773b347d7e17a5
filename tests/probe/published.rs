//! Products of others with the documents that they publish themselves: every deviation between document and conduct
//! is found, and nothing else; nothing that was made stays behind.

use crate::support::{exchange, testimony, told};
use crate::tools::{debian, folder, node_with, python_with};
use crate::{Service, result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const FASTAPI: &[&str] =
    &["fastapi==0.165.0", "uvicorn==0.54.0", "python-multipart==0.0.34", "email-validator==2.4.0"];
const DJANGO: &[&str] =
    &["Django==5.2.19", "djangorestframework==3.18.3", "drf-spectacular==0.30.0"];
const EXPRESS: &[&str] = &["express@5.3.0", "express-openapi-validator@5.6.2"];

fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/probe/servers").join(name)
}

/// The text at a path of a service.
fn text(url: &str, path: &str) -> String {
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = String::from_utf8(exchange(address, request.as_bytes())).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Probes a service by a document, and answers with what is found at error level, each once.
fn found(spec: &Path, target: &str, arguments: &[&str]) -> BTreeSet<String> {
    let project = tempfile::tempdir().unwrap();
    let output = testimony(project.path())
        .args(["probe", "--format", "json", "--allow-unsafe", "--cassette", "probe.cassette"])
        .args(["--seed", "1", "--timeout", "300s"])
        .args(["--spec", &spec.display().to_string(), "--target", target])
        .args(arguments)
        .env("OWNER", "t0ken-of-the-owner")
        .output()
        .unwrap();
    let result = result(&output);
    assert!(!project.path().join("probe.cassette.created.json").exists(), "{}", told(&output));
    let findings = result["findings"].as_array().unwrap();
    let errors = findings.iter().filter(|one| one["severity"] == "error");
    let of = |one: &Value| {
        let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let [rule, operation, code] = ["rule", "operation", "code"].map(word);
        // What was changed, where the finding is of a recipe.
        let recipe = match rule.as_str() {
            "wrong-status" | "undeserved-error" => {
                word("expected").split(": ").nth(1).unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        let observed: String = word("observed").chars().take(24).collect();
        format!("{rule} {operation} {code} {recipe}: {observed}")
    };
    errors.map(of).collect()
}

/// The same for a service that publishes its document, and tells what was asked and what is there.
fn found_at(service: &Service, path: &str, arguments: &[&str]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("published.yaml");
    std::fs::write(&spec, text(&service.url, path)).unwrap();
    let found = found(&spec, &service.url, arguments);
    assert_eq!(text(&service.url, "/__left").replace(char::is_whitespace, ""), "[]");
    found
}

fn expect(found: &BTreeSet<String>, expected: &[&str]) {
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, expected, "{found:#?}");
}

#[test]
fn an_application_on_fastapi() {
    let Some(python) = python_with(&folder("probe-fastapi"), FASTAPI) else { return };
    let mut command = Command::new(python);
    command.arg(program("shop_fastapi.py"));
    let service = Service::of(command);
    let found = found_at(&service, "/openapi.json", &["--auth", "bearer=env:OWNER"]);
    expect(
        &found,
        &[
            "undocumented-status place_order_orders_post 404 : 404",
            "undocumented-status upload_pictures_post 400 : 400",
            "wrong-status upload_pictures_post 422 a request that can't be understood: 400 (the good request: 2",
        ],
    );
}

#[test]
fn an_application_on_django_rest_framework() {
    let Some(python) = python_with(&folder("probe-django"), DJANGO) else { return };
    let mut command = Command::new(python);
    command.arg(program("library_drf.py"));
    let service = Service::of(command);
    expect(
        &found_at(&service, "/schema/", &[]),
        &[
            "request-parameter api_authors_list 200 : \"testimony-planted\"",
            "request-parameter api_books_list 200 : \"testimony-planted\"",
            "request-parameter schema_retrieve 200 : \"testimony-planted\"",
            "request-schema api_books_create 201 : \"2026-1-1\"",
            "request-schema api_books_partial_update 200 : \"2026-1-1\"",
            "request-schema api_books_update 200 : \"2026-1-1\"",
            "undocumented-status api_authors_create 400 : 400",
            "undocumented-status api_authors_destroy 404 : 404",
            "undocumented-status api_authors_partial_update 400 : 400",
            "undocumented-status api_authors_partial_update 404 : 404",
            "undocumented-status api_authors_retrieve 404 : 404",
            "undocumented-status api_authors_update 400 : 400",
            "undocumented-status api_authors_update 404 : 404",
            "undocumented-status api_books_create 400 : 400",
            "undocumented-status api_books_destroy 404 : 404",
            "undocumented-status api_books_partial_update 400 : 400",
            "undocumented-status api_books_partial_update 404 : 404",
            "undocumented-status api_books_retrieve 404 : 404",
            "undocumented-status api_books_update 400 : 400",
            "undocumented-status api_books_update 404 : 404",
            "undocumented-status schema_retrieve 404 : 404",
            "wrong-status api_authors_list 400 wrong-type query:limit: 200",
            "wrong-status api_authors_list 400 wrong-type query:offset: 200",
            "wrong-status api_books_create 400 format body:/published (3): 201",
            "wrong-status api_books_list 400 wrong-type query:limit: 200",
            "wrong-status api_books_list 400 wrong-type query:offset: 200",
            "wrong-status api_books_partial_update 400 format body:/published (3): 200",
            "wrong-status api_books_update 400 format body:/published (3): 200",
            "wrong-status schema_retrieve 400 outside-enum query:lang: 200",
        ],
    );
}

#[test]
fn an_application_on_express_with_a_validator() {
    if !crate::support::has("npm") {
        return println!("skipped: no npm");
    }
    let Some(modules) = node_with(&folder("probe-express"), EXPRESS) else { return };
    let mut command = Command::new("node");
    command.arg(program("garage_express.mjs")).arg(modules);
    let service = Service::of(command);
    let found = found_at(&service, "/openapi.json", &["--auth", "header:X-API-Key=env:OWNER"]);
    expect(
        &found,
        &["request-schema addCar 201 : null", "wrong-status addCar 400 null body:/colours/0: 201"],
    );
}

/// Silences are made and removed; the product keeps them as expired.
#[test]
fn alertmanager() {
    let Some(program) = debian("prometheus-alertmanager") else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("alertmanager.yml");
    std::fs::write(&settings, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
    let mut command = Command::new(program);
    command.arg(format!("--config.file={}", settings.display()));
    command.arg(format!("--storage.path={}", folder.path().join("data").display()));
    command.args(["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (tell, told) = std::sync::mpsc::channel();
    // It goes on to speak: nobody is to close its mouth.
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok).filter(|line| line.contains("Listening on")) {
            let address = line.rsplit_once("address=").map(|(_, address)| address.to_owned());
            let _ = tell.send(address.unwrap_or_default());
        }
    });
    let address = told.recv_timeout(Duration::from_secs(300)).unwrap();
    let service = Service { child, url: format!("http://{}", address.trim()) };
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/alertmanager/openapi.yaml");
    let found = found(&spec, &format!("{}/api/v2", service.url), &[]);
    let silences: Value = serde_json::from_str(&text(&service.url, "/api/v2/silences")).unwrap();
    let silences = silences.as_array().unwrap();
    assert!(!silences.is_empty() && silences.iter().all(|one| one["status"]["state"] == "expired"));
    expect(
        &found,
        &[
            "error-body postAlerts 400 : {\"code\":400,\"message\":\"p",
            "error-body postSilences 400 : {\"code\":400,\"message\":\"p",
            "request-parameter getAlertGroups 200 : \"testimony-planted\"",
            "request-parameter getAlerts 200 : \"testimony-planted\"",
            "request-schema postAlerts 200 : null",
            "request-schema postSilences 200 : null",
            "undocumented-status deleteSilence 422 : 422",
            "undocumented-status getSilence 422 : 422",
            "undocumented-status postAlerts 422 : 422",
            "undocumented-status postSilences 422 : 422",
            "wrong-status deleteSilence 404 absent path:silenceID: 500",
            "wrong-status getAlertGroups 400 wrong-type query:active: 200",
            "wrong-status getAlertGroups 400 wrong-type query:inhibited: 200",
            "wrong-status getAlertGroups 400 wrong-type query:silenced: 200",
            "wrong-status getAlerts 400 wrong-type query:active: 200",
            "wrong-status getAlerts 400 wrong-type query:inhibited: 200",
            "wrong-status getAlerts 400 wrong-type query:silenced: 200",
            "wrong-status getAlerts 400 wrong-type query:unprocessed: 200",
            "wrong-status postAlerts 400 null body:/0: the connection was close",
            "wrong-status postAlerts 400 null body:: 200 (the good request: 4",
            "wrong-status postSilences 400 a request that can't be understood: 422 (the good request: 2",
            "wrong-status postSilences 400 null body:/id: 200",
            "wrong-status postSilences 400 null body:/matchers/0/isEqual: 200",
            "wrong-status postSilences 400 null body:/matchers/0: the connection was close",
        ],
    );
}
