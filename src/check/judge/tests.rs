//! One exchange, and what is found in it: a table for each part of an exchange.

use super::*;
use crate::check::{End, State};
use crate::exchange::{Body, Headers, Request, Source};
use serde_json::{Value, json};

/// An invented API. Lines are those of its invented page.
fn depot() -> Value {
    let line = |line: u32| json!({"page": "crates.md", "line": line});
    let error = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Depot", "version": "1"},
        "x-gateway-codes": [418],
        "x-envelopes": [{"name": "outer", "schema": {
            "type": "object", "required": ["error"],
            "properties": {"error": {"type": "object", "required": ["code"]}}
        }}],
        "paths": {
            "/v1/crates": {
                "get": {
                    "operationId": "ListCrates", "x-source": line(5),
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                        {"name": "kind", "in": "query", "required": true, "schema": {"enum": ["wood", "steel"]}}
                    ],
                    "responses": {
                        "200": {
                            "description": "", "x-source": line(20),
                            "headers": {"X-Total": {"required": true, "schema": {"type": "integer"}}},
                            "content": {"application/json": {"schema": {
                                "type": "object", "required": ["items"],
                                "properties": {"items": {
                                    "type": "array", "x-source": line(22),
                                    "items": {"$ref": "#/components/schemas/Crate"}
                                }}
                            }}}
                        },
                        "204": {"description": ""},
                        "404": {"description": "", "x-source": line(50), "content": error},
                        "405": {"description": "", "x-no-body-documented": true, "content": error},
                        "503": {"description": "", "x-source": line(53)}
                    }
                },
                "post": {
                    "operationId": "CreateCrate",
                    "requestBody": {"required": true, "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Crate"}}
                    }},
                    "responses": {
                        "202": {"description": "", "content": {"text/plain": {"schema": {"type": "string", "maxLength": 3}}}},
                        "4XX": {"description": "", "content": error},
                        "default": {"description": "", "content": error}
                    }
                }
            }
        },
        "components": {"schemas": {
            "Crate": {
                "type": "object", "required": ["id"], "x-source": line(30),
                "properties": {
                    "id": {"type": "string", "minLength": 3, "x-source": line(32)},
                    "weight": {"type": "integer", "x-source": line(33)}
                }
            },
            "Error": {
                "type": "object", "required": ["code"], "x-source": line(60),
                "properties": {"code": {"type": "string", "x-source": line(61)}}
            }
        }}
    })
}

fn spec(document: &Value) -> Vec<Spec> {
    vec![Spec::load("specs/depot.json", document.to_string().as_bytes()).unwrap()]
}

/// An exchange from `METHOD /path`, a status, headers and a body.
fn exchange(line: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
    let (method, path) = line.split_once(' ').unwrap();
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(*name, value);
    }
    Exchange {
        interim: Vec::new(),
        number: crate::exchange::ExchangeNumber(1),
        at: jiff::Timestamp::from_second(1_000_000).unwrap(),
        source: Source::Live,
        request: Request {
            method: method.to_owned(),
            target: format!("https://depot.example{path}"),
            ..Request::default()
        },
        response: Some(Response {
            status,
            headers: fields,
            body: Body::from(body),
            ..Response::default()
        }),
        timing: crate::exchange::Timing::default(),
        error: None,
        redacted: Vec::new(),
        messages: Vec::new(),
        digest: None,
    }
}

fn verdict(document: &Value, exchanges: &[Exchange]) -> Verdict {
    let (specs, settings) = (spec(document), Settings::default());
    let mut judge = Judge::new(&specs, &settings);
    for exchange in exchanges {
        judge.exchange("a.cassette", exchange);
    }
    judge.verdict(jiff::Timestamp::from_second(2_000_000).unwrap())
}

/// What was found: `severity rule at`, sorted.
fn found(verdict: &Verdict) -> Vec<String> {
    let mut found: Vec<String> = verdict
        .findings
        .iter()
        .map(|judged| {
            let finding = &judged.finding;
            format!("{} {} {}", finding.severity, finding.rule, finding.at)
        })
        .collect();
    found.sort();
    found
}

fn state(verdict: &Verdict, operation: &str, code: &str) -> State {
    let row = verdict.ledger.iter().find(|row| row.operation == operation && row.code == code);
    row.unwrap_or_else(|| panic!("{operation} {code} is in the ledger")).state
}

const JSON: (&str, &str) = ("Content-Type", "application/json; charset=utf-8");
const TOTAL: (&str, &str) = ("X-Total", "1");
const LIST: &str = "GET /v1/crates?kind=wood";

const GOOD: &str = r#"{"items": [{"id": "abc"}]}"#;

/// Status, headers and body of an answer to [`LIST`], what is found, and what becomes of the row.
type Answer<'a> = (u16, &'a [(&'a str, &'a str)], &'a str, &'a [&'a str], State);

fn holds(answers: &[Answer<'_>]) {
    for (status, headers, body, expected, expected_state) in answers {
        let verdict = verdict(&depot(), &[exchange(LIST, *status, headers, body)]);
        assert_eq!(found(&verdict), *expected, "{status} {headers:?} {body}");
        let state = state(&verdict, "ListCrates", &status.to_string());
        assert_eq!(state, *expected_state, "{status} {headers:?} {body}");
    }
}

#[test]
fn codes_without_a_promise() {
    for (status, expected) in [
        (409, "error undocumented-status status"),
        (418, "warning undocumented-status status"),
        (502, "warning undocumented-status status"),
    ] {
        let verdict = verdict(&depot(), &[exchange(LIST, status, &[JSON], "{}")]);
        assert_eq!(found(&verdict), [expected]);
        assert_eq!((verdict.undocumented[0].code, verdict.totals.judged), (status, 1));
        assert!(verdict.ledger.iter().all(|row| row.exchanges == 0));
    }
}

#[test]
fn media_types() {
    let wrong = "error content-type header:Content-Type";
    let html = ("content-type", "text/html");
    holds(&[
        (200, &[JSON, TOTAL], GOOD, &[], State::Proven),
        (200, &[TOTAL, html], "<p>", &[wrong], State::Contradicted),
        (200, &[TOTAL, html], GOOD, &[wrong], State::Contradicted),
        (200, &[TOTAL, html], "[]", &[wrong, "error response-schema "], State::Contradicted),
        (200, &[TOTAL], GOOD, &[wrong], State::Contradicted),
        (200, &[TOTAL], "<p>", &[wrong, "error response-schema "], State::Contradicted),
        (204, &[html], "", &[], State::Proven),
    ]);
}

#[test]
fn headers() {
    let wrong = "error response-header header:X-Total";
    holds(&[
        (200, &[JSON, ("x-total", "7"), ("x-more", "?")], GOOD, &[], State::Proven),
        (200, &[JSON], GOOD, &[wrong], State::Contradicted),
        (200, &[JSON, ("x-total", "many")], GOOD, &[wrong], State::Contradicted),
    ]);
}

#[test]
fn bodies() {
    let (all, broken) = ([JSON, TOTAL], "error response-schema ");
    let gzip = ("Content-Encoding", "gzip");
    let odd = ("Content-Encoding", "lzw");
    let secret = r#"{"items": [{"id": "{{secret:1}}"}]}"#;
    holds(&[
        (200, &all, "", &[broken], State::Contradicted),
        (200, &all, "{", &[broken], State::Contradicted),
        (
            200,
            &all,
            r#"{"items": [{"id": 7}]}"#,
            &["error response-schema /items/0/id"],
            State::Contradicted,
        ),
        (
            200,
            &all,
            r#"{"items": [], "more": 1}"#,
            &["info undocumented-field /more"],
            State::Proven,
        ),
        (200, &all, secret, &[], State::Proven),
        (
            200,
            &all,
            r#"{"items": "{{secret:1}}"}"#,
            &["error response-schema /items"],
            State::Contradicted,
        ),
        (200, &[JSON, TOTAL, gzip], GOOD, &[broken], State::Contradicted),
        (200, &[JSON, TOTAL, odd], GOOD, &["warning not-judged "], State::Unproven),
    ]);
}

#[test]
fn error_bodies() {
    let envelope = r#"{"error": {"code": 1}}"#;
    let html = ("content-type", "text/html");
    let undeserved = "error undeserved-error status";
    holds(&[
        (404, &[JSON], r#"{"code": "x"}"#, &[], State::Proven),
        (404, &[JSON], r#"{"code": 1}"#, &["error error-body /code"], State::Contradicted),
        (404, &[JSON], envelope, &["error error-body "], State::Contradicted),
        // No body is documented: any of the family's envelopes will do, and nothing breaks it.
        (405, &[JSON, ("Allow", "POST")], envelope, &[undeserved], State::Contradicted),
        (503, &[html], "<p>", &["info no-promise "], State::Proven),
        (503, &[], "", &[], State::Proven),
    ]);
}

#[test]
fn requests_that_the_provider_took() {
    let good = r#"{"items": []}"#;
    for (line, expected) in [
        ("GET /v1/crates?kind=wood&limit=7", &[][..]),
        ("GET /v1/crates?kind=wood&limit=700", &["error request-parameter query:limit"]),
        ("GET /v1/crates?kind=wood&limit=x", &["error request-parameter query:limit"]),
        ("GET /v1/crates?kind=clay", &["error request-parameter query:kind"]),
        ("GET /v1/crates", &["error request-parameter query:kind"]),
        ("GET /v1/crates?kind={{secret:1}}", &[]),
        ("GET /v1/crates?kind=wood&limit={{secret:1}}", &[]),
    ] {
        let taken = verdict(&depot(), &[exchange(line, 200, &[JSON, TOTAL], good)]);
        assert_eq!(found(&taken), expected, "{line}");
        assert_eq!(
            state(&taken, "ListCrates", "200"),
            State::Proven,
            "speaks of the request: {line}"
        );
        let refused = verdict(&depot(), &[exchange(line, 404, &[JSON], r#"{"code": "x"}"#)]);
        assert_eq!(found(&refused), Vec::<String>::new(), "was not taken: {line}");
    }
}

#[test]
fn request_bodies() {
    let json = ("Content-Type", "application/json");
    for (header, body, expected) in [
        (json, r#"{"id": "abc"}"#, &[][..]),
        (json, r#"{"id": "a"}"#, &["error request-schema /id"]),
        (json, "{", &["error request-schema "]),
        (json, "", &["error request-schema "]),
        (("Content-Type", "text/plain"), "abc", &["error request-schema header:Content-Type"]),
        (("X", "y"), r#"{"id": "abc"}"#, &["error request-schema header:Content-Type"]),
        (json, r#"{"id": "{{secret:1}}"}"#, &[]),
    ] {
        let mut taken = exchange("POST /v1/crates", 202, &[("Content-Type", "text/plain")], "ok");
        taken.request.headers = Headers::from([header]);
        taken.request.body = Body::from(body);
        let verdict = verdict(&depot(), &[taken]);
        assert_eq!(found(&verdict), expected, "{header:?} {body}");
        assert_eq!(state(&verdict, "CreateCrate", "202"), State::Proven);
    }
}

#[test]
fn text_is_held_to_a_schema_for_text() {
    let mut taken = exchange("POST /v1/crates", 202, &[("Content-Type", "text/plain")], "too long");
    taken.request.headers = Headers::from([("Content-Type", "application/json")]);
    taken.request.body = Body::from(r#"{"id": "abc"}"#);
    let verdict = verdict(&depot(), &[taken]);
    assert_eq!(found(&verdict), ["error response-schema "]);
}

#[test]
fn a_rule_that_the_page_contradicts_is_a_warning() {
    let mut document = depot();
    let id = &mut document["components"]["schemas"]["Crate"]["properties"]["id"];
    id["x-contradicted"] = json!({"minLength": 9, "x-source": {"page": "crates.md", "line": 77}});
    let verdict = verdict(&document, &[exchange(LIST, 200, &[JSON, TOTAL], GOOD)]);
    assert_eq!(found(&verdict), ["warning response-schema /items/0/id"]);
    assert_eq!(verdict.findings[0].finding.promise.line, Some(77));
    assert_eq!(state(&verdict, "ListCrates", "200"), State::Proven);
}

#[test]
fn findings_quote_page_and_line() {
    let cases = [
        (r#"{"items": [{"id": 7}]}"#, 32),
        (r#"{"items": [{"id": "abc", "weight": "1"}]}"#, 33),
        (r#"{"items": 7}"#, 22),
        (r#"{"items": [{"id": "abc", "colour": 1}]}"#, 30),
    ];
    for (body, line) in cases {
        let verdict = verdict(&depot(), &[exchange(LIST, 200, &[JSON, TOTAL], body)]);
        let promise = &verdict.findings[0].finding.promise;
        assert_eq!(promise.page.as_deref(), Some("crates.md"), "{body}");
        assert_eq!(promise.line, Some(line), "{body}");
        assert_eq!(promise.spec, "specs/depot.json");
    }
}

#[test]
fn a_gateways_envelope_is_called_by_its_name() {
    let body = r#"{"error": {"code": 1, "message": "m"}}"#;
    let verdict = verdict(&depot(), &[exchange(LIST, 404, &[JSON], body)]);
    let finding = &verdict.findings[0].finding;
    assert_eq!(finding.observed, "the gateway's {error:{code,message}} (`outer`)");
    assert_eq!(finding.promise.line, Some(50));
}

#[test]
fn a_405_counts_for_every_operation_that_documents_it() {
    let refused =
        exchange("DELETE /v1/crates", 405, &[JSON, ("Allow", "GET, POST")], r#"{"code": "x"}"#);
    let result = verdict(&depot(), &[refused]);
    assert_eq!(found(&result), Vec::<String>::new());
    assert_eq!(state(&result, "ListCrates", "405"), State::Proven);
    assert_eq!(state(&result, "CreateCrate", "4XX"), State::Proven);
    assert_eq!((result.totals.exchanges, result.totals.judged), (1, 1));
    let without = exchange("DELETE /v1/crates", 405, &[JSON], r#"{"code": "x"}"#);
    let result = verdict(&depot(), &[without]);
    assert_eq!(found(&result), ["warning allow-header header:Allow"; 2]);
    assert_eq!(state(&result, "ListCrates", "405"), State::Proven);
    let odd =
        exchange("DELETE /v1/crates", 405, &[JSON, ("Allow", "GET, DELETE")], r#"{"code": "x"}"#);
    assert_eq!(found(&verdict(&depot(), &[odd])), ["warning allow-header header:Allow"; 2]);
    let taken = exchange("DELETE /v1/crates", 204, &[], "");
    let result = verdict(&depot(), &[taken]);
    assert_eq!(found(&result), ["error undocumented-operation status"]);
    assert_eq!(result.unmatched[0].path, "/v1/crates");
}

#[test]
fn a_code_of_default_is_judged_and_is_no_row() {
    let result = verdict(&depot(), &[exchange("POST /v1/crates", 500, &[JSON], r#"{"code": 5}"#)]);
    assert_eq!(found(&result), ["error error-body /code"]);
    assert!(result.ledger.iter().all(|row| row.code != "default" && row.code != "500"));
    assert!(result.undocumented.is_empty());
}

#[test]
fn doubts_are_no_findings() {
    let allow = ("Allow", "POST");
    // A mock's refusal says nothing of the provider; nor does one that the request may deserve.
    let mut mock = exchange(LIST, 405, &[JSON, allow], r#"{"code": "x"}"#);
    mock.source = Source::Mock;
    let deserved = exchange("GET /v1/crates?kind=clay", 405, &[JSON, allow], r#"{"code": "x"}"#);
    for exchange in [mock, deserved] {
        assert_eq!(found(&verdict(&depot(), &[exchange])), Vec::<String>::new());
    }
    let mut document = depot();
    document["security"] = json!([{"token": []}]);
    document["components"]["securitySchemes"] =
        json!({"token": {"type": "apiKey", "in": "header", "name": "X-Token"}});
    let anonymous = exchange(LIST, 200, &[JSON, TOTAL], r#"{"items": []}"#);
    let mut with_token = anonymous.clone();
    with_token.request.headers.push("x-token", "{{secret:1}}");
    let mut signed = anonymous.clone();
    signed.request.headers.push("Authorization", "{{secret:1}}");
    let mut imported = anonymous.clone();
    imported.source = Source::Imported;
    for exchange in [with_token, signed, imported] {
        assert_eq!(found(&verdict(&document, &[exchange])), Vec::<String>::new());
    }
    assert_eq!(found(&verdict(&document, &[anonymous])), ["error wrong-status status"]);
}

#[test]
fn what_can_not_be_judged_is_said_and_proves_nothing() {
    let body_file = || crate::exchange::BodyFile { name: "x".into(), length: 9 };
    let mut on_disk = exchange(LIST, 200, &[JSON, TOTAL], "");
    on_disk.response.as_mut().unwrap().body = Body::File(body_file());
    let mut broken_off = exchange(LIST, 200, &[JSON, TOTAL], r#"{"items": ["#);
    broken_off.error = Some(crate::exchange::TransportError {
        kind: crate::exchange::TransportErrorKind::Reset,
        message: "connection reset".into(),
    });
    let deep = exchange(LIST, 200, &[JSON, TOTAL], &"[".repeat(1000));
    for exchange in [on_disk, broken_off, deep] {
        let result = verdict(&depot(), &[exchange]);
        assert_eq!(found(&result), ["warning not-judged "]);
        assert_eq!(state(&result, "ListCrates", "200"), State::Unproven);
        assert_eq!(result.ledger[0].unclear, 1);
        assert_eq!((result.totals.exchanges, result.totals.judged), (1, 0));
        assert_eq!(result.end, End::NothingJudged);
    }
    let mut unanswered = exchange(LIST, 200, &[], "");
    unanswered.response = None;
    let result = verdict(&depot(), &[unanswered]);
    assert_eq!((result.totals.exchanges, result.totals.judged, result.totals.failed), (1, 0, 1));
    assert_eq!(result.end, End::NothingJudged);
}

#[test]
fn a_promise_that_leads_nowhere_is_found_and_never_proven() {
    let mut document = depot();
    document["components"]["schemas"].as_object_mut().unwrap().remove("Error");
    let result = verdict(&document, &[exchange(LIST, 404, &[JSON], "{}")]);
    assert_eq!(state(&result, "ListCrates", "404"), State::Unproven);
    assert!(
        found(&result).contains(&"error promise-unreadable ".to_owned()),
        "{:?}",
        found(&result)
    );
    assert_eq!(result.end, End::Breaks);
    let mut document = depot();
    let responses = &mut document["paths"]["/v1/crates"]["get"]["responses"];
    responses["404"] = json!({"$ref": "#/components/responses/Gone"});
    let result = verdict(&document, &[exchange(LIST, 404, &[JSON], "{}")]);
    assert_eq!(state(&result, "ListCrates", "404"), State::Unproven);
    assert_eq!(result.end, End::Breaks);
}

#[test]
fn the_same_fault_is_one_finding() {
    let body = r#"{"items": [{"id": 7}, {"id": 8}]}"#;
    let mut exchanges = vec![exchange(LIST, 200, &[JSON, TOTAL], body); 3];
    for (exchange, number) in exchanges.iter_mut().zip([9, 2, 5]) {
        exchange.number = crate::exchange::ExchangeNumber(number);
    }
    let result = verdict(&depot(), &exchanges);
    assert_eq!(result.findings.len(), 1);
    let finding = &result.findings[0].finding;
    assert_eq!((finding.exchange.0, finding.exchanges), (2, 3));
    assert_eq!(finding.at.to_string(), "/items/0/id");
}

#[test]
fn judging_in_shares_adds_up() {
    let exchanges = [
        exchange(LIST, 200, &[JSON, TOTAL], r#"{"items": [{"id": 7}]}"#),
        exchange(LIST, 404, &[JSON], r#"{"code": "x"}"#),
        exchange("GET /nowhere", 200, &[], ""),
        exchange(LIST, 409, &[], ""),
    ];
    let (specs, settings) = (spec(&depot()), Settings::default());
    let share = |share: &[Exchange]| {
        let mut judge = Judge::new(&specs, &settings);
        for exchange in share {
            judge.exchange("a.cassette", exchange);
        }
        judge
    };
    let whole = share(&exchanges);
    let mut sum = share(&exchanges[2..]);
    sum.join(share(&exchanges[..2]));
    assert_eq!(sum.tally(), whole.tally());
}
