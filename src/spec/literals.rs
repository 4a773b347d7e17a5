//! Numbers of a document that a double would round: the value has the nearest one, and the schema that they stand in
//! keeps their digits beside it ([`LITERALS`]), for judging by them.

use super::schema::LITERALS;
use crate::exchange::{Decimal, JsonText};
use regex::{Captures, Regex};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Keywords whose numbers count by their digits.
const LIMITS: [&str; 6] =
    ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const"];

/// Keywords that hold schemas by names, which may be those of keywords.
const NAMING: [&str; 7] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "schemas",
    "dependentSchemas",
    "x-testimony-forms",
];

/// Keywords that hold data, which may look like schemas.
const DATA: [&str; 6] = ["example", "examples", "default", "const", "enum", "value"];

/// The value of a JSON document some of whose numbers would be rounded; `None` where none is.
pub(super) fn of_json(text: &str) -> Option<Value> {
    JsonText::written(text.as_bytes()).map(|value| settled(value, ""))
}

/// A number of YAML and what is in front of it where it stands for itself.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?m)(?P<before>(?:[:,\[]|^[ \t]*-|- -)[ \t]+|\[)(?P<number>-?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?)")
        .ok()
});

/// The text of a YAML document with its numbers that would be rounded as texts of ours; `None` where none is.
pub(super) fn in_yaml(text: &str) -> Option<String> {
    let mut any = false;
    let replaced = NUMBER.as_ref()?.replace_all(text, |found: &Captures<'_>| {
        let number = &found["number"];
        let end = found.get(0).map_or(text.len(), |found| found.end());
        let rest = text[end..].trim_start_matches([' ', '\t']);
        let is_whole = rest.is_empty()
            || rest.starts_with(['\r', '\n', ',', ']', '}'])
            || (rest.starts_with('#') && rest.len() < text.len() - end);
        if is_whole && Decimal::is_rounded(number) && Decimal::parse(number).is_some() {
            any = true;
            return format!("{}{OPEN}{number}\"", &found["before"]);
        }
        found[0].to_owned()
    });
    let replaced = replaced.into_owned();
    any.then_some(replaced)
}

/// Opens a text of ours in YAML.
const OPEN: &str = "\"\\U0010FFFF";

/// The value of a YAML text that was read as [`in_yaml`] wrote it.
pub(super) fn of_yaml(value: Value) -> Value {
    settled(value, "")
}

/// A value whose numbers by their digits are rounded, as a reader would, and kept beside where that tells in a schema.
/// `above` is the keyword that it stands below.
fn settled(value: Value, above: &str) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| settled(item, above)).collect(),
        Value::Object(members) => {
            let are_names = NAMING.contains(&above);
            let mut literals = Map::new();
            let mut out = Map::with_capacity(members.len());
            for (key, value) in members {
                let is_kept = match key.as_str() {
                    "enum" => value.is_array() && Decimal::is_in(&value),
                    word if LIMITS.contains(&word) => Decimal::digits_of(&value).is_some(),
                    _ => false,
                };
                if is_kept && !are_names {
                    literals.insert(key.clone(), value.clone());
                }
                let is_data = !are_names && (DATA.contains(&key.as_str()) || key.starts_with("x-"));
                let value = if is_data {
                    plain(value)
                } else {
                    settled(value, if are_names { "" } else { &key })
                };
                out.insert(key, value);
            }
            if !literals.is_empty() {
                out.insert(LITERALS.to_owned(), Value::Object(literals));
            }
            Value::Object(out)
        }
        other => plain(other),
    }
}

/// A value without numbers by their digits, and with texts as they were.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            // In a text of several lines the number was none.
            let mut out = String::with_capacity(text.len());
            for (at, part) in text.split(OPEN).enumerate() {
                out.push_str(&if at == 0 { part.to_owned() } else { part.replacen('"', "", 1) });
            }
            Value::String(out)
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
        other => Decimal::rounded(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn digits_are_kept_beside_the_number() {
        let read = of_json(
            r#"{"a": {"maximum": 18446744073709551617, "enum": [1, 1e400], "properties": {"minimum": {"const": 7}}},
                "example": {"maximum": 18446744073709551617}}"#,
        );
        let rounded = 18_446_744_073_709_551_617_f64;
        let expected = json!({
            "a": {"maximum": rounded, "enum": [1, f64::MAX], "properties": {"minimum": {"const": 7}},
                LITERALS: {"maximum": Decimal::written("18446744073709551617"), "enum": [1, Decimal::written("1e400")]}},
            "example": {"maximum": rounded},
        });
        assert_eq!(read, Some(expected));
        assert_eq!(of_json(r#"{"maximum": 1.5}"#), None);
    }

    #[test]
    fn numbers_of_yaml_are_found_where_they_stand_for_themselves() {
        let long = "18446744073709551617";
        let text = |number: &str| {
            format!(
                "a: {{maximum: {number}, enum: [{number}, {number}]}}\nb:\n  - {number} # most\nc: {number}\n"
            )
        };
        let marked = text(&format!("{OPEN}{long}\""));
        assert_eq!(in_yaml(&text(long)), Some(marked));
        assert_eq!(in_yaml("a: 17\nb: '18446744073709551617'\nc: id18446744073709551617\n"), None);
    }
}
