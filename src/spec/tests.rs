//! Hostile and broken documents: whatever they hold, reading them ends, without a panic, and what
//! can be read is read.

use super::{Direction, Route, Spec, SpecError, route};
use crate::exchange::Request;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Words that mean something somewhere in a document.
const WORDS: [&str; 48] = [
    "$ref",
    "type",
    "properties",
    "required",
    "items",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "enum",
    "nullable",
    "example",
    "examples",
    "format",
    "pattern",
    "exclusiveMinimum",
    "minimum",
    "readOnly",
    "x-contradicted",
    "x-unique-by",
    "x-source",
    "additionalProperties",
    "schema",
    "content",
    "application/json",
    "parameters",
    "in",
    "name",
    "responses",
    "200",
    "default",
    "get",
    "post",
    "/a",
    "/a/{b}",
    "x-selector",
    "value",
    "header",
    "servers",
    "url",
    "variables",
    "components",
    "schemas",
    "definitions",
    "collectionFormat",
    "description",
    "headers",
    "style",
];

/// Values that mean something under one of those words, or just do not.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        prop::sample::select(WORDS.to_vec()).prop_map(Value::from),
        prop::sample::select(vec![
            "#/a",
            "#",
            "#/paths/~1a/get",
            "#/components/schemas/schema",
            "other.yaml",
            "#/%zz",
            "string",
            "integer",
            "object",
            "array",
            "query",
            "path",
            "body",
            "formData",
            "multi",
            "int32",
            "file",
            "(",
            "{b",
            "https://{url}/x",
        ])
        .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 96, 6, |inner| {
        let member = (prop::sample::select(WORDS.to_vec()), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            prop::collection::vec(member, 0..6).prop_map(|members| {
                let named = members.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(named.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// A document that is sound at the top and anything further down.
fn document() -> impl Strategy<Value = Value> {
    let version = prop::sample::select(vec![
        json!({"openapi": "3.1.0"}),
        json!({"openapi": "3.0.0"}),
        json!({"swagger": "2.0"}),
    ]);
    (version, tree(), tree(), tree(), tree()).prop_map(|(mut document, item, schema, more, b)| {
        document["paths"] = json!({
            "/a": {"get": {
                "parameters": [{"name": "p", "in": "query", "schema": more, "type": "array"}],
                "responses": {"200": {"description": "", "schema": schema,
                    "content": {"application/json": {"schema": schema}}}},
            }},
            "/b": {"post": b}, "/c": item,
        });
        document["components"] = json!({"schemas": {"schema": schema, "a": more}});
        document["definitions"] = document["components"]["schemas"].clone();
        document["a"] = more;
        document
    })
}

/// Everything that may be asked of a spec.
fn use_all(spec: Spec, instance: &Value) {
    for operation in &spec.operations {
        for schema in operation.schemas() {
            for direction in [Direction::Request, Direction::Response] {
                if let Ok(found) = spec.validate(schema, instance, direction) {
                    for violation in found {
                        let _ = spec.source_of(&violation.schema_pointer);
                    }
                }
            }
        }
        for parameter in &operation.parameters {
            let _ = spec.parameter_value(parameter, &["1,a".to_owned(), String::new()]);
            let _ = spec.query_value(parameter, &[("p.1".to_owned(), "x".to_owned())]);
        }
    }
    let specs = [spec];
    for target in ["/a", "http://h/a/x?get=post", "/%zz/{b", "*", ""] {
        let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
        if let Route::OtherMethod(found) = route(&specs, &request) {
            assert!(!found.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_read_or_refused(document in document(), instance in tree()) {
        let text = document.to_string();
        let spec = Spec::load("depot.json", text.as_bytes());
        prop_assert!(spec.is_ok(), "{:?}", spec.err());
        use_all(spec.unwrap(), &instance);
    }

    #[test]
    fn any_value_is_read_or_refused(value in tree()) {
        if let Ok(spec) = Spec::load("depot.json", value.to_string().as_bytes()) {
            use_all(spec, &value);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(?s)(openapi: 3.1.0\npaths:\n)?[ a-z:{}\\[\\]\"'&*|>#\n-]{0,80}") {
        if let Ok(spec) = Spec::load("depot.yaml", text.as_bytes()) {
            use_all(spec, &Value::Null);
        }
    }
}

#[test]
fn what_cannot_be_read_is_noted_and_the_rest_stands() {
    let document = json!({
        "openapi": "3.1.0",
        "paths": {
            "/sound": {"get": {"operationId": "Sound", "responses": {"200": {"description": ""}}}},
            "/item": {"$ref": "#/components/pathItems/Nowhere"},
            "/list": [],
            "no-slash": {},
            "/operation": {"get": 5},
            "/same": {"get": {"operationId": "Sound"}},
            "/parts": {"get": {
                "operationId": "Parts",
                "parameters": [
                    {"$ref": "#/components/parameters/Nowhere"}, {"in": "query"}, {"name": "a", "in": "body"},
                    {"name": "b", "in": "query"}, {"name": "b", "in": "query"}, {"name": "c", "in": "query", "style": "knitted"},
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Nowhere"},
                "responses": {"200": {"$ref": "#/components/responses/Nowhere"}, "2000": {}, "404": "no"},
                "x-selector": {"header": "a"},
            }},
        },
    });
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    let names: Vec<&str> = spec.operations.iter().map(|o| o.id.as_str()).collect();
    assert_eq!(names, ["Sound", "GET /same", "Parts"]);
    let parts = &spec.operations[2];
    let parameters: Vec<&str> = parts.parameters.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(parameters, ["b", "c"]);
    assert!(parts.promise(200).is_some(), "an unreadable promise stays documented");
    assert!(parts.promise(404).is_some());
    let mut noted: Vec<&str> = spec.problems.iter().map(|p| p.pointer.as_str()).collect();
    noted.sort_unstable();
    assert_eq!(
        noted,
        [
            "/paths/no-slash",
            "/paths/~1item",
            "/paths/~1list",
            "/paths/~1operation/get",
            "/paths/~1parts/get/parameters/0",
            "/paths/~1parts/get/parameters/1",
            "/paths/~1parts/get/parameters/2",
            "/paths/~1parts/get/parameters/4",
            "/paths/~1parts/get/parameters/5",
            "/paths/~1parts/get/requestBody",
            "/paths/~1parts/get/responses/200",
            "/paths/~1parts/get/responses/2000",
            "/paths/~1parts/get/responses/404",
            "/paths/~1parts/get/x-selector",
            "/paths/~1same/get",
        ]
    );
}

#[test]
fn references_in_a_circle_end() {
    let document = json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {
            "parameters": [{"$ref": "#/components/parameters/A"}],
            "responses": {"200": {"$ref": "#/components/responses/A"}},
        }}, "/b": {"$ref": "#/paths/~1b"}},
        "components": {
            "parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}},
            "responses": {"A": {"$ref": "#/components/responses/A"}},
        },
    });
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems.len(), 3);
    assert!(spec.problems.iter().all(|problem| problem.what.contains("circle")));
    assert_eq!(spec.operations.len(), 1);
}

#[test]
fn problems_are_bounded() {
    let paths: Map<String, Value> = (0..5000).map(|n| (format!("/{n}"), json!(n))).collect();
    let document = json!({"openapi": "3.1.0", "paths": paths});
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems.len(), 1000);
    assert!(matches!(
        Spec::load("a.json", b""),
        Err(SpecError::NotAnObject { .. } | SpecError::Syntax { .. })
    ));
}
