//! What a broken keyword asks for, in words.

use super::nearest::{nearest, types};
use super::violation::{cut, quoted};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

/// Most alternatives that are quoted of an `enum`.
const ALTERNATIVES: usize = 12;

/// What the keyword that an error is about asks for.
pub(super) fn expected(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => format!("type {}", one_of(&types(kind))),
        Kind::Required { property } => match property.as_str() {
            Some(name) => format!("member `{}`", cut(name)),
            None => "a member".to_owned(),
        },
        Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. } => {
            "no member of this name".to_owned()
        }
        Kind::AdditionalItems { limit } => format!("at most {limit} items"),
        Kind::UnevaluatedItems { .. } => "no further items".to_owned(),
        Kind::Enum { options } => match options.as_ref() {
            Value::Array(options) => alternatives(options),
            other => quoted(other),
        },
        Kind::Constant { expected_value } => quoted(expected_value),
        Kind::Format { format } => format!("format `{}`", cut(format)),
        Kind::Pattern { pattern } => format!("text that matches `{}`", cut(pattern)),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("at least {limit} characters"),
        Kind::MaxLength { limit } => format!("at most {limit} characters"),
        Kind::MinItems { limit } => format!("at least {limit} items"),
        Kind::MaxItems { limit } => format!("at most {limit} items"),
        Kind::MinProperties { limit } => format!("at least {limit} members"),
        Kind::MaxProperties { limit } => format!("at most {limit} members"),
        Kind::UniqueItems => "items that differ from each other".to_owned(),
        Kind::Contains => "an item that fits `contains`".to_owned(),
        Kind::FalseSchema => "no value here".to_owned(),
        Kind::Not { .. } => "a value that does not fit `not`".to_owned(),
        Kind::PropertyNames { error } => format!("names of members with {}", expected(error)),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => nearest_alternative(error),
        Kind::OneOfMultipleValid { context } => fits_several(context),
        Kind::Custom { message, .. } => cut(message),
        _ => cut(&error.to_string()),
    }
}

fn one_of(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(" or ")
}

fn alternatives(options: &[Value]) -> String {
    let mut text: Vec<String> = options.iter().take(ALTERNATIVES).map(quoted).collect();
    if options.len() > ALTERNATIVES {
        text.push(format!("… ({} in all)", options.len()));
    }
    format!("one of {}", text.join(", "))
}

fn nearest_alternative(error: &ValidationError<'_>) -> String {
    let Some(nearest) = nearest(error) else { return "one of several forms".to_owned() };
    let inner = nearest.error;
    let place = inner.instance_path().as_str();
    let place = place.strip_prefix(error.instance_path().as_str()).unwrap_or(place);
    let place = if place.is_empty() { String::new() } else { format!(" at `{}`", cut(place)) };
    format!(
        "one of {} forms; the nearest, number {}, wants {}{place}",
        nearest.of,
        nearest.index + 1,
        expected(inner),
    )
}

fn fits_several(context: &[Vec<ValidationError<'static>>]) -> String {
    let fitting: Vec<String> = context
        .iter()
        .enumerate()
        .filter(|(_, errors)| errors.is_empty())
        .map(|(index, _)| (index + 1).to_string())
        .collect();
    format!("exactly one of {} forms; numbers {} fit", context.len(), fitting.join(", "))
}
