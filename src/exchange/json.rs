//! JSON text as a value, and what of the text the value does not say: names that stand twice in an
//! object, and numbers that are rounded.

use super::decimal::{Decimal, nearest};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// A JSON text that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonText {
    /// Its value. Of a name that stands twice, the last member.
    pub value: Value,
    /// What of the text the value does not show; who judges the value has not judged that.
    pub doubt: Option<Doubt>,
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

/// What `serde_json` says of a number that no double is near to.
const OUT_OF_RANGE: &str = "number out of range";

/// What `serde_json` says of a text that is JSON, and that it does not read.
const BEYOND: [&str; 4] =
    ["recursion limit", OUT_OF_RANGE, "lone leading surrogate", "unexpected end of hex escape"];

impl JsonText {
    /// Reads a text, with or without a byte order mark (RFC 8259, section 8.1).
    pub fn read(bytes: &[u8]) -> Result<Self, JsonTextError> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match serde_json::from_slice(text) {
            Ok(value) => Ok(Self { value, doubt: Doubt::of(text) }),
            Err(error) => {
                let what = error.to_string();
                if what.starts_with(OUT_OF_RANGE) {
                    let nearest = |number: &str| nearest(number).to_string();
                    let whole = with_numbers(text, nearest).unwrap_or_default();
                    if let Ok(value) = serde_json::from_slice(&whole) {
                        return Ok(Self { value, doubt: Doubt::of(text) });
                    }
                }
                Err(if BEYOND.iter().any(|start| what.starts_with(start)) {
                    JsonTextError::Beyond(what)
                } else {
                    JsonTextError::Malformed(what)
                })
            }
        }
    }

    /// A value with each of its numbers that would be rounded as it is written ([`Decimal::written`]). `None` where
    /// none is, or where that can't be done.
    pub fn written(text: &[u8]) -> Option<Value> {
        let whole = with_numbers(text, as_written)?;
        if has_marks(text) { None } else { serde_json::from_slice(&whole).ok() }
    }
}

/// A number as the JSON of the text that stands for it.
fn as_written(number: &str) -> String {
    match Decimal::parse(number) {
        Some(_) => Decimal::written(number).to_string(),
        None => nearest(number).to_string(),
    }
}

/// Whether a text has what marks numbers of ours already, as a character or escaped.
fn has_marks(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"\xf4\x8f\xbf\xbf").is_some()
        || text.windows(6).any(|six| six.eq_ignore_ascii_case(b"\\udfff"))
}

/// A JSON text with other words in the place of numbers that are rounded; `None` where none is.
fn with_numbers(text: &[u8], word: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    let (mut out, mut copied, mut at) = (Vec::new(), 0, 0);
    while let Some(byte) = text.get(at) {
        let start = at;
        at += 1;
        if *byte == b'"' {
            at = end_of_string(text, at);
        } else if matches!(byte, b'-' | b'0'..=b'9') {
            at += number_length(&text[at..]);
            let number = std::str::from_utf8(&text[start..at]).unwrap_or_default();
            if Decimal::is_rounded(number) && is_number(number) {
                out.extend_from_slice(&text[copied..start]);
                out.extend_from_slice(word(number).as_bytes());
                copied = at;
            }
        }
    }
    out.extend_from_slice(&text[copied..]);
    (copied > 0).then_some(out)
}

/// Whether a text is a number, though its exponent be of any length.
fn is_number(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    Decimal::parse(text).is_some() || (mantissa != text && Decimal::parse(mantissa).is_some())
}

/// How many bytes of a number stand at the begin of a text.
fn number_length(text: &[u8]) -> usize {
    let more = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    text.iter().take_while(more).count()
}

/// What of a JSON text its value does not show: names that stand twice in an object, and numbers that are rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// The first of it, in words.
    pub what: String,
    /// The values that the text can be read as, with numbers as they are written ([`Decimal::written`]): of names
    /// that stand several times each member in turn, as far as the eighth.
    pub readings: Vec<Value>,
    /// Whether there is one reading, and it says everything.
    pub is_settled: bool,
}

/// Most members of one name that are read in turn.
const READINGS: usize = 8;

impl Doubt {
    /// What the value of a valid JSON text leaves out.
    fn of(text: &[u8]) -> Option<Self> {
        let mut doubts = Doubts::default();
        doubts.look(text);
        let what = doubts.what?;
        let is_settled = doubts.most == 1 && !doubts.is_beyond && !has_marks(text);
        let written = if has_marks(text) { None } else { with_numbers(text, as_written) };
        let written = written.unwrap_or_else(|| text.to_vec());
        let mut readings: Vec<Value> = Vec::new();
        for turn in 0..doubts.most.min(READINGS) {
            let mut reader = serde_json::Deserializer::from_slice(&written);
            let reading = Turn(turn).deserialize(&mut reader).ok();
            readings.extend(reading.filter(|reading| !readings.contains(reading)));
        }
        Some(Self { what, is_settled: is_settled && readings.len() == 1, readings })
    }
}

/// What is found on the way through a text.
struct Doubts {
    what: Option<String>,
    /// How often a name stands in one object, at most.
    most: usize,
    /// Whether a number has an exponent that is not counted with.
    is_beyond: bool,
}

impl Default for Doubts {
    fn default() -> Self {
        Self { what: None, most: 1, is_beyond: false }
    }
}

impl Doubts {
    fn look(&mut self, text: &[u8]) {
        // Names of each object that is open; `None` for an array.
        let mut open: Vec<Option<Vec<Cow<'_, [u8]>>>> = Vec::new();
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let start = at;
            at += 1;
            match byte {
                b'{' => open.push(Some(Vec::new())),
                b'[' => open.push(None),
                b'}' | b']' => self.close(open.pop().flatten().unwrap_or_default()),
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
                    if Decimal::is_rounded(number) {
                        self.is_beyond |= Decimal::parse(number).is_none();
                        self.what.get_or_insert_with(|| {
                            let number: String = number.chars().take(60).collect();
                            format!("the number {number} is beyond what is judged exactly")
                        });
                    }
                }
                _ => {}
            }
        }
    }

    /// Looks at the names of an object that ends.
    fn close(&mut self, mut names: Vec<Cow<'_, [u8]>>) {
        names.sort_unstable();
        for same in names.chunk_by(|a, b| a == b).filter(|same| same.len() > 1) {
            self.most = self.most.max(same.len());
            self.what.get_or_insert_with(|| {
                let name: String = String::from_utf8_lossy(&same[0]).chars().take(60).collect();
                format!("the name `{name}` stands twice in an object")
            });
        }
    }
}

/// A value in which, of several members of one name, that of a turn counts: the last where there are fewer.
#[derive(Clone, Copy)]
struct Turn(usize);

impl<'de> DeserializeSeed<'de> for Turn {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Turn {
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
        while let Some(item) = items.next_element_seed(self)? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        let mut met: HashMap<String, usize> = HashMap::new();
        while let Some(name) = members.next_key::<String>()? {
            let member = members.next_value_seed(self)?;
            let turn = met.entry(name.clone()).or_default();
            if *turn <= self.0 {
                read.insert(name, member);
            }
            *turn += 1;
        }
        Ok(Value::Object(read))
    }
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
    while let Some(rest) = text.get(at..) {
        match memchr::memchr2(b'"', b'\\', rest) {
            None => break,
            Some(next) if rest[next] == b'"' => return at + next + 1,
            Some(next) => at += next + 2,
        }
    }
    text.len()
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
            ("18446744073709551617", true),
            ("1e400", true),
        ];
        for (text, expected) in cases {
            assert_eq!(doubts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_rounded_number_is_kept_by_its_digits() {
        let doubt = |text: &str| JsonText::read(text.as_bytes()).unwrap().doubt.unwrap();
        let long = doubt(r#"{"a": [18446744073709551617, "18446744073709551617", 7, -1e400]}"#);
        let [reading] = &long.readings[..] else { panic!("{long:?}") };
        assert!(long.is_settled);
        assert_eq!(Decimal::digits_of(&reading["a"][0]), Some("18446744073709551617"));
        assert_eq!(reading["a"][1], "18446744073709551617");
        assert_eq!(Decimal::digits_of(&reading["a"][3]), Some("-1e400"));
        let rounded = serde_json::json!({"a": [1.844_674_407_370_955_2e19, "18446744073709551617", 7, f64::MIN]});
        assert_eq!(Decimal::rounded(reading), rounded);
        // What marks a number must not stand in the text itself.
        assert!(!doubt("[\"\u{10ffff}1\", 1e400]").is_settled);
        assert!(!doubt(r#"["\uDBFF\uDFFF1", 1e400]"#).is_settled);
        assert!(!doubt("1e99999999999999999999").is_settled);
        assert_eq!(JsonText::written(b"[1, 2.5]"), None);
        assert_eq!(JsonText::written(b"1e400"), Some(Decimal::written("1e400")));
    }

    #[test]
    fn each_of_several_members_is_read_in_turn() {
        let text = br#"{"a": 1, "b": [{"c": "x", "c": null}], "a": {"d": true}, "a": "z"}"#;
        let doubt = JsonText::read(text).unwrap().doubt.unwrap();
        let expected = [
            serde_json::json!({"a": 1, "b": [{"c": "x"}]}),
            serde_json::json!({"a": {"d": true}, "b": [{"c": null}]}),
            serde_json::json!({"a": "z", "b": [{"c": null}]}),
        ];
        assert_eq!(doubt.readings, expected);
        assert!(!doubt.is_settled);
    }

    #[test]
    fn what_cannot_be_held_is_told_from_what_is_no_json() {
        let deep = "[".repeat(1000);
        let cases = [
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
