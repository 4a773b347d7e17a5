use crate::spec::{Parameter, Spec};
use serde_json::{Value, json};

/// A spec with this one parameter.
fn spec(parameter: &Value) -> Spec {
    let document = json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"parameters": [parameter], "responses": {}}}},
        "components": {"schemas": {"Number": {"allOf": [{"type": "integer"}]}}},
    });
    let spec = Spec::load("depot.json", document.to_string().as_bytes()).unwrap();
    assert_eq!(spec.problems, []);
    spec
}

fn parameter(spec: &Spec) -> &Parameter {
    &spec.operations[0].parameters[0]
}

fn read(parameter: &Value, raw: &[&str]) -> Value {
    let spec = spec(parameter);
    let raw: Vec<String> = raw.iter().map(|text| (*text).to_owned()).collect();
    spec.parameter_value(self::parameter(&spec), &raw)
}

#[test]
fn texts_become_the_types_of_their_schemas() {
    let cases = [
        (json!({"type": "integer"}), "12", json!(12)),
        (json!({"type": "integer"}), "-1", json!(-1)),
        (json!({"type": "integer"}), "18446744073709551615", json!(u64::MAX)),
        (json!({"type": "integer"}), "1.0", json!("1.0")),
        (json!({"type": "integer"}), "012", json!("012")),
        (json!({"type": "integer"}), "", json!("")),
        (json!({"type": "integer"}), "-", json!("-")),
        (json!({"type": "number"}), "1.5e3", json!(1500.0)),
        (json!({"type": "number"}), "NaN", json!("NaN")),
        (json!({"type": "number"}), "1 ", json!("1 ")),
        (json!({"type": "boolean"}), "False", json!(false)),
        (json!({"type": "boolean"}), "true", json!(true)),
        (json!({"type": "boolean"}), "1", json!("1")),
        (json!({"type": "string"}), "12", json!("12")),
        (json!({"type": ["string", "integer"]}), "12", json!("12")),
        (json!({"type": ["integer", "null"]}), "", Value::Null),
        (json!({"$ref": "#/components/schemas/Number"}), "12", json!(12)),
        (json!({"oneOf": [{"type": "integer"}, {"type": "boolean"}]}), "true", json!(true)),
        (json!({}), "12", json!("12")),
        (json!(true), "12", json!("12")),
    ];
    for (schema, text, expected) in cases {
        let found = read(&json!({"name": "a", "in": "query", "schema": schema}), &[text]);
        assert_eq!(found, expected, "{schema} {text}");
    }
}

#[test]
fn lists_are_taken_apart_by_their_style() {
    let cases: [(Value, &[&str], Value); 14] = [
        (json!({"in": "query"}), &["1", "2"], json!([1, 2])),
        (json!({"in": "query"}), &["1,2"], json!(["1,2"])),
        (json!({"in": "query", "explode": false}), &["1,2"], json!([1, 2])),
        (json!({"in": "query", "explode": false}), &[""], json!([])),
        (
            json!({"in": "query", "style": "pipeDelimited", "explode": false}),
            &["1|2"],
            json!([1, 2]),
        ),
        (json!({"in": "query", "style": "spaceDelimited"}), &["1 2"], json!([1, 2])),
        (json!({"in": "query", "x-style": "tabDelimited"}), &["1\t2"], json!([1, 2])),
        (json!({"in": "header"}), &["1, 2", "3"], json!([1, 2, 3])),
        (json!({"in": "path", "required": true}), &["1,x"], json!([1, "x"])),
        (json!({"in": "path", "style": "label"}), &[".1,2"], json!([1, 2])),
        (json!({"in": "path", "style": "label", "explode": true}), &[".1.2"], json!([1, 2])),
        (json!({"in": "path", "style": "matrix"}), &[";a=1,2"], json!([1, 2])),
        (json!({"in": "path", "style": "matrix", "explode": true}), &[";a=1;a=2"], json!([1, 2])),
        (json!({"in": "cookie"}), &["1"], json!([1])),
    ];
    for (mut parameter, raw, expected) in cases {
        parameter["name"] = json!("a");
        parameter["schema"] = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(read(&parameter, raw), expected, "{parameter} {raw:?}");
    }
}

#[test]
fn objects_are_taken_apart_by_their_style() {
    let schema = json!({"type": "object", "properties": {"r": {"type": "integer"}, "g": {"type": "string"}}});
    let whole = json!({"r": 1, "g": "2"});
    let cases: [(Value, &str, Value); 7] = [
        (json!({"in": "header"}), "r,1,g,2", whole.clone()),
        (json!({"in": "header", "explode": true}), "r=1,g=2", whole.clone()),
        (json!({"in": "query", "explode": false}), "r,1,g,2", whole.clone()),
        (json!({"in": "query", "explode": false}), "r,1,g", json!("r,1,g")),
        (json!({"in": "query", "explode": false}), "{\"r\": 1}", json!({"r": 1})),
        (json!({"in": "path", "style": "label", "explode": true}), ".r=1.g=2", whole.clone()),
        (json!({"in": "path", "style": "matrix", "explode": true}), ";r=1;g=2", whole),
    ];
    for (mut parameter, raw, expected) in cases {
        parameter["name"] = json!("a");
        parameter["schema"] = schema.clone();
        assert_eq!(read(&parameter, &[raw]), expected, "{parameter} {raw}");
    }
}

/// A query, in order.
type Pairs<'a> = &'a [(&'a str, &'a str)];

#[test]
fn values_spread_over_names_are_gathered() {
    let list = json!({"type": "array", "items": {"type": "integer"}});
    let tags = json!({"type": "array", "items": {"type": "object", "properties": {
        "Key": {"type": "string"}, "Level": {"type": "integer"}, "Ids": list}}});
    let point = json!({"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}});
    let cases: [(Value, Value, Pairs, Value); 10] = [
        (
            json!({"x-style": "indexed"}),
            list.clone(),
            &[("a.2", "5"), ("a.1", "4"), ("b.1", "9")],
            json!([4, 5]),
        ),
        (
            json!({"x-style": "indexed"}),
            list.clone(),
            &[("a.10", "5"), ("a.9", "4")],
            json!([4, 5]),
        ),
        (
            json!({"x-style": "indexed"}),
            tags,
            &[("a.1.Key", "k"), ("a.1.Level", "3"), ("a.2.Ids.1", "7"), ("a.2.Key", "")],
            json!([{"Key": "k", "Level": 3}, {"Ids": [7], "Key": ""}]),
        ),
        (json!({"x-style": "indexed"}), json!({"type": "string"}), &[("a", "x")], json!("x")),
        (
            json!({"style": "deepObject"}),
            point.clone(),
            &[("a[x]", "1"), ("a[y]", "2")],
            json!({"x": 1, "y": "2"}),
        ),
        (
            json!({"style": "deepObject"}),
            point.clone(),
            &[("a[x", "1"), ("a[y]", "2")],
            json!({"y": "2"}),
        ),
        (json!({}), point.clone(), &[("x", "1"), ("z", "2")], json!({"x": 1})),
        (json!({}), point, &[("z", "2")], Value::Null),
        (json!({}), list.clone(), &[("a", "1"), ("b", "2"), ("a", "x")], json!([1, "x"])),
        (json!({}), list, &[("A", "1")], Value::Null),
    ];
    for (mut parameter, schema, pairs, expected) in cases {
        parameter["name"] = json!("a");
        parameter["in"] = json!("query");
        parameter["schema"] = schema;
        let spec = spec(&parameter);
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let found = spec.query_value(self::parameter(&spec), &pairs);
        assert_eq!(found.unwrap_or_default(), expected, "{parameter} {pairs:?}");
    }
}

#[test]
fn a_parameter_may_carry_json() {
    let parameter = json!({"name": "a", "in": "query",
        "content": {"application/json": {"schema": {"type": "object"}, "example": {"b": 1}}}});
    assert_eq!(read(&parameter, &["{\"b\": [1]}"]), json!({"b": [1]}));
    assert_eq!(read(&parameter, &["{b"]), json!("{b"));
    assert_eq!(self::parameter(&spec(&parameter)).examples, [json!({"b": 1})]);
}

#[test]
fn a_text_is_read_as_the_alternative_that_it_keeps() {
    let either = json!({"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["all", "7"]}]});
    let cases = [
        (&either, "5", json!(5)),
        (&either, "all", json!("all")),
        (&either, "some", json!("some")),
        (&either, "true", json!("true")),
        (&json!({"type": "integer"}), "1.0", json!("1.0")),
    ];
    for (schema, text, expected) in cases {
        let found = read(&json!({"name": "a", "in": "query", "schema": schema}), &[text]);
        assert_eq!(found, expected, "{schema} {text}");
    }
}

#[test]
fn a_name_that_stands_twice_is_no_single_value() {
    let cases = [
        (json!({"in": "query"}), ["1", "x"], json!([1, "x"])),
        (json!({"in": "query"}), ["1", "1"], json!(1)),
        (json!({"in": "header"}), ["1", "2"], json!("1, 2")),
        (json!({"in": "cookie"}), ["1", "2"], json!(1)),
    ];
    for (mut parameter, raw, expected) in cases {
        parameter["name"] = json!("a");
        parameter["schema"] = json!({"type": "integer"});
        assert_eq!(read(&parameter, &raw), expected, "{parameter} {raw:?}");
    }
}

#[test]
fn a_media_type_is_a_text_of_its_own() {
    let spec = spec(&json!({
        "name": "filter", "in": "query",
        "content": {"application/json": {"schema": {"type": "object", "properties": {"a": {}}}}},
    }));
    let value = |text: &str| {
        let pairs = [("filter".to_owned(), text.to_owned()), ("a".to_owned(), "1".to_owned())];
        spec.query_value(parameter(&spec), &pairs)
    };
    assert_eq!(value(r#"{"a": 2}"#), Some(json!({"a": 2})));
    assert_eq!(value("{a"), Some(json!("{a")));
}

#[test]
fn emptiness_is_taken_where_it_is_allowed() {
    let takes = |place: &str, allowed: bool| {
        let spec = spec(&json!({
            "name": "a", "in": place, "allowEmptyValue": allowed, "schema": {"type": "integer"},
        }));
        spec.takes_empty(parameter(&spec), &json!(""))
    };
    assert_eq!(
        [takes("query", true), takes("query", false), takes("header", true)],
        [true, false, false]
    );
    let old = json!({
        "swagger": "2.0", "paths": {"/a": {"get": {"responses": {}, "parameters": [
            {"name": "a", "in": "query", "type": "boolean", "allowEmptyValue": true}
        ]}}},
    });
    let spec = Spec::load("depot.json", old.to_string().as_bytes()).unwrap();
    assert!(spec.takes_empty(parameter(&spec), &json!("")));
}
