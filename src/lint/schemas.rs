//! Schemas that nothing can keep, and keywords that hold nobody.

use super::flaw::Flaws;
use super::{Rule, Schemas};
use crate::exchange::is_of_json_type;
use serde_json::{Map, Value};

/// Keywords by the types that they mean something for (JSON Schema 2020-12, validation, section 6).
const MEANT_FOR: &[(&[&str], &[&str])] = &[
    (
        &["string"],
        &["minLength", "maxLength", "pattern", "contentEncoding", "x-forbidden-prefixes"],
    ),
    (
        &["integer", "number"],
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    ),
    (
        &["array"],
        &[
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
            "x-unique-by",
        ],
    ),
    (
        &["object"],
        &[
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
            "dependentRequired",
        ],
    ),
];

/// Formats of text.
const TEXT_FORMATS: &[&str] = &[
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uuid",
    "byte",
    "binary",
    "password",
    "json-pointer",
    "regex",
];

/// Pairs of which the first must not be larger than the second.
const BOUNDS: &[(&str, &str)] = &[
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
    ("minimum", "maximum"),
];

/// What applies further schemas to the same value.
const ALTERNATIVES: &[&str] =
    &["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas"];

pub(super) fn lint(flaws: &mut Flaws<'_>, schemas: &Schemas<'_>) {
    for (pointer, schema) in schemas {
        misplaced(flaws, pointer, schema);
        bounds(flaws, pointer, schema);
        values(flaws, pointer, schema);
        undeclared(flaws, pointer, schema);
    }
}

/// The types that a schema names; `None` where it names none.
pub(super) fn types(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

fn misplaced(flaws: &mut Flaws<'_>, pointer: &str, schema: &Map<String, Value>) {
    let Some(types) = types(schema).filter(|types| !types.is_empty()) else { return };
    let mut note = |keyword: &str, meant: &str| {
        let what = format!("`{keyword}` is for {meant}, and the type is {}", types.join(" or "));
        flaws.note(Rule::MisplacedKeyword, &format!("{pointer}/{keyword}"), &[], what);
    };
    for (meant, keywords) in MEANT_FOR {
        if !types.iter().any(|of| meant.contains(of)) {
            for keyword in keywords.iter().filter(|keyword| schema.contains_key(**keyword)) {
                note(keyword, meant[0]);
            }
        }
    }
    let format = schema.get("format").and_then(Value::as_str);
    if format.is_some_and(|format| TEXT_FORMATS.contains(&format)) && !types.contains(&"string") {
        note("format", "string");
    }
}

fn bounds(flaws: &mut Flaws<'_>, pointer: &str, schema: &Map<String, Value>) {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let mut note = |low: &str, high: &str| {
        let shown = |key: &str| schema.get(key).map(Value::to_string).unwrap_or_default();
        let what =
            format!("`{low}` {} and `{high}` {} exclude each other", shown(low), shown(high));
        let other = format!("{pointer}/{high}");
        flaws.note(Rule::ImpossibleSchema, &format!("{pointer}/{low}"), &[&other], what);
    };
    for (low, high) in BOUNDS {
        if matches!((number(low), number(high)), (Some(least), Some(most)) if least > most) {
            note(low, high);
        }
    }
    for (low, high) in [
        ("exclusiveMinimum", "maximum"),
        ("minimum", "exclusiveMaximum"),
        ("exclusiveMinimum", "exclusiveMaximum"),
    ] {
        if matches!((number(low), number(high)), (Some(least), Some(most)) if least >= most) {
            note(low, high);
        }
    }
}

/// Values of `enum` that the schema's own type, length, range or pattern refuse.
fn values(flaws: &mut Flaws<'_>, pointer: &str, schema: &Map<String, Value>) {
    let Some(Value::Array(listed)) = schema.get("enum") else { return };
    if listed.is_empty() {
        let what = "`enum` lists no value".to_owned();
        return flaws.note(Rule::ImpossibleSchema, &format!("{pointer}/enum"), &[], what);
    }
    let refused: Vec<(usize, &str)> = listed
        .iter()
        .enumerate()
        .filter_map(|(index, value)| Some((index, refused_by(schema, value)?)))
        .collect();
    if refused.len() == listed.len() {
        let what = format!("`{}` refuses every value that `enum` lists", refused[0].1);
        let other = format!("{pointer}/{}", refused[0].1);
        return flaws.note(Rule::ImpossibleSchema, &format!("{pointer}/enum"), &[&other], what);
    }
    for (index, keyword) in refused {
        let what = format!("`{keyword}` refuses {}, which `enum` lists", listed[index]);
        let other = format!("{pointer}/{keyword}");
        flaws.note(Rule::UnreachableValue, &format!("{pointer}/enum/{index}"), &[&other], what);
    }
}

/// The keyword beside `enum` that refuses a value.
fn refused_by(schema: &Map<String, Value>, value: &Value) -> Option<&'static str> {
    if types(schema).is_some_and(|types| !types.iter().any(|of| is_of_json_type(of, value))) {
        return Some("type");
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    #[expect(clippy::cast_precision_loss, reason = "no text is as long as a float is inexact")]
    let length = value.as_str().map(|text| text.chars().count() as f64);
    let checks: [(&'static str, bool); 4] = [
        (
            "minLength",
            matches!((length, bound("minLength")), (Some(own), Some(least)) if own < least),
        ),
        (
            "maxLength",
            matches!((length, bound("maxLength")), (Some(own), Some(most)) if own > most),
        ),
        (
            "minimum",
            matches!((value.as_f64(), bound("minimum")), (Some(own), Some(least)) if own < least),
        ),
        (
            "maximum",
            matches!((value.as_f64(), bound("maximum")), (Some(own), Some(most)) if own > most),
        ),
    ];
    checks.into_iter().find(|(_, refused)| *refused).map(|(keyword, _)| keyword)
}

fn undeclared(flaws: &mut Flaws<'_>, pointer: &str, schema: &Map<String, Value>) {
    let (Some(Value::Array(required)), Some(Value::Object(properties))) =
        (schema.get("required"), schema.get("properties"))
    else {
        return;
    };
    // Another schema for the same value may describe it.
    let is_part = ALTERNATIVES.iter().any(|key| pointer.contains(&format!("/{key}/")))
        || ["/then", "/else", "/not", "/if"].iter().any(|end| pointer.ends_with(end))
        || ALTERNATIVES.iter().any(|key| schema.contains_key(*key))
        || schema.contains_key("patternProperties");
    if is_part {
        return;
    }
    for (index, name) in required.iter().enumerate() {
        if let Some(name) = name.as_str().filter(|name| !properties.contains_key(*name)) {
            let place = format!("{pointer}/required/{index}");
            let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            let (rule, what) = if closed {
                (
                    Rule::ImpossibleSchema,
                    format!("`{name}` is mandatory, and no member of that name is allowed"),
                )
            } else {
                (
                    Rule::UndeclaredRequired,
                    format!("`{name}` is mandatory, and not among the properties"),
                )
            };
            flaws.note(rule, &place, &[], what);
        }
    }
}
