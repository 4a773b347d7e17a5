use super::*;
use crate::spec::{Direction, Spec};
use serde_json::json;
use std::cell::RefCell;

fn library(files: &Value) -> impl Fn(&str) -> Result<Vec<u8>, String> {
    let files = files.clone();
    move |name: &str| match files.get(name) {
        Some(Value::String(text)) => Ok(text.clone().into_bytes()),
        Some(value) => Ok(value.to_string().into_bytes()),
        None => Err("no such file".to_owned()),
    }
}

fn load(document: &Value, files: &Value) -> Spec {
    Spec::load_with("specs/depot.json", document.to_string().as_bytes(), &library(files)).unwrap()
}

fn breaks(spec: &Spec, value: &Value) -> Vec<String> {
    let schema = spec.operations[0].promise(200).unwrap().media[0].schema.clone().unwrap();
    let found = spec.validate(&schema, value, Direction::Response).unwrap();
    found
        .into_iter()
        .map(|violation| format!("{} {}", violation.at, violation.schema_pointer))
        .collect()
}

#[test]
fn a_document_may_be_many_files() {
    let document = json!({"openapi": "3.0.3", "paths": {
        "/crates": {"$ref": "paths/crates.yaml#/list"},
        "/boxes": {"$ref": "./paths/boxes.yaml"},
    }});
    let files = json!({
        "paths/crates.yaml": "
list:
  get:
    parameters:
      - $ref: ../common.json#/parameters/Limit
    responses:
      200: {$ref: '../common.json#/responses/Crate'}
",
        "paths/boxes.yaml": "put: {responses: {204: {description: stored}}}\n",
        "common.json": {
            "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
            "responses": {"Crate": {"description": "", "content": {"application/json": {"schema": {"$ref": "schemas/crate.yaml"}}}}},
        },
        "schemas/crate.yaml": "
type: object
required: [id]
properties:
  id: {type: string, nullable: true}
  lid: {$ref: '#/properties/id'}
  inner: {$ref: 'crate.yaml'}
",
    });
    let spec = load(&document, &files);
    assert_eq!(spec.problems, []);
    let names: Vec<_> = spec.operations.iter().map(|o| o.id.to_string()).collect();
    assert_eq!(names, ["GET /crates", "PUT /boxes"]);
    assert_eq!(spec.operations[0].parameters[0].name, "limit");
    assert_eq!(breaks(&spec, &json!({"id": null, "lid": null, "inner": {"id": "a"}})), [""; 0]);
    let mut found = breaks(&spec, &json!({"id": "a", "inner": {"lid": 1}}));
    found.sort();
    assert_eq!(
        found,
        [
            "/inner/id /x-files/schemas~1crate.yaml/required/0",
            "/inner/lid /x-files/schemas~1crate.yaml/properties/id/type",
        ]
    );
    let alone = load(&document, &json!({}));
    assert_ne!(spec.digest, alone.digest);
    let told: Vec<_> =
        alone.problems.iter().map(|p| (p.pointer.as_str(), p.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "/paths/~1crates",
                "`$ref: paths/crates.yaml#/list` leads to another document: no such file"
            ),
            (
                "/paths/~1boxes",
                "`$ref: ./paths/boxes.yaml` leads to another document: no such file"
            ),
        ]
    );
}

#[test]
fn every_file_is_read_once_and_circles_end() {
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200":
        {"description": "", "content": {"application/json": {"schema": {"$ref": "a.json"}}}}}}}}});
    let asked = RefCell::new(Vec::new());
    let files = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        match name {
            "a.json" => Ok(br#"{"properties": {"b": {"$ref": "b.json#/here"}, "me": {"$ref": "depot.json#/x-own"}}}"#.to_vec()),
            "b.json" => Ok(br#"{"here": {"properties": {"a": {"$ref": "a.json"}, "n": {"type": "null"}}}}"#.to_vec()),
            other => Err(format!("{other} was asked for")),
        }
    };
    let mut document = document;
    document["x-own"] = json!({"type": "integer"});
    let spec = Spec::load_with("depot.json", document.to_string().as_bytes(), &files).unwrap();
    assert_eq!(spec.problems, []);
    assert_eq!(*asked.borrow(), ["a.json", "b.json"]);
    let found = breaks(&spec, &json!({"b": {"a": {"b": {"n": 1}}, "n": null}, "me": "x"}));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn names_inside_a_document_are_followed() {
    let schema = json!({"$id": "https://depot.example/crate", "type": "object", "properties": {
        "anchored": {"$ref": "#lid"}, "named": {"$ref": "box"}, "absolute": {"$ref": "https://depot.example/box#inner"},
        "component": {"$ref": "#/components/schemas/Word"}, "own": {"$ref": "#/$defs/flag"},
        "tree": {"$ref": "tree"},
    }, "$defs": {
        "lid": {"$anchor": "lid", "type": "integer"}, "flag": {"type": "boolean"},
        "box": {"$id": "box", "type": "string", "$defs": {"x": {"$anchor": "inner", "type": "null"}}},
        "tree": {"$id": "tree", "$dynamicAnchor": "node", "type": "object",
            "properties": {"left": {"$dynamicRef": "#node"}, "size": {"type": "integer"}}},
    }});
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200":
        {"description": "", "content": {"application/json": {"schema": schema}}}}}}},
        "components": {"schemas": {"Word": {"type": "string"}}}});
    let spec = load(&document, &json!({}));
    assert_eq!(spec.problems, []);
    let good = json!({"anchored": 1, "named": "a", "absolute": null, "component": "a", "own": true, "tree": {"left": {"left": {"size": 1}}}});
    assert_eq!(breaks(&spec, &good), [""; 0]);
    let bad = json!({"anchored": "", "named": 1, "absolute": 1, "component": 1, "own": 1, "tree": {"left": {"left": {"size": ""}}}});
    assert_eq!(breaks(&spec, &bad).len(), 6, "{:?}", breaks(&spec, &bad));
}
