//! Loosening one field's rules as far as a value needs.

use super::judge::{Broken, breaks_item_type, disagreements};
use crate::exchange::json_type;
use crate::page::model::{Scalar, Shape};
use crate::page::prose::rules::{Rules, Stated, number};
use serde_json::{Value, json};

/// Values beyond a list that examples may show before the list is given up.
const MORE_CHOICES: usize = 32;

/// A rule that gave way: its keyword, and the lines that state it.
pub(super) struct Loosened {
    pub(super) keyword: &'static str,
    pub(super) lines: Vec<u32>,
}

/// Loosens every rule of a field that the value on a line breaks. `own` is the field's line.
pub(super) fn loosen(
    rules: &mut Rules,
    shape: &Shape,
    value: &Value,
    (own, line): (u32, u32),
) -> Vec<Loosened> {
    let mut loosened = Vec::new();
    for broken in disagreements(rules, shape, value) {
        let (keyword, written, mut lines) = give_way(rules, shape, value, broken, own);
        let told = lines.clone();
        lines.push(line);
        rules.contradict(keyword, written, &lines);
        loosened.push(Loosened { keyword, lines: told });
    }
    loosened
}

fn give_way(
    rules: &mut Rules,
    shape: &Shape,
    value: &Value,
    broken: Broken,
    own: u32,
) -> (&'static str, Value, Vec<u32>) {
    let length = || value.as_str().map_or(0, |text| text.chars().count() as u64);
    let count = || value.as_array().map_or(0, |items| items.len() as u64);
    let size = || value.as_f64().unwrap_or_default();
    match broken {
        Broken::Type => {
            rules.more_types.push(json_type(value));
            ("type", json!(type_of(shape)), vec![own])
        }
        Broken::Choices => {
            let written = rules.enumeration(shape).unwrap_or_default();
            let told = lines(rules.choices.as_ref());
            let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for value in values {
                if !rules.is_choice(shape, &value) {
                    rules.more_choices.push(value);
                }
            }
            // Examples that know so many more values show that the list is not one.
            if rules.more_choices.len() > MORE_CHOICES {
                rules.choices = None;
            }
            // The elements of an array are what its choices bind.
            match shape {
                Shape::Array(Some(inner)) => {
                    ("items", json!({ "type": type_of(inner), "enum": written }), told)
                }
                _ => ("enum", written, told),
            }
        }
        Broken::ItemType => {
            let Shape::Array(Some(inner)) = shape else {
                return ("items", Value::Null, Vec::new());
            };
            let items = value.as_array().cloned().unwrap_or_default();
            for item in items {
                if breaks_item_type(rules, inner, &item) {
                    rules.more_item_types.push(json_type(&item));
                }
            }
            ("items", json!({ "type": type_of(inner) }), vec![own])
        }
        Broken::MinLength => counted(&mut rules.min_length, "minLength", length()),
        Broken::MaxLength => counted(&mut rules.max_length, "maxLength", length()),
        Broken::MinItems => counted(&mut rules.min_items, "minItems", count()),
        Broken::MaxItems => counted(&mut rules.max_items, "maxItems", count()),
        Broken::Minimum => measured(&mut rules.minimum, "minimum", size()),
        Broken::Maximum => measured(&mut rules.maximum, "maximum", size()),
        Broken::MultipleOf => {
            let rule = rules.multiple_of.take();
            let written = rule.as_ref().map(|rule| number(rule.value)).unwrap_or_default();
            ("multipleOf", written, lines(rule.as_ref()))
        }
        Broken::Characters => {
            let written = rules.characters.pattern().map(Value::from).unwrap_or_default();
            let lines = rules.characters.loosen(value.as_str().unwrap_or_default());
            ("pattern", written, lines)
        }
        Broken::Prefix => {
            let rule = rules.forbidden_prefixes.take();
            let (written, told) =
                (rule.as_ref().map(|rule| json!(rule.value)), lines(rule.as_ref()));
            let text = value.as_str().unwrap_or_default();
            rules.forbidden_prefixes = rule
                .map(|mut rule| {
                    rule.value.retain(|prefix| !text.starts_with(prefix.as_str()));
                    rule
                })
                .filter(|rule| !rule.value.is_empty());
            ("x-forbidden-prefixes", written.unwrap_or_default(), told)
        }
        Broken::Unique => match rules.unique_by.take() {
            Some(rule) => ("x-unique-by", json!(rule.value), vec![rule.line]),
            None => ("uniqueItems", json!(true), rules.unique.take().into_iter().collect()),
        },
    }
}

fn lines<T>(rule: Option<&Stated<T>>) -> Vec<u32> {
    rule.map(|rule| rule.line).into_iter().collect()
}

fn counted(
    rule: &mut Option<Stated<u64>>,
    keyword: &'static str,
    value: u64,
) -> (&'static str, Value, Vec<u32>) {
    let told = lines(rule.as_ref());
    let written = rule.as_mut().map(|rule| std::mem::replace(&mut rule.value, value));
    (keyword, json!(written), told)
}

fn measured(
    rule: &mut Option<Stated<f64>>,
    keyword: &'static str,
    value: f64,
) -> (&'static str, Value, Vec<u32>) {
    let told = lines(rule.as_ref());
    let written = rule.as_mut().map(|rule| std::mem::replace(&mut rule.value, value));
    (keyword, written.map(number).unwrap_or_default(), told)
}

fn type_of(shape: &Shape) -> &'static str {
    match shape {
        Shape::Scalar(Scalar::String) => "string",
        Shape::Scalar(Scalar::Integer | Scalar::Long) => "integer",
        Shape::Scalar(Scalar::Number) => "number",
        Shape::Scalar(Scalar::Boolean) => "boolean",
        Shape::Array(_) => "array",
        Shape::Object(_) | Shape::Map(_) | Shape::Unknown => "object",
    }
}
