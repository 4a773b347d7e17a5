//! The document as validators read it: schemas keep their places and lose what asserts nothing.

use super::cut::Cuts;
use super::required::unrequire;
use super::{Direction, exact};
use crate::spec::layout::{Role, each_schema};
use crate::spec::place::{fragment, join, local};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Keyword of ours that stands for the number formats (`int32`), since a format judges text alone.
pub(super) const NUMBER_FORMAT: &str = "x-number-format";

/// Keywords that assert something, ours included. What is not here is for people.
const KEPT: [&str; 41] = [
    "$ref",
    "$defs",
    "definitions",
    "type",
    "enum",
    "const",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxContains",
    "minContains",
    "maxProperties",
    "minProperties",
    "required",
    "dependentRequired",
    "format",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "prefixItems",
    "items",
    "contains",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords of ours that documents may use.
const OURS: [&str; 2] = ["x-unique-by", "x-forbidden-prefixes"];

/// Whether a keyword of a document says something of values.
pub(in crate::spec) fn asserts(keyword: &str) -> bool {
    KEPT.contains(&keyword)
        || OURS.contains(&keyword)
        || keyword == NUMBER_FORMAT
        || keyword == "x-contradicted"
}

/// Which rules hold where a page contradicts itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Loosened as far as the page's own examples need.
    Loosened,
    /// As written (`x-contradicted`).
    Written,
}

/// How numbers are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As doubles and 64-bit integers.
    Rounded,
    /// Those that these would round by their digits.
    Exact,
}

/// What in a document makes its prepared forms differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Features {
    /// `readOnly` or `writeOnly` is used.
    pub directions: bool,
    /// Some number of a schema is there by its digits.
    pub literals: bool,
}

impl Features {
    /// The depth is that of the document, which the parser bounds.
    pub fn of(document: &Value) -> Self {
        match document {
            Value::Object(map) => Self {
                directions: map.contains_key("readOnly") || map.contains_key("writeOnly"),
                literals: map.contains_key(exact::LITERALS),
            }
            .and(map.values()),
            Value::Array(items) => Self::default().and(items.iter()),
            _ => Self::default(),
        }
    }

    fn and<'v>(self, parts: impl Iterator<Item = &'v Value>) -> Self {
        parts.map(Self::of).fold(self, |all, part| Self {
            directions: all.directions || part.directions,
            literals: all.literals || part.literals,
        })
    }
}

/// The document for values that travel one way, under one set of rules, and where it was cut apart.
pub(super) fn prepared(
    document: &Value,
    direction: Direction,
    rules: Rules,
    numbers: Numbers,
) -> (Value, Cuts) {
    let mut prepared = document.clone();
    let hidden = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    let mut led = HashSet::new();
    each_schema(&mut prepared, &mut |_, schema| {
        contradicted(schema, rules);
        repeats(schema);
        unrequire(schema, document, hidden);
        reference(schema);
        pattern(schema);
        number_format(schema);
        lead(schema, &mut led);
    });
    // In a walk of its own: the one above reads what asserts nothing, at parts already seen.
    each_schema(&mut prepared, &mut |pointer, schema| {
        if numbers == Numbers::Exact {
            exact::rename(schema);
        }
        schema.retain(|key, _| {
            KEPT.contains(&key.as_str())
                || OURS.contains(&key.as_str())
                || key == NUMBER_FORMAT
                || key.starts_with(exact::EXACT)
                || led.contains(&join(pointer, key))
        });
    });
    let cuts = Cuts::of(&mut prepared);
    (prepared, cuts)
}

/// Notes the places on the way to a reference's target that the layout knows no schema at: what
/// asserts nothing may still be referred to.
fn lead(schema: &Map<String, Value>, led: &mut HashSet<String>) {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|text| local(text).ok());
    let Some(target) = target.filter(|target| Role::at(target) == Role::Data) else { return };
    let mut end = target.len();
    while end > 0 && led.insert(target[..end].to_owned()) {
        end = target[..end].rfind('/').unwrap_or(0);
    }
}

fn contradicted(schema: &mut Map<String, Value>, rules: Rules) {
    let Some(written) = schema.shift_remove("x-contradicted") else { return };
    if let (Rules::Written, Value::Object(written)) = (rules, written) {
        schema.extend(written.into_iter().filter(|(key, _)| !key.starts_with("x-")));
    }
}

/// Names that stand twice in `required`: a slip that the schema of schemas forbids and that changes
/// nothing.
fn repeats(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        let mut seen = HashSet::new();
        required.retain(|name| name.as_str().is_none_or(|name| seen.insert(name.to_owned())));
    }
}

/// References in the one spelling that a URI parser takes: authors write `{id}` unescaped.
fn reference(schema: &mut Map<String, Value>) {
    if let Some(Value::String(reference)) = schema.get_mut("$ref")
        && let Ok(pointer) = local(reference)
    {
        *reference = fragment(&pointer);
    }
}

/// Patterns in the engine's words; one that is broken is left for the compiler to refuse.
fn pattern(schema: &mut Map<String, Value>) {
    if let Some(Value::String(pattern)) = schema.get_mut("pattern")
        && pattern.contains(SPECIAL)
        && let Some(translated) = super::pattern::translated(pattern)
    {
        *pattern = translated;
        if let Some((shorter, most)) = unrepeated(pattern) {
            *pattern = shorter;
            let known = schema.get("maxLength").and_then(Value::as_u64);
            if let Some(most) = most.filter(|most| known.is_none_or(|known| *most < known)) {
                schema.insert("maxLength".to_owned(), Value::from(most));
            }
        }
    }
}

/// Repetitions beyond this are said by a length: an engine unrolls them.
const REPETITIONS: u64 = 4096;

/// `^X{0,262144}$`, where X is one class, as `^X{0,}$` and the most characters; the latter is nothing
/// where no `$` asks for the end.
fn unrepeated(pattern: &str) -> Option<(String, Option<u64>)> {
    let inner = pattern.strip_prefix("^[")?;
    let (inner, closed) = match inner.strip_suffix('$') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let (class, counts) = inner.strip_suffix('}')?.rsplit_once("]{")?;
    if class.replace("\\[", "").replace("\\]", "").contains(['[', ']']) {
        return None;
    }
    let (least, most) = counts.split_once(',')?;
    let (least, most): (u64, u64) = (least.parse().ok()?, most.parse().ok()?);
    let fits = most > REPETITIONS && least <= REPETITIONS && least <= most;
    fits.then(|| {
        (format!("^[{class}]{{{least},}}{}", if closed { "$" } else { "" }), closed.then_some(most))
    })
}

/// Characters without which a pattern means the same to everybody.
const SPECIAL: [char; 6] = ['\\', '[', ']', '{', '}', '.'];

fn number_format(schema: &mut Map<String, Value>) {
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(name) = format.filter(|name| super::format::range(name).is_some()) {
        let name = Value::from(name);
        schema.insert(NUMBER_FORMAT.to_owned(), name);
    }
}

#[cfg(test)]
mod tests {
    use super::unrepeated;

    #[test]
    fn long_repetitions_are_said_by_a_length() {
        let cases = [
            ("^[^a]{0,262144}$", Some(("^[^a]{0,}$".to_owned(), Some(262_144)))),
            ("^[a]{1,5000}", Some(("^[a]{1,}".to_owned(), None))),
            (r"^[\]a]{1,5000}$", Some((r"^[\]a]{1,}$".to_owned(), Some(5000)))),
            ("^[a]{1,50}$", None),
            ("^[a]b[c]{1,5000}$", None),
            ("^[a]{5000,6000}$", None),
            ("[a]{1,5000}$", None),
        ];
        for (pattern, expected) in cases {
            assert_eq!(unrepeated(pattern), expected, "{pattern}");
        }
    }
}
