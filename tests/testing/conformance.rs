//! `assert_conforms!` against a mock's answers, and answers that were spoilt.

use crate::{Desk, panic_of};
use std::panic::AssertUnwindSafe;
use testimony::assert_conforms;
use testimony::testing::{Conformance, State};

const SPEC: &str = r#"{"openapi": "3.1.0", "info": {"title": "Crates", "version": "1"}, "paths": {
 "/crates": {"get": {"operationId": "ListCrates", "responses": {
  "200": {"description": "all", "content": {"application/json": {"schema": {"type": "object",
   "required": ["count"], "properties": {"count": {"type": "integer"}}}}}},
  "503": {"description": "busy"}}}}}}"#;

fn cassette(target: &str, body: &str) -> String {
    format!(
        r#"{{"cassette": 1, "session": "c", "tool": "t", "specs": [], "rules": {{"match": {{}}, "redact": []}}}}
{{"exchange": 1, "at": "2026-11-20T10:00:00Z", "source": "mock",
 "request": {{"method": "GET", "target": "http://depot{target}", "version": "HTTP/1.1", "headers": [["Host", "depot"]], "trailers": []}},
 "response": {{"status": 200, "reason": "OK", "version": "HTTP/1.1", "headers": [["Content-Type", "application/json"]], "body": {{"text": ["{body}"]}}, "trailers": []}},
 "timing": {{"first_byte_ms": 1, "end_ms": 1}}, "error": null, "redacted": [], "digest": ""}}
{{"end": true, "exchanges": 1}}
"#,
        body = body.replace('"', "\\\"")
    )
}

#[test]
fn a_cassette_is_held_to_its_spec() {
    let desk = Desk::new();
    let write = |name: &str, text: &str| {
        let path = desk.path(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let spec = write("spec.json", SPEC);
    let good = write("good.cassette", &cassette("/crates", r#"{"count": 3}"#));
    let bad = write("bad.cassette", &cassette("/crates", r#"{"count": "3"}"#));
    let other = write("other.cassette", "");
    assert_conforms!(good, spec);
    assert_conforms!(
        good,
        spec,
        require = [State::Proven, State::Simulated],
        excuse = "ListCrates:503=nobody can make it busy",
    );
    let unmet =
        panic_of(AssertUnwindSafe(|| assert_conforms!(good, spec, require = [State::Proven])));
    assert!(unmet.contains("does not conform") && unmet.contains("simulated"), "{unmet}");
    let broken = panic_of(AssertUnwindSafe(|| assert_conforms!(bad, spec)));
    assert!(broken.contains("response-schema") && broken.contains("/count"), "{broken}");
    std::fs::write(&other, cassette("/crates", "").replace("\"exchange\": 1", "\"ignored\": 1"))
        .unwrap();
    let empty = Conformance::of(&other, &spec).holds().unwrap_err().to_string();
    assert!(empty.contains("other.cassette"), "{empty}");
    let nothing = write("nothing.cassette", cassette("", "").lines().next().unwrap());
    let nothing = panic_of(AssertUnwindSafe(|| assert_conforms!(nothing, spec)));
    assert!(nothing.starts_with("nothing was judged: 0 exchanges were read\nhint:"), "{nothing}");
}
