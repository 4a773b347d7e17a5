//! Wire text to values: how a parameter's style and schema read what stands in a path, query,
//! header or cookie.
//!
//! Text that does not read as the schema's type stays text, so that judging it tells the mistake.

#[cfg(test)]
mod tests;

use super::model::{Parameter, Place, SchemaRef, Spec, Style};
use super::place::Node;
use super::schema::Direction;
use crate::exchange::Decimal;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most schemas that are looked at to learn a type: a guard against schemas that fan out.
const LOOKS: usize = 256;

impl Spec {
    /// The value of a parameter from the texts that carry it (percent-encoding undone), one for each
    /// time it occurs. For styles that spread a value over several names (`deepObject`, indexed,
    /// exploded objects) see [`Spec::query_value`]. Numbers that would be rounded are there by their digits
    /// ([`Decimal::written`]).
    pub fn parameter_value(&self, parameter: &Parameter, raw: &[String]) -> Value {
        let schema = parameter.schema.as_ref().and_then(|schema| self.node(schema));
        let first = raw.first().map_or("", String::as_str);
        if let Some(media_type) = &parameter.media_type {
            let json = media_type.contains("json").then(|| serde_json::from_str(first).ok());
            return json.flatten().unwrap_or_else(|| Value::from(first));
        }
        let Some(schema) = schema else { return Value::from(first) };
        let kinds = Kinds::of(&schema);
        if kinds.array && !kinds.string {
            let items = child(&schema, "items");
            let texts = pieces(parameter, raw);
            return texts.iter().map(|text| scalar(text, items.as_ref())).collect();
        }
        if kinds.object && !kinds.string {
            return object(parameter, raw, &schema);
        }
        match parameter.style {
            Style::Label => scalar(first.strip_prefix('.').unwrap_or(first), Some(&schema)),
            Style::Matrix => scalar(matrix(parameter, first), Some(&schema)),
            _ => match (parameter.place, raw) {
                // Several lines of a field are one, joined (RFC 9110, section 5.3).
                (Place::Header, [_, _, ..])
                    if !parameter.name.eq_ignore_ascii_case("set-cookie") =>
                {
                    scalar(&raw.join(", "), Some(&schema))
                }
                (Place::Query, [_, _, ..]) => one_or_several(raw, &schema),
                _ if kinds.string => self.alternative(parameter, first),
                _ => scalar(first, Some(&schema)),
            },
        }
    }

    /// A value that a schema takes as text, or as what the text writes: as the latter where it keeps
    /// the schema only so (`oneOf` a number and one of some words).
    fn alternative(&self, parameter: &Parameter, text: &str) -> Value {
        let read = Value::from(text);
        let Some(schema) = &parameter.schema else { return read };
        let written = match serde_json::from_str(text) {
            Ok(written @ (Value::Number(_) | Value::Bool(_))) if text == text.trim() => written,
            _ => return read,
        };
        let keeps = |value: &Value| {
            let broken = self.validate(schema, value, Direction::Request);
            broken.is_ok_and(|broken| broken.iter().all(|violation| violation.advisory))
        };
        if !keeps(&read) && keeps(&written) { written } else { read }
    }

    /// Whether a value is empty where the document allows that of the parameter, whatever its
    /// schema says (`allowEmptyValue`; OpenAPI 3.1, section 4.8.12.2).
    pub fn takes_empty(&self, parameter: &Parameter, value: &Value) -> bool {
        value == "" && parameter.place == Place::Query && {
            let described = self.document().pointer(&parameter.pointer);
            described.is_some_and(|described| described["allowEmptyValue"] == Value::Bool(true))
        }
    }

    /// The value of a query parameter (or of a form body's field) among all pairs of the query;
    /// `None` when it is not there. Numbers are those of [`Spec::parameter_value`].
    pub fn query_value(&self, parameter: &Parameter, pairs: &[(String, String)]) -> Option<Value> {
        let schema = parameter.schema.as_ref().and_then(|schema| self.node(schema));
        // A style says how a schema's value is spread; a media type is a text of its own.
        let spread = schema.as_ref().filter(|_| parameter.media_type.is_none());
        match (parameter.style, spread) {
            (Style::DeepObject, Some(schema)) => {
                let tree = Tree::of(&parameter.name, pairs, bracketed)?;
                return Some(tree.value(Some(schema)));
            }
            (Style::Indexed, Some(schema)) => {
                let tree = Tree::of(&parameter.name, pairs, dotted)?;
                return Some(tree.value(Some(schema)));
            }
            (Style::Form, Some(schema)) if parameter.explode && Kinds::of(schema).only_object() => {
                return members(schema, pairs);
            }
            _ => {}
        }
        let raw: Vec<String> = pairs
            .iter()
            .filter(|(name, _)| *name == parameter.name)
            .map(|(_, value)| value.clone())
            .collect();
        (!raw.is_empty()).then(|| self.parameter_value(parameter, &raw))
    }

    /// Whether a schema is for text and nothing else.
    pub(super) fn is_for_text(&self, schema: &SchemaRef) -> bool {
        self.node(schema).is_some_and(|schema| Kinds::of(&schema).only_string())
    }

    fn node(&self, schema: &SchemaRef) -> Option<Node<'_>> {
        Node::at(self.document(), &schema.pointer)?.resolved().ok()
    }
}

/// Types that a schema allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a set of the seven types")]
pub(super) struct Kinds {
    pub string: bool,
    pub integer: bool,
    pub number: bool,
    pub boolean: bool,
    pub array: bool,
    pub object: bool,
    pub null: bool,
}

impl Kinds {
    pub fn of(schema: &Node) -> Self {
        let mut kinds = Self::default();
        let mut looks = LOOKS;
        kinds.collect(schema, &mut looks);
        kinds
    }

    fn collect(&mut self, schema: &Node, looks: &mut usize) {
        let mut open = vec![schema.clone()];
        while let Some(schema) = open.pop() {
            let Some(left) = looks.checked_sub(1) else { return };
            *looks = left;
            let Ok(schema) = schema.resolved() else { continue };
            let words: Vec<&str> = match schema.value.get("type") {
                Some(Value::String(word)) => vec![word],
                Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            if words.is_empty() {
                for key in ["allOf", "oneOf", "anyOf"] {
                    open.extend(schema.member(key).iter().flat_map(Node::items));
                }
                self.array |= schema.value.get("items").is_some();
                self.object |= schema.value.get("properties").is_some();
            }
            for word in words {
                self.add(word);
            }
        }
    }

    fn add(&mut self, word: &str) {
        match word {
            "string" => self.string = true,
            "integer" => self.integer = true,
            "number" => self.number = true,
            "boolean" => self.boolean = true,
            "array" => self.array = true,
            "object" => self.object = true,
            "null" => self.null = true,
            _ => {}
        }
    }

    pub fn only_string(self) -> bool {
        self == Self { string: true, ..Self::default() }
    }

    fn only_object(self) -> bool {
        self.object && !self.string && !self.array
    }
}

fn child<'a>(schema: &Node<'a>, key: &str) -> Option<Node<'a>> {
    schema.member(key)?.resolved().ok()
}

/// One text as the schema's type.
pub(super) fn scalar(text: &str, schema: Option<&Node>) -> Value {
    let kinds = schema.map(Kinds::of).unwrap_or_default();
    if kinds.string {
        return Value::from(text);
    }
    if (kinds.integer || kinds.number)
        && let Some(number) = number(text, kinds.number)
    {
        return number;
    }
    // How a boolean is written is not said anywhere: Python clients send `True`.
    if kinds.boolean && text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if kinds.boolean && text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if kinds.null && (text.is_empty() || text == "null") {
        return Value::Null;
    }
    Value::from(text)
}

/// The text of a name that should stand once. Texts that differ are no one value of it: an array,
/// so that a schema for one value tells the mistake.
fn one_or_several<T: AsRef<str>>(raw: &[T], schema: &Node) -> Value {
    let first = raw.first().map_or("", AsRef::as_ref);
    if raw.iter().all(|text| text.as_ref() == first) {
        return scalar(first, Some(schema));
    }
    raw.iter().map(|text| scalar(text.as_ref(), Some(schema))).collect()
}

/// A number in JSON's spelling; without fraction and exponent where only an integer will do. One that would be rounded
/// is there by its digits.
fn number(text: &str, fraction: bool) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // JSON allows white space around a number, the wire does not.
    let foreign = |byte: u8| !byte.is_ascii_digit() && (!fraction || byte.is_ascii_whitespace());
    if digits.is_empty() || digits.bytes().any(foreign) {
        return None;
    }
    if Decimal::is_rounded(text) {
        return Decimal::parse(text).map(|_| Decimal::written(text));
    }
    serde_json::from_str(text).ok()
}

/// The texts of an array's items.
fn pieces(parameter: &Parameter, raw: &[String]) -> Vec<String> {
    let split = |text: &str, separator: char| -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        text.split(separator).map(str::to_owned).collect()
    };
    let all = |separator: char| raw.iter().flat_map(|text| split(text, separator)).collect();
    match parameter.style {
        Style::Form | Style::DeepObject | Style::Indexed if parameter.explode => raw.to_vec(),
        Style::Form | Style::DeepObject | Style::Indexed => all(','),
        // White space around a header's list items is no part of them (RFC 9110, section 5.6.1).
        Style::Simple => {
            let items: Vec<String> = all(',');
            items.into_iter().map(|item| item.trim().to_owned()).collect()
        }
        Style::SpaceDelimited => all(' '),
        Style::PipeDelimited => all('|'),
        Style::TabDelimited => all('\t'),
        Style::Label => {
            let text = raw.first().map_or("", String::as_str);
            let separator = if parameter.explode { '.' } else { ',' };
            split(text.strip_prefix('.').unwrap_or(text), separator)
        }
        Style::Matrix => {
            let text = raw.first().map_or("", String::as_str);
            if parameter.explode {
                let named = format!("{}=", parameter.name);
                let items = text.split(';').filter(|item| !item.is_empty());
                items.map(|item| item.strip_prefix(&named).unwrap_or(item).to_owned()).collect()
            } else {
                split(matrix(parameter, text), ',')
            }
        }
    }
}

fn matrix<'a>(parameter: &Parameter, text: &'a str) -> &'a str {
    text.strip_prefix(';')
        .and_then(|rest| rest.strip_prefix(parameter.name.as_str()))
        .and_then(|rest| rest.strip_prefix('='))
        .unwrap_or(text)
}

/// An object within one text: `a,1,b,2`, exploded `a=1,b=2`.
fn object(parameter: &Parameter, raw: &[String], schema: &Node) -> Value {
    let exploded = parameter.explode && parameter.style != Style::Form;
    let flat =
        Parameter { explode: exploded && parameter.style != Style::Simple, ..parameter.clone() };
    let texts = pieces(&flat, raw);
    let mut members = Map::new();
    let properties = child(schema, "properties");
    let mut put = |key: &str, text: &str| {
        let property = properties.as_ref().and_then(|properties| child(properties, key));
        members.insert(key.to_owned(), scalar(text, property.as_ref()));
    };
    if exploded {
        for text in &texts {
            let Some((key, value)) = text.split_once('=') else { return whole(raw) };
            put(key, value);
        }
    } else {
        if texts.is_empty() || !texts.len().is_multiple_of(2) {
            return whole(raw);
        }
        for pair in texts.chunks_exact(2) {
            put(&pair[0], &pair[1]);
        }
    }
    Value::Object(members)
}

/// Text that is no object in the parameter's style; JSON is read as such, for many clients send it.
fn whole(raw: &[String]) -> Value {
    let text = raw.first().map_or("", String::as_str);
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => value,
        _ => Value::from(text),
    }
}

/// An object whose members are pairs of their own.
fn members(schema: &Node, pairs: &[(String, String)]) -> Option<Value> {
    let mut found = Map::new();
    let properties = child(schema, "properties")?;
    for (name, property) in properties.members() {
        let Ok(property) = property.resolved() else { continue };
        let texts: Vec<&String> =
            pairs.iter().filter(|(key, _)| key == name).map(|(_, text)| text).collect();
        if texts.is_empty() {
            continue;
        }
        let value = if Kinds::of(&property).array {
            let items = child(&property, "items");
            texts.iter().map(|text| scalar(text, items.as_ref())).collect()
        } else {
            one_or_several(&texts, &property)
        };
        found.insert(name.to_owned(), value);
    }
    (!found.is_empty()).then_some(Value::Object(found))
}

/// A value spread over names: `Name.1.Key`, `name[key]`.
#[derive(Debug, Default)]
struct Tree {
    text: Option<String>,
    members: BTreeMap<String, Tree>,
}

/// Deepest nesting of a value that is spread over names.
const DEPTH: usize = 16;

impl Tree {
    /// The pairs that belong to a name; `None` when there are none. `steps` takes what follows the
    /// name apart.
    fn of(
        name: &str,
        pairs: &[(String, String)],
        steps: fn(&str) -> Option<Vec<&str>>,
    ) -> Option<Self> {
        let mut tree = Self::default();
        let mut any = false;
        for (key, text) in pairs {
            let Some(rest) = key.strip_prefix(name) else { continue };
            let Some(steps) = steps(rest).filter(|steps| steps.len() <= DEPTH) else { continue };
            let mut here = &mut tree;
            for step in steps {
                here = here.members.entry(step.to_owned()).or_default();
            }
            here.text = Some(text.clone());
            any = true;
        }
        any.then_some(tree)
    }

    fn value(self, schema: Option<&Node>) -> Value {
        if self.members.is_empty() {
            return scalar(&self.text.unwrap_or_default(), schema);
        }
        let kinds = schema.map(Kinds::of).unwrap_or_default();
        let position = |key: &str| key.parse::<u64>().ok();
        let counted = self.members.keys().all(|key| position(key).is_some());
        if counted && !kinds.only_object() {
            let mut members: Vec<_> = self.members.into_iter().collect();
            members.sort_by_key(|(key, _)| position(key));
            let items = schema.and_then(|schema| child(schema, "items"));
            return members.into_iter().map(|(_, tree)| tree.value(items.as_ref())).collect();
        }
        let properties = schema.and_then(|schema| child(schema, "properties"));
        let member = |(key, tree): (String, Self)| {
            let property = properties.as_ref().and_then(|properties| child(properties, &key));
            let value = tree.value(property.as_ref());
            (key, value)
        };
        self.members.into_iter().map(member).collect::<Map<_, _>>().into()
    }
}

fn dotted(rest: &str) -> Option<Vec<&str>> {
    if rest.is_empty() {
        return Some(Vec::new());
    }
    Some(rest.strip_prefix('.')?.split('.').collect())
}

fn bracketed(rest: &str) -> Option<Vec<&str>> {
    let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
    Some(inner.split("][").collect())
}
