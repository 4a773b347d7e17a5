//! `drift` against real services: what a service said when it was recorded, and what its next version says.

use super::live::{self, Service};
use super::support::{Server, client, testimony, told};
use super::{Project, Value, json};
use std::io::Write as _;
use std::process::{Output, Stdio};

const SPEC: &str = r#"
openapi: 3.1.0
info: {title: Depot, version: "1"}
paths:
  /crate:
    get:
      operationId: GetCrate
      responses:
        "200":
          description: A crate.
          content:
            application/json:
              schema:
                type: object
                required: [id, size]
                properties:
                  id: {type: string}
                  size: {type: integer}
                  state: {type: string}
                  made: {type: string, format: date-time}
                  serial: {type: string}
        "404": {description: None.}
  /note: {get: {operationId: GetNote, responses: {"200": {description: Text., content: {text/plain: {}}}, "404": {description: None.}}}}
  /same: {get: {operationId: GetSame, responses: {"200": {description: Any., content: {application/json: {}}}}}}
"#;

/// A version of the service, with changes.
fn version(crated: &Value, note: &Value) -> Service {
    let media = json!({"Content-Type": "application/json", "ETag": "\"@uuid\""});
    let answers = json!({
        "/crate": [200, media, crated],
        "/note": note,
        "/same": [200, media, {"a": 1, "trace": "@uuid"}],
    });
    Service::run("drift_service.py", &[&answers.to_string()])
}

fn first() -> Service {
    let crated =
        json!({"id": "c-@uuid", "size": 3, "state": "new", "made": "@now", "serial": "s-17"});
    version(&crated, &json!([200, {"Content-Type": "text/plain"}, "one\ntwo"]))
}

fn second() -> Service {
    let crated = json!({"id": "c-@uuid", "size": "3", "state": "done | `x`", "made": "@now", "serial": "s-18"});
    version(&crated, &json!([404, {}, ""]))
}

fn recorded(project: &Project, service: &Service, cassette: &str) {
    let arguments = ["record", "--cassette", cassette, "--upstream", &service.url];
    let recorder = Server::start(project.path(), &arguments);
    for path in ["/crate", "/note", "/same"] {
        let url = format!("{}{path}", recorder.url());
        let got = client("curl").args(["-sS", "-o", "/dev/stderr", &url]).output().unwrap();
        assert!(got.status.success(), "{}", told(&got));
    }
    assert!(recorder.stop().status.success());
}

fn drift(project: &Project, arguments: &[&str], answers: &str) -> Output {
    let mut command = testimony(project.path());
    command.arg("drift").args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn changes(output: &Output) -> Vec<String> {
    let result: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", told(output)));
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let drift = result["drift"].as_array().unwrap().iter();
    drift.map(|c| format!("{} {} {}", text(c, "kind"), c["exchange"], text(c, "at"))).collect()
}

const EXPECTED: [&str; 10] = [
    "contract 1 /size",
    "value 1 /state",
    "value 1 /serial",
    "noise 1 header:etag",
    "noise 1 header:x-request-id",
    "noise 1 /id",
    "noise 1 /made",
    "contract 2 status",
    "noise 3 header:x-request-id",
    "noise 3 /trace",
];

/// Without the headers of Python's server that change with every second.
fn without_dates(changes: Vec<String>) -> Vec<String> {
    let is_date = |change: &String| {
        ["header:date", "header:content-length"].iter().any(|at| change.ends_with(at))
    };
    let mut changes: Vec<String> = changes.into_iter().filter(|change| !is_date(change)).collect();
    changes.retain(|change| change != "noise 3 header:etag");
    changes
}

#[test]
fn contract_values_and_noise_are_told_apart() {
    let project = Project::with_spec(SPEC);
    recorded(&project, &first(), "cassettes/first.cassette");
    let service = second();
    let output = drift(&project, &["--target", &service.url, "--format", "json"], "");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(without_dates(changes(&output)), EXPECTED, "{}", told(&output));

    // The same from two recordings; the hosts are others.
    recorded(&project, &service, "second.cassette");
    let against = ["--against", "second.cassette", "--format"];
    let output = drift(&project, &[&against[..], &["json"]].concat(), "");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(without_dates(changes(&output)), EXPECTED, "{}", told(&output));
    let shown = told(&drift(&project, &[&against[..], &["terminal"]].concat(), ""));
    assert!(
        shown.contains("contract  /size  (response-schema: type `integer` is promised)"),
        "{shown}"
    );
    assert!(shown.contains("3 exchanges compared, 2 of them drifted"), "{shown}");
    let page = told(&drift(&project, &[&against[..], &["markdown"]].concat(), ""));
    assert!(page.contains("| `` \"done \\| `x`\" `` |"), "{page}");

    // What a project declares is noise.
    project.write("testimony.toml", "[drift]\nvolatile = [\"$.serial\", \"$..state\"]\n");
    let output = drift(&project, &[&against[..], &["json"]].concat(), "");
    assert!(
        !changes(&output).iter().any(|change| change.starts_with("value")),
        "{}",
        told(&output)
    );
    project.write("testimony.toml", "[drift]\nvolatile = [\"serial\"]\n");
    assert_eq!(drift(&project, &against[..2], "").status.code(), Some(2));
}

#[test]
fn the_same_version_shows_noise_alone() {
    let project = Project::with_spec(SPEC);
    let service = first();
    recorded(&project, &service, "cassettes/first.cassette");
    let output = drift(&project, &["--target", &service.url, "--format", "json"], "");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(changes(&output).iter().all(|change| change.starts_with("noise")), "{}", told(&output));
    drop(service);
    let gone = drift(&project, &["--target", "http://127.0.0.1:9"], "");
    assert_eq!(gone.status.code(), Some(3), "{}", told(&gone));
    assert_eq!(drift(&project, &[], "").status.code(), Some(2));
    assert_eq!(
        drift(&project, &["--against", "cassettes/first.cassette", "--rate", "1"], "")
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn what_differed_between_recordings_is_noise() {
    let project = Project::with_spec(SPEC);
    let text = json!([200, {"Content-Type": "text/plain"}, "one\ntwo"]);
    for (name, serial) in [("a", "s-16"), ("b", "s-17")] {
        let crated =
            json!({"id": "c-@uuid", "size": 3, "state": "new", "made": "@now", "serial": serial});
        recorded(&project, &version(&crated, &text), &format!("cassettes/{name}.cassette"));
    }
    recorded(&project, &second(), "second.cassette");
    let output = drift(&project, &["--against", "second.cassette", "--format", "json"], "");
    let changes = changes(&output);
    let times = |change: &str| changes.iter().filter(|one| *one == change).count();
    assert_eq!(times("noise 1 /serial"), 2, "{}", told(&output));
    assert_eq!((times("value 1 /serial"), times("value 1 /state")), (0, 2), "{}", told(&output));
}

#[test]
fn ids_travel_and_are_noise() {
    let project = Project::with_spec(live::SPEC);
    live::recorded(&project);
    let service = Service::start(&[]);
    let arguments = ["--target", &service.url, "--allow-unsafe", "--record", "fresh.cassette"];
    let output = drift(&project, &[&arguments[..], &["--format", "json"]].concat(), "");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let found = changes(&output);
    assert!(found.iter().any(|change| change.ends_with("/job_id")), "{found:?}");
    let loud: Vec<&String> = found.iter().filter(|change| !change.starts_with("noise")).collect();
    // `number` is a number like any other: nothing says that it is made up.
    assert_eq!(
        loud,
        ["value 2 /number", "value 3 /number", "value 4 /number"],
        "{}",
        told(&output)
    );
    let output = drift(&project, &["--against", "fresh.cassette", "--format", "json"], "");
    assert_eq!(changes(&output), found, "{}", told(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_is_accepted_takes_the_recorded_ones_place() {
    let project = Project::with_spec(SPEC);
    recorded(&project, &first(), "cassettes/first.cassette");
    recorded(&project, &second(), "second.cassette");
    let path = project.path().join("cassettes/first.cassette");
    let before = std::fs::read(&path).unwrap();
    let review = ["--against", "second.cassette", "--accept", "--format", "json"];
    // Nobody answers.
    let output = drift(&project, &review, "");
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let output = drift(&project, &review, "what?\nn\ny\n");
    assert_eq!(output.status.code(), Some(1), "the first is still there: {}", told(&output));
    assert!(told(&output).contains("1 exchanges accepted"), "{}", told(&output));
    let left = drift(&project, &["--against", "second.cassette", "--format", "json"], "");
    assert!(changes(&left).iter().all(|change| change.contains(" 1 ")), "{}", told(&left));
    let output = drift(&project, &review, "a\n");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let left = drift(&project, &["--against", "second.cassette", "--format", "json"], "");
    assert_eq!((changes(&left).len(), left.status.code()), (0, Some(0)), "{}", told(&left));
    let verified = super::run(project.path(), &["cassette", "verify", "cassettes/first.cassette"]);
    assert!(verified.status.success(), "{}", told(&verified));
}
