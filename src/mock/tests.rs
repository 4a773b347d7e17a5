use super::Mock;
use crate::exchange::{Body, Headers, Request, Response, Version};
use crate::spec::{Direction, Spec};
use serde_json::{Value, json};

const DEPOT: &str = include_str!("../../tests/mock/depot.yaml");
const TOKEN: (&str, &str) = ("X-Depot-Token", "t");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const CRATE: &str = "/crates/0b2f6d8e-93a1-4c55-8a77-1f2e3d4c5b6a";

fn depot() -> Spec {
    Spec::load("depot.yaml", DEPOT.as_bytes()).unwrap()
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut fields = Headers::from([("Host", "depot.example.com")]);
    for (name, value) in headers {
        fields.push(*name, value);
    }
    Request {
        method: method.to_owned(),
        target: format!("http://depot.example.com{path}"),
        version: Version::Http11,
        headers: fields,
        body: Body::from(body),
        trailers: Headers::new(),
    }
}

fn answer(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    Mock::new(vec![depot()], 0).respond(&request(method, path, headers, body))
}

fn value(response: &Response) -> Value {
    serde_json::from_slice(response.body.bytes().unwrap()).unwrap()
}

fn message(response: &Response) -> String {
    let body = value(response);
    let text = ["error_msg", "message", "detail"].iter().find_map(|key| body[*key].as_str());
    text.unwrap_or_default().to_owned()
}

/// Method, path, headers, body; status and message of the answer.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

/// Status and message of the answer to each mistake; a star marks those no document has a code for.
#[test]
fn each_mistake_gets_its_documented_answer() {
    let good = r#"{"label": "tea", "size": 20}"#;
    let cases: &[Case] = &[
        ("GET", "/crates", &[TOKEN], "", "200"),
        ("GET", "/api/v1/crates", &[TOKEN], "", "200"),
        ("GET", "/crates", &[("Authorization", "x")], "", "200"),
        (
            "GET",
            "/crates",
            &[],
            "",
            "401 credentials: required: header `X-Depot-Token` or header \
          `Authorization`",
        ),
        (
            "GET",
            "/crates",
            &[("X-Depot-Token", "")],
            "",
            "401 credentials: required: header \
          `X-Depot-Token` or header `Authorization`",
        ),
        ("GET", "/crates?limit=101", &[TOKEN], "", "400 limit"),
        ("GET", "/crates?limit=many&sort=up", &[TOKEN], "", "400 limit"),
        ("GET", "/crates?tag=short&tag=toolong", &[TOKEN], "", "400 tag.1"),
        ("GET", "/crates?unknown=1", &[TOKEN], "", "200"),
        ("POST", "/crates", &[TOKEN, JSON], good, "202"),
        ("POST", "/crates", &[TOKEN], good, "202"),
        ("POST", "/crates", &[TOKEN, JSON], "", "400 body: required"),
        ("POST", "/crates", &[TOKEN, JSON], "{", "400 body: not JSON"),
        ("POST", "/crates", &[TOKEN, JSON], r#"{"size": 20}"#, "400 label: required"),
        ("POST", "/crates", &[TOKEN, JSON], r#"{"label": "tea", "size": 25}"#, "400 size"),
        ("POST", "/crates", &[TOKEN, JSON], r#"{"label": "Tea", "size": 20}"#, "400 label"),
        (
            "POST",
            "/crates",
            &[TOKEN, JSON],
            r#"{"label": "a", "size": 20, "owner": {}}"#,
            "400 owner.name: required",
        ),
        ("POST", "/crates", &[TOKEN, ("Content-Type", "text/csv")], good, "415 Content-Type"),
        ("PUT", "/crates", &[TOKEN], "", "405 PUT"),
        ("PUT", CRATE, &[TOKEN], "", "405 PUT"),
        ("PATCH", "/open", &[], "", "405 PATCH"),
        ("GET", "/crates/x", &[TOKEN], "", "422 crate_id"),
        ("GET", CRATE, &[TOKEN], "", "200"),
        ("GET", CRATE, &[], "", "401* credentials"),
        ("GET", CRATE, &[TOKEN, ("Accept", "image/png")], "", "406"),
        ("DELETE", CRATE, &[TOKEN], "", "204"),
        ("DELETE", CRATE, &[], "", "401 credentials"),
        ("DELETE", "/crates/x", &[TOKEN], "", "400 crate_id"),
        ("GET", "/open", &[], "", "400 X-Level: required"),
        ("GET", "/open", &[("X-Level", "3")], "", "200"),
        ("GET", "/open", &[("X-Level", "high")], "", "400 X-Level"),
        ("GET", "/impossible", &[], "", "501* no body for 200"),
        ("GET", "/nowhere", &[TOKEN], "", "404* no spec documents `GET /nowhere`"),
        ("GET", "/crates", &[TOKEN, ("Prefer", "code=abc")], "", "400* `Prefer: code=abc`"),
    ];
    for (method, path, headers, body, expected) in cases {
        let response = answer(method, path, headers, body);
        let shown = format!("{method} {path} {headers:?} {body}");
        let star = if response.headers.contains("testimony-error") { "*" } else { "" };
        let mut seen = format!("{}{star}", response.status);
        if response.status >= 400 && !response.body.is_empty() {
            seen = format!("{seen} {}", message(&response));
        }
        assert!(seen.starts_with(expected), "{shown}: {seen:?}, not {expected:?}");
        assert_eq!(response.headers.text("testimony-source"), Some("mock"), "{shown}");
    }
}

/// Any documented code on demand, whatever the request is, with a body that keeps the promise.
#[test]
fn every_documented_code_is_given_on_demand() {
    let spec = depot();
    let wanted = [
        ("ListCrates", "GET", "/crates", vec![200, 304, 400, 401, 405, 503]),
        ("StoreCrate", "POST", "/crates", vec![202, 400, 401, 409, 415, 500]),
        ("ShowCrate", "GET", "/crates/any", vec![200, 404, 406, 422]),
        ("DropCrate", "DELETE", "/crates/any", vec![204, 403, 499]),
        ("Open", "GET", "/open", vec![200, 418, 599]),
    ];
    for (id, method, path, codes) in wanted {
        let operation = spec.operations.iter().find(|o| o.id.as_str() == id).unwrap();
        for code in codes {
            let shown = format!("{id} {code}");
            let response = answer(method, path, &[("Prefer", &format!("code={code}"))], "");
            assert_eq!(response.status, code, "{shown}");
            let promise = operation.promise(code).unwrap();
            let body = &response.body;
            let length = response.headers.text("content-length").map(str::to_owned);
            if matches!(code, 204 | 304) {
                assert!(body.is_empty() && length.is_none(), "{shown}");
                continue;
            }
            assert_eq!(length, Some(body.len().to_string()), "{shown}");
            assert_eq!(response.headers.contains("allow"), code == 405, "{shown}");
            // What is documented without a body gets the family's envelope.
            let schema = match promise.media.first() {
                Some(media) => media.schema.clone().unwrap(),
                None => spec.envelopes[0].schema.clone(),
            };
            assert_eq!(response.headers.text("content-type"), Some("application/json"), "{shown}");
            let found = spec.validate(&schema, &value(&response), Direction::Response).unwrap();
            assert!(found.is_empty(), "{shown}: {found:?}");
        }
    }
}

#[test]
fn preferences_choose_code_and_example() {
    let store = |prefer: &str| {
        let body = r#"{"label": "tea", "size": 20}"#;
        answer("POST", "/crates", &[TOKEN, JSON, ("Prefer", prefer)], body)
    };
    // The first example breaks the promise, so it is passed over.
    assert_eq!(value(&store("wait=1")), json!({"job": "job-000042"}));
    assert_eq!(value(&store("example=second")), json!({"job": "job-000043"}));
    assert_eq!(value(&store("example=broken")), json!({"job": 12}));
    let made = value(&store("dynamic=true"));
    assert!(made["job"].as_str().unwrap().starts_with("job-") && made["job"] != "job-000042");
    assert_eq!(
        value(&store("code=409")),
        json!({"error_code": "DEPOT.0409", "error_msg": "that label is in use"})
    );
    let missing = store("example=third");
    assert_eq!(
        (missing.status, missing.headers.text("testimony-error")),
        (404, Some("unknown-example"))
    );
    assert!(message(&missing).contains("broken, usual, second"), "{}", message(&missing));
    let undocumented = store("code=418");
    assert_eq!(undocumented.status, 404);
    assert_eq!(undocumented.headers.text("testimony-error"), Some("undocumented-code"));
    assert!(message(&undocumented).contains("202, 400, 401, 409, 415, 500"));
}

#[test]
fn required_headers_are_there_and_405_says_what_is_allowed() {
    let listed = answer("GET", "/crates", &[TOKEN], "");
    let total = listed.headers.text("x-total").unwrap();
    assert!(total.parse::<i64>().unwrap() >= 7, "{total}");
    assert!(!listed.headers.contains("x-rare"));
    assert_eq!(answer("PUT", "/crates", &[], "").headers.text("allow"), Some("GET, POST"));
    assert_eq!(answer("PUT", CRATE, &[], "").headers.text("allow"), Some("GET, DELETE"));
    let asked = answer("GET", "/crates", &[("Prefer", "code=405")], "");
    assert_eq!(asked.headers.text("allow"), Some("POST"));
    assert!(!answer("GET", "/crates", &[], "").headers.contains("www-authenticate"));
}

#[test]
fn the_client_chooses_the_media_type() {
    let accept = |value: &str| {
        let response = answer("GET", CRATE, &[TOKEN, ("Accept", value)], "");
        response.headers.text("content-type").map(str::to_owned)
    };
    let cases = [
        ("text/plain", Some("text/plain")),
        ("text/*;q=0.5, application/json;q=0.1", Some("text/plain")),
        ("*/*", Some("application/json")),
        ("application/json;q=0, text/plain", Some("text/plain")),
        // Refused in the envelope.
        ("image/png", Some("application/json")),
    ];
    for (value, expected) in cases {
        assert_eq!(accept(value).as_deref(), expected, "{value}");
    }
}

#[test]
fn head_is_get_without_its_body() {
    let (get, head) =
        (answer("GET", "/crates", &[TOKEN], ""), answer("HEAD", "/crates", &[TOKEN], ""));
    assert_eq!((get.status, get.headers.clone()), (head.status, head.headers.clone()));
    let wire = crate::net::Reply::of(&head, "HEAD");
    assert!(wire.bytes.ends_with(b"\r\n\r\n"));
}

#[test]
fn the_same_request_gets_the_same_answer_and_the_seed_changes_it() {
    let asked = request("GET", CRATE, &[TOKEN], "");
    let draw = |seed| Mock::new(vec![depot()], seed).respond(&asked);
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn several_specs_are_served_at_once() {
    let other = json!({
        "openapi": "3.1.0", "info": {"title": "Yard", "version": "1"},
        "servers": [{"url": "https://yard.example.com"}],
        "paths": {
            "/": {"post": {"operationId": "Sweep", "x-selector": {"header": "x-yard-action", "query": "Action", "value": "Sweep"},
                "parameters": [{"name": "Area", "in": "query", "required": true, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "done"}, "default": {"description": "no"}}}}
        }
    });
    let yard = Spec::load("yard.json", other.to_string().as_bytes()).unwrap();
    let mock = Mock::new(vec![depot(), yard], 0);
    let ask = |headers: &[(&str, &str)], path: &str, body: &str| {
        mock.respond(&request("POST", path, headers, body)).status
    };
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(ask(&[("x-yard-action", "Sweep")], "/?Area=3", ""), 200);
    assert_eq!(ask(&[form], "/", "Action=Sweep&Area=3"), 200);
    assert_eq!(ask(&[form], "/", "Action=Sweep&Area=all"), 400);
    assert_eq!(ask(&[], "/?Action=Sweep", ""), 400);
    assert_eq!(ask(&[], "/?Action=Dig", ""), 404);
    assert_eq!(mock.respond(&request("GET", CRATE, &[TOKEN], "")).status, 200);
}
