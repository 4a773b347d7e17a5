//! `check --live` against a real service with a state: what was recorded from one run of it is sent to another.

use super::support::{Server, client, testimony, told};
use super::{Project, Value, json};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

pub const SPEC: &str = r##"
openapi: 3.1.0
info: {title: Jobs, version: "1"}
paths:
  /v1/login: {post: {operationId: Login, responses: {"200": {$ref: "#/components/responses/Any"}}}}
  /v1/open: {get: {operationId: Open, responses: {"200": {$ref: "#/components/responses/Any"}}}}
  /v1/owned: {get: {operationId: Owned, responses: {"200": {$ref: "#/components/responses/Any"}}}}
  /v1/busy: {get: {operationId: Busy, responses: {"200": {$ref: "#/components/responses/Any"}, "429": {$ref: "#/components/responses/Any"}}}}
  /v1/gate: {get: {operationId: Gate, responses: {"200": {$ref: "#/components/responses/Any"}, default: {$ref: "#/components/responses/Any"}}}}
  /v1/jobs: {post: {operationId: CreateJob, responses: {"201": {$ref: "#/components/responses/Any"}}}}
  /v1/jobs/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: GetJob, responses: {"200": {$ref: "#/components/responses/Any"}, "404": {$ref: "#/components/responses/Any"}}}
    delete: {operationId: DeleteJob, responses: {"204": {description: Gone.}}}
components:
  responses:
    Any: {description: Any., content: {application/json: {schema: {type: object}}}}
"##;

/// A run of the service.
pub struct Service {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Service {
    pub fn start(arguments: &[&str]) -> Self {
        Self::run("live_service.py", arguments)
    }

    /// Another service that prints its port first.
    pub fn run(script: &str, arguments: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(script);
        let mut command = Command::new("python3");
        command.arg(script).args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        stdout.read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim());
        Self { child, stdout, url }
    }

    /// Stops it; what it was asked, in order.
    fn asked(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut text = String::new();
        self.stdout.read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that logs in, makes a job and looks at it, by its name and by its number.
const CLIENT: &str = r#"
import json, sys, urllib.request
base = sys.argv[1]
def ask(method, path, token=None, **headers):
    headers = dict(headers, **({"X-Auth-Token": token} if token else {}))
    request = urllib.request.Request(base + path, method=method, headers=headers)
    return json.loads(urllib.request.urlopen(request).read() or b"null")
token = ask("POST", "/v1/login")["token"]
job = ask("POST", "/v1/jobs", token)
for name in (job["job_id"], job["id"]):
    assert ask("GET", f"/v1/jobs/{name}?of={job['job_id']}", token) == job
ask("DELETE", f"/v1/jobs/{job['job_id']}", token)
ask("GET", "/v1/open")
ask("GET", "/v1/open")
"#;

pub fn recorded(project: &Project) {
    let service = Service::start(&[]);
    let arguments = ["record", "--cassette", "cassettes/jobs.cassette", "--upstream", &service.url];
    let recorder = Server::start(project.path(), &arguments);
    let client = client("python3").args(["-c", CLIENT, &recorder.url()]).output().unwrap();
    assert!(client.status.success(), "{}", told(&client));
    assert!(recorder.stop().status.success());
}

fn check(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = testimony(project.path());
    command.arg("check").args(arguments).envs(variables.iter().copied());
    command.output().unwrap()
}

fn result(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", told(output)))
}

fn states(result: &Value) -> Vec<String> {
    let rows = result["ledger"].as_array().unwrap().iter();
    let rows = rows.filter(|row| row["state"] != "unproven");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.map(|row| ["operation", "code", "state"].map(|name| text(row, name)).join(" ")).collect()
}

#[test]
fn ids_and_tokens_of_fresh_answers_travel() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    let service = Service::start(&[]);
    let live = ["--live", &service.url, "--allow-unsafe", "--format", "json", "--concurrency", "4"];
    let record = ["--record", "fresh.cassette"];
    let output = check(&project, &[&live[..], &record].concat(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let result = result(&output);
    let expected = [
        "Login 200 proven",
        "Open 200 proven",
        "CreateJob 201 proven",
        "GetJob 200 proven",
        "DeleteJob 204 proven",
    ];
    assert_eq!(states(&result), expected, "{}", told(&output));
    let asked = service.asked();
    assert_eq!(asked.len(), 7);
    let token = asked[1]["headers"]["x-auth-token"].as_str().unwrap();
    assert!(token.len() > 20, "{token}");
    let kept = std::fs::read_to_string(project.path().join("fresh.cassette")).unwrap();
    assert!(!kept.contains(token) && !told(&output).contains(token));
    // The recording is judged as the answers were.
    let again = project.json(&["--cassette", "fresh.cassette"]).1;
    assert_eq!(again["ledger"], result["ledger"]);
    let refused =
        check(&project, &["--live", "http://127.0.0.1:9", "--record", "fresh.cassette"], &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
}

#[test]
fn what_changes_something_is_left_out_and_listed() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    let service = Service::start(&[]);
    let output = check(&project, &["--live", &service.url, "--format", "json"], &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let cassette = "cassettes/jobs.cassette";
    for line in [
        format!(
            "note: 2 requests were not sent: POST may change something ({cassette} 1, {cassette} 2)"
        ),
        format!("note: 1 request was not sent: DELETE may change something ({cassette} 5)"),
        format!(
            "2 requests were not sent: its header X-Auth-Token held a secret that was redacted ({cassette} 3, {cassette} 4)"
        ),
    ] {
        assert!(said.contains(&line), "{line}\n{said}");
    }
    let asked = service.asked();
    assert!(asked.iter().all(|request| request["path"] == "/v1/open"), "{asked:?}");
    assert_eq!(asked.len(), 2);
}

#[test]
fn what_depends_on_an_answer_that_failed_is_not_sent() {
    let project = Project::with_spec(SPEC);
    recorded(&project);
    let service = Service::start(&["0", "/v1/jobs"]);
    let output = check(&project, &["--live", &service.url, "--allow-unsafe"], &[]);
    assert_eq!(output.status.code(), Some(1), "the 503 is not documented: {}", told(&output));
    let said = told(&output);
    assert!(said.contains("3 requests were not sent: it uses what no fresh answer gave"), "{said}");
    assert!(
        service.asked().iter().all(|asked| !asked["path"].as_str().unwrap().contains("/jobs/"))
    );
}

/// A cassette with a GET of each of these paths, answered with 200.
fn gets(project: &Project, paths: &[&str]) {
    let mut text = "{\"cassette\": 1, \"session\": \"x\"}\n".to_owned();
    for (index, path) in paths.iter().enumerate() {
        let exchange = json!({
            "exchange": index + 1, "at": "2026-11-20T10:00:00Z", "source": "live",
            "request": {
                "method": "GET", "target": format!("http://h{path}"),
                "headers": [["Authorization", "Bearer {{secret:1}}"]],
            },
            "response": {"status": 200, "headers": []},
        });
        text.push_str(&exchange.to_string());
        text.push('\n');
    }
    project.write("cassettes/gets.cassette", &text);
}

#[test]
fn who_asks_to_wait_is_waited_for_and_a_gateways_answer_proves_nothing() {
    let project = Project::with_spec(SPEC);
    gets(&project, &["/v1/busy", "/v1/gate"]);
    let service = Service::start(&["2"]);
    let arguments = ["--live", &service.url, "--auth", "bearer=env:T", "--format", "json"];
    let record = ["--record", "fresh.cassette"];
    let output = check(&project, &[&arguments[..], &record].concat(), &[("T", "t-0k3n-4711")]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let result = result(&output);
    assert_eq!(states(&result), ["Busy 200 proven"], "{}", told(&output));
    assert_eq!(result["totals"]["judged"], 1);
    assert_eq!(
        result["inconclusive"].to_string(),
        r#"[{"operation":"Gate","wanted":"200","code":"429","exchanges":1}]"#
    );
    assert_eq!(told(&output).matches("exchange 1: 429 asks to wait 0 s").count(), 2);
    assert_eq!(service.asked().len(), 4);
    let kept = std::fs::read_to_string(project.path().join("fresh.cassette")).unwrap();
    assert_eq!(kept.matches("\"status\": 429").count(), 3);
    assert!(!kept.contains("4711"));

    // A gateway alone is no success, and who asks for too long a wait is not asked again.
    gets(&project, &["/v1/gate"]);
    let service = Service::start(&[]);
    let output = check(
        &project,
        &["--live", &service.url, "--auth", "bearer=env:T"],
        &[("T", "t-0k3n-4711")],
    );
    assert_eq!(output.status.code(), Some(4), "{}", told(&output));
    assert!(
        told(&output).contains("inconclusive  Gate 429 where 200 was asked for  in 1 exchange")
    );
}

#[test]
fn tokens_of_oauth_are_asked_for_and_renewed() {
    let project = Project::with_spec(SPEC);
    gets(&project, &["/v1/owned"; 5]);
    let service = Service::start(&[]);
    let auth = format!("oauth2:{}/oauth/token=env:ID,env:WORD", service.url);
    let arguments = ["--live", &service.url, "--auth", &auth, "--record", "fresh.cassette"];
    let variables = [("ID", "client-7"), ("WORD", "pass+word-9")];
    let output = check(&project, &arguments, &variables);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let asked = service.asked();
    let tokens = asked.iter().filter(|request| request["path"] == "/oauth/token");
    let bodies: Vec<&str> = tokens.map(|request| request["body"].as_str().unwrap()).collect();
    assert_eq!(bodies.len(), 3, "{bodies:?}");
    assert_eq!(bodies[0], "grant_type=client_credentials");
    assert!(bodies[1].starts_with("grant_type=refresh_token&refresh_token="), "{bodies:?}");
    let kept = std::fs::read_to_string(project.path().join("fresh.cassette")).unwrap();
    for request in asked.iter().filter(|request| request["path"] == "/v1/owned") {
        let token = &request["headers"]["authorization"].as_str().unwrap()["Bearer ".len()..];
        assert!(!kept.contains(token), "a token is in the cassette");
    }
    for secret in ["client-7", "pass+word-9", "pass%2Bword-9"] {
        assert!(!kept.contains(secret) && !told(&output).contains(secret), "{secret}");
    }
    let service = Service::start(&[]);
    let auth = format!("oauth2:{}/oauth/token=env:ID,env:ID", service.url);
    let output = check(&project, &["--live", &service.url, "--auth", &auth], &variables);
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    assert!(
        told(&output).contains("error: --auth: the token endpoint answered 401: invalid_client")
    );
}

#[test]
fn a_signal_seals_the_recording_and_prints_what_was_judged() {
    let project = Project::with_spec(SPEC);
    gets(&project, &["/v1/open"; 50]);
    let mut service = Service::start(&[]);
    let mut command = testimony(project.path());
    let rate = ["--auth", "bearer=env:T", "--rate", "0.001", "--record", "fresh.cassette"];
    command.args(["check", "--live", &service.url]).args(rate).env("T", "t-0k3n-4711");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The first is sent at once, the second in a quarter of an hour.
    let mut line = String::new();
    service.stdout.read_line(&mut line).unwrap();
    // Its answer may still be on its way: the recording holds it all the same.
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = child.wait_with_output().unwrap();
    let said = told(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("exchanges 1 of 1 judged"), "{said}");
    assert!(said.contains("error: stopped before every request was sent"), "{said}");
    let kept = std::fs::read_to_string(project.path().join("fresh.cassette")).unwrap();
    assert!(kept.ends_with("{\"end\": true, \"exchanges\": 1}\n"), "{kept}");
}

/// A cassette with these requests, all answered with 204 but for POST.
fn asked(project: &Project, requests: &[(&str, &str)]) {
    let mut text = "{\"cassette\": 1, \"session\": \"x\"}\n".to_owned();
    for (index, (method, target)) in requests.iter().enumerate() {
        let made = json!({"status": 201, "headers": [["Content-Type", "application/json"]], "body": {
            "json": {"job_id": "5f0c6f0e-8a52-4f0b-9d55-0c1d3a7b9e11", "id": 7}, "style": "compact"
        }});
        let exchange = json!({
            "exchange": index + 1, "at": "2026-11-20T10:00:00Z", "source": "live",
            "request": {"method": method, "target": target, "headers": [["X-Auth-Token", "{{secret:1}}"]]},
            "response": if *method == "POST" { made } else { json!({"status": 204, "headers": []}) },
        });
        text.push_str(&exchange.to_string());
        text.push('\n');
    }
    project.write("cassettes/asked.cassette", &text);
}

#[test]
fn only_what_the_run_made_is_deleted() {
    let project = Project::with_spec(SPEC);
    let requests = [
        ("DELETE", "http://h/v1/jobs/standing-7"),
        ("POST", "http://h/v1/jobs"),
        ("DELETE", "http://h/v1/jobs/7"),
        ("DELETE", "http://h/v1/jobs/9"),
    ];
    asked(&project, &requests);
    let deleted = |more: &[&str]| {
        let service = Service::start(&[]);
        let live =
            ["--live", &service.url, "--allow-unsafe", "--auth", "header:X-Auth-Token=env:TOKEN"];
        // The service gives its token to whoever logs in.
        let answer = Command::new("curl")
            .args(["-s", "-X", "POST"])
            .arg(format!("{}/v1/login", service.url))
            .output();
        let token: Value = serde_json::from_slice(&answer.unwrap().stdout).unwrap();
        let token = token["token"].as_str().unwrap().to_owned();
        let output = check(&project, &[&live[..], more].concat(), &[("TOKEN", &token)]);
        let asked = service.asked();
        let paths = asked.iter().filter(|asked| asked["method"] == "DELETE");
        (
            paths.map(|asked| asked["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
            told(&output),
        )
    };
    let (paths, said) = deleted(&[]);
    let [path] = &paths[..] else { panic!("{paths:?} {said}") };
    assert_ne!(path, "/v1/jobs/7", "the fresh one");
    let note = "note: 2 requests were not sent: DELETE of what no request of this run made \
                (cassettes/asked.cassette 1, cassettes/asked.cassette 4)";
    assert!(said.contains(note) && said.contains("hint: `--delete-standing`"), "{said}");
    assert_eq!(deleted(&["--delete-standing"]).0.len(), 3);
}

#[test]
fn what_was_recorded_of_several_hosts_is_not_sent_to_one() {
    let project = Project::with_spec(SPEC);
    let requests =
        [("OPTIONS", "http://one.example/v1/open"), ("OPTIONS", "https://two.example/v1/owned")];
    asked(&project, &requests);
    let service = Service::start(&[]);
    let output = check(&project, &["--live", &service.url], &[]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    let error = "error: --live: recorded of several hosts, and sent to one: `one.example` (cassettes/asked.cassette), \
                 `two.example` (cassettes/asked.cassette)";
    assert!(said.contains(error) && said.contains("hint: `--only-host HOST`"), "{said}");
    let auth = ["--auth", "header:X-Auth-Token=env:TOKEN", "--only-host", "Two.Example"];
    let output = check(
        &project,
        &[&["--live", &service.url][..], &auth].concat(),
        &[("TOKEN", "t-123456789")],
    );
    let said = told(&output);
    assert!(said.contains("/v1/owned") && !said.contains("/v1/open,"), "{said}");
}
