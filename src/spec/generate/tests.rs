use super::*;
use proptest::prelude::*;
use serde_json::json;

const PLACE: &str = "/components/schemas/Subject";

/// A spec with these schemas; the one under test is `Subject`.
fn spec(schemas: &Value) -> Spec {
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Depot", "version": "1"},
        "paths": {"/subject": {"get": {"responses": {"200": {
            "description": "one",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Subject"}}}
        }}}}},
        "components": {"schemas": schemas}
    });
    Spec::load("depot.json", document.to_string().as_bytes()).unwrap()
}

fn wish(seed: u64) -> Wish {
    Wish {
        direction: Direction::Response,
        seed,
        optional: if seed % 3 == 1 { Optional::Omitted } else { Optional::All },
        examples: if seed.is_multiple_of(2) { Examples::First } else { Examples::Ignored },
    }
}

fn subject() -> SchemaRef {
    SchemaRef { pointer: PLACE.to_owned() }
}

fn made(spec: &Spec, wish: &Wish) -> Result<Value, GenerateErrorKind> {
    spec.generate(&subject(), wish).map_err(|error| error.kind)
}

/// Every schema here has values, and every draw must be one of them.
#[test]
fn values_keep_their_schema() {
    let cases = [
        json!(true),
        json!({}),
        json!({"type": "null"}),
        json!({"type": ["string", "null"], "maxLength": 0}),
        json!({"type": "integer", "minimum": 5, "exclusiveMaximum": 6}),
        json!({"type": "integer", "minimum": 10, "maximum": 1024, "multipleOf": 10}),
        json!({"type": "integer", "format": "int64", "minimum": 9_223_372_036_854_775_806_i64}),
        json!({"type": "integer", "minimum": -7, "maximum": -5}),
        json!({"type": "integer", "multipleOf": 2.5}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
        json!({"type": "number", "minimum": 0.25, "maximum": 0.75, "multipleOf": 0.25}),
        json!({"type": "number", "exclusiveMinimum": 0.1, "maximum": 0.3, "multipleOf": 0.1}),
        json!({"type": ["integer", "number"], "maximum": -0.5}),
        json!({"minimum": 3, "maximum": 4}),
        json!({"type": "string", "minLength": 300}),
        json!({"type": "string", "pattern": "^[A-Z][A-Za-z0-9_-]{1,62}$", "minLength": 20, "maxLength": 21}),
        json!({"type": "string", "pattern": "^(?!http://|https://)[a-z:/]{2,128}$"}),
        json!({"type": "string", "pattern": "^(?=.*\\d)(?=.*[A-Z])(?=.*[!%])[A-Za-z0-9!%]{8,12}$"}),
        json!({"type": "string", "pattern": "needle", "maxLength": 9}),
        json!({"type": "string", "x-forbidden-prefixes": ["a", "e"], "pattern": "^[a-f]{4}$"}),
        json!({"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}, {"minLength": 4}]}),
        json!({"type": "string", "format": "email", "maxLength": 18}),
        json!({"type": "string", "format": "email", "minLength": 120}),
        json!({"type": "string", "format": "uuid", "pattern": "^[0-9a-f-]{36}$"}),
        json!({"type": "string", "format": "date-time", "minLength": 24, "maxLength": 24}),
        json!({"type": "string", "format": "date", "maxLength": 10}),
        json!({"type": "string", "format": "uri", "minLength": 60}),
        json!({"type": "string", "format": "hostname", "minLength": 60, "maxLength": 70}),
        json!({"type": "string", "format": "byte", "minLength": 10, "maxLength": 16}),
        json!({"type": "string", "format": "something-else", "minLength": 3}),
        json!({"enum": ["a", "b", 1, null], "type": "integer"}),
        json!({"enum": ["GOLD", "SILVER"], "pattern": "^S"}),
        json!({"const": {"fixed": [1]}}),
        json!({"type": "string", "default": "too long for its schema", "maxLength": 3}),
        json!({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 4},
               "minItems": 4, "uniqueItems": true}),
        json!({"type": "array", "items": {"enum": ["x", "y", "z"]}, "minItems": 3, "uniqueItems": true}),
        json!({"type": "array", "minItems": 3, "x-unique-by": "key", "items": {
               "type": "object", "required": ["key"],
               "properties": {"key": {"enum": ["a", "b", "c"]}, "value": {"const": 1}}}}),
        json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false}),
        json!({"type": "array", "items": {"type": "integer"}, "contains": {"minimum": 50, "maximum": 50},
               "minContains": 2, "maxContains": 2, "minItems": 4}),
        json!({"type": "array", "maxItems": 0, "items": {"type": "string"}}),
        json!({"type": "object", "required": ["a", "made up"], "properties": {"a": {"type": "string"}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}, "b": false}}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3}),
        json!({"type": "object", "patternProperties": {"^x-[a-z]{2}$": {"type": "integer"}},
               "additionalProperties": false, "minProperties": 2}),
        json!({"type": "object", "propertyNames": {"pattern": "^[A-Z]{3}$"}, "minProperties": 2}),
        json!({"type": "object", "maxProperties": 2, "required": ["c"], "properties": {
               "a": {}, "b": {}, "c": {}, "d": {}}}),
        json!({"type": "object", "properties": {"tags": {"type": "array"}, "image_tags": {"type": "array"}},
               "not": {"required": ["tags", "image_tags"]}}),
        json!({"type": "object", "properties": {"a": {}, "b": {}, "c": {}},
               "dependentRequired": {"a": ["b", "extra"]}, "minProperties": 1}),
        json!({"type": "object", "properties": {"a": {"type": "string"}},
               "dependentSchemas": {"a": {"required": ["z"], "properties": {"z": {"const": 1}}}}}),
        json!({"type": "object", "required": ["kind"], "properties": {
                 "kind": {"enum": ["gold", "plain"]}, "code": {"type": "string"}},
               "if": {"properties": {"kind": {"const": "gold"}}, "required": ["kind"]},
               "then": {"required": ["code", "product"]}}),
        json!({"type": "object", "required": ["kind"], "properties": {"kind": {"const": "gold"}},
               "if": {"properties": {"kind": {"const": "gold"}}},
               "then": {"required": ["code"]}, "else": false}),
        json!({"allOf": [
               {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]},
               {"properties": {"n": {"maximum": 3}, "m": {"type": "boolean"}}, "required": ["m"]}],
               "unevaluatedProperties": false}),
        json!({"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]}),
        json!({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 2}]}),
        json!({"anyOf": [false, {"type": "array", "items": false}, {"type": "string"}]}),
        json!({"type": "object", "properties": {"a": {"type": "string"}},
               "oneOf": [{"required": ["a"]}, {"required": ["b"], "properties": {"b": {"type": "null"}}}]}),
        json!({"type": "string", "not": {"pattern": "^[a-m]"}}),
        json!({"type": ["string", "integer"], "not": {"type": "string"}}),
        json!({"type": "boolean", "not": {"const": true}}),
        json!({"not": {"type": ["string", "object", "integer", "number"]}}),
    ];
    for case in cases {
        let spec = spec(&json!({ "Subject": case }));
        for seed in 0..12 {
            let wish = wish(seed);
            let value = match made(&spec, &wish) {
                Ok(value) => value,
                Err(kind) => panic!("{case}: seed {seed}: {kind}"),
            };
            let violations = spec.validate(&subject(), &value, Direction::Response).unwrap();
            assert!(violations.iter().all(|v| v.advisory), "{case}: {value}: {violations:?}");
            assert_eq!(made(&spec, &wish), Ok(value), "the same wish, the same value");
        }
    }
}

#[test]
fn what_has_no_value_is_an_error() {
    use GenerateErrorKind as Kind;
    let own = "#/components/schemas/Subject";
    let cases = [
        (json!(false), Kind::Contradictory),
        (json!({"type": "string", "minLength": 3, "maxLength": 2}), Kind::Contradictory),
        (
            json!({"type": "string", "pattern": "^[0-9]+$", "format": "date-time"}),
            Kind::Contradictory,
        ),
        (json!({"allOf": [{"type": "string"}, {"type": "integer"}]}), Kind::Contradictory),
        (
            json!({"type": "integer", "minimum": 11, "maximum": 19, "multipleOf": 10}),
            Kind::Contradictory,
        ),
        (json!({"enum": ["a"], "type": "integer"}), Kind::Contradictory),
        (json!({"oneOf": [{"type": "string"}, {}], "type": "string"}), Kind::Contradictory),
        (
            json!({"type": "array", "minItems": 3, "uniqueItems": true, "items": {"type": "boolean"}}),
            Kind::Contradictory,
        ),
        (
            json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": own}}}),
            Kind::Endless,
        ),
        (json!({"type": "array", "minItems": 1, "items": {"$ref": own}}), Kind::Endless),
        (json!({"type": "string", "minLength": 2_000_000_000}), Kind::TooLarge),
        (json!({"type": "array", "items": {}, "minItems": 2_000_000_000}), Kind::TooLarge),
    ];
    for (case, kind) in cases {
        let spec = spec(&json!({ "Subject": case }));
        for seed in 0..4 {
            assert_eq!(made(&spec, &wish(seed)), Err(kind.clone()), "{case}");
        }
    }
}

#[test]
fn recursion_ends_where_it_may() {
    let own = "#/components/schemas/Subject";
    let cases = [
        json!({"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": own}}}}),
        json!({"type": "object", "required": ["left"], "properties": {
               "left": {"anyOf": [{"$ref": own}, {"type": "null"}]}, "right": {"$ref": own}}}),
        json!({"oneOf": [{"type": "array", "minItems": 2, "items": {"$ref": own}}, {"type": "integer"}]}),
        json!({"type": "object", "additionalProperties": {"$ref": own}}),
        json!({"allOf": [{"type": "object"}, {"properties": {"self": {"$ref": own}}}]}),
    ];
    for case in cases {
        let spec = spec(&json!({ "Subject": case }));
        for seed in 0..6 {
            let value = made(&spec, &wish(seed));
            assert!(value.is_ok(), "{case}: {value:?}");
            assert!(value.is_ok_and(|value| value.to_string().len() < 4_000), "{case}");
        }
    }
}

#[test]
fn direction_hides_what_has_no_place_in_it() {
    let spec = spec(&json!({
        "Id": {"type": "string", "readOnly": true},
        "Subject": {"type": "object", "required": ["id", "password"], "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "password": {"type": "string", "writeOnly": true},
            "name": {"type": "string"}}}
    }));
    for (direction, hidden, shown) in
        [(Direction::Request, "id", "password"), (Direction::Response, "password", "id")]
    {
        let value = made(&spec, &Wish { direction, ..wish(0) }).unwrap();
        assert!(value.get(hidden).is_none() && value.get(shown).is_some(), "{value}");
    }
}

#[test]
fn examples_come_first_only_where_they_are_true() {
    let spec = spec(&json!({"Subject": {"type": "object", "properties": {
        "zone": {"type": "string", "default": "east", "enum": ["west", "east"]},
        "size": {"type": "integer", "minimum": 10, "examples": [3, 30]}}}}));
    assert_eq!(made(&spec, &wish(0)), Ok(json!({"zone": "east", "size": 30})));
}

#[test]
fn a_loosened_rule_is_kept_where_it_can_be() {
    let spec = spec(&json!({"Subject": {"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "minLength": 1, "x-contradicted": {"pattern": "^[0-9]+$"}}}}}));
    let value = made(&spec, &wish(1)).unwrap();
    assert!(value["name"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()), "{value}");
}

#[test]
fn a_discriminator_says_which_branch_it_is() {
    let spec = spec(&json!({
        "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}},
        "Subject": {"anyOf": [{"$ref": "#/components/schemas/Cat"}],
            "discriminator": {"propertyName": "kind", "mapping": {"feline": "#/components/schemas/Cat"}}}
    }));
    assert_eq!(made(&spec, &wish(1)).unwrap()["kind"], "feline");
}

#[test]
fn hostile_schemas_cost_bounded_time() {
    let mut schemas = serde_json::Map::new();
    // Each level doubles what a naive walk would visit.
    for level in 0..30 {
        let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
        schemas.insert(
            format!("L{level}"),
            json!({"type": "object", "required": ["a", "b"], "properties": {"a": next, "b": next}}),
        );
    }
    schemas.insert("L30".to_owned(), json!({"type": "string"}));
    schemas.insert("Subject".to_owned(), json!({"$ref": "#/components/schemas/L0"}));
    assert_eq!(made(&spec(&Value::Object(schemas)), &wish(1)), Err(GenerateErrorKind::Exhausted));
}

/// A schema with a value that keeps it: whatever is asked, there is an answer.
fn satisfiable() -> impl Strategy<Value = (Value, Value)> {
    let text = ("[a-f]{0,12}", 0_usize..3, 0_usize..3).prop_map(|(text, less, more)| {
        let length = text.len();
        let schema = json!({"type": "string", "pattern": "^[a-f]*$",
            "minLength": length.saturating_sub(less), "maxLength": length + more});
        (schema, json!(text))
    });
    let number = (-1000_i64..1000, 1_i64..50, 0_i64..100).prop_map(|(times, step, room)| {
        let value = times * step;
        let schema = json!({"type": ["integer", "null"], "multipleOf": step,
            "minimum": value - room, "exclusiveMaximum": value + room + 1});
        (schema, json!(value))
    });
    let listed = prop::collection::vec(0_i64..9, 1..4)
        .prop_map(|values| (json!({"enum": values, "not": {"type": "string"}}), json!(values[0])));
    let leaf = prop_oneof![text, number, listed];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let array = prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| {
            let (schemas, values): (Vec<Value>, Vec<Value>) = parts.into_iter().unzip();
            let count = values.len();
            let schema = json!({"type": "array", "prefixItems": schemas, "items": false,
                "minItems": count});
            let schema = if count == 0 { json!({"type": "array", "maxItems": 0}) } else { schema };
            (schema, Value::Array(values))
        });
        let object =
            prop::collection::btree_map("[a-d]{1,2}", (inner.clone(), any::<bool>()), 0..4)
                .prop_map(|members| {
                    let mut schema = json!({"type": "object", "properties": {}, "required": [],
                    "additionalProperties": false});
                    let mut value = json!({});
                    for (name, ((member, one), required)) in members {
                        schema["properties"][&name] = member;
                        value[&name] = one;
                        if required {
                            schema["required"].as_array_mut().unwrap().push(name.into());
                        }
                    }
                    (schema, value)
                });
        let wrapped = (inner, 0_u8..4).prop_map(|((schema, value), way)| {
            let schema = match way {
                0 => json!({"allOf": [true, schema]}),
                1 => json!({"anyOf": [false, {"$ref": "#/components/schemas/Never"}, schema]}),
                2 => json!({"oneOf": [schema, {"const": "never drawn by itself"}]}),
                _ => json!({"if": {"type": "boolean"}, "then": false, "else": schema}),
            };
            (schema, value)
        });
        prop_oneof![array, object, wrapped]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_has_a_value_gets_one((schema, value) in satisfiable(), seed in 0_u64..6) {
        let spec = spec(&json!({"Subject": schema, "Never": {"not": {}}}));
        let keeps = |value: &Value| {
            spec.validate(&subject(), value, Direction::Response).unwrap().is_empty()
        };
        prop_assert!(keeps(&value), "the strategy is wrong: {schema} {value}");
        let made = made(&spec, &wish(seed));
        prop_assert!(made.is_ok(), "{schema}: {made:?}");
        prop_assert!(keeps(&made.unwrap()));
    }
}
