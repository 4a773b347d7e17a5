//! What must not look proven: answers that keep the promise only as far as this version reads them.

use super::*;
use crate::check::{Rule, State};
use crate::exchange::{Body, Headers, Request, Source};
use serde_json::{Value, json};

/// One operation with this answer to 200, beside some components.
fn depot(answer: &Value, components: &Value) -> Vec<Spec> {
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates": {"get": {"operationId": "List", "responses": {"200": answer}}}},
        "components": components,
    });
    vec![Spec::load("depot.json", document.to_string().as_bytes()).unwrap()]
}

/// An answer of one media type with a schema.
fn of(media: &str, schema: &Value) -> Value {
    json!({"description": "", "content": {media: {"schema": schema}}})
}

/// A live answer with these media types.
fn answer(media: &[&str], body: &str) -> Exchange {
    let mut headers = Headers::new();
    for value in media {
        headers.push("Content-Type", value);
    }
    Exchange {
        interim: Vec::new(),
        number: crate::exchange::ExchangeNumber(1),
        at: jiff::Timestamp::UNIX_EPOCH,
        source: Source::Live,
        request: Request {
            method: "GET".to_owned(),
            target: "https://depot.example/crates".to_owned(),
            ..Request::default()
        },
        response: Some(Response {
            status: 200,
            headers,
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

/// The state of the one code, and every `severity rule` that was found, sorted.
fn judged(specs: &[Spec], settings: &Settings, media: &[&str], body: &str) -> (State, Vec<String>) {
    let mut judge = Judge::new(specs, settings);
    judge.exchange("a.cassette", &answer(media, body));
    let verdict = judge.verdict(jiff::Timestamp::UNIX_EPOCH);
    let told = |finding: &Finding| format!("{} {}", finding.severity, finding.rule);
    let mut found: Vec<_> = verdict.findings.iter().map(|found| told(&found.finding)).collect();
    found.sort();
    (verdict.ledger[0].state, found)
}

const NOT_JUDGED: &str = "warning not-judged";

#[test]
fn bodies_that_a_schema_is_not_held_to_are_never_proven() {
    let bytes = json!({"type": "string", "format": "binary"});
    let cases = [
        ("application/octet-stream", json!({"type": "string"}), State::Proven),
        ("application/octet-stream", bytes, State::Proven),
        ("application/octet-stream", json!({}), State::Proven),
        ("application/octet-stream", json!({"type": "string", "maxLength": 1}), State::Unproven),
        ("application/xml", json!({"required": ["id"]}), State::Unproven),
        ("application/xml", json!({"type": ["string", "object"], "enum": [{}]}), State::Unproven),
        ("application/xml", json!({"type": "object"}), State::Unproven),
        ("text/plain", json!({"type": "string", "maxLength": 8}), State::Proven),
    ];
    for (media, schema, expected) in cases {
        let specs = depot(&of(media, &schema), &json!({}));
        let (state, found) = judged(&specs, &Settings::default(), &[media], "<crate/>");
        assert_eq!(state, expected, "{media} {schema}");
        assert_eq!(found == [NOT_JUDGED], expected == State::Unproven, "{schema}: {found:?}");
    }
}

#[test]
fn json_whose_value_does_not_say_all_is_never_proven() {
    let schema = json!({"type": "object", "properties": {"id": {"type": "integer"}, "text": {}}});
    let specs = depot(&of("application/json", &schema), &json!({}));
    let broken: &[&str] = &["error response-schema", NOT_JUDGED];
    let cases: [(&str, State, &[&str]); 9] = [
        (r#"{"id": 9007199254740993}"#, State::Proven, &[]),
        (r#"{"id": 9007199254740993.5}"#, State::Contradicted, &["error response-schema"]),
        // Of a name that stands twice, clients read either member.
        (r#"{"id": "x", "id": 1}"#, State::Contradicted, broken),
        (r#"{"id": 1, "id": "x"}"#, State::Contradicted, broken),
        (r#"{"id": 1, "id": "x", "id": 2}"#, State::Contradicted, broken),
        (r#"{"id": 1, "id": 2}"#, State::Unproven, &[NOT_JUDGED]),
        (
            r#"{"id": "x", "text": 9007199254740993.5}"#,
            State::Contradicted,
            &["error response-schema"],
        ),
        (r#"{"text": 1e999}"#, State::Proven, &[]),
        (r#"{"text": "\udead"}"#, State::Unproven, &[NOT_JUDGED]),
    ];
    for (body, state, expected) in cases {
        let result = judged(&specs, &Settings::default(), &["application/json"], body);
        assert_eq!(result, (state, expected.iter().map(|e| (*e).to_owned()).collect()), "{body}");
    }
}

/// The state of the code where a schema, as it is written, meets a body.
fn state_of(schema: &str, body: &str) -> State {
    let marked = json!({"$ref": "MARK"});
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates": {"get": {"operationId": "List", "responses": {"200": of("application/json", &marked)}}}},
    });
    let text = document.to_string().replace(&marked.to_string(), schema);
    let spec = Spec::load("depot.json", text.as_bytes()).unwrap();
    // The same document in YAML, of which JSON is a part.
    let spaced = text.replace(':', ": ").replace(',', ", ");
    let yaml = Spec::load("depot.yaml", format!("# YAML\n{spaced}").as_bytes()).unwrap();
    let [json, yaml] = [spec, yaml]
        .map(|spec| judged(&[spec], &Settings::default(), &["application/json"], body).0);
    assert_eq!(json, yaml, "{schema} {body}");
    json
}

#[test]
fn numbers_are_judged_by_their_digits() {
    let long = "18446744073709551616";
    let kept = [
        (format!(r#"{{"maximum":{long}}}"#), long),
        (format!(r#"{{"maximum":{long}}}"#), "18446744073709551615"),
        (format!(r#"{{"const":{long}}}"#), long),
        (format!(r#"{{"not":{{"const":{long}}}}}"#), "18446744073709551617"),
        (r#"{"maximum":1e20}"#.into(), "100000000000000000000"),
        (r#"{"maximum":1e400}"#.into(), "1e399"),
        (r#"{"maximum":9007199254740993}"#.into(), "9007199254740993"),
        (r#"{"const":0.1}"#.into(), "0.10000000000000000000"),
        (r#"{"const":100}"#.into(), "1e2"),
        (r#"{"multipleOf":0.1}"#.into(), "0.7"),
        (r#"{"multipleOf":0.01}"#.into(), "99999999999.99"),
        (r#"{"multipleOf":1e-7}"#.into(), "3e-7"),
        (r#"{"multipleOf":7}"#.into(), "123456789012345678901234567890"),
        (r#"{"multipleOf":1e308}"#.into(), "1e309"),
        (r#"{"type":"integer"}"#.into(), "1e999"),
        (r#"{"type":"integer"}"#.into(), "12345678901234567890123.0"),
        (r#"{"type":"integer","format":"int64"}"#.into(), "9.223372036854775807e18"),
        (r#"{"uniqueItems":true}"#.into(), "[18446744073709551617,18446744073709551618]"),
        (r#"{"exclusiveMinimum":0}"#.into(), "1e-400"),
        (r#"{"type":["string","number"],"minLength":3,"pattern":"x"}"#.into(), "1e400"),
        (r#"{"type":"object","properties":{"id":{"type":"integer"}}}"#.into(), r#"{"id":1e400}"#),
    ];
    for (schema, body) in kept {
        assert_eq!(state_of(&schema, body), State::Proven, "{schema} {body}");
    }
    let broken = [
        (format!(r#"{{"maximum":{long}}}"#), "18446744073709551617"),
        (format!(r#"{{"minimum":{long}}}"#), "18446744073709551615"),
        (format!(r#"{{"exclusiveMaximum":{long}}}"#), long),
        (format!(r#"{{"enum":[5,{long}]}}"#), "18446744073709551617"),
        (format!(r#"{{"not":{{"const":{long}}}}}"#), long),
        (r#"{"maximum":1e400}"#.into(), "1e401"),
        (r#"{"maximum":9007199254740993}"#.into(), "9007199254740993.5"),
        (r#"{"maximum":0.1}"#.into(), "0.10000000000000000001"),
        (r#"{"minimum":0.3}"#.into(), "0.29999999999999999999"),
        (r#"{"const":9007199254740993}"#.into(), "9007199254740992"),
        (r#"{"multipleOf":0.1}"#.into(), "1e-400"),
        (r#"{"multipleOf":0.01}"#.into(), "99999999999.999"),
        (r#"{"multipleOf":7}"#.into(), "123456789012345678901234567891"),
        (r#"{"type":"integer"}"#.into(), "1.0000000000000000001"),
        (r#"{"type":"integer"}"#.into(), "1e-999"),
        (r#"{"type":"string"}"#.into(), "1e400"),
        (r#"{"type":"integer","format":"int64"}"#.into(), "9.223372036854775808e18"),
        (r#"{"uniqueItems":true}"#.into(), "[18446744073709551617,1,18446744073709551617.0]"),
        (r#"{"exclusiveMinimum":0}"#.into(), "-1e-400"),
        (
            r#"{"type":"object","properties":{"id":{"type":"string","minLength":2}}}"#.into(),
            r#"{"id":"x","n":1e400}"#,
        ),
    ];
    for (schema, body) in broken {
        assert_eq!(state_of(&schema, body), State::Contradicted, "{schema} {body}");
    }
    // Exponents that are not counted with, and what looks like a number of ours.
    for body in ["1e99999999999999999999", "[1e400, \"\u{10ffff}1\"]"] {
        assert_eq!(state_of("{}", body), State::Unproven, "{body}");
    }
}

#[test]
fn what_breaks_its_promise_was_judged() {
    let specs = depot(&of("application/json", &json!({"type": "object"})), &json!({}));
    let settings = Settings::default();
    let judged = |body: &str, media: &str| {
        let mut judge = Judge::new(&specs, &settings);
        judge.exchange("a.cassette", &answer(&[media], body));
        judge.tally().judged
    };
    assert_eq!(judged("<p>", "text/html"), 1);
    assert_eq!(judged(r#"{"id": 1, "id": 2}"#, "application/json"), 0);
    assert_eq!(judged("{}", "application/json"), 1);
}

#[test]
fn a_forgiven_media_type_does_not_prove_a_body_nobody_read() {
    let specs = depot(&of("application/json", &json!({"type": "object"})), &json!({}));
    let severities = [(Rule::ContentType, Severity::Warning)].into();
    let lenient = Settings { severities, ..Settings::default() };
    let state = |media: &[&str], body: &str| judged(&specs, &lenient, media, body).0;
    assert_eq!(state(&["text/html"], "<p>"), State::Unproven);
    assert_eq!(state(&["text/html"], "{}"), State::Proven);
    assert_eq!(state(&["text/html"], "[]"), State::Contradicted);
}

#[test]
fn several_media_types_are_none() {
    let specs = depot(&of("application/json", &json!({"type": "object"})), &json!({}));
    let result = |media: &[&str]| judged(&specs, &Settings::default(), media, "{}");
    let both = result(&["application/json", "text/html"]);
    assert_eq!(both, (State::Contradicted, vec!["error content-type".to_owned()]));
    let twice = result(&["application/json", "Application/JSON;charset=utf-8"]);
    assert_eq!(twice, (State::Proven, Vec::new()));
}

#[test]
fn where_any_media_type_will_do_none_will_too() {
    let specs = depot(&of("*/*", &json!({"type": "object", "required": ["id"]})), &json!({}));
    let result = |body: &str| judged(&specs, &Settings::default(), &[], body);
    assert_eq!(result(r#" {"id": 1}"#), (State::Proven, Vec::new()));
    assert_eq!(result("{}"), (State::Contradicted, vec!["error response-schema".to_owned()]));
    assert_eq!(result("<p>"), (State::Unproven, vec![NOT_JUDGED.to_owned()]));
}

#[test]
fn a_promise_with_an_unreadable_part_is_never_proven() {
    let schema = json!({"type": "object"});
    let with = |key: &str, value: Value| {
        let mut answer = of("application/json", &schema);
        answer[key] = value;
        answer
    };
    let nowhere = json!({"$ref": "#/components/nowhere"});
    let components = json!({"headers": {"Total": {"content": []}}});
    let cases = [
        (of("application/json", &schema), State::Proven),
        (nowhere.clone(), State::Unproven),
        (with("headers", json!({"X-Total": nowhere})), State::Unproven),
        (
            with("headers", json!({"X-Total": {"$ref": "#/components/headers/Total"}})),
            State::Unproven,
        ),
        (with("headers", json!([])), State::Unproven),
        (with("content", json!([])), State::Unproven),
        (with("content", json!({"application/json": null})), State::Unproven),
        (with("content", json!({"application/json": nowhere})), State::Unproven),
        // Another media type's schema is none of this answer's business.
        (
            with(
                "content",
                json!({
                    "application/json": {"schema": schema}, "text/plain": {"schema": nowhere},
                }),
            ),
            State::Proven,
        ),
    ];
    for (answer, expected) in cases {
        let specs = depot(&answer, &components);
        let (state, found) = judged(&specs, &Settings::default(), &["application/json"], "{}");
        assert_eq!(state, expected, "{answer}");
        let told = found.contains(&"error promise-unreadable".to_owned());
        assert!(told || answer == of("application/json", &schema), "{answer}: {found:?}");
    }
}

#[test]
fn a_discriminator_that_nobody_judges_proves_nothing() {
    // An alternative without a name: nobody knows which value stands for it.
    let nameless = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
    let forms = json!({"oneOf": [nameless], "discriminator": {"propertyName": "kind"}});
    let result = |forms: &Value| {
        let specs = depot(&of("application/json", forms), &json!({}));
        judged(&specs, &Settings::default(), &["application/json"], r#"{"kind": "sack"}"#)
    };
    assert_eq!(result(&forms), (State::Unproven, vec![NOT_JUDGED.to_owned()]));
    // A parent that nothing extends.
    let parent = json!({"type": "object", "discriminator": {"propertyName": "kind"}});
    assert_eq!(result(&parent), (State::Unproven, vec![NOT_JUDGED.to_owned()]));
}

/// The state of an answer of a schema's name, in 3.1 and in 3.0.
fn of_kind(schemas: &Value, name: &str, body: &str) -> State {
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    let states = ["3.1.0", "3.0.3"].map(|version| {
        let document = json!({
            "openapi": version, "info": {"title": "Depot", "version": "1"},
            "paths": {"/crates": {"get": {"operationId": "List",
                "responses": {"200": of("application/json", &schema)}}}},
            "components": {"schemas": schemas},
        });
        let specs = [Spec::load("depot.json", document.to_string().as_bytes()).unwrap()];
        judged(&specs, &Settings::default(), &["application/json"], body)
    });
    assert_eq!(states[0], states[1], "{name} {body}");
    states[0].0
}

fn kind_of(required: &str) -> Value {
    json!({"type": "object", "required": ["kind", required],
        "properties": {"kind": {"type": "string"}, required: {"type": "boolean"}}})
}

#[test]
fn a_discriminator_tells_alternatives_apart() {
    for keyword in ["oneOf", "anyOf"] {
        for mapping in [json!({}), json!({"b": "#/components/schemas/Box", "s": "Sack"})] {
            let references =
                ["Box", "Sack"].map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
            let schemas = json!({
                "Box": kind_of("lid"), "Sack": kind_of("tie"),
                "Parcel": {keyword: references,
                    "discriminator": {"propertyName": "kind", "mapping": mapping}},
            });
            let state = |body: &str| of_kind(&schemas, "Parcel", body);
            let named = mapping.get("b").is_some();
            assert_eq!(state(r#"{"kind": "Box", "lid": true}"#), State::Proven);
            // Both forms fit, and the value says which it is.
            assert_eq!(state(r#"{"kind": "Sack", "tie": true, "lid": true}"#), State::Proven);
            assert_eq!(state(r#"{"kind": "Sack", "lid": true}"#), State::Contradicted);
            assert_eq!(state(r#"{"kind": "Crate", "lid": true}"#), State::Contradicted);
            assert_eq!(state(r#"{"lid": true}"#), State::Contradicted);
            let mapped = if named { State::Proven } else { State::Contradicted };
            assert_eq!(state(r#"{"kind": "b", "lid": true}"#), mapped);
            assert_eq!(state(r#"{"kind": "s", "lid": true}"#), State::Contradicted);
        }
    }
}

#[test]
fn a_parent_stands_for_its_children() {
    let child = |parent: &str, required: &str| {
        let parent = json!({"$ref": format!("#/components/schemas/{parent}")});
        json!({"allOf": [parent, {"required": [required], "properties": {required: {"type": "boolean"}}}]})
    };
    let schemas = json!({
        "Parcel": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"},
            "within": {"$ref": "#/components/schemas/Parcel"}},
            "discriminator": {"propertyName": "kind", "mapping": {"b": "#/components/schemas/Box"}}},
        "Box": child("Parcel", "lid"), "Sack": child("Parcel", "tie"), "Chest": child("Box", "lock"),
        // As Azure names them.
        "Tub": {"x-ms-discriminator-value": "Depot.Tub", "allOf": child("Parcel", "rim")["allOf"]},
        "List": {"type": "array", "items": {"$ref": "#/components/schemas/Parcel"}},
    });
    let state = |name: &str, body: &str| of_kind(&schemas, name, body);
    let (proven, broken) = (State::Proven, State::Contradicted);
    for (name, body, expected) in [
        ("Parcel", r#"{"kind": "Box", "lid": true}"#, proven),
        ("Parcel", r#"{"kind": "b", "lid": true}"#, proven),
        ("Parcel", r#"{"kind": "Parcel"}"#, proven),
        ("Parcel", r#"{"kind": "Chest", "lid": true, "lock": true}"#, proven),
        ("Parcel", r#"{"kind": "Chest", "lid": true}"#, broken),
        ("Parcel", r#"{"kind": "Box"}"#, broken),
        ("Parcel", r#"{"kind": "Barrel", "lid": true}"#, broken),
        (
            "Parcel",
            r#"{"kind": "Box", "lid": true, "within": {"kind": "Sack", "tie": true}}"#,
            proven,
        ),
        ("Parcel", r#"{"kind": "Box", "lid": true, "within": {"kind": "Sack"}}"#, broken),
        ("Box", r#"{"kind": "Box", "lid": true}"#, proven),
        ("Box", r#"{"kind": "Chest", "lid": true, "lock": true}"#, proven),
        ("Box", r#"{"kind": "Sack", "lid": true, "tie": true}"#, broken),
        ("Sack", r#"{"kind": "Sack", "tie": true}"#, proven),
        ("List", r#"[{"kind": "Sack", "tie": true}, {"kind": "Box", "lid": true}]"#, proven),
        ("List", r#"[{"kind": "Sack", "tie": true}, {"kind": "Box"}]"#, broken),
        ("Parcel", r#"{"kind": "Depot.Tub", "rim": true}"#, proven),
        ("Parcel", r#"{"kind": "Depot.Tub"}"#, broken),
        ("Parcel", r#"{"kind": "Tub", "rim": true}"#, broken),
    ] {
        assert_eq!(state(name, body), expected, "{name} {body}");
    }
}

#[test]
fn a_wrong_discriminator_is_told_where_it_is_written() {
    let schemas = json!({
        "Parcel": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": "kind"}},
        "Box": {"allOf": [{"$ref": "#/components/schemas/Parcel"}, {"required": ["lid"]}]},
    });
    let schema = json!({"$ref": "#/components/schemas/Parcel"});
    let specs = depot(&of("application/json", &schema), &json!({"schemas": schemas}));
    let settings = Settings::default();
    let mut judge = Judge::new(&specs, &settings).suggesting();
    judge.exchange("a.cassette", &answer(&["application/json"], r#"{"kind": "Barrel"}"#));
    let verdict = judge.verdict(jiff::Timestamp::UNIX_EPOCH);
    let finding = &verdict.findings[0].finding;
    assert_eq!(finding.promise.pointer, "/components/schemas/Parcel/discriminator");
    assert!(finding.expected.contains(r#""Parcel""#), "{}", finding.expected);
    assert!(
        judge.suggestions().is_some_and(|all| all.specs().is_empty()),
        "nothing that is ours to change"
    );
}

#[test]
fn a_documented_parameter_tells_two_forms_of_a_type_apart() {
    let wants = |name: &str| json!({"schema": {"type": "object", "required": [name]}});
    let content = json!({"application/json;version=1": wants("a"), "application/json; version=2": wants("b")});
    let specs = depot(&json!({"description": "", "content": content}), &json!({}));
    let state = |media: &str, body: &str| judged(&specs, &Settings::default(), &[media], body).0;
    assert_eq!(state("application/json; version=2", r#"{"b": 1}"#), State::Proven);
    assert_eq!(state("application/json; version=2", r#"{"a": 1}"#), State::Contradicted);
    assert_eq!(state("application/json;version=1", r#"{"a": 1}"#), State::Proven);
    assert_eq!(state("application/json;version=3", r#"{"a": 1, "b": 1}"#), State::Contradicted);
}

/// One operation whose answer to 200 is a sequence of these items, in 3.2.
fn sequence(media: &str, described: &Value) -> Vec<Spec> {
    let document = json!({
        "openapi": "3.2.0", "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates": {"get": {"operationId": "List", "responses": {
            "200": {"description": "", "content": {media: described}},
        }}}},
    });
    vec![Spec::load("depot.json", document.to_string().as_bytes()).unwrap()]
}

#[test]
fn every_item_of_a_sequence_is_held_to_its_schema() {
    let items = json!({"itemSchema": {"type": "object", "required": ["id"],
        "properties": {"id": {"type": "integer"}}}});
    let broken = vec!["error response-schema".to_owned()];
    let cases = [
        ("application/jsonl", "{\"id\": 1}\n{\"id\": 2}\n", State::Proven),
        ("application/jsonl", "{\"id\": 1}\n{}\n", State::Contradicted),
        ("application/jsonl", "{\"id\": 1}\n{\"id\"", State::Contradicted),
        ("application/json-seq", "\u{1e}{\"id\": 1}\n\u{1e}{\"id\": \"2\"}\n", State::Contradicted),
    ];
    for (media, body, expected) in cases {
        let specs = sequence(media, &items);
        let (state, found) = judged(&specs, &Settings::default(), &[media], body);
        assert_eq!(state, expected, "{media} {body}");
        assert_eq!(found == broken, expected == State::Contradicted, "{body}: {found:?}");
    }
    let events =
        json!({"itemSchema": {"required": ["data"], "properties": {"event": {"enum": ["add"]}}}});
    let specs = sequence("text/event-stream", &events);
    let state = |body| judged(&specs, &Settings::default(), &["text/event-stream"], body).0;
    assert_eq!(state("event: add\ndata: a crate\n\n"), State::Proven);
    assert_eq!(state("event: del\ndata: a crate\n\n"), State::Contradicted);
    assert_eq!(state("data: a crate\n\nevent: add\n\n"), State::Contradicted);
    let both =
        json!({"schema": {"type": "array", "maxItems": 1}, "itemSchema": {"type": "integer"}});
    let specs = sequence("application/jsonl", &both);
    let state = |body| judged(&specs, &Settings::default(), &["application/jsonl"], body).0;
    assert_eq!(state("1\n"), State::Proven);
    assert_eq!(state("1\n2\n"), State::Contradicted);
    assert_eq!(state("\"1\"\n"), State::Contradicted);
}

#[test]
fn an_empty_text_is_a_body_that_is_judged() {
    let text = |least: u64| {
        depot(&of("text/plain", &json!({"type": "string", "minLength": least})), &json!({}))
    };
    let state = |specs: &[Spec], media: &[&str]| judged(specs, &Settings::default(), media, "").0;
    assert_eq!(state(&text(0), &["text/plain"]), State::Proven);
    assert_eq!(state(&text(1), &["text/plain"]), State::Contradicted);
    assert_eq!(state(&text(0), &[]), State::Contradicted);
    let json = depot(&of("application/json", &json!({"type": "string"})), &json!({}));
    assert_eq!(state(&json, &["application/json"]), State::Contradicted);
}

#[test]
fn formats_that_nobody_knows_are_named_once() {
    let schema = json!({"type": "object", "properties": {
        "a": {"type": "string", "format": "crate-no"}, "b": {"type": "string", "format": "crate-no"},
        "c": {"type": "string", "format": "idn-email"}, "d": {"type": "number", "format": "double"},
    }});
    let specs = depot(&of("application/json", &schema), &json!({}));
    let named: Vec<_> = specs[0].unknown_formats.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(named, ["crate-no"]);
    assert!(specs[0].unknown_formats[0].pointer.ends_with("/format"));
}
