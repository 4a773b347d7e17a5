//! `check --suggest`: the changes, applied, make the same run find nothing.

use super::{JSON, Project, exchange, rules};
use serde_json::{Value, json};
use testimony::exchange::{Body, Exchange, Headers, Source};

fn depot() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Depot", "version": "1"},
        "paths": {"/crates/{name}": {"post": {
            "operationId": "MakeCrate",
            "parameters": [
                {"name": "name", "in": "path", "required": true, "schema": {"type": "string", "maxLength": 4}},
                {"name": "kind", "in": "query", "required": true, "schema": {"type": "string", "enum": ["wood"]}},
                {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}}
            ],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}
            }}}},
            "responses": {"200": {
                "description": "Made.",
                "headers": {"X-Total": {"required": true, "schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Crate"}}}
            }}
        }}},
        "components": {"schemas": {"Crate": {
            "type": "object",
            "required": ["id", "weight", "form"],
            "properties": {
                "id": {"type": "string", "format": "uuid", "minLength": 5},
                "weight": {"type": "integer", "minimum": 3, "multipleOf": 2},
                "form": {"const": "box"},
                "tags": {"type": "array", "maxItems": 1, "uniqueItems": true, "items": {"type": "string", "pattern": "^t"}},
                "inside": {"type": "object", "additionalProperties": false, "properties": {"n": {"type": "integer"}}},
                "either": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]}
            }
        }}}
    })
}

fn asked(
    source: Source,
    query: &str,
    request: &str,
    status: u16,
    media: &str,
    body: &Value,
) -> Exchange {
    let mut made =
        exchange(source, &format!("/crates/box{query}"), status, media, &body.to_string());
    "POST".clone_into(&mut made.request.method);
    made.request.headers = Headers::from([("Content-Type", JSON)]);
    made.request.body = Body::from(request);
    if let Some(response) = &mut made.response {
        response.headers.push("X-Total", "1");
    }
    made
}

/// Two answers that break about everything, each in a way of its own.
fn conduct(source: Source) -> Vec<Exchange> {
    let first = json!({
        "id": "x", "weight": 1, "form": "sack", "tags": ["a", "a"], "colour": {"r": 1},
        "inside": {"n": 1, "more": null}, "either": "word"
    });
    let second = json!({"id": 7, "weight": -4, "tags": ["ta", "tb", "tc"], "colour": {"g": "x"}, "inside": {"other": [1]}});
    let wrong_request = asked(source, "?limit=12", r#"{"a": "x"}"#, 200, JSON, &second);
    let mut long_name = asked(source, "?kind=steel&limit=99", "{}", 200, JSON, &first);
    long_name.request.target = long_name.request.target.replace("/crates/box", "/crates/longer");
    let mut without_header =
        asked(source, "?kind=tin", r#"{"a": 1}"#, 202, JSON, &json!({"job": "j"}));
    without_header.request.body = Body::Empty;
    let mut bare = asked(source, "?kind=wood", r#"{"a": 1}"#, 200, JSON, &first);
    if let Some(response) = &mut bare.response {
        response.headers.remove("x-total");
    }
    vec![
        wrong_request,
        long_name,
        without_header,
        bare,
        asked(
            source,
            "?kind=wood",
            r#"{"a": 1}"#,
            200,
            "application/problem+json",
            &json!({"title": "t"}),
        ),
        asked(source, "?kind=wood", r#"{"a": 1}"#, 503, "text/html", &json!("<html>")),
    ]
}

/// JSON Patch (RFC 6902), as far as it is used.
fn patched(mut document: Value, patch: &Value) -> Value {
    for step in patch.as_array().unwrap() {
        let place = step["path"].as_str().unwrap();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        let parent =
            document.pointer_mut(parent).unwrap_or_else(|| panic!("{place} stands nowhere"));
        match (step["op"].as_str().unwrap(), parent) {
            ("add", Value::Array(items)) if name == "-" => items.push(step["value"].clone()),
            ("add", Value::Object(members)) => {
                assert!(members.insert(name, step["value"].clone()).is_none(), "{place}");
            }
            ("replace", Value::Object(members)) => {
                assert!(members.insert(name, step["value"].clone()).is_some(), "{place}");
            }
            ("remove", Value::Array(items)) => {
                items.remove(name.parse().unwrap());
            }
            ("remove", Value::Object(members)) => {
                members.remove(&name).unwrap();
            }
            (op, _) => panic!("{op} {place}"),
        }
    }
    document
}

/// The pointer that a path of the kind `$['a'][0]` stands for.
fn pointer(path: &str) -> String {
    let inside = path.strip_prefix('$').unwrap().replace("\\'", "\u{1}");
    let steps = inside.split('[').skip(1).map(|step| step.trim_end_matches(']').trim_matches('\''));
    steps.fold(String::new(), |out, step| {
        let step = step.replace('\u{1}', "'").replace('~', "~0").replace('/', "~1");
        format!("{out}/{step}")
    })
}

fn updated(target: &mut Value, update: &Value) {
    match (target, update) {
        (Value::Object(members), Value::Object(update)) => {
            for (name, value) in update {
                match members.get_mut(name) {
                    Some(known) => updated(known, value),
                    None => {
                        members.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (Value::Array(items), one) => items.push(one.clone()),
        (target, update) => *target = update.clone(),
    }
}

/// Overlay 1.0.0, section 4.4.3.
fn overlaid(mut document: Value, overlay: &Value) -> Value {
    assert_eq!(overlay["overlay"], "1.0.0");
    for action in overlay["actions"].as_array().unwrap() {
        let at = pointer(action["target"].as_str().unwrap());
        if action["remove"] == true {
            let patch = json!([{"op": "remove", "path": at}]);
            document = patched(document, &patch);
        } else {
            let target = document.pointer_mut(&at).unwrap_or_else(|| panic!("{action}"));
            updated(target, &action["update"]);
        }
    }
    document
}

#[test]
fn applied_it_makes_what_was_observed_documented() {
    let project = Project::with_spec(&depot().to_string());
    project.record("cassettes/a.cassette", &conduct(Source::Live));
    let before = project.check(&["--suggest=changes.json", "--format", "json"]);
    assert_eq!(before.code, 1, "{}", before.stderr);
    let found: Value = serde_json::from_str(&before.stdout).unwrap();
    assert!(rules(&found).len() > 15, "{:?}", rules(&found));
    let read = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    let patch: Value = serde_json::from_str(&read("changes.json")).unwrap();
    let after_overlay = {
        project.check(&["--suggest=changes.overlay.json", "--format", "json"]);
        overlaid(depot(), &serde_json::from_str(&read("changes.overlay.json")).unwrap())
    };
    for changed in [patched(depot(), &patch), after_overlay] {
        project.write("specs/depot.yaml", &changed.to_string());
        let (code, result) = project.json(&[]);
        // That nothing more is said of an HTML page than its name is told, and breaks nothing.
        let left: Vec<&str> =
            rules(&result).into_iter().filter(|rule| *rule != "no-promise").collect();
        assert_eq!((code, left), (0, vec![]), "{result:#}\n{patch:#}");
    }
    // Nothing that was not observed: what the bounds are, and no more.
    let changed = patched(depot(), &patch);
    let crate_of = |name: &str| &changed["components"]["schemas"]["Crate"]["properties"][name];
    assert_eq!(crate_of("weight")["minimum"], -4);
    assert_eq!(crate_of("weight")["type"], "integer");
    assert_eq!(crate_of("tags")["maxItems"], 3);
    assert_eq!(
        crate_of("colour")["properties"],
        json!({"r": {"type": "integer"}, "g": {"type": "string"}})
    );
    let required = &changed["components"]["schemas"]["Crate"]["required"];
    assert_eq!(required, &json!(["id", "weight"]));
    let parameters = &changed["paths"]["/crates/{name}"]["post"]["parameters"];
    assert_eq!(parameters[1]["schema"]["enum"], json!(["wood", "steel", "tin"]));
    assert_eq!(parameters[2]["schema"]["maximum"], 99);
}

#[test]
fn what_a_mock_answered_suggests_nothing() {
    let project = Project::with_spec(&depot().to_string());
    for source in [Source::Mock, Source::Fault, Source::Replay, Source::Edited] {
        let name = format!("cassettes/{}.cassette", source.as_str());
        project.record(&name, &conduct(source));
    }
    let answer = project.check(&["--suggest"]);
    assert_eq!((answer.code, answer.stdout.trim()), (1, "[]"), "{}", answer.stderr);
    assert!(answer.stderr.contains("no change to a spec is suggested"), "{}", answer.stderr);
}

#[test]
fn changes_take_standard_output_alone() {
    let project = Project::with_spec(&depot().to_string());
    project.record("cassettes/a.cassette", &conduct(Source::Live));
    let answer = project.check(&["--suggest", "--format", "json"]);
    assert_eq!(answer.code, 2);
    let answer = project.check(&["--suggest", "--format", "json=result.json"]);
    assert!(serde_json::from_str::<Value>(&answer.stdout).unwrap().is_array());
    let answer = project.check(&["--suggest=none/changes.json"]);
    assert_eq!(answer.code, 2, "{}", answer.stderr);
    project.check(&["--suggest=changes.overlay.yaml"]);
    let yaml = std::fs::read_to_string(project.path().join("changes.overlay.yaml")).unwrap();
    assert!(yaml.contains("overlay: ") && yaml.contains("target: "), "{yaml}");
}
