//! Keywords for values whose numbers are there by their digits ([`Decimal::written`]). In the exact form of a document
//! what is said of numbers, and of texts, which such a number is none of, stands under names of ours.

use super::{fault, keyword, violation, wording};
use crate::exchange::{Decimal, is_of_json_type};
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Begins the names of these keywords.
pub(super) const EXACT: &str = "x-exact-";

/// Keeps what is said of texts.
const TEXT: &str = "x-exact-text";

/// Keeps the literals of a schema that a double would round, by keyword; see `crate::spec::literals`.
pub(in crate::spec) const LITERALS: &str = "x-testimony-literals";

/// What is said of numbers, or of values that may have some.
const NUMBERS: [&str; 10] = [
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "uniqueItems",
    "x-number-format",
];

/// What is said of texts alone.
const TEXTS: [&str; 4] = ["minLength", "maxLength", "pattern", "format"];

/// Gives a schema's keywords the names of ours, and its literals their digits.
pub(super) fn rename(schema: &mut Map<String, Value>) {
    let literals = schema.shift_remove(LITERALS).unwrap_or_default();
    for word in NUMBERS {
        if let Some(value) = schema.shift_remove(word) {
            // `exclusiveMaximum: true` of older documents made a limit of another.
            let before = word.strip_prefix("exclusive").map(str::to_ascii_lowercase);
            let literal = literals.get(word).or_else(|| literals.get(before?));
            schema.insert(format!("{EXACT}{word}"), literal.cloned().unwrap_or(value));
        }
    }
    let texts: Map<String, Value> =
        TEXTS.iter().filter_map(|word| schema.shift_remove_entry(*word)).collect();
    if !texts.is_empty() {
        schema.insert(TEXT.to_owned(), Value::Object(texts));
    }
}

/// Options with these keywords.
pub(super) fn with_exact<R: Clone>(options: ValidationOptions<'_, R>) -> ValidationOptions<'_, R> {
    let mut options = options.with_keyword(TEXT, |_: &_, value: &_, _| text(value));
    for word in NUMBERS {
        options = options
            .with_keyword(format!("{EXACT}{word}"), move |_: &_, value: &_, _: Location| {
                rule(word, value)
            });
    }
    options
}

type Made<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

fn rule<'a>(word: &'static str, value: &'a Value) -> Made<'a> {
    let rule = match word {
        "type" => Some(Rule::Kinds(match value {
            Value::Array(words) => words.clone(),
            other => vec![other.clone()],
        })),
        "enum" => value.as_array().map(|all| Rule::Values(all.iter().map(canonical).collect())),
        "const" => Some(Rule::Values(vec![canonical(value)])),
        "uniqueItems" => Some(Rule::Unique(value == &Value::Bool(true))),
        "x-number-format" => Some(Rule::Format(value.as_str().unwrap_or_default().to_owned())),
        "multipleOf" => Decimal::of(value).filter(Decimal::may_divide).map(Rule::Multiple),
        _ => Decimal::of(value).map(|limit| Rule::Limit(word, limit)),
    };
    let Some(rule) = rule else {
        return Err(ValidationError::schema("a number that is not counted with"));
    };
    Ok(Box::new(Exact { rule, expected: expected(word, value) }))
}

/// What a keyword asks for, as other validators say it.
fn expected(word: &str, value: &Value) -> String {
    let shown = |value: &Value| violation::quoted(value);
    match word {
        "type" => {
            let all = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            let words = all.iter().filter_map(|word| Some(format!("`{}`", word.as_str()?)));
            format!("type {}", words.collect::<Vec<_>>().join(" or "))
        }
        "enum" => wording::alternatives(value.as_array().map_or(&[], Vec::as_slice)),
        "minimum" => format!("at least {}", shown(value)),
        "maximum" => format!("at most {}", shown(value)),
        "exclusiveMinimum" => format!("more than {}", shown(value)),
        "exclusiveMaximum" => format!("less than {}", shown(value)),
        "multipleOf" => format!("a multiple of {}", shown(value)),
        "uniqueItems" => "items that differ from each other".to_owned(),
        "x-number-format" => format!("format `{}`", value.as_str().unwrap_or_default()),
        _ => shown(value),
    }
}

struct Exact {
    rule: Rule,
    expected: String,
}

enum Rule {
    Kinds(Vec<Value>),
    /// In their canonical form.
    Values(Vec<String>),
    Unique(bool),
    Limit(&'static str, Decimal),
    Multiple(Decimal),
    Format(String),
}

impl Exact {
    fn holds(&self, value: &Value) -> bool {
        let number = || Decimal::of(value);
        match &self.rule {
            Rule::Kinds(words) => words.iter().any(|word| is_of(word, value)),
            Rule::Values(all) => all.contains(&canonical(value)),
            Rule::Unique(asked) => {
                let mut seen = HashSet::new();
                let items = value.as_array().filter(|_| *asked);
                items.is_none_or(|items| items.iter().all(|item| seen.insert(canonical(item))))
            }
            Rule::Multiple(of) => {
                number().is_none_or(|number| number.is_multiple_of(of) == Some(true))
            }
            Rule::Limit(word, limit) => number().is_none_or(|number| match *word {
                "minimum" => number >= *limit,
                "maximum" => number <= *limit,
                "exclusiveMinimum" => number > *limit,
                _ => number < *limit,
            }),
            Rule::Format(name) => number().is_none_or(|number| {
                let within = |range: std::ops::RangeInclusive<i128>| {
                    let limit = |limit: &i128| Decimal::parse(&limit.to_string());
                    limit(range.start()).is_some_and(|least| number >= least)
                        && limit(range.end()).is_some_and(|most| number <= most)
                };
                number.is_integer() && super::format::range(name).is_none_or(within)
            }),
        }
    }
}

impl<'i> Keyword<'i> for Exact {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.holds(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(self.expected.as_str()))
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.holds(instance)
    }
}

fn is_of(word: &Value, value: &Value) -> bool {
    let word = word.as_str().unwrap_or_default();
    match Decimal::digits_of(value).and_then(Decimal::parse) {
        Some(number) => word == "number" || (word == "integer" && number.is_integer()),
        None => is_of_json_type(word, value),
    }
}

/// A text that is the same for values that JSON Schema takes to be equal: members in order, numbers by their digits.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        Value::Object(members) => {
            let mut all: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            all.sort_unstable();
            format!("{{{}}}", all.join(","))
        }
        other => match Decimal::of(other) {
            Some(number) => format!("{number:?}"),
            None => other.to_string(),
        },
    }
}

/// What is said of texts; numbers by their digits are none.
struct Text(Validator);

fn text(value: &Value) -> Made<'_> {
    match keyword::for_texts().build(value) {
        Ok(validator) => Ok(Box::new(Text(validator))),
        Err(error) => Err(ValidationError::schema(error.to_string())),
    }
}

impl<'i> Keyword<'i> for Text {
    /// The error names the keyword, then what it asks for; [`fault`] takes it apart.
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        if Decimal::digits_of(instance).is_some() {
            return Ok(());
        }
        match self.0.validate(instance) {
            Ok(()) => Ok(()),
            Err(error) => {
                let word = match error.kind() {
                    Kind::BacktrackLimitExceeded { .. } => fault::UNDECIDED,
                    kind => kind.keyword(),
                };
                Err(ValidationError::custom(format!(
                    "{word}{}{}",
                    fault::BETWEEN,
                    wording::expected(&error)
                )))
            }
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        Decimal::digits_of(instance).is_some() || self.0.is_valid(instance)
    }
}
