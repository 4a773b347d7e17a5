//! Type words: `Array of Label objects`, `String`, `List<integer>`, in a closed vocabulary.

use super::model::{Scalar, Shape};
use serde_json::Value;

/// Deepest nesting of arrays that is read.
const DEPTH: usize = 4;

const SCALARS: &[(&str, Scalar)] = &[
    ("string", Scalar::String),
    ("str", Scalar::String),
    ("sting", Scalar::String),
    ("char", Scalar::String),
    ("date", Scalar::String),
    ("uuid", Scalar::String),
    ("datetime", Scalar::String),
    ("date-time", Scalar::String),
    ("date time", Scalar::String),
    ("time", Scalar::String),
    ("file", Scalar::String),
    ("enum", Scalar::String),
    ("text", Scalar::String),
    ("枚举", Scalar::String),
    ("字符型", Scalar::String),
    ("字符串", Scalar::String),
    ("integer", Scalar::Integer),
    ("int", Scalar::Integer),
    ("interger", Scalar::Integer),
    ("short", Scalar::Integer),
    ("整型", Scalar::Integer),
    ("整数", Scalar::Integer),
    ("long", Scalar::Long),
    ("int64", Scalar::Long),
    ("bigint", Scalar::Long),
    ("长整型", Scalar::Long),
    ("number", Scalar::Number),
    ("float", Scalar::Number),
    ("double", Scalar::Number),
    ("浮点型", Scalar::Number),
    ("boolean", Scalar::Boolean),
    ("bool", Scalar::Boolean),
    ("布尔型", Scalar::Boolean),
    ("布尔值", Scalar::Boolean),
];

const OBJECTS: &[&str] = &[
    "object",
    "objects",
    "dict",
    "dicts",
    "dictionary",
    "json",
    "对象",
    "structure",
    "struct",
    "json object",
];
const ARRAYS: &[&str] = &["array", "list", "repeatlist", "arrays", "lists", "数组", "列表"];
const MAPS: &[&str] = &["map"];

/// Type words that may stand at the end of a run of glued cells, longest first where one ends in
/// another.
const GLUED: &[&str] = &[
    "integer", "boolean", "string", "object", "number", "double", "array", "float", "long", "map",
];

/// The shape that a type cell names; `None` when a word of it is not known.
pub(super) fn parse(text: &str) -> Option<Shape> {
    let text = text.trim();
    if text.len() > 160 {
        return None;
    }
    nested(text, DEPTH).or_else(|| nested(unremarked(text)?, DEPTH))
}

/// A type without a remark: `String(36)`, `Array of objects (see Table 3)`, `dict data structure`.
fn unremarked(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    for words in [" data structure", " data structures", " structure data", " type", "类型"] {
        if lower.ends_with(words) {
            return text.get(..text.len() - words.len());
        }
    }
    let at = text.find(['(', '（', ',', ';']).filter(|at| *at > 0)?;
    Some(text[..at].trim_end())
}

/// The object of a name that stands alone inside an array or a map.
fn object_named(text: &str) -> Option<Shape> {
    let name = text.trim();
    super::vocabulary::is_name(name).then(|| Shape::Object(Some(name.to_owned())))
}

fn nested(text: &str, depth: usize) -> Option<Shape> {
    if depth == 0 {
        return None;
    }
    let text = text.trim();
    let lower = text.to_lowercase();
    if let Some(scalar) = scalar(&lower) {
        return Some(Shape::Scalar(scalar));
    }
    if ARRAYS.contains(&lower.as_str()) {
        return Some(Shape::Array(None));
    }
    if OBJECTS.contains(&lower.as_str()) {
        return Some(Shape::Object(None));
    }
    if MAPS.contains(&lower.as_str()) {
        return Some(Shape::Map(None));
    }
    let array = |inner: Shape| Shape::Array(Some(Box::new(inner)));
    for word in ARRAYS {
        if let Some(rest) = after(text, &lower, word)
            && let Some(inner) = rest.strip_prefix("of ").or_else(|| rest.strip_prefix("Of "))
        {
            return nested(inner, depth - 1).or_else(|| object_named(inner)).map(array);
        }
        if let Some(inner) = angled(text, &lower, word) {
            return nested(inner, depth - 1).or_else(|| object_named(inner)).map(array);
        }
        let before = lower.strip_suffix(word).map(str::trim_end);
        if let Some(before) = before.filter(|before| !before.is_empty()) {
            let inner = text.get(..before.len())?;
            return nested(inner, depth - 1).or_else(|| object_named(inner)).map(array);
        }
    }
    for word in MAPS {
        if let Some(inner) = angled(text, &lower, word) {
            let (_, value) = inner.split_once(',').unwrap_or(("", inner));
            let value = nested(value, depth - 1).or_else(|| object_named(value));
            return value.map(|inner| Shape::Map(Some(Box::new(inner))));
        }
    }
    if let Some(inner) = text.strip_suffix("[]") {
        return nested(inner, depth - 1).map(array);
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return nested(inner, depth - 1).map(array);
    }
    let Some((name, word)) = text.rsplit_once(' ') else { return structure_name(text) };
    let named = OBJECTS.contains(&word.to_lowercase().as_str());
    let name = name.trim();
    if named && super::vocabulary::is_name(name) {
        return Some(Shape::Object(Some(name.to_owned())));
    }
    let joined = super::vocabulary::joined_name(name).filter(|_| named)?;
    Some(Shape::Object(Some(joined)))
}

/// A single word that can only be the name of a structure: `PageInfo`.
fn structure_name(text: &str) -> Option<Shape> {
    let humps = text.bytes().filter(u8::is_ascii_uppercase).count();
    let starts = text.starts_with(|c: char| c.is_ascii_uppercase());
    let whole = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (starts && whole && humps > 1 && text.len() > humps)
        .then(|| Shape::Object(Some(text.to_owned())))
}

fn scalar(word: &str) -> Option<Scalar> {
    let known =
        |word: &str| SCALARS.iter().find(|(own, _)| *own == word).map(|(_, scalar)| *scalar);
    known(word).or_else(|| known(word.strip_suffix('s')?))
}

/// What follows a word and a blank.
fn after<'a>(text: &'a str, lower: &str, word: &str) -> Option<&'a str> {
    lower.strip_prefix(word)?;
    text.get(word.len()..)?.strip_prefix(' ').map(str::trim_start)
}

/// What stands between the angle brackets behind a word.
fn angled<'a>(text: &'a str, lower: &str, word: &str) -> Option<&'a str> {
    lower.strip_prefix(word)?;
    let rest = text.get(word.len()..)?.trim_start();
    let angled = rest.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    angled.or_else(|| rest.strip_prefix('[')?.strip_suffix(']').filter(|rest| !rest.is_empty()))
}

/// A type word at the end of glued cells, and what stands before it.
pub(super) fn at_end(text: &str) -> Option<(&str, Shape)> {
    GLUED.iter().find_map(|word| {
        let before = text.strip_suffix(word)?;
        Some((before, parse(word)?))
    })
}

/// The shape that an example value shows; the elements of an array by its first.
pub(super) fn of_value(value: &Value) -> Shape {
    match value {
        Value::Bool(_) => Shape::Scalar(Scalar::Boolean),
        Value::Number(number) if number.is_f64() => Shape::Scalar(Scalar::Number),
        Value::Number(_) => Shape::Scalar(Scalar::Integer),
        Value::String(_) => Shape::Scalar(Scalar::String),
        Value::Array(items) => Shape::Array(items.first().map(|item| Box::new(of_value(item)))),
        Value::Object(_) => Shape::Object(None),
        Value::Null => Shape::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(inner: Shape) -> Shape {
        Shape::Array(Some(Box::new(inner)))
    }

    #[test]
    fn type_words_become_shapes() {
        let label = || Shape::Object(Some("Label".to_owned()));
        for (text, expected) in [
            ("String", Some(Shape::Scalar(Scalar::String))),
            ("integer", Some(Shape::Scalar(Scalar::Integer))),
            ("Long", Some(Shape::Scalar(Scalar::Long))),
            ("Array of strings", Some(array(Shape::Scalar(Scalar::String)))),
            ("Array of Label objects", Some(array(label()))),
            ("Label object", Some(label())),
            ("List<Label object>", Some(array(label()))),
            ("String array", Some(array(Shape::Scalar(Scalar::String)))),
            ("Array", Some(Shape::Array(None))),
            ("Array of Array of integers", Some(array(array(Shape::Scalar(Scalar::Integer))))),
            (
                "Map<String,Integer>",
                Some(Shape::Map(Some(Box::new(Shape::Scalar(Scalar::Integer))))),
            ),
            ("字符串", Some(Shape::Scalar(Scalar::String))),
            ("Depot name, a string", None),
            ("", None),
            ("a[][][][][][]", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn glued_types_come_off_the_right_end() {
        assert_eq!(at_end("DepotIdstring"), Some(("DepotId", Shape::Scalar(Scalar::String))));
        assert_eq!(at_end("string"), Some(("", Shape::Scalar(Scalar::String))));
        assert_eq!(at_end("Depot"), None);
    }
}
