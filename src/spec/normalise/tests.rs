use crate::spec::{
    CodePattern, Direction, Place, SchemaRef, SecurityScheme, Spec, SpecError, Style,
};
use serde_json::{Value, json};

fn load(document: &Value) -> Spec {
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems, []);
    spec
}

/// A depot in the words of 2.0, using what 3 says otherwise.
fn swagger() -> Value {
    json!({
        "swagger": "2.0",
        "info": {"title": "Depot"},
        "host": "depot.example:8080", "basePath": "/v1/", "schemes": ["http", "https"],
        "consumes": ["application/json"], "produces": ["application/json", "application/xml"],
        "parameters": {
            "Limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 9, "exclusiveMaximum": true},
            "Crate": {"name": "crate", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Crate"}},
        },
        "securityDefinitions": {"login": {"type": "basic"}, "key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "security": [{"login": []}],
        "paths": {
            "/crates": {
                "parameters": [{"name": "X-Trace", "in": "header", "type": "string", "format": "uuid"}],
                "get": {
                    "operationId": "ListCrates",
                    "parameters": [
                        {"$ref": "#/parameters/Limit"},
                        {"name": "tags", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "pipes"},
                        {"name": "ids", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
                        {"name": "names", "in": "query", "type": "array", "items": {"type": "string"}},
                        {"name": "rows", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "tsv"},
                    ],
                    "responses": {
                        "200": {
                            "description": "All", "schema": {"type": "array", "items": {"$ref": "#/definitions/Crate"}},
                            "headers": {"X-Total": {"type": "integer"}},
                            "examples": {"application/json": [{"id": "a"}], "text/csv": "a"},
                        },
                        "default": {"$ref": "#/responses/Refused"},
                    },
                },
                "post": {
                    "consumes": ["application/vnd.crate+json"],
                    "parameters": [{"$ref": "#/parameters/Crate"}],
                    "responses": {"204": {"description": "Stored"}},
                },
            },
            "/crates/{id}/photo": {
                "parameters": [{"name": "id", "in": "path", "required": true, "type": "string"}],
                "put": {
                    "consumes": ["multipart/form-data"],
                    "parameters": [
                        {"name": "photo", "in": "formData", "type": "file", "required": true},
                        {"name": "sizes", "in": "formData", "type": "array", "items": {"type": "integer"}},
                    ],
                    "produces": ["image/png"],
                    "responses": {"200": {"description": "It", "schema": {"type": "file"}}},
                },
            },
        },
        "responses": {"Refused": {"description": "No", "schema": {"$ref": "#/definitions/Error"}}},
        "definitions": {
            "Crate": {
                "type": "object", "required": ["id"], "discriminator": "id",
                "properties": {"id": {"type": "string", "example": "a"}, "note": {"type": "string", "x-nullable": true}},
            },
            "Error": {"type": "object", "required": ["code"]},
        },
    })
}

#[test]
fn operations_of_2_0_are_read() {
    let spec = load(&swagger());
    let [list, store, photo] = &spec.operations[..] else { panic!("{:?}", spec.operations) };
    assert_eq!(
        list.servers.iter().map(|s| s.url.as_str()).collect::<Vec<_>>(),
        ["http://depot.example:8080/v1", "https://depot.example:8080/v1"]
    );
    assert_eq!(list.base_paths, ["/v1"]);
    let read: Vec<_> =
        list.parameters.iter().map(|p| (p.name.as_str(), p.place, p.style, p.explode)).collect();
    assert_eq!(
        read,
        [
            ("limit", Place::Query, Style::Form, true),
            ("tags", Place::Query, Style::PipeDelimited, false),
            ("ids", Place::Query, Style::Form, true),
            ("names", Place::Query, Style::Form, false),
            ("rows", Place::Query, Style::TabDelimited, false),
            ("X-Trace", Place::Header, Style::Simple, false),
        ]
    );
    let limit = spec.schema(list.parameters[0].schema.as_ref().unwrap()).unwrap();
    assert_eq!(*limit, json!({"type": "integer", "exclusiveMaximum": 9}));
    assert_eq!(list.security[0].schemes, ["login"]);
    assert_eq!(spec.security_schemes["login"], SecurityScheme::Http { scheme: "basic".into() });
    let body = store.body.as_ref().unwrap();
    assert!(body.required);
    assert_eq!(body.media[0].media_type, "application/vnd.crate+json");
    assert_eq!(store.promises[0].media, []);
    assert_eq!(photo.parameters.len(), 1);
}

#[test]
fn promises_of_2_0_are_judged() {
    let spec = load(&swagger());
    let list = &spec.operations[0];
    let media = &list.promise(200).unwrap().media;
    let types: Vec<&str> = media.iter().map(|media| media.media_type.as_str()).collect();
    assert_eq!(types, ["application/json", "application/xml", "text/csv"]);
    assert_eq!(media[0].examples, [json!([{"id": "a"}])]);
    assert_eq!(media[2].examples, [json!("a")]);
    for media in media {
        let schema = media.schema.as_ref().unwrap();
        let judge = |value| spec.validate(schema, &value, Direction::Response).unwrap().len();
        assert_eq!(judge(json!([{"id": "a", "note": null}])), 0);
        assert_eq!(judge(json!([{"note": 1}])), 2);
    }
    assert!(!list.promise(200).unwrap().headers[0].required);
    let refused = list.promise(404).unwrap();
    assert_eq!(refused.code, CodePattern::Default);
    assert_eq!(refused.pointer, "/components/responses/Refused");
    assert_eq!(refused.media.len(), 2);
}

#[test]
fn forms_of_2_0_become_bodies() {
    let spec = load(&swagger());
    let body = spec.operations[2].body.as_ref().unwrap();
    assert!(body.required);
    assert_eq!(body.media[0].media_type, "multipart/form-data");
    let schema = spec.schema(body.media[0].schema.as_ref().unwrap()).unwrap();
    assert_eq!(schema["required"], json!(["photo"]));
    assert_eq!(schema["properties"]["photo"], json!({"type": "string", "format": "binary"}));
    assert_eq!(schema["properties"]["sizes"]["items"]["type"], "integer");
    let photo = &spec.operations[2].promises[0].media[0];
    assert_eq!(photo.media_type, "image/png");
}

#[test]
fn a_body_of_2_0_may_be_shared_by_a_path() {
    let spec = load(&json!({
        "swagger": "2.0",
        "paths": {"/a": {
            "parameters": [{"name": "b", "in": "body", "schema": {"type": "string"}}],
            "post": {"responses": {}},
            "put": {"parameters": [{"name": "c", "in": "body", "schema": {"type": "integer"}}], "responses": {}},
        }},
    }));
    let kinds: Vec<&Value> = spec
        .operations
        .iter()
        .map(|operation| {
            let media = &operation.body.as_ref().unwrap().media[0];
            assert_eq!(media.media_type, "*/*");
            &spec.schema(media.schema.as_ref().unwrap()).unwrap()["type"]
        })
        .collect();
    assert_eq!(kinds, ["string", "integer"]);
    assert_eq!(spec.operations[0].base_paths, [""]);
}

#[test]
fn examples_of_3_0_stay_examples() {
    let spec = load(&json!({
        "openapi": "3.0.1",
        "paths": {"/a": {"get": {
            "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}, "example": "x",
                "examples": {"two": {"$ref": "#/components/examples/Two"}}}],
            "responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/A"}, "examples": {"one": {"value": {"a": 1}}},
            }}}},
        }}},
        "components": {
            "examples": {"Two": {"value": {"example": "kept"}}},
            "schemas": {"A": {"type": "object", "example": {"nullable": true}, "properties": {"example": {"type": "integer", "example": 3}}}},
        },
    }));
    let operation = &spec.operations[0];
    assert_eq!(operation.parameters[0].examples, [json!("x"), json!({"example": "kept"})]);
    assert_eq!(operation.promises[0].media[0].examples, [json!({"a": 1})]);
    let schema = spec.schema(&SchemaRef { pointer: "/components/schemas/A".into() }).unwrap();
    assert_eq!(schema["examples"], json!([{"nullable": true}]));
    assert_eq!(schema["properties"]["example"], json!({"type": "integer", "examples": [3]}));
}

#[test]
fn schemas_outside_their_usual_places_are_rewritten_too() {
    let spec = load(&json!({
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": {
            "application/json": {"schema": {"$ref": "#/x-shared/a"}}}}}}}},
        "x-shared": {"a": {"type": "object", "properties": {"b": {"$ref": "#/x-shared/b"}}}, "b": {"type": "integer", "nullable": true}},
    }));
    let schema = spec.operations[0].promises[0].media[0].schema.as_ref().unwrap();
    let judge = |value| spec.validate(schema, &value, Direction::Response).unwrap().len();
    assert_eq!((judge(json!({"b": null})), judge(json!({"b": "x"}))), (0, 1));
}

#[test]
fn versions_and_kinds_of_document_are_told_apart() {
    let paths = json!({"/a": {"get": {"responses": {}}}});
    for version in [
        json!({"openapi": "3.0.3"}),
        json!({"openapi": "3.1.1"}),
        json!({"openapi": "3.2.0"}),
        json!({"openapi": 3.1}),
        json!({"swagger": "2.0"}),
        json!({"swagger": 2.0}),
    ] {
        let mut document = version;
        document["paths"] = paths.clone();
        assert_eq!(load(&document).operations.len(), 1, "{document}");
    }
    let cases = [
        (
            json!({"openapi": "3.3.0", "paths": paths}),
            "depot.json: `openapi: 3.3.0` is not supported; 2.0, 3.0, 3.1 and 3.2 are",
        ),
        (
            json!({"openapi": "3.10", "paths": paths}),
            "depot.json: `openapi: 3.10` is not supported; 2.0, 3.0, 3.1 and 3.2 are",
        ),
        (
            json!({"swagger": "1.2", "paths": paths}),
            "depot.json: `swagger: 1.2` is not supported; 2.0, 3.0, 3.1 and 3.2 are",
        ),
        (
            json!({"paths": paths}),
            "depot.json: neither `openapi` nor `swagger` stands at the root: not an OpenAPI document",
        ),
        (json!([]), "depot.json: an OpenAPI document is an object, this is a list"),
        (
            json!({"openapi": "3.1.0", "paths": []}),
            "depot.json: `paths` is missing or no object: nothing is promised here",
        ),
    ];
    for (document, expected) in cases {
        let error = Spec::load("depot.json", document.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    assert!(matches!(Spec::load("a", b"just text"), Err(SpecError::NotAnObject { .. })));
}

#[test]
fn a_shared_response_is_given_in_what_the_operation_produces() {
    let spec = load(&json!({
        "swagger": "2.0", "info": {"title": "Depot"}, "produces": ["application/json"],
        "responses": {"Crate": {"description": "", "schema": {"type": "object"}}},
        "paths": {
            "/a": {"get": {"responses": {"200": {"$ref": "#/responses/Crate"}}}},
            "/b": {"get": {"produces": ["application/xml", "text/csv"], "responses": {"200": {"$ref": "#/responses/Crate"}}}},
        },
    }));
    let types = |at: usize| -> Vec<&str> {
        let media = &spec.operations[at].promises[0].media;
        media.iter().map(|media| media.media_type.as_str()).collect()
    };
    assert_eq!(types(0), ["application/json"]);
    assert_eq!(types(1), ["application/xml", "text/csv"]);
    assert_eq!(spec.operations[0].promises[0].pointer, "/components/responses/Crate");
}

#[test]
fn parts_in_other_files_are_of_the_same_version() {
    let document = json!({
        "swagger": "2.0", "info": {"title": "Depot"}, "produces": ["application/json"],
        "definitions": {"Crate": {"type": "string"}},
        "paths": {
            "/a": {"$ref": "a.json"},
            "/b": {"get": {
                "parameters": [{"$ref": "shared.json#/parameters/Limit"}],
                "responses": {"200": {"$ref": "shared.json#/responses/Crates"}},
            }},
        },
    });
    let item = json!({"post": {
        "parameters": [{"in": "body", "name": "crate", "schema": {"type": "object"}}],
        "responses": {"200": {"description": "", "schema": {"$ref": "depot.json#/definitions/Crate"}}},
    }});
    let shared = json!({
        "parameters": {"Limit": {"name": "limit", "in": "query", "type": "integer", "maximum": 9}},
        "responses": {"Crates": {"description": "", "schema": {"type": "array", "maxItems": 1}}},
    });
    let files = |name: &str| match name {
        "a.json" => Ok(item.to_string().into_bytes()),
        "shared.json" => Ok(shared.to_string().into_bytes()),
        "depot.json" => Ok(document.to_string().into_bytes()),
        other => Err(format!("no {other}")),
    };
    let spec = Spec::load_with("depot.json", document.to_string().as_bytes(), &files).unwrap();
    assert_eq!(spec.problems, []);
    let breaks = |schema: &Option<SchemaRef>, value: Value| {
        let schema = schema.as_ref().unwrap();
        !spec.validate(schema, &value, Direction::Response).unwrap().is_empty()
    };
    let [post, get] = &spec.operations[..] else { panic!("{:?}", spec.operations) };
    assert!(breaks(&post.body.as_ref().unwrap().media[0].schema, json!(1)));
    assert!(breaks(&post.promises[0].media[0].schema, json!(1)));
    assert!(breaks(&get.parameters[0].schema, json!(10)));
    let crates = &get.promises[0].media[0];
    assert_eq!(crates.media_type, "application/json");
    assert!(breaks(&crates.schema, json!([1, 2])) && !breaks(&crates.schema, json!([1])));
}
