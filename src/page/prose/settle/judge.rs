//! Which rules of a field a value breaks.

use crate::exchange::json_type;
use crate::page::model::{Scalar, Shape};
use crate::page::prose::rules::Rules;
use serde_json::Value;

/// A rule that a value breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::page::prose) enum Broken {
    Type,
    Choices,
    MinLength,
    MaxLength,
    Characters,
    Prefix,
    Minimum,
    Maximum,
    MultipleOf,
    ItemType,
    MinItems,
    MaxItems,
    Unique,
}

/// Every rule of a field that a value breaks. A value of another type can break the list of values
/// besides, a fraction in place of an integer what numbers are bound by, and nothing else.
pub(in crate::page) fn disagreements(rules: &Rules, shape: &Shape, value: &Value) -> Vec<Broken> {
    let mut broken = Vec::new();
    let other = rules.more_types.iter().any(|kind| is_of(kind, value));
    let fits = fits(shape, value);
    if !fits && !other {
        broken.push(Broken::Type);
    }
    let chosen = match value {
        Value::Array(items) => items.iter().all(|item| rules.is_choice(shape, item)),
        single => rules.is_choice(shape, single),
    };
    if !chosen {
        broken.push(Broken::Choices);
    }
    let is_whole = matches!(shape, Shape::Scalar(Scalar::Integer | Scalar::Long));
    if !(fits || is_whole && value.is_number()) {
        return broken;
    }
    match value {
        Value::String(text) => text_rules(rules, text, &mut broken),
        Value::Number(number) => {
            if let Some(number) = number.as_f64() {
                number_rules(rules, number, &mut broken);
            }
        }
        Value::Array(items) => {
            if let Shape::Array(Some(inner)) = shape
                && items.iter().any(|item| breaks_item_type(rules, inner, item))
            {
                broken.push(Broken::ItemType);
            }
            array_rules(rules, items, &mut broken);
        }
        _ => {}
    }
    broken
}

/// Whether an element is of another type than the array's.
pub(super) fn breaks_item_type(rules: &Rules, inner: &Shape, item: &Value) -> bool {
    !rules.more_item_types.iter().any(|kind| is_of(kind, item)) && !fits(inner, item)
}

/// Whether what lies deeper than an array's elements, or in a map, is of the documented type.
pub(super) fn fits_inside(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Array(Some(inner)), Value::Array(items)) => match &**inner {
            Shape::Array(_) | Shape::Map(_) => items.iter().all(|item| fits_whole(inner, item)),
            _ => true,
        },
        (Shape::Map(Some(inner)), Value::Object(members)) => {
            members.values().all(|member| fits_whole(inner, member))
        }
        _ => true,
    }
}

fn fits_whole(shape: &Shape, value: &Value) -> bool {
    fits(shape, value)
        && match (shape, value) {
            (Shape::Array(Some(inner)), Value::Array(items)) => {
                items.iter().all(|item| fits_whole(inner, item))
            }
            (Shape::Map(Some(inner)), Value::Object(members)) => {
                members.values().all(|member| fits_whole(inner, member))
            }
            _ => true,
        }
}

fn is_of(kind: &str, value: &Value) -> bool {
    kind == json_type(value) || kind == "number" && value.is_number()
}

fn fits(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Scalar(Scalar::String) => value.is_string(),
        Shape::Scalar(Scalar::Integer | Scalar::Long) => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|own| own.fract() == 0.0)
        }
        Shape::Scalar(Scalar::Number) => value.is_number(),
        Shape::Scalar(Scalar::Boolean) => value.is_boolean(),
        Shape::Array(_) => value.is_array(),
        Shape::Object(_) | Shape::Map(_) => value.is_object(),
        Shape::Unknown => true,
    }
}

fn text_rules(rules: &Rules, text: &str, broken: &mut Vec<Broken>) {
    let length = text.chars().count() as u64;
    if rules.min_length.as_ref().is_some_and(|rule| length < rule.value) {
        broken.push(Broken::MinLength);
    }
    if rules.max_length.as_ref().is_some_and(|rule| length > rule.value) {
        broken.push(Broken::MaxLength);
    }
    if !rules.characters.allow(text) {
        broken.push(Broken::Characters);
    }
    let prefixes = rules.forbidden_prefixes.iter().flat_map(|rule| &rule.value);
    if prefixes.into_iter().any(|prefix| text.starts_with(prefix.as_str())) {
        broken.push(Broken::Prefix);
    }
}

fn number_rules(rules: &Rules, number: f64, broken: &mut Vec<Broken>) {
    if rules.minimum.as_ref().is_some_and(|rule| number < rule.value) {
        broken.push(Broken::Minimum);
    }
    if rules.maximum.as_ref().is_some_and(|rule| number > rule.value) {
        broken.push(Broken::Maximum);
    }
    if rules.multiple_of.as_ref().is_some_and(|rule| (number / rule.value).fract() != 0.0) {
        broken.push(Broken::MultipleOf);
    }
}

fn array_rules(rules: &Rules, items: &[Value], broken: &mut Vec<Broken>) {
    let count = items.len() as u64;
    if rules.min_items.as_ref().is_some_and(|rule| count < rule.value) {
        broken.push(Broken::MinItems);
    }
    if rules.max_items.as_ref().is_some_and(|rule| count > rule.value) {
        broken.push(Broken::MaxItems);
    }
    let keys = |by: &str| -> Vec<String> {
        items.iter().filter_map(|item| item.get(by).map(Value::to_string)).collect()
    };
    let all = || items.iter().map(Value::to_string).collect::<Vec<String>>();
    let by = rules.unique_by.as_ref().map(|rule| keys(&rule.value));
    if by.is_some_and(repeats) || rules.unique.is_some() && repeats(all()) {
        broken.push(Broken::Unique);
    }
}

fn repeats(mut texts: Vec<String>) -> bool {
    texts.sort_unstable();
    texts.windows(2).any(|pair| pair[0] == pair[1])
}
