use super::{Direction, Violation};
use crate::spec::{SchemaRef, Spec};
use serde_json::{Value, json};

/// A spec whose one promise is `schema`, with further schemas beside it.
fn spec(version: &str, schema: &Value, others: &Value) -> Spec {
    let mut schemas = others.clone();
    schemas["Promise"] = schema.clone();
    let document = json!({
        "openapi": version,
        "paths": {"/crates": {"get": {"responses": {"200": {"description": "", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Promise"}},
        }}}}}},
        "components": {"schemas": schemas},
    });
    Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
}

fn promise(spec: &Spec) -> SchemaRef {
    spec.operations[0].promises[0].media[0].schema.clone().unwrap()
}

fn judged(spec: &Spec, value: &Value) -> Vec<Violation> {
    spec.validate(&promise(spec), value, Direction::Response).unwrap()
}

/// The only violation.
fn one(spec: &Spec, value: &Value) -> Violation {
    let mut found = judged(spec, value);
    assert_eq!(found.len(), 1, "{value}: {found:#?}");
    found.remove(0)
}

fn keeps(version: &str, schema: &Value, others: &Value, good: &[Value], bad: &[Value]) {
    let spec = spec(version, schema, others);
    for value in good {
        assert_eq!(judged(&spec, value), [], "{schema} should take {value}");
    }
    for value in bad {
        assert_ne!(judged(&spec, value), [], "{schema} should refuse {value}");
    }
}

#[test]
fn keywords_of_3_1_are_judged() {
    let none = json!({});
    let cases = [
        (
            json!({"type": "integer"}),
            vec![json!(1), json!(1.0)],
            vec![json!(1.5), json!("1"), Value::Null],
        ),
        (json!({"type": ["string", "null"]}), vec![json!(""), Value::Null], vec![json!(1)]),
        (json!({"enum": ["a", 1]}), vec![json!("a"), json!(1.0)], vec![json!("b"), Value::Null]),
        (json!({"const": {"$ref": "x"}}), vec![json!({"$ref": "x"})], vec![json!({})]),
        (json!({"exclusiveMinimum": 3}), vec![json!(4)], vec![json!(3)]),
        (json!({"exclusiveMinimum": true, "minimum": 3}), vec![json!(4)], vec![json!(3)]),
        (json!({"multipleOf": 0.1}), vec![json!(0.3)], vec![json!(0.35)]),
        (
            json!({"maxLength": 2}),
            vec![json!("äö"), json!("中文"), json!("💡💡")],
            vec![json!("abc")],
        ),
        (json!({"pattern": "^[a-z\\d]+$"}), vec![json!("a1")], vec![json!("A"), json!("")]),
        (json!({"pattern": "\\A[a-z]+\\Z"}), vec![json!("a")], vec![json!("A"), json!("a1")]),
        (json!({"pattern": "^[\\u4e00-\\u9fa5]$"}), vec![json!("中")], vec![json!("a")]),
        (
            json!({"required": ["a"], "properties": {"a": false, "required": {"type": "string"}}}),
            vec![],
            vec![json!({"a": 1}), json!({})],
        ),
        (
            json!({"properties": {"required": {"type": "string"}}}),
            vec![json!({"required": "x"})],
            vec![json!({"required": true})],
        ),
        (json!({"required": ["a", "a"]}), vec![json!({"a": 1})], vec![json!({})]),
        (
            json!({"additionalProperties": {"type": "string"}}),
            vec![json!({"a": "b"})],
            vec![json!({"a": 1})],
        ),
        (
            json!({"unevaluatedProperties": false, "allOf": [{"properties": {"a": {}}}]}),
            vec![json!({"a": 1})],
            vec![json!({"b": 1})],
        ),
        (
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            vec![json!(["a"])],
            vec![json!([1]), json!(["a", 1])],
        ),
        (
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
            vec![json!({"a": 1, "b": 1}), json!({})],
            vec![json!({"a": 1})],
        ),
        (json!({"nullable": true, "type": "string"}), vec![json!("a")], vec![Value::Null]),
        (
            json!({"x-unique-by": "id"}),
            vec![json!([{"id": 1}, {"id": "1"}, {}, {}]), json!("a")],
            vec![json!([{"id": 1}, {"id": 1}])],
        ),
        (
            json!({"x-forbidden-prefixes": ["http://", "_"]}),
            vec![json!("a_"), json!(1)],
            vec![json!("_a"), json!("http://x")],
        ),
        (
            json!({"$id": "https://depot.example/crate", "$schema": "http://json-schema.org/draft-04/schema#", "$ref": "#/components/schemas/Other"}),
            vec![],
            vec![],
        ),
    ];
    for (schema, good, bad) in cases {
        keeps("3.1.0", &schema, &json!({"Other": {}}), &good, &bad);
    }
    keeps("3.1.0", &json!(true), &none, &[json!(1)], &[]);
    keeps("3.1.0", &json!(false), &none, &[], &[json!(1)]);
}

#[test]
fn formats_assert() {
    let cases = [
        ("date-time", "2026-11-20T10:00:00.5Z", "2026-11-20 10:00:00"),
        ("date", "2026-02-28", "2026-02-30"),
        ("uuid", "8d9c1f0a-7a1c-4f6e-9a55-0b1a2c3d4e5f", "8d9c1f0a"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("ipv6", "fe80::1", "fe80::1::2"),
        ("email", "a@depot.example", "a.depot.example"),
        ("uri", "https://depot.example/a?b#c", "/a"),
        ("hostname", "depot.example", "-depot"),
        ("byte", "aGVsbG8=", "not base64!"),
        ("int64", "9223372036854775807", "9223372036854775808"),
    ];
    for (format, good, bad) in cases {
        let schema = json!({"type": "string", "format": format});
        keeps("3.1.0", &schema, &json!({}), &[json!(good)], &[json!(bad)]);
    }
    let schema = json!({"type": "string", "format": "of-our-own"});
    keeps("3.1.0", &schema, &json!({}), &[json!("anything")], &[]);
    let numbers = [
        ("int32", json!(2_147_483_647_u32), json!(2_147_483_648_u32)),
        ("int64", json!(i64::MIN), json!(u64::MAX)),
        ("int64", json!(0.0), json!(9_223_372_036_854_775_808.0)),
        ("uint8", json!(0), json!(-1)),
    ];
    for (format, good, bad) in numbers {
        let spec = spec("3.1.0", &json!({"type": "integer", "format": format}), &json!({}));
        assert_eq!(judged(&spec, &good), []);
        let found = one(&spec, &bad);
        assert_eq!(
            (found.keyword.as_str(), found.expected),
            ("format", format!("format `{format}`"))
        );
        assert_eq!(found.schema_pointer, "/components/schemas/Promise/format");
    }
}

#[test]
fn schemas_of_3_0_mean_what_they_meant() {
    let others = json!({"Other": {"type": "object", "required": ["a"]}, "Kind": {"type": "string", "enum": ["a"]}});
    let to_other = "#/components/schemas/Other";
    let cases = [
        (
            json!({"type": "string", "nullable": true}),
            vec![Value::Null, json!("a")],
            vec![json!(1)],
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            vec![Value::Null, json!("a")],
            vec![json!("b")],
        ),
        (json!({"type": "string", "nullable": false}), vec![json!("a")], vec![Value::Null]),
        (
            json!({"$ref": to_other, "nullable": true}),
            vec![Value::Null, json!({"a": 1})],
            vec![json!({}), json!(1)],
        ),
        (
            json!({"allOf": [{"$ref": to_other}], "nullable": true, "description": "x"}),
            vec![Value::Null, json!({"a": 1})],
            vec![json!({})],
        ),
        (
            json!({"oneOf": [{"type": "integer"}, {"type": "boolean"}], "nullable": true}),
            vec![Value::Null, json!(1)],
            vec![json!("a")],
        ),
        (json!({"nullable": true}), vec![Value::Null, json!(1)], vec![]),
        (
            json!({"$ref": "#/components/schemas/Kind", "maxLength": 0}),
            vec![json!("a")],
            vec![json!("b")],
        ),
        (
            json!({"minimum": 1, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false}),
            vec![json!(2), json!(9)],
            vec![json!(1), json!(10)],
        ),
        (
            json!({"type": "object", "properties": {"nullable": {"type": "integer", "nullable": true}}}),
            vec![json!({"nullable": null})],
            vec![json!({"nullable": true})],
        ),
        (
            json!({"items": {"type": "array", "items": {"type": "string", "nullable": true}}}),
            vec![json!([["a", null]])],
            vec![json!([[1]])],
        ),
    ];
    for (schema, good, bad) in cases {
        keeps("3.0.3", &schema, &others, &good, &bad);
    }
}

#[test]
fn a_violation_says_where_what_and_what_instead() {
    let schema = json!({
        "type": "object",
        "required": ["id", "kind"],
        "additionalProperties": false,
        "properties": {
            "id": {"type": "string", "maxLength": 3},
            "kind": {"enum": ["crate", "pallet"]},
            "a/b": {"type": "array", "items": {"$ref": "#/components/schemas/Weight"}},
        },
    });
    let spec = spec("3.1.0", &schema, &json!({"Weight": {"type": "number", "minimum": 0}}));
    let found = judged(&spec, &json!({"id": "long", "a/b": [1, -1, "x"], "more": 7}));
    let told: Vec<_> = found
        .iter()
        .map(|v| (v.at.as_str(), v.keyword.as_str(), v.expected.as_str(), v.observed.as_str()))
        .collect();
    let mut expected = [
        ("/kind", "required", "member `kind`", "absent"),
        ("/id", "maxLength", "at most 3 characters", "\"long\""),
        ("/a~1b/1", "minimum", "at least 0", "-1"),
        ("/a~1b/2", "type", "type `number`", "\"x\""),
        ("/more", "additionalProperties", "no member of this name", "7"),
    ];
    let mut sorted = told.clone();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    let pointer = |at: &str| {
        let violation = found.iter().find(|violation| violation.at == at).unwrap();
        assert!(spec.document().pointer(&violation.schema_pointer).is_some(), "{violation:?}");
        violation.schema_pointer.clone()
    };
    assert_eq!(pointer("/a~1b/1"), "/components/schemas/Weight/minimum");
    assert_eq!(pointer("/kind"), "/components/schemas/Promise/required/1");
    assert_eq!(pointer("/more"), "/components/schemas/Promise/additionalProperties");
}

#[test]
fn what_is_quoted_is_bounded() {
    let spec = spec("3.1.0", &json!({"type": "integer"}), &json!({}));
    let long = "ü".repeat(10_000);
    for value in [json!(long), json!([long]), json!(vec![1; 10_000]), json!({&long: 1})] {
        let found = one(&spec, &value);
        assert!(found.observed.chars().count() <= 81, "{}", found.observed);
    }
    let spec = self::spec("3.1.0", &json!({"items": {"type": "integer"}}), &json!({}));
    assert_eq!(judged(&spec, &json!(vec!["x"; 5000])).len(), 100);
}

#[test]
fn the_nearest_alternative_is_named() {
    let schema = json!({"oneOf": [
        {"type": "object", "required": ["kind", "slats"], "properties": {"kind": {"const": "crate"}}},
        {"type": "object", "required": ["kind", "weight"], "properties": {"kind": {"const": "pallet"}}},
        {"type": "string"},
    ]});
    let spec = spec("3.1.0", &schema, &json!({}));
    let found = one(&spec, &json!({"kind": "pallet"}));
    assert_eq!((found.at.as_str(), found.keyword.as_str()), ("", "oneOf"));
    assert_eq!(found.expected, "one of 3 forms; the nearest, number 2, wants member `weight`");
    let both = self::spec("3.1.0", &json!({"oneOf": [{"minimum": 1}, {"maximum": 5}]}), &json!({}));
    assert_eq!(one(&both, &json!(3)).expected, "exactly one of 2 forms; numbers 1, 2 fit");
}

#[test]
fn a_nullable_reference_hides_no_error_behind_its_alternatives() {
    let others = json!({"Crate": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}});
    let schema = json!({"$ref": "#/components/schemas/Crate", "nullable": true});
    let spec = spec("3.0.0", &schema, &others);
    let found = one(&spec, &json!({"id": 1}));
    assert_eq!((found.at.as_str(), found.keyword.as_str()), ("/id", "type"));
    assert_eq!(found.schema_pointer, "/components/schemas/Crate/properties/id/type");
}

#[test]
fn members_are_asked_for_in_their_direction() {
    let schema = json!({
        "type": "object",
        "required": ["id", "name", "secret", "stamp", "label"],
        "properties": {
            "id": {"type": "string", "readOnly": true},
            "name": {"type": "string"},
            "secret": {"$ref": "#/components/schemas/Secret"},
            "label": {"allOf": [{"readOnly": true}]},
        },
        "allOf": [{"properties": {"stamp": {"readOnly": true}}}, {"required": ["stamp"]}],
    });
    let others = json!({"Secret": {"type": "string", "writeOnly": true}});
    let spec = spec("3.1.0", &schema, &others);
    let request = json!({"name": "a", "secret": "b"});
    let response = json!({"id": "1", "name": "a", "stamp": 1, "label": ""});
    let judge =
        |value: &Value, direction| spec.validate(&promise(&spec), value, direction).unwrap();
    assert_eq!(judge(&request, Direction::Request), []);
    assert_eq!(judge(&response, Direction::Response), []);
    let missing = |value: &Value, direction| -> Vec<String> {
        let mut at: Vec<String> = judge(value, direction).into_iter().map(|v| v.at).collect();
        at.sort();
        at
    };
    assert_eq!(missing(&json!({}), Direction::Request), ["/name", "/secret"]);
    assert_eq!(missing(&json!({}), Direction::Response), ["/id", "/label", "/name", "/stamp"]);
}

#[test]
fn rules_as_written_are_advice_where_the_page_contradicts_them() {
    let schema = json!({
        "type": "object",
        "required": ["id"],
        "x-contradicted": {"required": ["id", "name"], "x-source": {"line": 4}},
        "properties": {
            "name": {"type": "string"},
            "id": {
                "type": "string", "maxLength": 8,
                "x-contradicted": {"maxLength": 4, "x-source": [{"page": "crates.txt", "line": 7}]},
            },
        },
    });
    let spec = spec("3.1.0", &schema, &json!({}));
    assert_eq!(judged(&spec, &json!({"id": "abcd", "name": ""})), []);
    let found = one(&spec, &json!({"id": "abcdef", "name": ""}));
    assert!(found.advisory);
    assert_eq!(found.expected, "at most 4 characters");
    let place = "/components/schemas/Promise/properties/id/x-contradicted/maxLength";
    assert_eq!(found.schema_pointer, place);
    assert_eq!(spec.source_of(place)[0].line, Some(7));
    let found = one(&spec, &json!({"id": "abcdefghi", "name": ""}));
    assert!(!found.advisory, "both rules are broken: the one that holds is told, once");
    let found = one(&spec, &json!({"id": "a"}));
    assert!(found.advisory);
    assert_eq!(found.schema_pointer, "/components/schemas/Promise/x-contradicted/required/1");
    assert_eq!(spec.source_of(&found.schema_pointer)[0].line, Some(4));
}

#[test]
fn one_bad_schema_spoils_its_promises_only() {
    let bad = [
        json!({"minLength": "3"}),
        json!({"properties": []}),
        json!({"properties": {"a": {"required": true}}}),
        json!({"type": "int"}),
        json!({"items": []}),
        json!({"pattern": "("}),
        json!({"oneOf": []}),
        json!({"multipleOf": 0}),
        json!({"uniqueItems": "yes"}),
        json!({"x-unique-by": 1}),
        json!({"x-forbidden-prefixes": "a"}),
        json!({"$ref": "#/components/schemas/Nowhere"}),
        json!({"$ref": "https://depot.example/other.json"}),
        json!({"allOf": [{"$ref": "#/components/schemas/Promise"}]}),
        json!({"properties": {"a": {"$ref": "#/components/schemas/Broken"}}}),
    ];
    for schema in bad {
        let others = json!({"Good": {"type": "string"}, "Broken": {"minItems": []}});
        let spec = spec("3.1.0", &schema, &others);
        let found = spec.validate(&promise(&spec), &json!({}), Direction::Response);
        let unreadable = found.expect_err(&schema.to_string());
        assert!(unreadable.pointer.starts_with('/'), "{unreadable}");
        let good = SchemaRef { pointer: "/components/schemas/Good".into() };
        assert_eq!(spec.validate(&good, &json!("a"), Direction::Response), Ok(vec![]));
        assert_eq!(spec.validate(&good, &json!(1), Direction::Request).unwrap().len(), 1);
    }
}

#[test]
fn references_are_followed_however_they_are_spelt() {
    let places = ["#/components/schemas/A%7B~1%C3%A4%7D", "#/components/schemas/A{~1ä}"];
    for place in places {
        let spec = spec("3.1.0", &json!({"$ref": place}), &json!({"A{/ä}": {"type": "integer"}}));
        assert_eq!(spec.problems, []);
        assert_eq!(one(&spec, &json!("x")).schema_pointer, "/components/schemas/A{~1ä}/type");
    }
    let there = "#/paths/~1crates/get/responses/200/content/application~1json/schema";
    let spec = spec("3.1.0", &json!({"type": "integer"}), &json!({"Through": {"$ref": there}}));
    let through = SchemaRef { pointer: "/components/schemas/Through".into() };
    assert_eq!(spec.validate(&through, &json!("x"), Direction::Response).unwrap().len(), 1);
}

#[test]
fn recursive_values_are_judged_to_the_bottom() {
    let schema = json!({
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#/components/schemas/Promise"}, {"type": "null"}]}},
        "additionalProperties": false,
    });
    let spec = spec("3.1.0", &schema, &json!({}));
    let mut value = json!({"next": null});
    let mut wrong = json!({"other": 1});
    for _ in 0..60 {
        value = json!({"next": value});
        wrong = json!({"next": wrong});
    }
    assert_eq!(judged(&spec, &value), []);
    let found = one(&spec, &wrong);
    assert_eq!(found.at, format!("{}/other", "/next".repeat(60)));
}

#[test]
fn deep_and_doubling_values_are_judged_or_refused_in_time() {
    let next = json!({"$ref": "#/components/schemas/Promise"});
    let mut chain = json!({});
    for step in 0..20 {
        let to = if step == 19 { "Node".to_owned() } else { format!("S{}", step + 1) };
        chain[format!("S{step}")] = json!({"$ref": format!("#/components/schemas/{to}")});
    }
    chain["Node"] = json!({"properties": {"n": next}, "required": ["k"]});
    let deep = spec("3.1.0", &json!({"allOf": [{"$ref": "#/components/schemas/S0"}]}), &chain);
    let doubling = spec(
        "3.1.0",
        &json!({"anyOf": [{"properties": {"n": next}, "required": ["k"]}, {"properties": {"n": next}, "required": ["k", "l"]}]}),
        &json!({}),
    );
    let nested = |levels: usize, innermost: Value| {
        (0..levels).fold(innermost, |value, _| json!({"k": 1, "n": value}))
    };
    assert_eq!(judged(&deep, &nested(120, json!({"k": 1}))), []);
    assert_eq!(one(&deep, &nested(120, json!({}))).at, format!("{}/k", "/n".repeat(120)));
    assert_eq!(judged(&doubling, &nested(10, json!({"k": 1}))), []);
    assert_eq!(judged(&doubling, &nested(10, json!({}))).len(), 1);
    let refused = |spec: &Spec, value: &Value| {
        spec.validate(&promise(spec), value, Direction::Response).unwrap_err().what
    };
    let what = refused(&doubling, &nested(60, json!({})));
    assert!(what.contains("too costly"), "{what}");
    let what = refused(&deep, &nested(600, json!({})));
    assert!(what.contains("too deep"), "{what}");
}
