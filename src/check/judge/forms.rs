//! Forms and texts that requests carry, refusals of methods, and answers that have no body.

use super::*;
use crate::exchange::{Body, Headers, Request, Source};
use serde_json::{Value, json};

/// What is found of a request with this body, `rule at`.
fn sent(media: &str, schema: &Value, encoding: &Value, body: &str) -> Vec<String> {
    let named = media.split(';').next().unwrap_or_default();
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates": {"post": {
            "requestBody": {"required": true, "content": {named: {"schema": schema, "encoding": encoding}}},
            "responses": {"200": {"description": ""}},
        }}},
    });
    let request = Request {
        headers: Headers::from([("Content-Type", media)]),
        body: Body::from(body),
        ..asking("POST", "/crates")
    };
    found(&document, request, 200, "")
}

fn asking(method: &str, path: &str) -> Request {
    let target = format!("https://depot.example{path}");
    Request { method: method.to_owned(), target, ..Request::default() }
}

fn found(document: &Value, request: Request, status: u16, body: &str) -> Vec<String> {
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems, []);
    let (specs, settings) = ([spec], Settings::default());
    let mut judge = Judge::new(&specs, &settings);
    let headers = Headers::from([("Allow", "GET")]);
    judge.exchange(
        "a.cassette",
        &Exchange {
            interim: Vec::new(),
            number: crate::exchange::ExchangeNumber(1),
            at: jiff::Timestamp::UNIX_EPOCH,
            source: Source::Live,
            request,
            response: Some(Response {
                status,
                headers,
                body: Body::from(body),
                ..Response::default()
            }),
            timing: crate::exchange::Timing::default(),
            error: None,
            redacted: Vec::new(),
            messages: Vec::new(),
            digest: None,
        },
    );
    let verdict = judge.verdict(jiff::Timestamp::UNIX_EPOCH);
    let told = |finding: &Finding| format!("{} {}", finding.rule, finding.at);
    let mut found: Vec<_> = verdict.findings.iter().map(|found| told(&found.finding)).collect();
    found.sort();
    found
}

const PAIRS: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=B";

fn parts(all: &[(&str, &str, &str)]) -> String {
    let part = |(name, head, value): &(&str, &str, &str)| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n{value}\r\n")
    };
    format!("{}--B--\r\n", all.iter().map(part).collect::<String>())
}

#[test]
fn fields_of_forms_are_held_to_their_schemas() {
    let closed = json!({
        "type": "object", "required": ["id"], "additionalProperties": false,
        "properties": {"id": {"type": "integer", "maximum": 9_007_199_254_740_993_u64}},
    });
    let whole = json!({"allOf": [closed["properties"]["id"].clone()]});
    let parent = json!({"allOf": [
        {"type": "object", "required": ["id"], "properties": {"id": whole}},
        {"properties": {"n": {"type": "integer"}}},
    ]});
    let lists = json!({"type": "object", "properties": {
        "l": {"type": "array", "items": {"type": "integer"}},
        "o": {"type": "object", "required": ["q"], "properties": {"q": {"type": "integer"}}},
    }});
    let joined = json!({"l": {"style": "form", "explode": false}, "o": {"style": "deepObject"}});
    let none = json!({});
    let is = ["request-schema /id"];
    for (schema, encoding, body, expected) in [
        (&closed, &none, "id=1", &[][..]),
        (&closed, &none, "id=x", &is),
        (&closed, &none, "id=9007199254740994", &is),
        (&closed, &none, "id=9007199254740994.0", &is),
        (&closed, &none, "id=1&z=1", &["request-schema /z"]),
        (&parent, &none, "id=1&n=2&z=3", &[]),
        (&parent, &none, "n=x", &["request-schema /id", "request-schema /n"]),
        (&lists, &none, "l=1&l=2&o=%7B%22q%22%3A1%7D", &[]),
        (&lists, &none, "l=1&l=x", &["request-schema /l/1"]),
        (&lists, &none, "o=%7B%7D", &["request-schema /o/q"]),
        (&lists, &joined, "l=1,2&o%5Bq%5D=7", &[]),
        (&lists, &joined, "l=1,x&o%5Bq%5D=x", &["request-schema /l/1", "request-schema /o/q"]),
    ] {
        assert_eq!(sent(PAIRS, schema, encoding, body), expected, "{schema} {body}");
    }
    let json = "\r\nContent-Type: application/json";
    let file = "; filename=\"a.png\"\r\nContent-Type: image/png";
    for (schema, body, expected) in [
        (&closed, parts(&[("id", "", "1")]), &[][..]),
        (&closed, parts(&[("id", "", "x")]), &is),
        (&closed, parts(&[("z", "", "1")]), &["request-schema /id", "request-schema /z"]),
        (&closed, "nothing of the kind".to_owned(), &["request-schema "]),
        (&lists, parts(&[("l", "", "1"), ("l", "", "2"), ("o", json, "{\"q\":1}")]), &[]),
        (&lists, parts(&[("o", json, "{}")]), &["request-schema /o/q"]),
        (&lists, parts(&[("picture", file, "\u{89}PNG")]), &[]),
    ] {
        assert_eq!(sent(PARTS, schema, &none, &body), expected, "{schema} {body}");
    }
}

#[test]
fn texts_are_held_to_schemas_for_text() {
    let short = json!({"type": "string", "maxLength": 2});
    assert_eq!(sent("text/plain", &short, &json!({}), "ab"), [""; 0]);
    assert_eq!(sent("text/plain", &short, &json!({}), "abc"), ["request-schema "]);
    let bytes = sent("application/octet-stream", &short, &json!({}), "abc");
    assert_eq!(bytes, ["not-judged "], "length in characters is not said of bytes");
}

#[test]
fn path_values_have_the_sign_of_their_style() {
    for (style, path, expected) in [
        ("label", "/crates/.7", &[][..]),
        ("label", "/crates/7", &["request-parameter path:id"]),
        ("matrix", "/crates/;id=7", &[]),
        ("matrix", "/crates/7", &["request-parameter path:id"]),
        ("simple", "/crates/7", &[]),
        ("simple", "/crates/7.0000000000000000001", &["request-parameter path:id"]),
    ] {
        let schema = json!({"type": "integer"});
        let document = json!({"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": {
            "/crates/{id}": {"get": {
                "parameters": [{"name": "id", "in": "path", "required": true, "style": style, "schema": schema}],
                "responses": {"200": {"description": ""}},
            }},
        }});
        assert_eq!(found(&document, asking("GET", path), 200, ""), expected, "{style} {path}");
    }
}

#[test]
fn a_405_is_of_the_nearest_path_that_documents_it() {
    let refused = json!({"204": {"description": ""}, "405": {"description": ""}});
    let taken = json!({"204": {"description": ""}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let states = |mine: &Value, other: &Value, status: u16| {
        let document = json!({"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": {
            "/x/mine": {"get": {"operationId": "Mine", "responses": mine}},
            "/x/{id}": {"parameters": id, "delete": {"operationId": "Drop", "responses": other}},
        }});
        found(&document, asking("DELETE", "/x/mine"), status, "")
    };
    assert_eq!(states(&refused, &taken, 405), [""; 0]);
    assert_eq!(states(&refused, &refused, 405), [""; 0]);
    assert_eq!(states(&taken, &refused, 405), [""; 0]);
    assert_eq!(states(&taken, &taken, 405), ["undocumented-status status"]);
    assert_eq!(states(&refused, &taken, 204), [""; 0]);
}

#[test]
fn an_answer_without_content_has_none() {
    let document = json!({"openapi": "3.1.0", "info": {"title": "Depot", "version": "1"}, "paths": {
        "/x": {"get": {"responses": {"204": {"description": ""}}}},
    }});
    assert_eq!(found(&document, asking("GET", "/x"), 204, ""), [""; 0]);
    assert_eq!(found(&document, asking("GET", "/x"), 204, "{}"), ["response-schema "]);
}
