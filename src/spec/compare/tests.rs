use super::*;
use serde_json::{Value, json};

/// A document with one operation whose request and response carry these schemas.
fn spec(request: &Value, response: &Value, more: &Value) -> Spec {
    let body = |schema: &Value| json!({"application/json": {"schema": schema}});
    let mut operation = json!({
        "requestBody": {"content": body(request)},
        "responses": {"200": {"description": "", "content": body(response)}},
    });
    if let Some(more) = more.as_object() {
        for (key, value) in more {
            operation[key] = value.clone();
        }
    }
    let document = json!({"openapi": "3.1.0", "paths": {"/crates/{id}": {"put": operation}}});
    Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
}

fn changes(before: &Spec, after: &Spec) -> Vec<String> {
    let told = |change: &Change| {
        let Use { place, at, .. } = &change.uses[0];
        format!("{} {} [{place}] {at}: {}", change.impact, change.kind, change.what)
    };
    let mut found: Vec<String> = compare(before, after).changes.iter().map(told).collect();
    found.sort();
    found
}

/// What changing a schema means in a request, and in a response.
fn of_schema(before: &Value, after: &Value) -> Vec<String> {
    let none = json!({});
    let (before, after) = (spec(before, before, &none), spec(after, after, &none));
    let found = changes(&before, &after);
    found.iter().map(|one| one.replace(" application/json", "")).collect()
}

#[test]
fn a_change_means_one_thing_in_requests_and_another_in_responses() {
    let cases = [
        (
            json!({"type": "string"}),
            json!({"type": ["string", "null"]}),
            "breaking type-widened [200] : may be `null`, too",
            "non-breaking type-widened [request] : may be `null`, too",
        ),
        (
            json!({"type": "number"}),
            json!({"type": "integer"}),
            "breaking type-narrowed [request] : is `number` no longer",
            "non-breaking type-narrowed [200] : is `number` no longer",
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!({"enum": ["a"]}),
            "breaking enum-value-removed [request] : value `b` is gone",
            "non-breaking enum-value-removed [200] : value `b` is gone",
        ),
        (
            json!({"enum": ["a"]}),
            json!({"enum": ["a", "b"]}),
            "breaking enum-value-added [200] : value `b` is new",
            "non-breaking enum-value-added [request] : value `b` is new",
        ),
        (
            json!({"items": {"maxLength": 8}}),
            json!({"items": {"maxLength": 4}}),
            "breaking limit-narrowed [request] /*: `maxLength` is 4, was 8",
            "non-breaking limit-narrowed [200] /*: `maxLength` is 4, was 8",
        ),
        (
            json!({"properties": {"a": {}}}),
            json!({"properties": {"a": {}}, "required": ["a"]}),
            "breaking became-required [request] /a: member `a` is required now",
            "non-breaking became-required [200] /a: member `a` is required now",
        ),
        (
            json!({"properties": {"a": {}}, "required": ["a"]}),
            json!({"properties": {"a": {}}}),
            "breaking became-optional [200] /a: member `a` is optional now",
            "non-breaking became-optional [request] /a: member `a` is optional now",
        ),
        (
            json!({"properties": {"a": {}}, "required": ["a"]}),
            json!({"properties": {"b": {}}}),
            "breaking member-removed [200] /a: member `a` is gone",
            "non-breaking member-added [200] /b: member `b` is new",
        ),
        (
            json!({"format": "uuid"}),
            json!({}),
            "breaking keyword-widened [200] : `format: uuid` is gone",
            "non-breaking keyword-widened [request] : `format: uuid` is gone",
        ),
        (
            json!({"oneOf": [{"title": "A"}, {"title": "B"}]}),
            json!({"oneOf": [{"title": "B", "minimum": 1}, {"title": "C"}]}),
            "breaking alternative-added [200] : alternative `C` is new",
            "breaking alternative-removed [request] : alternative `A` is gone",
        ),
        (
            json!({"not": {"type": "null"}}),
            json!({"not": {"type": "string"}}),
            "unknown keyword-changed [200] : `not` changed",
            "unknown keyword-changed [request] : `not` changed",
        ),
    ];
    for (before, after, first, second) in cases {
        let found = of_schema(&before, &after);
        for expected in [first, second] {
            assert!(found.iter().any(|one| one == expected), "{expected}\n{found:#?}");
        }
    }
}

#[test]
fn what_means_the_same_is_no_change() {
    let component =
        json!({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]});
    let same = [
        (
            component.clone(),
            json!({"allOf": [{"type": "object"}, {"properties": {"a": {"type": "integer"}}, "required": ["a"]}]}),
        ),
        (
            json!({"type": ["string", "null"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ),
        (json!({"description": "a crate"}), json!({"description": "a box"})),
        (json!({"items": {}}), json!({"items": true})),
        (json!({"enum": ["a", "b"]}), json!({"enum": ["b", "a"]})),
    ];
    for (before, after) in same {
        assert_eq!(of_schema(&before, &after), [""; 0], "{before} {after}");
        assert_eq!(of_schema(&after, &before), [""; 0], "{after} {before}");
    }
}

#[test]
fn members_count_where_they_travel() {
    let with = |mark: &str| json!({"properties": {"a": {"type": "string", mark: true}}, "required": ["a"]});
    let found = of_schema(&with("readOnly"), &with("writeOnly"));
    assert_eq!(
        found,
        [
            "breaking became-required [request] /a: member `a` is required now",
            "breaking member-removed [200] /a: member `a` is gone",
            "non-breaking member-added [request] /a: member `a` is new",
        ]
    );
}

#[test]
fn what_surrounds_schemas_is_compared() {
    let any = json!({});
    let before = spec(
        &any,
        &any,
        &json!({
            "operationId": "PutCrate",
            "parameters": [
                {"name": "id", "in": "path", "schema": {"type": "string"}},
                {"name": "gone", "in": "query", "schema": {"type": "string"}},
                {"name": "tight", "in": "query", "schema": {"type": "integer"}},
            ],
            "responses": {
                "200": {"description": "", "headers": {"ETag": {"required": true, "schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {}}, "text/plain": {"schema": {"type": "string"}}}},
                "202": {"description": ""}, "404": {"description": ""}, "409": {"description": ""},
            },
        }),
    );
    let after = spec(
        &any,
        &any,
        &json!({
            "operationId": "PutCrate", "deprecated": true,
            "security": [{"key": []}],
            "requestBody": {"required": true, "content": {"application/json": {"schema": {}}}},
            "parameters": [
                {"name": "id", "in": "path", "schema": {"type": "string"}},
                {"name": "tight", "in": "query", "required": true, "schema": {"type": "integer"}},
                {"name": "fresh", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": {}}}},
                "4XX": {"description": ""}, "201": {"description": ""},
            },
        }),
    );
    let found = changes(&before, &after);
    let expected = [
        "breaking became-required [query:tight] : query parameter `tight` is required now",
        "breaking became-required [request] : the request's body is required now",
        "breaking code-removed [202] : `202` is gone",
        "breaking header-removed [200 header:ETag] : header `ETag` is gone",
        "breaking media-type-removed [200 text/plain] : media type `text/plain` is gone",
        "breaking security-removed [] : no longer takes authentication `none`",
        "non-breaking code-added [4XX] : `4XX` is new",
        "non-breaking code-covered [404] : `404` is covered by `4XX` now",
        "non-breaking code-covered [409] : `409` is covered by `4XX` now",
        "non-breaking operation-deprecated [] : is deprecated now",
        "non-breaking parameter-added [query:fresh] : query parameter `fresh` is new and optional",
        "non-breaking security-added [] : takes authentication `key`, too",
        "unknown code-added [201] : `201` is new",
        "unknown parameter-removed [query:gone] : query parameter `gone` is gone",
    ];
    assert_eq!(found, expected);
    assert_eq!(changes(&before, &before), [""; 0]);
}

#[test]
fn operations_are_known_by_their_path_or_their_name() {
    let load = |paths: Value| {
        let document = json!({"openapi": "3.1.0", "paths": paths});
        Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
    };
    let operation = |id: &str| json!({"operationId": id, "responses": {}});
    let before = load(json!({
        "/crates/{id}": {"get": operation("ShowCrate"), "delete": operation("DropCrate")},
        "/boxes": {"get": operation("ListBoxes")},
    }));
    let after = load(json!({
        "/crates/{crate}": {"get": operation("ShowCrate")},
        "/v2/boxes": {"get": operation("ListBoxes")},
        "/lids": {"get": operation("ListLids")},
    }));
    assert_eq!(
        changes(&before, &after),
        [
            "breaking operation-moved [] : `GET /boxes` is now `GET /v2/boxes`",
            "breaking operation-removed [] : `DELETE /crates/{id}` is gone",
            "non-breaking operation-added [] : `GET /lids` is new",
        ]
    );
}

#[test]
fn a_shared_schema_that_changed_is_told_once() {
    let load = |kind: &str| {
        let use_it = json!({"get": {"responses": {"200": {"description": "", "content":
            {"application/json": {"schema": {"$ref": "#/components/schemas/Crate"}}}}}}});
        let document = json!({"openapi": "3.1.0", "paths": {"/a": use_it, "/b": use_it}, "components": {"schemas": {
            "Crate": {"properties": {"inner": {"$ref": "#/components/schemas/Crate"}, "size": {"type": kind}}}}}});
        Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
    };
    let found = compare(&load("integer"), &load("string"));
    assert_eq!((found.count(Impact::Breaking), found.changes.len()), (1, 2));
    let [widened, narrowed] = &found.changes[..] else { panic!("{found:?}") };
    assert_eq!((widened.kind, narrowed.kind), ("type-widened", "type-narrowed"));
    let uses: Vec<_> = widened.uses.iter().map(|u| (u.operation.as_str(), u.at.as_str())).collect();
    assert_eq!(uses, [("GET /a", "/size"), ("GET /b", "/size")]);
    let spot = widened.before.as_ref().unwrap();
    assert_eq!(spot.pointer, "/components/schemas/Crate/properties/size/type");
}
