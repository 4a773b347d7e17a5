//! What plainly keeps a promise is what the validators and the shapes say keeps it: over schemas and values that
//! are made up, whole, broken in one place, and written in odd ways.

use super::*;
use crate::exchange::JsonText;
use serde_json::{Map, json};
use std::collections::HashSet;

/// Numbers that look random and come again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }

    fn one<'v>(&mut self, of: &[&'v str]) -> &'v str {
        of[self.roll(of.len())]
    }
}

const NAMES: [&str; 5] = ["id", "name", "tags", "näme", "a/b"];
const WORDS: [&str; 6] = ["new", "ready", "", "a \"quoted\" word", "zwölf", "2026-11-20"];

/// A schema, of which each kind is likely.
fn schema(dice: &mut Dice, depth: usize) -> Value {
    let mut schema = Map::new();
    let kinds = if depth == 0 { 6 } else { 11 };
    match dice.roll(kinds) {
        0 | 1 => text(dice, &mut schema),
        2 | 3 => number(dice, &mut schema),
        4 => schema.extend([("type".into(), json!(dice.one(&["boolean", "null"])))]),
        5 => {
            return json!({"$ref": format!("#/components/schemas/S{}", dice.roll(3)), "description": "x"});
        }
        6 | 7 => {
            schema.insert("type".into(), json!("array"));
            if !dice.one_in(5) {
                schema.insert("items".into(), self::schema(dice, depth - 1));
            }
            if dice.one_in(4) {
                schema.insert("maxItems".into(), json!(dice.roll(4)));
            }
        }
        8 if dice.one_in(3) => {
            let parts: Vec<Value> = (0..2).map(|_| self::schema(dice, depth - 1)).collect();
            schema.insert(dice.one(&["allOf", "anyOf", "oneOf"]).into(), json!(parts));
        }
        _ => object(dice, &mut schema, depth),
    }
    if dice.one_in(6)
        && let Some(kind @ Value::String(_)) = schema.get("type").cloned()
    {
        schema.insert("type".into(), json!([kind, "null"]));
    }
    Value::Object(schema)
}

fn text(dice: &mut Dice, schema: &mut Map<String, Value>) {
    schema.insert("type".into(), json!("string"));
    match dice.roll(6) {
        0 => schema.extend([("enum".into(), json!(["new", "ready", null, 3, "zwölf"]))]),
        1 => schema.extend([("minLength".into(), json!(1)), ("maxLength".into(), json!(5))]),
        2 => {
            let format =
                dice.one(&["date", "date-time", "uuid", "uri", "password", "int32", "byte"]);
            schema.insert("format".into(), json!(format));
        }
        3 => schema.extend([("pattern".into(), json!("^[a-z]*$"))]),
        4 => schema.extend([("const".into(), json!("new"))]),
        _ => {}
    }
}

fn number(dice: &mut Dice, schema: &mut Map<String, Value>) {
    schema.insert("type".into(), json!(dice.one(&["integer", "number"])));
    match dice.roll(5) {
        0 => schema.extend([("minimum".into(), json!(0)), ("maximum".into(), json!(10.5))]),
        1 => schema
            .extend([("format".into(), json!(dice.one(&["int32", "int8", "double", "uint64"])))]),
        2 => schema.extend([("enum".into(), json!([1, 2.0, 7, "new"]))]),
        3 => schema.extend([("multipleOf".into(), json!(2))]),
        _ => {}
    }
}

fn object(dice: &mut Dice, schema: &mut Map<String, Value>, depth: usize) {
    if !dice.one_in(4) {
        schema.insert("type".into(), json!("object"));
    }
    let mut properties = Map::new();
    for name in &NAMES[..dice.roll(NAMES.len() + 1)] {
        let mut property = self::schema(dice, depth - 1);
        if dice.one_in(9) {
            property["readOnly"] = json!(true);
        }
        if dice.one_in(9) {
            property["writeOnly"] = json!(true);
        }
        properties.insert((*name).into(), property);
    }
    if dice.one_in(2) {
        schema.insert("required".into(), json!([NAMES[dice.roll(2)]]));
    }
    if dice.one_in(9) {
        schema.insert("minProperties".into(), json!(2));
    }
    match dice.roll(8) {
        0 => schema.extend([("additionalProperties".into(), json!(false))]),
        1 => schema.extend([("additionalProperties".into(), json!(true))]),
        2 => schema.extend([("additionalProperties".into(), self::schema(dice, depth - 1))]),
        _ => {}
    }
    if !properties.is_empty() || dice.one_in(2) {
        schema.insert("properties".into(), properties.into());
    }
}

/// A value that mostly keeps a schema.
fn value(dice: &mut Dice, document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = match schema["$ref"].as_str() {
        Some(reference) if depth > 0 => {
            return value(dice, document, document.pointer(&reference[1..]).unwrap(), depth - 1);
        }
        _ => schema,
    };
    for word in ["allOf", "anyOf", "oneOf"] {
        if let Some(part) = schema[word].as_array().map(|parts| &parts[dice.roll(parts.len())]) {
            return value(dice, document, part, depth.saturating_sub(1));
        }
    }
    if let Some(values) = schema["enum"].as_array().filter(|_| !dice.one_in(9)) {
        return values[dice.roll(values.len())].clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[dice.roll(kinds.len())].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => match schema["format"].as_str() {
            Some("date-time") => json!("2026-11-20T10:00:00.5+01:00"),
            Some("uuid") => json!("01234567-89ab-cdef-0123-456789abcdef"),
            Some("uri") => json!("https://a.example/b?c"),
            _ => json!(dice.one(&WORDS)),
        },
        Some("integer") => json!(dice.roll(12)),
        Some("number") if dice.one_in(2) => json!(0.5),
        Some("number") => json!(7),
        Some("boolean") => json!(dice.one_in(2)),
        Some("null") => Value::Null,
        Some("array") => {
            let count = if depth == 0 { 0 } else { dice.roll(4) };
            (0..count).map(|_| value(dice, document, &schema["items"], depth - 1)).collect()
        }
        _ if depth == 0 => json!({}),
        _ => {
            let mut members = Map::new();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if !dice.one_in(4) {
                    members.insert(name.clone(), value(dice, document, property, depth - 1));
                }
            }
            if dice.one_in(6) {
                members.insert(dice.one(&["other", "x"]).into(), json!(1));
            }
            members.into()
        }
    }
}

/// The text of a value, maybe laid out, maybe changed in one place.
fn written(dice: &mut Dice, value: &Value) -> String {
    let laid_out = dice.one_in(3);
    let mut text = if laid_out { format!("{value:#}") } else { value.to_string() };
    if dice.one_in(2) {
        return text;
    }
    let odd = [
        "\"id\":1,",
        "1.0",
        "-0",
        "1e2",
        "12345678901234567890123",
        "\\u0069",
        "null",
        "[]",
        "{}",
        ",",
        "\"",
        " ",
        "\"new\"",
        "\\ud800",
        "true",
        "\n",
        "0.1",
        "\"id\"",
        ":",
        "x",
    ];
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let from = places[dice.roll(places.len())];
    let length = if dice.one_in(2) { 0 } else { dice.roll(12) };
    let to = floor(&text, from + length);
    text.replace_range(from..to, dice.one(&odd));
    text
}

/// The last place at or before one that is between two characters.
fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What the validators and the shapes say of a text: everything in it that is documented, if it keeps the schema.
fn slowly(
    spec: &Spec,
    shapes: &Shapes<'_>,
    root: ShapeId,
    schema: &SchemaRef,
    text: &str,
    way: Direction,
) -> Option<HashSet<Item>> {
    let read = JsonText::read(text.as_bytes()).ok()?;
    let walked = shapes.walk(root, &read.value, 9);
    let broken = spec.validate(schema, &read.value, way).ok()?;
    let keeps = read.doubt.is_none() && broken.is_empty() && walked.unnamed.is_empty();
    let item = |named| match way {
        Direction::Request => Item::Request(0, named),
        Direction::Response => Item::Response(0, named),
    };
    keeps.then(|| walked.seen.into_iter().map(item).collect())
}

#[test]
fn what_is_plainly_kept_is_kept() {
    let mut dice = Dice(7);
    let (mut plain_ones, mut kept, mut given_up, mut broken) = (0, 0, 0, 0);
    for _ in 0..250 {
        let schemas: Map<String, Value> =
            (0..3).map(|n| (format!("S{n}"), self::schema(&mut dice, 3))).collect();
        let reference = json!({"$ref": "#/components/schemas/S0"});
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
            "paths": {"/": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": reference}}}}}}},
            "components": {"schemas": schemas},
        });
        let spec = Spec::load("t.json", document.to_string().as_bytes()).unwrap();
        let mut shapes = Shapes::new(spec.document());
        let schema = spec.operations[0].promise(200).unwrap().media[0].schema.clone().unwrap();
        let Some(root) = shapes.shape(&schema.pointer) else { continue };
        let way = if dice.one_in(3) { Direction::Request } else { Direction::Response };
        let Some(plain) = Plain::of((0, &spec), &shapes, (&schema, root), way) else { continue };
        plain_ones += 1;
        for _ in 0..40 {
            let value = value(&mut dice, &document, &json!(reference), 5);
            let text = written(&mut dice, &value);
            let slow = slowly(&spec, &shapes, root, &schema, &text, way);
            let fast = plain.keeps(&spec, &shapes, text.as_bytes(), &mut Marks::default());
            match (fast, slow) {
                (Some(fast), slow) => {
                    let fast: HashSet<Item> = fast.into_iter().collect();
                    assert_eq!(Some(fast), slow, "{text}\n{document:#}");
                    kept += 1;
                }
                (None, Some(_)) => given_up += 1,
                (None, None) => broken += 1,
            }
        }
    }
    println!("{plain_ones} plain: {kept} kept, {given_up} given up, {broken} broken");
    // So that this test shows anything at all, and giving up stays the exception.
    assert!(plain_ones > 100 && kept > 1000 && broken > 1000, "{plain_ones} {kept} {broken}");
    assert!(given_up * 5 < kept, "{given_up} of {kept}");
}

#[test]
fn marks_are_told_once() {
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/": {"get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema":
            {"type": "object", "properties": {"kind": {"enum": ["steel", "wood"]}, "next": {"type": "integer"}}}}}}}}}},
    });
    let spec = Spec::load("t.json", document.to_string().as_bytes()).unwrap();
    let mut shapes = Shapes::new(spec.document());
    let schema = spec.operations[0].promise(200).unwrap().media[0].schema.clone().unwrap();
    let root = shapes.shape(&schema.pointer).unwrap();
    let plain = Plain::of((0, &spec), &shapes, (&schema, root), Direction::Response).unwrap();
    let mut marks = Marks::default();
    let mut seen = |text: &str| {
        plain.keeps(&spec, &shapes, text.as_bytes(), &mut marks).map(|seen| seen.len())
    };
    assert_eq!(seen(r#"{"kind": "clay"}"#), None);
    assert_eq!(seen(r#"{"kind": "wood"}"#), Some(2));
    assert_eq!(seen(r#"{"kind": "wood", "next": 1}"#), Some(1));
    assert_eq!(seen(r#"{"kind": "steel", "next": "x"}"#), None);
    assert_eq!(seen(r#"{"kind": "steel"}"#), Some(1));
    assert_eq!(seen(r#"{"kind": "steel"}"#), Some(0));
}
