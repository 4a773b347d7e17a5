//! What prose states of one field, and how it is written as JSON Schema (draft 2020-12, the dialect
//! of OpenAPI 3.1) and as this tool's own keywords.

use super::charset::Characters;
use super::literal;
use crate::page::model::{Scalar, Shape, Side};
use serde_json::{Map, Value, json};

/// Most lines that are noted beside a loosened keyword.
const LINES_LIMIT: usize = 16;

/// A rule with the line that states it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::page) struct Stated<T> {
    pub(in crate::page) value: T,
    pub(in crate::page) line: u32,
}

/// A number range of one of several uses (`System disk: 10 to 1024`).
#[derive(Debug, Clone, PartialEq)]
pub(in crate::page) struct Range {
    pub(in crate::page) label: String,
    pub(in crate::page) minimum: Option<f64>,
    pub(in crate::page) maximum: Option<f64>,
}

/// `mandatory when FIELD is VALUE`, the field as the prose writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::page) struct Condition {
    pub(in crate::page) field: String,
    pub(in crate::page) value: String,
}

/// A keyword that was loosened, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::page) struct Contradicted {
    pub(in crate::page) keyword: &'static str,
    pub(in crate::page) written: Value,
    pub(in crate::page) lines: Vec<u32>,
}

/// All rules of one field. A rule that does not fit the field's type is never written.
#[derive(Debug, Clone, Default)]
pub(in crate::page) struct Rules {
    pub(super) min_length: Option<Stated<u64>>,
    pub(super) max_length: Option<Stated<u64>>,
    pub(super) minimum: Option<Stated<f64>>,
    pub(super) maximum: Option<Stated<f64>>,
    pub(super) multiple_of: Option<Stated<f64>>,
    pub(super) min_items: Option<Stated<u64>>,
    pub(super) max_items: Option<Stated<u64>>,
    /// The words as on the page.
    pub(super) choices: Option<Stated<Vec<String>>>,
    /// Values beyond the words: what an example shows, or what a word for null stands for.
    pub(super) more_choices: Vec<Value>,
    pub(super) default: Option<Stated<Value>>,
    pub(super) characters: Characters,
    pub(super) forbidden_prefixes: Option<Stated<Vec<String>>>,
    /// The member by which an array's objects are unique.
    pub(super) unique_by: Option<Stated<String>>,
    pub(super) unique: Option<u32>,
    pub(super) unit: Option<Stated<String>>,
    pub(super) partial_match: Option<u32>,
    pub(super) reserved: Option<u32>,
    /// Not to be used any more.
    pub(in crate::page) deprecated: Option<u32>,
    /// Not for the public.
    pub(in crate::page) internal: Option<u32>,
    /// Not always in a response.
    pub(in crate::page) optional: Option<u32>,
    pub(super) default_meaning: Option<Stated<String>>,
    pub(super) empty_meaning: Option<Stated<String>>,
    pub(super) conditions: Vec<Stated<Condition>>,
    /// Names of which at most one may be there.
    pub(super) exclusive: Option<Stated<Vec<String>>>,
    /// Names that may not be there together with the field.
    pub(super) exclusive_with: Option<Stated<Vec<String>>>,
    /// Names of which at least one must be there; the own name is left out.
    pub(super) either: Option<Stated<String>>,
    pub(super) ranges: Vec<Stated<Range>>,
    /// String keywords that were written for a number, by line.
    pub(super) wrong_keywords: Vec<u32>,
    /// What the prose at the place of use allows of a nested field: its words, and the values.
    pub(super) restricted: Option<Stated<(String, Vec<String>)>>,
    /// JSON types beyond the documented one that an example shows.
    pub(super) more_types: Vec<&'static str>,
    /// The same for an array's elements.
    pub(super) more_item_types: Vec<&'static str>,
    pub(super) contradicted: Vec<Contradicted>,
}

fn line_of<T>(rule: Option<&Stated<T>>) -> Option<u32> {
    rule.map(|rule| rule.line)
}

/// A number, as an integer where it is one.
pub(super) fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a small integer")]
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}

/// The shape that choices are values of: an array's are its elements'.
fn chosen_shape(shape: &Shape) -> Option<&Shape> {
    let shape = match shape {
        Shape::Array(inner) => inner.as_deref()?,
        own => own,
    };
    let takes = matches!(shape.scalar()?, Scalar::String | Scalar::Integer | Scalar::Long);
    takes.then_some(shape)
}

/// Adds types to a schema that has one, or that refers to another.
fn with_types(schema: &mut Map<String, Value>, more: &[&'static str]) {
    if more.is_empty() {
        return;
    }
    if let Some(reference) = schema.shift_remove("$ref") {
        let more = more.iter().map(|kind| json!({ "type": kind }));
        let all = std::iter::once(json!({ "$ref": reference })).chain(more);
        schema.insert("anyOf".to_owned(), all.collect());
    } else if let Some(Value::String(own)) = schema.get("type").cloned() {
        let all: Vec<&str> = std::iter::once(own.as_str()).chain(more.iter().copied()).collect();
        schema.insert("type".to_owned(), json!(all));
    }
}

impl Rules {
    /// The lines of all rules.
    pub(in crate::page) fn lines(&self) -> Vec<u32> {
        let single = [
            line_of(self.min_length.as_ref()),
            line_of(self.max_length.as_ref()),
            line_of(self.minimum.as_ref()),
            line_of(self.maximum.as_ref()),
            line_of(self.multiple_of.as_ref()),
            line_of(self.min_items.as_ref()),
            line_of(self.max_items.as_ref()),
            line_of(self.choices.as_ref()),
            line_of(self.default.as_ref()),
            line_of(self.forbidden_prefixes.as_ref()),
            line_of(self.unique_by.as_ref()),
            line_of(self.exclusive.as_ref()),
            line_of(self.exclusive_with.as_ref()),
            line_of(self.either.as_ref()),
            line_of(self.restricted.as_ref()),
            self.unique,
            self.reserved,
            self.internal,
            self.deprecated,
        ];
        let mut lines: Vec<u32> = single.into_iter().flatten().collect();
        lines.extend(self.characters.lines());
        lines.extend(self.conditions.iter().map(|rule| rule.line));
        lines
    }

    /// The keywords that were loosened, as written, and the lines that disagree.
    pub(in crate::page) fn contradicted_keywords(&self) -> (Map<String, Value>, Vec<u32>) {
        let mut keywords = Map::new();
        let mut lines = Vec::new();
        for own in &self.contradicted {
            keywords.entry(own.keyword).or_insert_with(|| own.written.clone());
            lines.extend(&own.lines);
        }
        (keywords, lines)
    }

    /// Notes a keyword as it stood before an example loosened it; the first note stays.
    pub(super) fn contradict(&mut self, keyword: &'static str, written: Value, lines: &[u32]) {
        match self.contradicted.iter_mut().find(|own| own.keyword == keyword) {
            Some(own) if own.lines.len() < LINES_LIMIT => own.lines.extend(lines),
            Some(_) => {}
            None => {
                self.contradicted.push(Contradicted { keyword, written, lines: lines.to_vec() });
            }
        }
    }

    /// Writes the rules into a schema that has the shape's own keywords already.
    pub(in crate::page) fn write(
        &self,
        shape: &Shape,
        side: Side,
        schema: &mut Map<String, Value>,
    ) {
        with_types(schema, &self.more_types);
        match shape {
            Shape::Scalar(Scalar::String) => self.write_string(schema),
            Shape::Scalar(Scalar::Integer | Scalar::Long | Scalar::Number) => {
                self.write_number(schema);
            }
            Shape::Array(_) => self.write_array(schema),
            _ => {}
        }
        if let Some(choices) = self.enumeration(shape) {
            match (shape, schema.get_mut("items")) {
                (Shape::Array(_), Some(Value::Object(items))) => {
                    items.insert("enum".to_owned(), choices);
                }
                (Shape::Array(_), _) => {}
                _ => drop(schema.insert("enum".to_owned(), choices)),
            }
        }
        // A provider's answer has no default: what is absent there is absent.
        // `Empty by default` says that nothing is sent: no value where the rules bar an empty one.
        let keeps = |own: &&Stated<Value>| own.value != "" || self.allow(shape, &own.value);
        let default = self.default.as_ref().filter(|_| side == Side::Request);
        if let Some(default) = default.filter(keeps) {
            schema.insert("default".to_owned(), default.value.clone());
        }
        self.write_own(side, schema);
    }

    fn write_string(&self, schema: &mut Map<String, Value>) {
        let mut set = |key: &str, value: Option<Value>| {
            schema.extend(value.map(|value| (key.to_owned(), value)));
        };
        set(
            "minLength",
            self.min_length.as_ref().filter(|own| own.value > 0).map(|own| json!(own.value)),
        );
        set("maxLength", self.max_length.as_ref().map(|own| json!(own.value)));
        set("pattern", self.characters.pattern().map(Value::from));
        set("x-forbidden-prefixes", self.forbidden_prefixes.as_ref().map(|own| json!(own.value)));
    }

    fn write_number(&self, schema: &mut Map<String, Value>) {
        let rules = [
            ("minimum", &self.minimum),
            ("maximum", &self.maximum),
            ("multipleOf", &self.multiple_of),
        ];
        for (key, rule) in rules {
            schema.extend(rule.as_ref().map(|rule| (key.to_owned(), number(rule.value))));
        }
    }

    fn write_array(&self, schema: &mut Map<String, Value>) {
        for (key, rule) in [("minItems", &self.min_items), ("maxItems", &self.max_items)] {
            schema.extend(rule.as_ref().map(|rule| (key.to_owned(), json!(rule.value))));
        }
        if let Some(Value::Object(items)) = schema.get_mut("items") {
            with_types(items, &self.more_item_types);
        }
        if self.unique.is_some() {
            schema.insert("uniqueItems".to_owned(), json!(true));
        }
        let by = self.unique_by.as_ref().map(|own| ("x-unique-by".to_owned(), json!(own.value)));
        schema.extend(by);
    }

    fn write_own(&self, side: Side, schema: &mut Map<String, Value>) {
        let mut flag = |key: &str, line: Option<u32>| {
            schema.extend(line.map(|_| (key.to_owned(), json!(true))));
        };
        if side == Side::Request {
            flag("x-reserved", self.reserved);
            flag("x-internal", self.internal);
        }
        flag("deprecated", self.deprecated);
        let restricted = self.restricted.as_ref().map(|own| json!(own.value.1));
        let unit = self.unit.as_ref().map(|own| json!(own.value));
        let partial = self.partial_match.map(|_| json!("partial"));
        for (key, value) in
            [("x-unit", unit), ("x-match", partial), ("x-restricted-to", restricted)]
        {
            schema.extend(value.map(|value| (key.to_owned(), value)));
        }
    }

    /// Writes what values mean, in the page's words.
    pub(in crate::page) fn write_meanings(&self, schema: &mut Map<String, Value>) {
        let meanings =
            [("x-default-meaning", &self.default_meaning), ("x-empty-means", &self.empty_meaning)];
        for (key, rule) in meanings {
            schema.extend(rule.as_ref().map(|rule| (key.to_owned(), json!(rule.value))));
        }
    }

    /// The values of `enum`; none where a word is no value of the type.
    pub(super) fn enumeration(&self, shape: &Shape) -> Option<Value> {
        let shape = chosen_shape(shape)?;
        let words = self.choices.as_ref()?.value.iter();
        let mut values =
            words.map(|word| literal::typed(shape, word)).collect::<Option<Vec<_>>>()?;
        for more in &self.more_choices {
            if !values.contains(more) {
                values.push(more.clone());
            }
        }
        Some(Value::Array(values))
    }

    /// Whether a value is among the choices, where there are any.
    pub(super) fn is_choice(&self, shape: &Shape, value: &Value) -> bool {
        let (Some(choices), Some(shape)) = (&self.choices, chosen_shape(shape)) else {
            return true;
        };
        let listed = match value {
            Value::String(text) => choices.value.iter().any(|word| word == text),
            other => {
                choices.value.iter().any(|word| literal::typed(shape, word).as_ref() == Some(other))
            }
        };
        listed || self.more_choices.contains(value)
    }

    /// Whether a scalar value keeps every rule.
    pub(in crate::page) fn allow(&self, shape: &Shape, value: &Value) -> bool {
        super::settle::disagreements(self, shape, value).is_empty()
    }
}
