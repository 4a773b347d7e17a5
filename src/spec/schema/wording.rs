//! What a broken keyword asks for, in words.

use super::fault::{Fault, Sort};
use super::violation::{cut, quoted};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

/// Most alternatives that are quoted of an `enum`.
const ALTERNATIVES: usize = 12;

/// What the keyword that an error is about asks for.
pub(super) fn expected(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::Type { kind } => format!("type {}", types(kind)),
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
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => "one of several forms".to_owned(),
        Kind::Custom { message, .. } => cut(message),
        _ => cut(&error.to_string()),
    }
}

/// What the nearest of some alternatives asks for, by the first thing that is wrong with it.
pub(super) fn nearest(at: &str, forms: &[Vec<Fault>], index: usize) -> String {
    let forms_and_number =
        format!("one of {} forms; the nearest, number {}", forms.len(), index + 1);
    let Some(fault) = forms.get(index).and_then(|faults| faults.first()) else {
        return forms_and_number;
    };
    let below = fault.at.strip_prefix(at).unwrap_or(&fault.at);
    let missing = matches!(fault.sort, Sort::Missing(_));
    let place = if below.is_empty() || (missing && below.matches('/').count() == 1) {
        String::new()
    } else {
        format!(" at `{}`", cut(below))
    };
    format!("{forms_and_number}, wants {}{place}", fault.expected)
}

/// Of alternatives only one of which may fit, several do.
pub(super) fn several(forms: usize, fitting: &[usize]) -> String {
    let fitting: Vec<String> = fitting.iter().map(usize::to_string).collect();
    format!("exactly one of {forms} forms; numbers {} fit", fitting.join(", "))
}

fn types(kind: &TypeKind) -> String {
    let words: Vec<String> = match kind {
        TypeKind::Single(one) => vec![format!("`{one}`")],
        TypeKind::Multiple(several) => several.iter().map(|one| format!("`{one}`")).collect(),
    };
    words.join(" or ")
}

pub(super) fn alternatives(options: &[Value]) -> String {
    let mut text: Vec<String> = options.iter().take(ALTERNATIVES).map(quoted).collect();
    if options.len() > ALTERNATIVES {
        text.push(format!("… ({} in all)", options.len()));
    }
    format!("one of {}", text.join(", "))
}
