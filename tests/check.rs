//! `testimony check` as a user runs it: an invented API, cassettes written by hand and by the
//! library, exit codes, and what is printed.

#![expect(clippy::unwrap_used, reason = "a test fails where a value is missing")]

#[path = "check/cassettes.rs"]
mod cassettes;
#[path = "check/drift.rs"]
mod drift;
#[path = "check/findings.rs"]
mod findings;
#[path = "check/har.rs"]
mod har;
#[path = "check/live.rs"]
mod live;
#[path = "check/self_test.rs"]
mod self_test;
#[path = "check/stale.rs"]
mod stale;
#[path = "check/suggest.rs"]
mod suggest;
mod support;

/// What most answers are.
const JSON: &str = "application/json";

use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use support::{run, told};
use testimony::cassette::{CassetteHeader, Mode, Redacted, Writer};
use testimony::exchange::{
    Body, Exchange, ExchangeNumber, Headers, Request, Response, Source, Timing,
};

/// The invented page is `crates.md`; every promise names its line there.
const SPEC: &str = r##"
openapi: 3.1.0
info: {title: Depot, version: "1"}
x-gateway-codes: [494]
paths:
  /v1/{depot_id}/crates:
    get:
      operationId: ListCrates
      x-source: {page: crates.md, line: 4}
      parameters:
        - {name: depot_id, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, maximum: 50}, x-source: {page: crates.md, line: 11}}
      responses:
        "200":
          description: The crates.
          x-source: {page: crates.md, line: 20}
          content:
            application/json:
              schema:
                type: object
                required: [crates]
                properties:
                  crates:
                    type: array
                    x-source: {page: crates.md, line: 23}
                    items: {$ref: "#/components/schemas/Crate"}
        "404":
          description: No such depot.
          x-source: {page: crates.md, line: 40}
          content:
            application/json: {schema: {$ref: "#/components/schemas/Fault"}}
        "503":
          description: Busy.
          x-source: {page: crates.md, line: 41}
          content:
            application/json: {schema: {$ref: "#/components/schemas/Fault"}}
components:
  schemas:
    Crate:
      type: object
      required: [crate_id, weight]
      properties:
        crate_id: {type: string, x-source: {page: crates.md, line: 26}}
        weight: {type: integer, x-source: {page: crates.md, line: 27}}
    Fault:
      type: object
      required: [error_code]
      properties:
        error_code: {type: string, x-source: {page: crates.md, line: 45}}
"##;

/// A folder with `specs/depot.yaml` in it, and the means to run the binary there.
struct Project {
    folder: tempfile::TempDir,
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Project {
    fn new() -> Self {
        Self::with_spec(SPEC)
    }

    fn with_spec(spec: &str) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("specs/depot.yaml", spec);
        project
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A cassette as the recorder writes it.
    fn record(&self, name: &str, exchanges: &[Exchange]) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let writer = Writer::open(&path, &CassetteHeader::new("test"), Mode::Once).unwrap();
        for exchange in exchanges {
            writer.append(&Redacted::from_cassette(exchange.clone())).unwrap();
        }
        writer.seal().unwrap();
    }

    fn check(&self, arguments: &[&str]) -> Answer {
        let arguments = [&["check"], arguments].concat();
        let Output { status, stdout, stderr } = support::run(self.path(), &arguments);
        Answer {
            code: status.code().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let answer = self.check(&[arguments, &["--format", "json"]].concat());
        let value = serde_json::from_str(&answer.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", answer.stdout, answer.stderr));
        (answer.code, value)
    }
}

fn exchange(source: Source, path: &str, status: u16, media: &str, body: &str) -> Exchange {
    let mut headers = Headers::new();
    if !media.is_empty() {
        headers.push("Content-Type", media);
    }
    Exchange {
        number: ExchangeNumber(1),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        source,
        request: Request {
            method: "GET".into(),
            target: format!("https://depot.example{path}"),
            headers: Headers::from([("Host", "depot.example")]),
            ..Request::default()
        },
        response: Some(Response {
            status,
            reason: "As It Is".into(),
            headers,
            body: Body::from(body),
            ..Response::default()
        }),
        timing: Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        interim: Vec::new(),
        digest: None,
    }
}

const CRATES: &str = "/v1/d1/crates";
const GOOD: &str = r#"{"crates":[{"crate_id":"a","weight":1}]}"#;

fn good(source: Source) -> Exchange {
    exchange(source, CRATES, 200, "application/json", GOOD)
}

fn state(result: &Value, code: &str) -> String {
    let rows = result["ledger"].as_array().unwrap();
    let row = rows.iter().find(|row| row["code"] == code).unwrap();
    row["state"].as_str().unwrap().to_owned()
}

fn rules(result: &Value) -> Vec<&str> {
    let findings = result["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

/// One exchange of a cassette written by hand, after the form of the contract.
fn by_hand(number: u32, path: &str, status: u16, media: &str, body: &Value) -> String {
    format!(
        r#"{{"exchange": {number}, "at": "2026-11-20T10:00:00.123Z", "source": "live",
 "request":  {{"method": "GET", "target": "https://depot.example{path}", "version": "HTTP/1.1", "headers": [["Host", "depot.example"]], "trailers": []}},
 "response": {{"status": {status}, "reason": "OK", "version": "HTTP/1.1", "headers": [["Content-Type", "{media}"]], "body": {body}, "trailers": []}},
 "timing": {{"first_byte_ms": 41, "end_ms": 57}}, "error": null, "redacted": [], "digest": ""}}
"#
    )
}

const HEADER: &str = r#"{"cassette": 1, "session": "by-hand", "tool": "testimony 0.1.0", "specs": [{"path": "", "sha256": ""}], "rules": {"match": {}, "redact": []}}
"#;

#[test]
fn planted_violations_are_named_with_page_and_line() {
    let project = Project::new();
    let json_body = |value: Value| json!({"json": value, "style": "compact"});
    let planted = [
        // A documented field is missing.
        (CRATES, 200, "application/json", json_body(json!({"crates": [{"crate_id": "a"}]}))),
        // A wrong type.
        (
            CRATES,
            200,
            "application/json",
            json_body(json!({"crates": [{"crate_id": 7, "weight": 1}]})),
        ),
        // A status that is not documented.
        (CRATES, 409, "application/json", json_body(json!({}))),
        // HTML in place of JSON, honest about it and not.
        (CRATES, 503, "text/html", json!({"text": ["<html>"]})),
        (CRATES, 404, "application/json", json!({"text": ["<html>"]})),
        // A limit that is not documented, and a path that nobody documents.
        ("/v1/d1/crates?limit=51", 200, "application/json", json_body(json!({"crates": []}))),
        ("/v1/d1/boxes", 200, "application/json", json_body(json!({}))),
    ];
    let mut cassette = HEADER.to_owned();
    for (number, (path, status, media, body)) in (1..).zip(&planted) {
        cassette += &by_hand(number, path, *status, media, body);
    }
    cassette += "{\"end\": true, \"exchanges\": 7}\n";
    project.write("cassettes/planted.cassette", &cassette);

    let (code, result) = project.json(&[]);
    assert_eq!(code, 1);
    assert_eq!(result["conforms"], false);
    let findings = result["findings"].as_array().unwrap();
    let expected = [
        ("undocumented-operation", 7, "status", Value::Null),
        ("request-parameter", 6, "query:limit", json!(11)),
        ("response-schema", 1, "/crates/0/weight", json!(27)),
        ("response-schema", 2, "/crates/0/crate_id", json!(26)),
        ("error-body", 5, "", json!(40)),
        ("undocumented-status", 3, "status", json!(4)),
        ("content-type", 4, "header:Content-Type", json!(41)),
    ];
    for (rule, exchange, at, line) in &expected {
        let finding = findings
            .iter()
            .find(|finding| finding["rule"] == *rule && finding["exchange"] == *exchange)
            .unwrap_or_else(|| panic!("{rule} in exchange {exchange}: {findings:#?}"));
        assert_eq!(finding["at"], *at, "{rule}");
        assert_eq!(finding["promise"]["line"], *line, "{rule}");
        assert_eq!(finding["severity"], "error", "{rule}");
        assert_eq!(finding["cassette"], "cassettes/planted.cassette", "{rule}");
        if !line.is_null() {
            assert_eq!(finding["promise"]["page"], "crates.md", "{rule}");
            assert_eq!(finding["promise"]["spec"], "specs/depot.yaml", "{rule}");
        }
    }
    assert_eq!(findings.len(), expected.len(), "{findings:#?}");
    assert_eq!(result["totals"]["errors"], 7);
    assert_eq!(
        result["undocumented"],
        json!([{"operation": "ListCrates", "code": "409", "exchanges": 1}])
    );
    assert_eq!(
        result["unmatched"],
        json!([{"method": "GET", "path": "/v1/d1/boxes", "exchanges": 1}])
    );
    for code in ["200", "404", "503"] {
        assert_eq!(state(&result, code), "contradicted");
    }
    insta::assert_snapshot!("planted", project.check(&[]).stdout);
    // The terminal names them too.
    let shown = project.check(&[]).stdout;
    for line in [11, 27, 26, 40, 4, 41] {
        assert!(shown.contains(&format!("crates.md:{line} ")), "line {line}: {shown}");
    }
    assert!(shown.contains("does not conform"), "{shown}");
}

#[test]
fn the_json_form_is_the_contracts() {
    let project = Project::new();
    project.record(
        "cassettes/a.cassette",
        &[good(Source::Live), exchange(Source::Live, CRATES, 418, "", "")],
    );
    let (_, result) = project.json(&[]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let starts = |value: &Value, names: &str| {
        let names: Vec<&str> = names.split_whitespace().collect();
        assert_eq!(keys(value)[..names.len()], names, "{value:#}");
    };
    starts(&result, "testimony conforms totals ledger findings undocumented unmatched coverage");
    starts(&result["totals"], "exchanges judged errors warnings states");
    starts(&result["totals"]["states"], "proven simulated stale unproven contradicted");
    starts(&result["ledger"][0], "operation method path code state exchanges newest reason");
    starts(
        &result["findings"][0],
        "rule severity operation code cassette exchange at promise expected observed hint fingerprint",
    );
    starts(&result["findings"][0]["promise"], "spec pointer page line");
    starts(&result["undocumented"][0], "operation code exchanges");
    starts(
        &result["coverage"],
        "operations codes parameters properties enum_values media_types level",
    );
    assert_eq!(result["testimony"], 1);
    assert_eq!(result["totals"]["exchanges"], 2);
    let codes: Vec<&Value> =
        result["ledger"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["200", "404", "503"]);
    assert_eq!(result["ledger"][0]["newest"], "2026-11-20T10:00:00Z");
    assert_eq!(result["ledger"][1]["newest"], Value::Null);
    assert_eq!(result["coverage"]["codes"], json!([1, 3]));
    assert_eq!(result["coverage"]["operations"], json!([1, 1]));
}

#[test]
fn only_the_providers_own_answers_prove() {
    for (source, expected) in [
        (Source::Live, "proven"),
        (Source::Imported, "proven"),
        (Source::Mock, "simulated"),
        (Source::Replay, "simulated"),
        (Source::Fault, "simulated"),
    ] {
        let project = Project::new();
        project.record("cassettes/a.cassette", &[good(source)]);
        let (code, result) = project.json(&[]);
        assert_eq!((code, state(&result, "200").as_str()), (0, expected), "{source}");
        assert_eq!(result["conforms"], true);
        assert_eq!(state(&result, "404"), "unproven");
    }
    // Changed by hand: the digest no longer fits.
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    let path = project.path().join("cassettes/a.cassette");
    let text = std::fs::read_to_string(&path).unwrap();
    let edited = text.replace("\"weight\": 1", "\"weight\": 2");
    assert_ne!(text, edited, "{text}");
    std::fs::write(&path, edited).unwrap();
    assert_eq!(state(&project.json(&[]).1, "200"), "simulated");
}

#[test]
fn a_run_that_judged_nothing_is_no_success() {
    let empty = Project { folder: tempfile::tempdir().unwrap() };
    let answer = empty.check(&[]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(answer.stderr.contains("no spec was found"), "{}", answer.stderr);
    // A recording that is missing or can't be read is worse news, also where there is no spec.
    std::fs::write(empty.path().join("empty.cassette"), "").unwrap();
    for cassette in ["none.cassette", "empty.cassette"] {
        let answer = empty.check(&["--cassette", cassette]);
        assert_eq!(answer.code, 2, "{}", answer.stderr);
        assert!(answer.stderr.contains(cassette), "{}", answer.stderr);
    }

    let project = Project::new();
    let (code, result) = project.json(&[]);
    assert_eq!((code, &result["conforms"]), (4, &json!(false)));
    assert_eq!(result["totals"]["states"]["unproven"], 3, "every code is still listed");

    let mut failed = good(Source::Live);
    failed.response = None;
    failed.error = Some(testimony::exchange::TransportError {
        kind: testimony::exchange::TransportErrorKind::Refused,
        message: "connection refused".into(),
    });
    project.record("cassettes/a.cassette", &[failed]);
    let answer = project.check(&[]);
    assert_eq!(answer.code, 4);
    assert!(
        answer.stdout.contains("exchanges 0 of 1 judged, 1 without a response"),
        "{}",
        answer.stdout
    );
    assert!(answer.stderr.contains("hint: "), "{}", answer.stderr);
    // Something else was wrong.
    assert_eq!(project.check(&["--require", "proven"]).code, 1);
}

#[test]
fn known_findings_are_accepted_until_they_expire() {
    let project = Project::new();
    let broken = exchange(Source::Live, CRATES, 200, "application/json", r#"{"crates":7}"#);
    project.record("cassettes/a.cassette", &[broken]);
    let (_, result) = project.json(&[]);
    let fingerprint = result["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let baseline = |expires: Value| {
        let entry =
            json!({"fingerprint": fingerprint, "reason": "reported, case 12", "expires": expires});
        let unused = json!({"fingerprint": "0123456789abcdef", "reason": "gone", "expires": null});
        project.write("known.json", &json!({"findings": [entry, unused]}).to_string());
    };
    baseline(Value::Null);
    let (code, accepted) = project.json(&["--baseline", "known.json"]);
    assert_eq!((code, &accepted["conforms"]), (0, &json!(true)));
    assert_eq!(accepted["findings"][0]["accepted"], "reported, case 12");
    assert_eq!(accepted["totals"]["errors"], 0);
    assert_eq!(state(&accepted, "200"), "contradicted", "a baseline forgives, it proves nothing");
    let answer = project.check(&["--baseline", "known.json"]);
    assert!(answer.stdout.contains("accepted  reported, case 12"), "{}", answer.stdout);
    assert!(answer.stderr.contains("0123456789abcdef"), "{}", answer.stderr);

    baseline(json!("2020-01-31"));
    let answer = project.check(&["--baseline", "known.json"]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.stdout.contains("expired   was accepted: reported, case 12"),
        "{}",
        answer.stdout
    );

    // A written baseline accepts what it was written from, once reasons are given.
    assert_eq!(project.check(&["--write-baseline", "new.json"]).code, 1);
    assert_eq!(project.check(&["--baseline", "new.json"]).code, 0);

    project.write("known.json", "{\"findings\": [{\"fingerprint\": \"x\"}]}");
    let answer = project.check(&["--baseline", "known.json"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("error: known.json: finding 1: `x`"), "{}", answer.stderr);
}

#[test]
fn required_states_and_excuses() {
    let project = Project::new();
    let missing =
        exchange(Source::Mock, CRATES, 404, "application/json", r#"{"error_code":"D.1"}"#);
    project.record("cassettes/a.cassette", &[good(Source::Live), missing]);
    let excuse = ["--excuse", "ListCrates:503=a live service is never busy on demand"];
    for (arguments, expected) in [
        (vec![], 0),
        (vec!["--require", "proven"], 1),
        (vec!["--require", "proven,simulated"], 1),
        (vec!["--require", "proven,simulated,unproven"], 0),
        ([&["--require", "proven,simulated"], &excuse[..]].concat(), 0),
        ([&["--require", "proven"], &excuse[..]].concat(), 1),
        (vec!["--require", "perfect"], 2),
        (vec!["--excuse", "ListCrates"], 2),
    ] {
        let answer = project.check(&arguments);
        assert_eq!(answer.code, expected, "{arguments:?}: {}{}", answer.stdout, answer.stderr);
    }
    let (_, result) = project.json(&excuse);
    let row = &result["ledger"][2];
    assert_eq!(row["reason"], "a live service is never busy on demand");
    assert_eq!(row["state"], "unproven", "an excuse changes no state");
    let answer = project.check(&["--excuse", "ListBoxes:200=none"]);
    assert!(answer.stderr.contains("ListBoxes:200"), "{}", answer.stderr);
}

#[test]
fn old_proofs_are_stale() {
    let project = Project::new();
    let mut old = good(Source::Live);
    old.at = "2019-01-01T00:00:00Z".parse().unwrap();
    project.record("cassettes/a.cassette", &[old]);
    assert_eq!(state(&project.json(&["--max-age", "30d"]).1, "200"), "stale");
    assert_eq!(state(&project.json(&[]).1, "200"), "proven");
    assert_eq!(project.check(&["--max-age", "30d", "--require", "proven"]).code, 1);
}

#[test]
fn configuration_is_heeded_and_its_mistakes_are_named() {
    let project = Project::new();
    let broken = exchange(Source::Live, CRATES, 200, "application/json", r#"{"crates":7}"#);
    let mut extra =
        exchange(Source::Live, CRATES, 404, "application/json", r#"{"error_code":"D.1","more":1}"#);
    extra.number = ExchangeNumber(2);
    project.record("cassettes/a.cassette", &[broken, extra]);
    project.write(
        "testimony.toml",
        "[check.severity]\nresponse-schema = \"warning\"\n[[check.override]]\nrule = \"undocumented-field\"\ncode = \"4XX\"\nseverity = \"error\"\n",
    );
    let (code, result) = project.json(&[]);
    assert_eq!(code, 1);
    assert_eq!(rules(&result), ["undocumented-field", "response-schema"]);
    assert_eq!(state(&result, "200"), "proven", "a warning contradicts nothing");
    assert_eq!(state(&result, "404"), "contradicted");
    project.write("testimony.toml", "[check]\nrequired = [\"proven\"]\n");
    let answer = project.check(&[]);
    assert_eq!(answer.code, 2);
    assert!(
        answer.stderr.contains("testimony.toml: line 2: unknown field `required`"),
        "{}",
        answer.stderr
    );
}

#[test]
fn configuration_is_found_from_below() {
    let project = Project::new();
    let broken = exchange(Source::Live, CRATES, 200, "application/json", r#"{"crates":7}"#);
    project.record("below/cassettes/a.cassette", &[broken]);
    let run = || support::run(&project.path().join("below"), &["check", "--spec", "../specs"]);
    assert_eq!(run().status.code(), Some(1));
    let printed = String::from_utf8(run().stdout).unwrap();
    let is_fingerprint =
        |line: &&str| line.len() == 16 && line.bytes().all(|b| b.is_ascii_hexdigit());
    let fingerprint = printed.lines().map(str::trim).find(is_fingerprint).unwrap();
    let known = json!({"findings": [{"fingerprint": fingerprint, "reason": "known"}]});
    project.write("known.json", &known.to_string());
    project.write("testimony.toml", "[check]\nbaseline = \"known.json\"\n");
    assert_eq!(run().status.code(), Some(0), "{}", support::told(&run()));
}

#[test]
fn a_reference_to_nothing_spoils_one_promise() {
    let project = Project::with_spec(&SPEC.replace("    Fault:\n", "    Faults:\n"));
    project.record(
        "cassettes/a.cassette",
        &[good(Source::Live), exchange(Source::Live, CRATES, 404, "application/json", "{}")],
    );
    let (code, result) = project.json(&[]);
    assert_eq!(code, 1);
    assert!(rules(&result).contains(&"promise-unreadable"), "{result:#}");
    assert_eq!(state(&result, "200"), "proven");
    assert_eq!(state(&result, "404"), "unproven", "what can't be judged is never proven");
}

#[test]
fn a_torn_cassette_is_judged_up_to_the_tear() {
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live), good(Source::Live)]);
    let path = project.path().join("cassettes/a.cassette");
    let text = std::fs::read_to_string(&path).unwrap();
    let second = text.find("\"exchange\": 2").unwrap();
    std::fs::write(&path, &text[..second + 40]).unwrap();
    let answer = project.check(&[]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    assert!(answer.stdout.contains("exchanges 1 of 1 judged"), "{}", answer.stdout);
    assert!(answer.stderr.contains("warning: cassettes/a.cassette: line "), "{}", answer.stderr);
    assert!(answer.stderr.contains("torn"), "{}", answer.stderr);
    assert!(answer.stderr.contains("hint: `testimony cassette recover"), "{}", answer.stderr);
}

#[test]
fn what_can_not_be_read_is_the_askers_fault() {
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    project.write("garbage.cassette", "{\"cassette\": 1}\n{\"exchange\": 1, \"at\": 7}\n{}\n");
    project.write("garbage.json", "[1, 2]");
    for (arguments, named) in [
        (["--cassette", "garbage.cassette"], "garbage.cassette: line 2"),
        (["--cassette", "nowhere.cassette"], "nowhere.cassette"),
        (["--spec", "garbage.json"], "garbage.json"),
        (["--spec", "nowhere.json"], "nowhere.json"),
        (["--format", "yaml"], "`yaml` is not a format"),
        (["--max-age", "old"], "`old` is not a time"),
        (["--explain", "rule-66"], "undocumented-status"),
    ] {
        let answer = project.check(&arguments);
        assert_eq!(answer.code, 2, "{arguments:?}: {}", answer.stderr);
        assert!(answer.stderr.contains(named), "{arguments:?}: {}", answer.stderr);
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
    let torn = project.check(&["--cassette", "garbage.cassette"]).stderr;
    assert!(torn.contains("hint: mend the record"), "{torn}");
    let absent = run(project.path(), &["cassette", "recover", "nowhere.cassette"]);
    assert_eq!(absent.status.code(), Some(2), "{}", told(&absent));
    assert!(told(&absent).contains("nowhere.cassette"), "{}", told(&absent));
}

#[test]
fn forms_go_to_files_too() {
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    let answer = project.check(&["--format", "json=result.json", "--format", "terminal"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(answer.stdout.contains("ListCrates"), "{}", answer.stdout);
    let file = std::fs::read(project.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(result["conforms"], true);
    assert_eq!(project.check(&["--format", "json", "--format", "terminal"]).code, 2);
    assert_eq!(project.check(&["--format", "json=no/such/folder/x.json"]).code, 3);
}

#[test]
fn rules_explain_themselves() {
    let project = Project::new();
    let answer = project.check(&["--explain", "error-body"]);
    assert_eq!(answer.code, 0);
    assert!(answer.stdout.starts_with("error-body (error): "), "{}", answer.stdout);
    let listed = project.check(&["--explain"]).stdout;
    assert!(listed.lines().count() >= 13, "{listed}");
}

#[test]
fn colour_is_asked_for() {
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    assert!(!project.check(&[]).stdout.contains('\u{1b}'));
    assert!(project.check(&["--color", "always"]).stdout.contains("\u{1b}[32m"));
}

#[test]
fn the_manual_names_every_rule_as_it_is() {
    let manual = include_str!("../docs/rules.md");
    for rule in testimony::check::Rule::ALL {
        let row = format!("| `{rule}` | {} | {} |", rule.default_severity(), rule.summary());
        assert!(manual.contains(&row), "docs/rules.md lacks the row {row}");
        assert!(manual.contains(&format!("### {rule}\n")), "docs/rules.md explains `{rule}`");
    }
}

/// A service that answers each request with the next of these responses, and tells what it got.
struct Service {
    address: std::net::SocketAddr,
    thread: std::thread::JoinHandle<Vec<String>>,
}

impl Service {
    fn start(responses: Vec<String>) -> Self {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let mut requests = Vec::new();
            for response in responses {
                let (mut socket, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") {
                    socket.read_exact(&mut byte).unwrap();
                    request.push(byte[0]);
                }
                requests.push(String::from_utf8(request).unwrap());
                socket.write_all(response.as_bytes()).unwrap();
            }
            requests
        });
        Self { address, thread }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn response(head: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

#[test]
fn fresh_answers_are_judged() {
    let project = Project::new();
    let mut with_token = good(Source::Mock);
    with_token.request.headers.push("X-Token", "{{secret:1}}");
    let mut posted = good(Source::Mock);
    posted.request.method = "POST".into();
    project.record("cassettes/a.cassette", &[good(Source::Mock), with_token, posted]);
    let json = "200 OK\r\nContent-Type: application/json";

    // Without credentials one of three requests can be sent.
    let service = Service::start(vec![response(json, GOOD)]);
    let answer = project.check(&["--live", &service.url(), "--format", "json"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    let result: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(state(&result, "200"), "proven");
    assert_eq!(result["totals"]["exchanges"], 1);
    assert!(answer.stderr.contains("1 request was not sent: POST may change"), "{}", answer.stderr);
    assert!(
        answer.stderr.contains("1 request was not sent: its header X-Token"),
        "{}",
        answer.stderr
    );
    let requests = service.thread.join().unwrap();
    let expected = format!("GET {CRATES} HTTP/1.1\r\nHost: {}\r\n\r\n", &service.address);
    assert_eq!(requests, [expected]);

    // With them two; a broken answer is found, and the token is printed nowhere.
    let echo = r#"{"crates":"tok-4711-tok"}"#;
    let service = Service::start(vec![response(json, GOOD), response(json, echo)]);
    let url = service.url();
    project.write("token", "tok-4711-tok\n");
    let auth = ["--live", url.as_str(), "--auth", "header:X-Token=file:token", "--format", "json"];
    let answer = project.check(&auth);
    assert_eq!(answer.code, 1, "{}{}", answer.stdout, answer.stderr);
    let result: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(rules(&result), ["response-schema"]);
    assert_eq!(result["findings"][0]["exchange"], 2);
    assert!(
        !answer.stdout.contains("4711") && !answer.stderr.contains("4711"),
        "{}",
        answer.stdout
    );
    let requests = service.thread.join().unwrap();
    assert!(requests.iter().all(|request| request.contains("X-Token: tok-4711-tok\r\n")));

    // A mock that is called live proves nothing.
    let mock = support::Server::start(project.path(), &["mock", "--spec", "specs"]);
    let (code, result) = project.json(&["--live", &mock.url()]);
    assert_eq!((code, state(&result, "200").as_str()), (0, "simulated"));
    mock.stop();
}

#[test]
fn a_service_that_is_not_there_is_the_worlds_fault() {
    let project = Project::new();
    project.record("cassettes/a.cassette", &[good(Source::Live)]);
    let nobody = support::Nobody::new();
    let url = nobody.url();
    let answer = project.check(&["--live", &url]);
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    assert!(answer.stderr.contains("error: --live: 127.0.0.1:"), "{}", answer.stderr);

    let mut posted = good(Source::Live);
    posted.request.method = "POST".into();
    project.record("only-unsafe.cassette", &[posted]);
    let nothing = ["--live", url.as_str(), "--cassette", "only-unsafe.cassette"];
    assert_eq!(project.check(&nothing).code, 4);
    assert_eq!(project.check(&["--live", "depot.example"]).code, 2);
    assert_eq!(project.check(&["--allow-unsafe"]).code, 2);
    assert_eq!(project.check(&["--live", &url, "--auth", "bearer=secret"]).code, 2);
}
