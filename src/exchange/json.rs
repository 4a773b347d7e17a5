//! JSON text as a value, and what of the text the value does not say: names that stand twice in an
//! object, and numbers that are rounded.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// A JSON text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonText {
    /// Its value. Of a name that stands twice, the last member.
    pub value: Value,
    /// What of the text the value does not show, in words; who judges the value has not judged that.
    pub doubt: Option<String>,
}

/// Why a text was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTextError {
    /// It is no JSON.
    Malformed(String),
    /// It is JSON as far as it was read, but more than a value can hold: nested too deep, a number
    /// out of range, an escape that is no character (RFC 8259, sections 6, 8.2 and 9).
    Beyond(String),
}

impl fmt::Display for JsonTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) | Self::Beyond(what) => f.write_str(what),
        }
    }
}

/// What `serde_json` says of a text that is JSON, and that it does not read.
const BEYOND: [&str; 4] = [
    "recursion limit",
    "number out of range",
    "lone leading surrogate",
    "unexpected end of hex escape",
];

impl JsonText {
    /// Reads a text, with or without a byte order mark (RFC 8259, section 8.1).
    pub fn read(bytes: &[u8]) -> Result<Self, JsonTextError> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match serde_json::from_slice(text) {
            Ok(value) => Ok(Self { value, doubt: doubt(text, is_rounded) }),
            Err(error) => {
                let what = error.to_string();
                Err(if BEYOND.iter().any(|start| what.starts_with(start)) {
                    JsonTextError::Beyond(what)
                } else {
                    JsonTextError::Malformed(what)
                })
            }
        }
    }
}

impl JsonText {
    /// The value of a text whose names stand twice, of each the first member; `None` where it is no JSON.
    pub fn with_first_members(bytes: &[u8]) -> Option<Value> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        serde_json::from_slice::<First>(text).ok().map(|first| first.0)
    }
}

/// Most rounded numbers of a text that are weighed.
const WEIGHED: usize = 8;

impl JsonText {
    /// The values of a text whose numbers are rounded, each time with one of these numbers replaced by the double below or
    /// above the one that is nearest to it: the number as written is between the two. What is the same of all is so of
    /// the text. `None` where that can't be said: of more than a few, of fractions where doubles are integers,
    /// and where something else is in doubt.
    pub fn around(bytes: &[u8]) -> Option<Vec<Value>> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if doubt(text, |_| false).is_some() {
            return None;
        }
        let mut values = Vec::new();
        for (place, double) in rounded(text)? {
            for beside in [double.next_down(), double.next_up()] {
                let written = format!("{beside:e}");
                let parts = [&text[..place.start], written.as_bytes(), &text[place.end..]];
                values.push(serde_json::from_slice(&parts.concat()).ok()?);
            }
        }
        (!values.is_empty()).then_some(values)
    }
}

/// The numbers of a valid JSON text that are rounded, and the double that each becomes. `None` where these are too many, or
/// one is a fraction that becomes an integer among integers.
fn rounded(text: &[u8]) -> Option<Vec<(std::ops::Range<usize>, f64)>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        if *byte == b'"' {
            at = end_of_string(text, at);
        } else if matches!(byte, b'-' | b'0'..=b'9') {
            at += number_length(&text[at..]);
            let number = std::str::from_utf8(&text[start..at]).unwrap_or_default();
            if is_rounded(number) {
                let double: f64 = number.parse().ok()?;
                let is_integer = number.bytes().skip(1).all(|byte| byte.is_ascii_digit());
                let is_fine = double.is_finite() && (is_integer || double.next_up().fract() != 0.0);
                (is_fine && found.len() < WEIGHED).then_some(())?;
                found.push((start..at, double));
            }
        }
    }
    Some(found)
}

/// How many bytes of a number stand at the begin of a text.
fn number_length(text: &[u8]) -> usize {
    let more = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    text.iter().take_while(more).count()
}

/// A value in which the first of several members of one name counts.
struct First(Value);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FirstVisitor).map(Self)
    }
}

struct FirstVisitor;

impl<'de> Visitor<'de> for FirstVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(First(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((name, First(member))) = members.next_entry::<String, First>()? {
            read.entry(name).or_insert(member);
        }
        Ok(Value::Object(read))
    }
}

/// What the value of a valid JSON text leaves out: names that stand twice, and numbers that count as rounded.
fn doubt(text: &[u8], is_rounded: impl Fn(&str) -> bool) -> Option<String> {
    // Names of each object that is open; `None` for an array.
    let mut open: Vec<Option<Vec<Cow<'_, [u8]>>>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' => open.push(Some(Vec::new())),
            b'[' => open.push(None),
            b'}' | b']' => {
                let names = open.pop().flatten().unwrap_or_default();
                if let Some(name) = repeated(names) {
                    let name: String = String::from_utf8_lossy(&name).chars().take(60).collect();
                    return Some(format!("the name `{name}` stands twice in an object"));
                }
            }
            b'"' => {
                at = end_of_string(text, at);
                let colon = text[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                if let (Some(b':'), Some(Some(names))) = (colon, open.last_mut()) {
                    names.push(unescaped(&text[start..at]));
                }
            }
            b'-' | b'0'..=b'9' => {
                at += number_length(&text[at..]);
                let number = std::str::from_utf8(&text[start..at]).unwrap_or_default();
                if is_rounded(number) {
                    let number: String = number.chars().take(60).collect();
                    return Some(format!("the number {number} is beyond what is judged exactly"));
                }
            }
            _ => {}
        }
    }
    None
}

/// The type of a value, by the word of JSON Schema; of numbers without a fraction `integer`.
pub fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a value is of a type by JSON Schema's word for it (2020-12, validation, section 6.1.1): a whole number is an
/// integer however it is written. A word that is none of a type rules nothing out.
pub fn is_of_json_type(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Where the string of a JSON text ends whose first character stands at a place: behind its quote, or
/// where the text ends.
pub fn end_of_string(text: &[u8], mut at: usize) -> usize {
    loop {
        match text.get(at) {
            None => return text.len(),
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// A name as it is meant: `\u0061` and `a` are one.
fn unescaped(quoted: &[u8]) -> Cow<'_, [u8]> {
    if quoted.contains(&b'\\')
        && let Ok(name) = serde_json::from_slice::<String>(quoted)
    {
        return Cow::Owned(name.into_bytes());
    }
    Cow::Borrowed(quoted.get(1..quoted.len() - 1).unwrap_or_default())
}

fn repeated(mut names: Vec<Cow<'_, [u8]>>) -> Option<Cow<'_, [u8]>> {
    names.sort_unstable();
    let at = names.windows(2).position(|pair| pair[0] == pair[1])?;
    Some(names.swap_remove(at))
}

/// Whether reading a number as the nearest double says something else of it than its digits: another
/// integer, or an integer where a fraction is written. A fraction's last digits do not count.
fn is_rounded(token: &str) -> bool {
    // Fifteen digits always come back from a double.
    if token.len() <= 15 || token.parse::<i64>().is_ok() || token.parse::<u64>().is_ok() {
        return false;
    }
    let Ok(double) = token.parse::<f64>() else { return true };
    let lower = token.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else { return true };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    if fraction.is_empty() && exponent == 0 {
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        return format!("{:.0}", double.abs()) != digits;
    }
    // Zeros before a negative exponent's point do not make a fraction.
    let zeros = if fraction.is_empty() {
        i64::try_from(whole.len() - whole.trim_end_matches('0').len()).unwrap_or(i64::MAX)
    } else {
        0
    };
    let is_fraction = exponent.saturating_add(zeros) < places;
    is_fraction && double.fract() == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(text: &str) -> bool {
        JsonText::read(text.as_bytes()).unwrap().doubt.is_some()
    }

    #[test]
    fn what_a_value_does_not_say_is_told() {
        let cases = [
            (r#"{"a": 1, "a": 1}"#, true),
            (r#"{"a": {"b": 1, "\u0062": 2}}"#, true),
            (r#"[{"a": 1}, {"a": 2, "b": {"a": "a"}}]"#, false),
            (r#"{"a": "b", "b": "a:", "c": ["a", "a"]}"#, false),
            (r#"{"a\"": 1, "a": 1}"#, false),
            ("18446744073709551615", false),
            ("-9223372036854775808", false),
            ("18446744073709551616", false),
            ("18446744073709551617", true),
            ("-9223372036854775809", true),
            ("9007199254740993.0", true),
            ("9007199254740992.000000", false),
            ("9007199254740993.5", true),
            ("1.0000000000000000001", true),
            ("0.30000000000000004", false),
            ("0.10000000000000000555", false),
            ("121.47370100000001", false),
            ("1.7976931348623157e308", false),
            ("10000000000000000000e-19", false),
            ("10000000000000000001e-19", true),
        ];
        for (text, expected) in cases {
            assert_eq!(doubts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rounded_number_is_between_two_doubles() {
        let around = |text: &str| JsonText::around(text.as_bytes());
        let values = around(r#"{"a": [18446744073709551617, "18446744073709551617", 7]}"#).unwrap();
        let [below, above] = &values[..] else { panic!("{values:?}") };
        let number = |value: &Value| value["a"][0].as_f64().unwrap();
        assert!(number(below) < 18_446_744_073_709_551_616.0);
        assert!(number(above) > 18_446_744_073_709_551_616.0);
        assert_eq!((&below["a"][1], &above["a"][2]), (&"18446744073709551617".into(), &7.into()));
        assert_eq!(around("[1.0000000000000000001, -9223372036854775809]").unwrap().len(), 4);
        // All doubles there are integers: that it is none would be lost.
        assert_eq!(around("9007199254740993.5"), None);
        assert_eq!(around("18446744073709551616"), None);
        assert_eq!(around(&format!("[{}]", ["18446744073709551617"; 9].join(","))), None);
    }

    #[test]
    fn the_first_of_several_members_can_be_asked_for() {
        let text = br#"{"a": 1, "b": [{"c": "x", "c": null}], "a": {"d": true}, "e": -1.5}"#;
        let expected = serde_json::json!({"a": 1, "b": [{"c": "x"}], "e": -1.5});
        assert_eq!(JsonText::with_first_members(text), Some(expected));
        assert_eq!(JsonText::with_first_members(b"{"), None);
    }

    #[test]
    fn what_cannot_be_held_is_told_from_what_is_no_json() {
        let deep = "[".repeat(1000);
        let cases = [
            ("1e400", true),
            (r#"["\ud800"]"#, true),
            (r#"["\udc00x"]"#, true),
            (deep.as_str(), true),
            ("", false),
            ("{'a': 1}", false),
            ("1 2", false),
            (r#"["\u12"]"#, false),
        ];
        for (text, beyond) in cases {
            let error = JsonText::read(text.as_bytes()).unwrap_err();
            assert_eq!(matches!(error, JsonTextError::Beyond(_)), beyond, "{text}: {error}");
        }
        assert_eq!(JsonText::read(b"\xef\xbb\xbf[]").unwrap().value, Value::Array(Vec::new()));
    }
}
